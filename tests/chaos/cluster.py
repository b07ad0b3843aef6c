"""The system under test: real Kafka, PostgreSQL, SMTP and a webhook receiver, and replicas of the services between proxies."""

import asyncio
import contextlib
import re
import signal
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp

from deploy.local.environment import inherited
from deploy.local.ports import HOST, free_ports
from deploy.local.stack import Stack
from deploy.local.system import SERVICES, System, start_system
from runtime.failpoint import VARIABLE
from schemas.topics import GROUPS, SUBSCRIPTIONS
from tests.chaos.peer import holder
from tests.chaos.proxy import Proxy
from tests.support.processes import ServiceProcess

SETTINGS = {
    "GROUP_SESSION": "1.5",
    "NOTIFIER_ATTEMPT_SECONDS": "3",
    "NOTIFIER_RETRY_PACE": "0.02",
    "MATCHER_SNAPSHOT_EVERY": "2",
}
"""So that what takes minutes in production, a dead member noticed or a lease at its end, takes seconds here."""
_BEATS = 2 * SUBSCRIPTIONS.partitions
"""Heartbeats that may be on their way at any time."""
_EXCUSES = ("cannot reach Kafka", "cannot connect to PostgreSQL")
SENT_THROUGH = ("smtp", "webhooks")
PROXIED = ("kafka", "postgres", *SENT_THROUGH)


@dataclass
class Replica:
    """One of a service's processes; it lives many times."""

    service: str
    number: int
    port: int
    environment: Mapping[str, str]
    process: ServiceProcess | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    status: int = 0
    """Of its last end, as `os.waitstatus_to_exitcode` gives it."""
    lives: int = 0
    """That have begun."""

    @property
    def name(self) -> str:
        return f"{self.service}-{self.number}"

    @property
    def life(self) -> str:
        """The name of the life that began last."""
        return f"{self.name}/{self.lives}"

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def signal(self, number: signal.Signals) -> bool:
        """Whether it was there to get it."""
        if self.process is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
            return True
        return False


