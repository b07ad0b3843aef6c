"""From a commit to a reader of the topic: outbox, NOTIFY, relay, a Kafka transaction, a consumer of committed records only.

The relay is ingest's own, in a process of its own; what it is given are rows of 3 kB, 50 a second.
"""

import asyncio
import statistics
import time
from collections.abc import Iterator
from typing import Final

from aiokafka import AIOKafkaConsumer

from benchmarks.figure import Figure, Say
from deploy.local.stack import Stack
from deploy.local.system import System, start_system
from runtime.broker import CONSUMER_SETTINGS, Message
from runtime.outbox import CHANNEL, Signal, insert_messages
from runtime.postgres import Pool, open_pool
from schemas.topics import POSTINGS

A_SECOND: Final = 50
SECONDS: Final = 20
WARM_UP: Final = 100
"""Rows before the measured ones."""


def measure(say: Say) -> Iterator[Figure]:
    """Start Kafka, PostgreSQL and ingest, insert rows, read the topic."""
    with Stack(say=say) as stack:
        system = start_system(stack, say, services=("ingest",))
        say(f"{A_SECOND} rows a second for {SECONDS} s")
        taken = asyncio.run(_measure(system))
    quantiles = statistics.quantiles(taken, n=100, method="inclusive")
    yield Figure("relay.commit_to_topic.p50", quantiles[49] * 1000, "ms", "<= 15")
    yield Figure("relay.commit_to_topic.p99", quantiles[98] * 1000, "ms")


async def _measure(system: System) -> list[float]:
    committed: dict[bytes, float] = {}
    consumer = AIOKafkaConsumer(
        POSTINGS.name, bootstrap_servers=system.kafka, **CONSUMER_SETTINGS | {"group_id": None, "enable_auto_commit": False}
    )
    await consumer.start()
    try:
        async with open_pool(system.dsns["ingest"], size=4, application="benchmark") as pool:
            inserting = asyncio.create_task(_insert(pool, committed))
            taken: list[float] = []
            for _ in range(WARM_UP + A_SECOND * SECONDS):
                record = await consumer.getone()
                taken.append(time.perf_counter() - committed[record.key])
            await inserting
    finally:
        await consumer.stop()
    return taken[WARM_UP:]


async def _insert(pool: Pool, committed: dict[bytes, float]) -> None:
    signal = Signal(pool, CHANNEL)
    started = time.perf_counter()
    for number in range(WARM_UP + A_SECOND * SECONDS):
        await asyncio.sleep(max(0.0, started + number / A_SECOND - time.perf_counter()))
        key = f"row {number}"
        async with pool.acquire() as connection, connection.transaction():
            await insert_messages(connection, [Message(POSTINGS.name, key, b"{" + b" " * 3000 + b"}")])
            committed[key.encode()] = (
                time.perf_counter()
            )  # the commit itself is counted in: a reader may be faster than its answer
        signal.wake()
    await signal.settle()
