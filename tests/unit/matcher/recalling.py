"""Postings that can be read again without Kafka, and a recaller that reads them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from services.matcher.match import Event, Matcher
from services.matcher.postings import Postings
from services.matcher.recall import Recaller
from tests.support.until import until
from tests.unit.matcher import world

WITHIN = 10.0
LATEST = timedelta(minutes=1)


class Topic(Postings):
    """Postings that can be read again; notes what was asked for."""

    def __init__(self, *events: Event) -> None:
        super().__init__("", prefix="")
        self.events = list(events)
        self.stamps: dict[int, datetime] = {}
        """When the last posting that was compared came to each partition; NOW where nothing is said."""
        self.committed: dict[int, int] = {}
        """10 where nothing is said."""
        self.asked: list[dict[int, datetime]] = []
        self.until: list[dict[int, int]] = []
        self.fails = 0
        self.open = asyncio.Event()
        """Only the latest can be read while it is not set."""
        self.open.set()

    async def find_committed(self, partitions: Collection[TopicPartition]) -> Mapping[int, int]:
        return {number: self.committed.get(number, 10) for _, number in partitions}

    async def find_stamps(self, before: Mapping[int, int]) -> Mapping[int, datetime]:
        return {number: self.stamps.get(number, world.NOW) for number in before if before[number]}

    async def read(self, since: Mapping[int, datetime], until: Mapping[int, int]) -> AsyncIterator[list[Event]]:
        self.asked.append(dict(since))
        self.until.append(dict(until))
        if min(since.values()) < world.NOW - LATEST:
            await self.open.wait()
        yield self.events
        if self.fails:
            self.fails -= 1
            raise KafkaConnectionError

    async def read_times(self, count: int) -> None:
        await soon(lambda: len(self.asked) >= count)


async def soon(condition: Callable[[], bool]) -> None:
    async def met() -> bool:
        return condition()

    await until(met, within=WITHIN)


@contextmanager
def recalling(matcher: Matcher, topic: Topic) -> Iterator[Recaller]:
    recaller = Recaller(matcher, topic, topic.find_committed)
    running = asyncio.create_task(recaller.run())
    try:
        yield recaller
        assert not running.done()
    finally:
        running.cancel()


async def assign(recaller: Recaller, *numbers: int) -> None:
    await recaller.on_partitions_revoked(set())
    await recaller.on_partitions_assigned({TopicPartition("postings", number) for number in numbers})