class Cluster:
    """Everything that runs. `async with` starts the stack and the proxies, and ends all."""

    def __init__(self, stack: Stack, *, replicas: int, shards: int = 1) -> None:
        """`shards`: of the matcher, of which replica number `n` has `n % shards`."""
        self.stack = stack
        self.unasked: Counter[str] = Counter()
        """Ends that nobody asked for, by service and its last words: one gives up where Kafka or PostgreSQL is away at its start."""
        self.crashed: list[str] = []
        """Ends that have no such excuse."""
        self.proxies: dict[str, Proxy] = {}
        self.replicas: list[Replica] = []
        self._count = replicas
        self._shards = shards
        self._following: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        ports = dict(zip(PROXIED, free_ports(len(PROXIED)), strict=True))
        self.stack.kafka_advertised = ports["kafka"]
        await asyncio.to_thread(self.stack.start)
        targets = {
            "kafka": self.stack.kafka.port,
            "postgres": self.stack.postgres.port,
            "smtp": self.stack.inbox.smtp_port,
            "webhooks": urlsplit(self.stack.receiver.url).port,
        }
        for name, target in targets.items():
            assert target is not None
            whose = partial(self._sender, ports[name]) if name in SENT_THROUGH else None
            self.proxies[name] = Proxy(ports[name], target, whose)
            await self.proxies[name].start()
        self.system: System = await asyncio.to_thread(start_system, self.stack, print, services=())
        self.receiver_url = f"http://{HOST}:{ports['webhooks']}"
        self.replicas = self._make_replicas(ports)
        (self.stack.folder / "logs").mkdir(exist_ok=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*map(self.kill, self.replicas))
        for proxy in self.proxies.values():
            await proxy.aclose()

    def of(self, service: str) -> list[Replica]:
        return [replica for replica in self.replicas if replica.service == service]

    async def start(self, replica: Replica, failpoint: str = "") -> None:
        """Begin a life of a replica that is not alive."""
        replica.ended = asyncio.Event()
        replica.lives += 1
        environment = {**replica.environment, VARIABLE: failpoint, "JOBALERTS_VERSION": "storm"}
        with self._log(replica).open("a") as log:
            started = await asyncio.to_thread(ServiceProcess, replica.service, env=environment, stdout=log, stderr=log)
        replica.process = started
        self._following.add(following := asyncio.create_task(self._follow(replica, started)))
        following.add_done_callback(self._following.discard)

    async def kill(self, replica: Replica) -> None:
        """SIGKILL, also to one that is paused."""
        if replica.signal(signal.SIGKILL):
            await replica.ended.wait()

    async def is_ready(self, replica: Replica) -> bool:
        return bool((await self._health(replica)).get("ready"))

    async def lag(self, replica: Replica) -> int:
        """Records that wait for its consumers, as far as it knows; 1 where it does not answer."""
        checks = (await self._health(replica)).get("checks")
        if checks is None:
            return 1
        lags = {name: int(found[1]) for name, check in checks.items() if (found := re.search(r"lag (\d+)", check["detail"]))}
        return sum(max(0, lag - _BEATS) if GROUPS.get(group) is SUBSCRIPTIONS else lag for group, lag in lags.items())

    async def _health(self, replica: Replica) -> dict[str, Any]:
        timeout = aiohttp.ClientTimeout(total=2)
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(f"{replica.url}/health/ready") as response,
            ):
                answer: dict[str, Any] = await response.json()
                return answer
        return {}

    def _make_replicas(self, ports: Mapping[str, int]) -> list[Replica]:
        http = iter(free_ports(len(SERVICES) * self._count))
        return [
            Replica(service, number, port := next(http), self._environment(service, number, port, ports))
            for service in SERVICES
            for number in range(self._count)
        ]

    def _environment(self, service: str, number: int, port: int, ports: Mapping[str, int]) -> dict[str, str]:
        prefix = service.upper()
        environment = inherited() | dict(self.system.environments[service])
        environment[f"{prefix}_KAFKA"] = f"{HOST}:{ports['kafka']}"
        environment[f"{prefix}_HTTP_PORT"] = str(port)
        environment[f"{prefix}_GROUP_SESSION"] = SETTINGS["GROUP_SESSION"]
        if dsn := environment.get(f"{prefix}_POSTGRES"):
            environment[f"{prefix}_POSTGRES"] = dsn.replace(f":{self.stack.postgres.port}/", f":{ports['postgres']}/")
        if service == "notifier":
            environment["NOTIFIER_SMTP_PORT"] = str(ports["smtp"])
        if service == "matcher":
            environment["MATCHER_SNAPSHOT"] = str(self.stack.folder / f"matcher-{number}.snapshot")
            environment |= {"MATCHER_SHARDS": str(self._shards), "MATCHER_SHARD": str(number % self._shards)}
        return environment | {name: value for name, value in SETTINGS.items() if name.startswith(prefix)}

    def _sender(self, proxy: int, port: int) -> str:
        """The life of a notifier that connected from `port` to the port of a proxy; "" where that is not known."""
        alive = {replica.process.pid: replica.life for replica in self.of("notifier") if replica.process is not None}
        return alive.get(holder(port, proxy, alive) or 0, "")

    def _last_words(self, replica: Replica) -> str:
        """The last line of its log, without addresses."""
        lines = self._log(replica).read_text(errors="replace").splitlines()
        return re.sub(r"[\d.]+:\d+", "...", lines[-1])[:100] if lines else ""

    def _log(self, replica: Replica) -> Path:
        return self.stack.folder / "logs" / f"{replica.name}.log"

    async def _follow(self, replica: Replica, process: ServiceProcess) -> None:
        replica.status = await process.ended()
        replica.process = None
        if replica.status != -signal.SIGKILL:
            words = self._last_words(replica)
            self.unasked[f"{replica.service} gave up: {words}"] += 1
            if not words.startswith(_EXCUSES):
                self.crashed.append(f"{replica.life} ended with {replica.status}: {words}")
        replica.ended.set()
