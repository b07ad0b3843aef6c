"""A consumer on a topic of its own, and what it handled."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from runtime.broker import make_broker, open_producer
from runtime.consumer import BatchConsumer
from runtime.dead_letters import DeadLetters
from runtime.errors import Permanent
from tests.integration.runtime.topic import Fact, Record, committed, fact, read, until

TOPIC, GROUP = "outcomes", "subscriptions-outcomes"
"""A declared topic and the group that reads it; what is in it here are facts."""
POISON = 666
ROOT = Path(__file__).parents[3]


@asynccontextmanager
async def consuming(
    kafka: str,
    prefix: str,
    handle: Callable[[list[Fact]], Awaitable[None]],
    *,
    ceiling: int = 100,
    max_records: int = 500,
    session: float = 10.0,
) -> AsyncIterator[BatchConsumer[Fact]]:
    broker = make_broker(kafka, client="test")
    async with open_producer(kafka, prefix=prefix, client="test") as producer:
        letters = DeadLetters(producer, bootstrap=kafka, prefix=prefix, group=GROUP)
        consumer = BatchConsumer(
            broker,
            topic=TOPIC,
            group=GROUP,
            prefix=prefix,
            adapter=fact,
            dead_letters=letters,
            ceiling=ceiling,
            max_records=max_records,
            session=session,
        )

        async def on_facts(events: list[Fact]) -> None:
            await handle(events)

        consumer(on_facts)
        await broker.start()
        try:
            yield consumer
        finally:
            await broker.stop()


class Handled:
    """Takes facts in; refuses what `fault` raises for."""

    def __init__(self, fault: Callable[[int], None] = lambda _: None) -> None:
        self.numbers: list[int] = []
        self.attempts: list[float] = []
        self._fault = fault

    async def __call__(self, events: list[Fact]) -> None:
        self.attempts.append(time.monotonic())
        for event in events:
            self._fault(event.n)
        self.numbers += [event.n for event in events]


def refuse_poison(n: int) -> None:
    if n == POISON:
        raise Permanent("this fact is poison")


def stumble_over_poison(n: int) -> None:
    if n == POISON:
        raise KeyError("a fault of ours that only this fact meets")


async def is_committed(kafka: str, prefix: str, offsets: dict[int, int]) -> None:
    async def as_expected() -> bool:
        return await committed(kafka, prefix + GROUP) == offsets

    await until(as_expected)


async def dead_letters(kafka: str, prefix: str) -> list[Record]:
    return await read(kafka, f"{prefix}{GROUP}.dlq")
