"""What a preview costs: 50,000 open postings of 5 kB in Kafka, one process that reads them back, questions over HTTP.

Filters of all clauses, as they are generated for tests, and short texts as people type them; idle, and while postings change,
asked by one client and by several. It counts only where the changes were made and the last of them was found.
"""

import asyncio
import itertools
import random
import statistics
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
import psutil
from aiokafka import AIOKafkaProducer

from benchmarks.figure import Figure, Say
from benchmarks.openings import Event, changes, opened
from deploy.local.ports import HOST, free_ports
from deploy.local.stack import Stack
from deploy.provision import provision_topics
from schemas.topics import POSTINGS
from tests.support import newgrad

OPEN: Final = 50_000
QUESTIONS: Final = 1500
WARM_UP: Final = 100
"""Questions before the measured ones."""
A_SECOND: Final = 20
"""Changes."""
CLIENTS: Final = 8
GOALS: Final = ("<= 50", "<= 200")
"""Milliseconds at the median and at the 99th percentile, of one client."""
NO_GOALS: Final = ("", "")
LOADS_WITHIN: Final = 600.0
SEEN_WITHIN: Final = 60.0
"""Seconds."""
LAST: Final = "zyzzyva"
"""A word that no other posting has."""
TYPED: Final = (
    "python",
    "software engineer",
    "machine learning",
    "react",
    "data scien*",
    "title:engineer -senior",
    "new grad",
    "remote",
    "c++ or rust",
    '"machine learning" (pytorch or jax) -senior',
    "nurse",
    "go",
    "title:(data or ml)",
    "internship",
    "full stack",
    "aws kubernetes",
    "develop*",
    "company:amazon",
    "location:seattle",
    "skill:python",
    "backend",
    "visa sponsorship",
    '"we are looking for"',
    '"equal opportunity employer"',
)


def measure(say: Say) -> Iterator[Figure]:
    """Start Kafka, write the postings, start the process, ask."""
    with Stack(say=say) as stack:
        stack.start("kafka")
        kafka, [port] = stack.kafka.bootstrap, free_ports(1)
        say(f"writing {OPEN:,} postings")
        asyncio.run(_write(kafka))
        environment = {"MATCHER_KAFKA": kafka, "MATCHER_HTTP_HOST": HOST, "MATCHER_HTTP_PORT": str(port)}
        started, url = time.perf_counter(), f"http://{HOST}:{port}"
        child = stack.spawn("preview", [sys.executable, "-m", "services.matcher", "preview"], environment)
        child.wait_ready(f"{url}/health/ready", LOADS_WITHIN)
        yield Figure("preview.load", time.perf_counter() - started, "s")
        yield Figure("preview.memory_loaded", _megabytes(child.pid), "MB")
        say(f"{QUESTIONS:,} questions, one after the other")
        yield from _quantiles("preview.idle", asyncio.run(_ask_idle(url)), goals=GOALS)
        events = changes(OPEN)  # goes on with the next row: a revision that is known already would change nothing
        for clients in (1, CLIENTS):
            say(f"{QUESTIONS:,} questions of {clients} at a time while postings change")
            taken, seen = asyncio.run(_ask_busy(url, kafka, clients=clients, events=events))
            name = f"preview.{'' if clients == 1 else f'{clients}_clients_'}at_{A_SECOND}_changes_a_second"
            yield from _quantiles(name, taken, goals=GOALS if clients == 1 else NO_GOALS)
            yield Figure(f"{name}.last_change_seen", seen, "s")
        yield Figure("preview.memory", _megabytes(child.pid), "MB")


def _quantiles(name: str, taken: list[float], *, goals: tuple[str, str]) -> Iterator[Figure]:
    quantiles = statistics.quantiles(taken, n=100, method="inclusive")
    yield Figure(f"{name}.p50_ms", quantiles[49] * 1000, "ms", goals[0])
    yield Figure(f"{name}.p99_ms", quantiles[98] * 1000, "ms", goals[1])
    yield Figure(f"{name}.slowest_ms", max(taken) * 1000, "ms")


async def _write(kafka: str) -> None:
    await provision_topics(kafka, prefix="", replication=1, minimum_in_sync=1)
    async with _producing(kafka) as producer:
        for number in range(OPEN):
            await producer.send(POSTINGS.name, **_record(opened(number)))


async def _ask_idle(url: str) -> list[float]:
    """Seconds of each answer."""
    async with aiohttp.ClientSession() as session:
        return (await _times(session, url, _questions()))[WARM_UP:]


async def _ask_busy(url: str, kafka: str, *, clients: int, events: Iterator[Event]) -> tuple[list[float], float]:
    """Seconds of each answer while postings change, and after it until what came last was found."""
    questions, last = _questions(), opened(2 * OPEN + clients)
    marked = last.model_copy(update={"posting": last.posting.model_copy(update={"title": f"{LAST}{clients}"})})
    async with aiohttp.ClientSession() as session, _producing(kafka) as producer:
        async with asyncio.TaskGroup() as group:
            changing = group.create_task(_change(producer, events))  # where it fails, so does everything
            asking = [group.create_task(_times(session, url, questions[number::clients])) for number in range(clients)]
            await asyncio.wait(asking)
            changing.cancel()
        started = time.perf_counter()
        await producer.send_and_wait(POSTINGS.name, **_record(marked))
        async with asyncio.timeout(SEEN_WITHIN):
            while not await _matching(session, url, marked.posting.title):
                pass
    return [seconds for task in asking for seconds in task.result()[WARM_UP // clients :]], time.perf_counter() - started


async def _matching(session: aiohttp.ClientSession, url: str, question: Any) -> int:
    async with session.post(f"{url}/v1/preview", json={"filter": question}) as answer:
        assert answer.status == 200, await answer.text()
        return int((await answer.json())["matching"])


async def _times(session: aiohttp.ClientSession, url: str, questions: Iterable[Any]) -> list[float]:
    taken = []
    for question in questions:
        started = time.perf_counter()
        await _matching(session, url, question)
        taken.append(time.perf_counter() - started)
    return taken


def _questions() -> list[Any]:
    """Every third is typed."""
    trees, typed = newgrad.subscriptions(WARM_UP + QUESTIONS), itertools.cycle(TYPED)
    asked: list[Any] = [next(typed) if number % 3 == 0 else tree for number, tree in enumerate(trees)]
    random.Random(1).shuffle(asked)
    return asked


async def _change(producer: AIOKafkaProducer, events: Iterator[Event]) -> None:
    """Until cancelled. Raises where Kafka does not take a change."""
    started = time.perf_counter()
    for number, event in enumerate(events):
        await asyncio.sleep(max(0.0, started + number / A_SECOND - time.perf_counter()))
        await producer.send_and_wait(POSTINGS.name, **_record(event))


def _record(event: Event) -> dict[str, bytes]:
    return {"key": str(event.posting.id).encode(), "value": event.model_dump_json().encode()}


@asynccontextmanager
async def _producing(kafka: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=kafka, linger_ms=5, max_batch_size=512 * 1024)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


def _megabytes(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss) / 1e6
