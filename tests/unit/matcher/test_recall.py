"""What is read again, and since when: on assignment, for filters that come too late, and after Kafka was away."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from services.matcher.match import WINDOW, Event
from services.matcher.recall import Recaller
from tests.support.until import until
from tests.unit.matcher.world import World, opened, subscription

WITHIN = 10.0


class Topic:
    """Postings that can be read again; notes what was asked for."""

    def __init__(self, *events: Event) -> None:
        self.events = list(events)
        self.asked: list[tuple[set[int], timedelta]] = []
        self.fails = 0

    async def read(self, partitions: Collection[int], since: datetime) -> AsyncIterator[list[Event]]:
        self.asked.append((set(partitions), datetime.now(UTC) - since))
        yield self.events
        if self.fails:
            self.fails -= 1
            raise KafkaConnectionError

    async def read_times(self, count: int) -> None:
        await until(lambda: _soon(lambda: len(self.asked) >= count), within=WITHIN)


async def _soon(condition: Callable[[], bool]) -> bool:
    return condition()


@contextmanager
def recalling(world: World, topic: Topic) -> Iterator[Recaller]:
    recaller = Recaller(world.matcher, topic.read)
    running = asyncio.create_task(recaller.run())
    try:
        yield recaller
    finally:
        running.cancel()


async def assign(recaller: Recaller, *numbers: int) -> None:
    await recaller.on_partitions_revoked(set())
    await recaller.on_partitions_assigned({TopicPartition("postings", number) for number in numbers})


async def test_only_partitions_that_are_new_are_read_again_for_the_length_of_the_window() -> None:
    topic = Topic()
    with recalling(World(), topic) as recaller:
        await assign(recaller, 1, 2)
        await topic.read_times(1)
        await assign(recaller, 2, 3)
        await topic.read_times(2)
    assert [partitions for partitions, _ in topic.asked] == [{1, 2}, {3}]
    assert all(WINDOW <= age < WINDOW + timedelta(minutes=1) for _, age in topic.asked)


async def test_filters_that_come_too_late_have_all_that_is_held_read_since_the_oldest_was_saved() -> None:
    now, topic, world = datetime.now(UTC), Topic(), World()
    hour = timedelta(hours=1)
    with recalling(world, topic) as recaller:
        await assign(recaller, 1, 2)
        await topic.read_times(1)
        late = [subscription(saved=now - hour), subscription(saved=now - 2 * hour)]
        topic.events = [opened(published_at=now - hour * 3 / 2), opened(published_at=now - hour / 2)]
        await world.follow(*late)
        recaller.reach_back(world.late)
        await topic.read_times(2)
        await until(lambda: _soon(lambda: len(world.kept.messages) == 3), within=WITHIN)
        await assign(recaller, 1, 2, 3)  # of another process, which may have died over the same
        await topic.read_times(3)
    assert [partitions for partitions, _ in topic.asked] == [{1, 2}, {1, 2}, {3}]
    assert all(2 * hour <= age < 2 * hour + timedelta(minutes=1) for _, age in topic.asked[1:])


async def test_nothing_is_read_for_the_old_filters_of_a_start() -> None:
    topic = Topic()
    with recalling(World(), topic) as recaller:
        recaller.reach_back({uuid4(): datetime.now(UTC) - timedelta(hours=2)})
        await assign(recaller, 1)
        await topic.read_times(1)
    assert topic.asked[0][1] < WINDOW + timedelta(minutes=1)


async def test_no_more_is_read_than_the_topic_surely_keeps() -> None:
    topic = Topic()
    with recalling(World(), topic) as recaller:
        await assign(recaller, 1)
        await topic.read_times(1)
        recaller.reach_back({uuid4(): datetime.now(UTC) - timedelta(days=365)})
        await topic.read_times(2)
    assert topic.asked[1][1] < timedelta(days=7, minutes=1)


async def test_it_begins_anew_where_kafka_went_away_meanwhile() -> None:
    topic = Topic()
    topic.fails = 1
    with recalling(World(), topic) as recaller:
        await assign(recaller, 1, 2)
        await topic.read_times(2)
    assert [partitions for partitions, _ in topic.asked] == [{1, 2}, {1, 2}]
