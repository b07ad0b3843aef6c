"""The matcher as a process beside a real Kafka: how long it takes to be ready, from the topic and from its snapshot, and what
it holds in memory, in peace and while it rebuilds its index.

Memory is the resident set beyond that of the same process without any subscription.
"""

import asyncio
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.figure import Figure, Say
from benchmarks.matching.progress import counted
from benchmarks.matching.rows import read_filters
from benchmarks.matching.subscribed import messages
from benchmarks.matching.workload import jaw1
from deploy.local.child import Child
from deploy.local.stack import Stack
from deploy.local.system import System, start_system
from runtime.broker import Message, open_producer

LOT: Final = 2000
"""Records published together."""
WITHIN: Final = 600.0
"""Seconds until it has to be ready."""
CHANGED: Final = 10
"""One subscription in so many changes: a rebuild is due."""
NAME: Final = "matching.process"


def measure_process(size: int, say: Say) -> Iterator[Figure]:
    """So many subscriptions."""
    with jaw1(size, 1, say) as folder, TemporaryDirectory() as kept, Stack(say=say) as stack:
        system = start_system(stack, say, services=(), settings={"MATCHER_SNAPSHOT": str(Path(kept) / "snapshot")})
        empty, alone = _started(system, "without subscriptions")
        bare = _resident(alone)
        alone.stop()
        say(f"without subscriptions: ready after {empty:.1f} s, {bare:,.0f} MB")
        asyncio.run(_publish(system.kafka, counted(messages(read_filters(folder, size)), "states are on the topic", say)))
        loaded, matcher = _started(system, "from the topic")
        say(f"ready after {loaded:.1f} s")
        _await(system, "matcher_delta", lambda delta: delta < size / 8)
        yield Figure(f"{NAME}.load", loaded - empty, "s", "<= 30")
        yield Figure(f"{NAME}.steady", _resident(matcher) - bare, "MB", "<= 250")
        rebuilds = _metric(system, "matcher_rebuilds_total")
        Path(f"/proc/{matcher.pid}/clear_refs").write_text("5")  # the peak counts from here
        changed = islice(messages(read_filters(folder, size), change=1), size // CHANGED)
        asyncio.run(_publish(system.kafka, changed))
        _await(system, "matcher_rebuilds_total", lambda count: count > rebuilds)
        yield Figure(f"{NAME}.rebuilding", _resident(matcher, "VmHWM") - bare, "MB", "<= 450")
        say("it ends, and writes what it knows")
        matcher.stop()
        restored, matcher = _started(system, "from its snapshot")
        yield Figure(f"{NAME}.from_snapshot", restored - empty, "s", "<= 2")
        yield Figure(f"{NAME}.from_snapshot.steady", _resident(matcher) - bare, "MB")
        matcher.stop()


def _started(system: System, name: str) -> tuple[float, Child]:
    """The seconds until it was ready."""
    started = time.perf_counter()
    child = system.spawn("matcher", name=f"matcher {name}".replace(" ", "-"))
    child.wait_ready(f"{system.urls['matcher']}/health/ready", WITHIN)
    return time.perf_counter() - started, child


async def _publish(kafka: str, messages: Iterable[Message]) -> None:
    async with open_producer(kafka, prefix="", client="benchmark") as producer:
        coming = iter(messages)
        while lot := list(islice(coming, LOT)):
            await producer.publish(lot)


def _resident(child: Child, which: str = "VmRSS") -> float:
    """Megabytes."""
    status = Path(f"/proc/{child.pid}/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith(f"{which}:")) / 1000


def _metric(system: System, name: str) -> float:
    with urllib.request.urlopen(f"{system.urls['matcher']}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))


def _await(system: System, name: str, holds: Callable[[float], bool]) -> None:
    """Until a metric is so."""
    deadline = time.monotonic() + WITHIN
    while not holds(_metric(system, name)):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{name} did not come to what was waited for within {WITHIN:g} s")
        time.sleep(0.1)
