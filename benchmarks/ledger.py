"""From `matches` into the ledger, through the whole consumer of one notifier process, up to ten million rows.

The topic is filled first, with records of 500 subscriptions of 100,000; then `python -m services.notifier consume` starts on an
empty database.
"""

import asyncio
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final
from uuid import UUID, uuid5

import aiohttp
import asyncpg

from benchmarks.crowd import NAMESPACE, subscriber_id, subscription_id
from benchmarks.figure import Figure, Say
from deploy.local.stack import Stack
from deploy.local.system import System, start_system
from runtime.broker import Message, open_producer
from schemas.match import MAXIMUM_SUBSCRIPTIONS, Matched, MatchedSubscription
from schemas.posting import PostingSummary
from schemas.subscription import Destination
from schemas.topics import MATCHES

ROWS: Final = int(os.environ.get("LEDGER_ROWS", "10000000"))
PEOPLE: Final = 100_000
STEP: Final = 1_000_000


def measure(say: Say) -> Iterator[Figure]:
    """Fill, start, and read the process's own counter while it drains the topic."""
    with Stack(say=say) as stack:
        system = start_system(stack, say, services=())
        say(f"filling `matches` with {ROWS:,} matches")
        asyncio.run(_fill(system.kafka, say))
        service = system.spawn("notifier", "consume")
        service.wait_ready(f"{system.urls['notifier']}/health/live", 60)
        marks = asyncio.run(_watch(system, say))
        size = asyncio.run(_size(system))
    rates = [STEP / (end - start) for start, end in pairwise(marks)]
    yield Figure("ledger.alerts_per_second", ROWS / (marks[-1] - marks[0]), "alerts/s", ">= 30,000")
    for number, rate in enumerate(rates, 1):
        yield Figure(f"ledger.alerts_per_second.million_{number}", rate, "alerts/s")
    yield Figure("ledger.bytes_per_alert", size / ROWS, "bytes")


def _people() -> list[MatchedSubscription]:
    return [
        MatchedSubscription(
            subscription_id=subscription_id(number),
            subscriber_id=subscriber_id(number),
            destination=Destination(kind="email", id=subscriber_id(number)),
            kind="opened",
            clauses=("visa", "place", "keywords"),
        )
        for number in range(PEOPLE)
    ]


async def _fill(kafka: str, say: Say) -> None:
    people, now = _people(), datetime.now(UTC)
    chunks = [tuple(people[at : at + MAXIMUM_SUBSCRIPTIONS]) for at in range(0, PEOPLE, MAXIMUM_SUBSCRIPTIONS)]
    async with open_producer(kafka, prefix="", client="benchmark") as producer:
        batch: list[Message] = []
        for number in range(ROWS // MAXIMUM_SUBSCRIPTIONS):
            posting = number // 4  # a posting has 2,000 matches
            chunk = chunks[(number * 7) % len(chunks)]
            value = _record(posting, chunk, now).model_dump_json().encode()
            batch.append(Message(MATCHES.name, str(posting), value, number % MATCHES.partitions))
            if len(batch) == 50:
                await producer.publish(batch)
                batch = []
            if number % 4000 == 3999:
                say(f"{(number + 1) * MAXIMUM_SUBSCRIPTIONS:,} matches are there")
        await producer.publish(batch)


def _record(posting: int, chunk: tuple[MatchedSubscription, ...], now: datetime) -> Matched:
    return Matched(
        revision=1,
        episode=1,
        opened_at=now,
        published_at=now,
        posting=PostingSummary(
            id=_posting_id(posting), source="bench", source_id=str(posting), title="T", company="C", url="https://jobs.example"
        ),
        subscriptions=chunk,
    )


def _posting_id(number: int) -> UUID:
    return uuid5(NAMESPACE, f"posting {number}")


async def _watch(system: System, say: Say) -> list[float]:
    """Moments at which each further million was in the ledger, the first at its first rows."""
    marks: list[float] = []
    async with aiohttp.ClientSession() as session:
        while len(marks) <= ROWS // STEP:
            async with session.get(f"{system.urls['notifier']}/metrics") as response:
                lines = (await response.text()).splitlines()
            rows = float(next(line.split()[1] for line in lines if line.startswith("notifier_alerts_recorded_total ")))
            if rows and rows >= len(marks) * STEP:
                marks.append(time.perf_counter())
                say(f"{rows:,.0f} alerts in the ledger")
            await asyncio.sleep(0.05)
    return marks


async def _size(system: System) -> int:
    connection = await asyncpg.connect(system.admin_dsn)
    try:
        size: int = await connection.fetchval(
            "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'notifier.alerts'::regclass"
        )
        return int(size)
    finally:
        await connection.close()
