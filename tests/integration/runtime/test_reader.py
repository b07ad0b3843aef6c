"""A compacted topic read whole and then followed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaConnectionError

from deploy.local.stack import Stack
from deploy.provision import provision_topics
from runtime import telemetry
from runtime.decoding import decode
from runtime.errors import Fatal
from runtime.reader import Arrived, CompactedReader, Resume, from_beginning
from runtime.source import Source, every
from runtime.stretch import find_stamps, read_since
from tests.integration.runtime.topic import Fact, Record, encoded, fact, producing, read, until, write

TOPIC = "subscriptions"


class Seen:
    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.fails = 0
        """So many times it raises before it takes anything in."""

    async def __call__(self, batch: Sequence[Arrived[Fact]]) -> None:
        if self.fails:
            self.fails -= 1
            raise KafkaConnectionError
        self.numbers += [one.event.n for one in batch]


@asynccontextmanager
async def following(
    kafka: str,
    topic: str,
    seen: Seen,
    resume: Resume = from_beginning,
    partitions: Callable[[int], bool] = every,
    **more: int,
) -> AsyncIterator[CompactedReader[Fact]]:
    reader = CompactedReader(
        kafka,
        topic=topic,
        decode=partial(decode, fact),
        apply=seen,
        client="test",
        resume=resume,
        partitions=partitions,
        **more,
    )
    running = asyncio.create_task(reader.run())
    try:
        await until(lambda: reader.caught_up.is_set() or running.done())
        yield reader
    finally:
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


async def test_everything_is_read_before_it_has_caught_up_and_what_comes_later_follows(kafka: str, prefix: str) -> None:
    await write(kafka, prefix + TOPIC, [Record(encoded(n), b"%d" % n, n % 12) for n in range(100)])
    seen = Seen()
    async with following(kafka, prefix + TOPIC, seen):
        assert sorted(seen.numbers) == list(range(100))
        await write(kafka, prefix + TOPIC, [Record(encoded(100), b"100", 4)])
        await until(lambda: seen.numbers[100:] == [100])


async def test_records_of_a_partition_come_in_order(kafka: str, prefix: str) -> None:
    await write(kafka, prefix + TOPIC, [Record(encoded(n), b"same", n % 2) for n in range(100)])
    seen = Seen()
    async with following(kafka, prefix + TOPIC, seen):
        assert [n for n in seen.numbers if n % 2] == list(range(1, 100, 2))


async def test_empty_topic_is_caught_up_with_at_once(kafka: str, prefix: str) -> None:
    seen = Seen()
    async with following(kafka, prefix + TOPIC, seen):
        assert seen.numbers == []


async def test_tombstones_are_passed_over_and_bad_records_counted_and_left(kafka: str, prefix: str) -> None:
    topic = prefix + TOPIC
    records = [
        Record(encoded(1), b"a"),
        Record(None, b"a"),
        Record(b"not json", b"b"),
        Record(b"", b"c"),
        Record(encoded(2), b"d"),
    ]
    await write(kafka, topic, records)
    seen = Seen()
    async with following(kafka, topic, seen):
        assert seen.numbers == [1, 2]
    assert telemetry.refused.labels(topic)._value.get() == 2
    assert [record.value for record in await read(kafka, topic)] == [record.value for record in records]


async def test_topic_that_ends_in_an_aborted_transaction_is_caught_up_with(kafka: str, prefix: str) -> None:
    async with producing(kafka, transactional_id=f"{prefix}test", enable_idempotence=True) as producer:
        async with producer.transaction():
            await producer.send_and_wait(prefix + TOPIC, encoded(1), b"a", partition=0)
        with suppress(ZeroDivisionError):
            async with producer.transaction():
                await producer.send_and_wait(prefix + TOPIC, encoded(2), b"b", partition=0)
                raise ZeroDivisionError
    seen = Seen()
    async with following(kafka, prefix + TOPIC, seen):
        assert seen.numbers == [1]


async def test_transaction_that_is_open_while_it_catches_up_is_read_once_it_is_committed(kafka: str, prefix: str) -> None:
    seen = Seen()
    async with producing(kafka, transactional_id=f"{prefix}test", enable_idempotence=True) as producer:
        async with producer.transaction():
            await producer.send_and_wait(prefix + TOPIC, encoded(1), b"a", partition=0)
            following_it = following(kafka, prefix + TOPIC, seen)
            await following_it.__aenter__()
            assert seen.numbers == []
    try:
        await until(lambda: seen.numbers == [1])
    finally:
        await following_it.__aexit__(None, None, None)


async def test_topic_with_holes_from_compaction_is_caught_up_with(kafka: str, prefix: str) -> None:
    """What the cleaner removed must not be waited for."""

    async def cleaned() -> bool:
        return len(await read(kafka, topic)) <= 3

    topic = prefix + "holes"
    settings = {
        "cleanup.policy": "compact",
        "segment.ms": "1",
        "min.cleanable.dirty.ratio": "0.001",
        "max.compaction.lag.ms": "1",
    }
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.alter_configs([ConfigResource(ConfigResourceType.BROKER, "1", {"log.cleaner.backoff.ms": "100"})])
        await admin.create_topics([NewTopic(topic, 1, 1, topic_configs=settings)])
        await write(kafka, topic, [Record(encoded(n), b"same") for n in range(20)])
        await until(cleaned)
    finally:
        await admin.alter_configs([ConfigResource(ConfigResourceType.BROKER, "1", {})])
        await admin.close()
    seen = Seen()
    async with following(kafka, topic, seen):
        assert seen.numbers[-1] == 19
        assert len(seen.numbers) <= 3


async def test_missing_topic_is_named_with_the_command_that_makes_it(kafka: str) -> None:
    reader = CompactedReader(kafka, topic="nowhere", decode=partial(decode, fact), apply=Seen(), client="test")
    with pytest.raises(Fatal, match=r"topic nowhere does not exist: run `python -m deploy.provision topics`"):
        await reader.run()


async def test_it_resumes_where_it_is_told_and_offers_what_it_has_applied(kafka: str, prefix: str) -> None:
    topic = prefix + TOPIC
    await write(kafka, topic, [Record(encoded(n), b"a", n % 2) for n in range(10)])
    await write(kafka, topic, [Record(None, b"a", 2), Record(b"not json", b"b", 2)])
    found: list[Source] = []

    async def resume(source: Source) -> Mapping[int, int]:
        found.append(source)
        return {0: 4, 1: 5}

    seen = Seen()
    async with following(kafka, topic, seen, resume) as reader:
        assert seen.numbers == [8]
        assert reader.offsets == {0: 5, 1: 5, 2: 2} | dict.fromkeys(range(3, 12), 0)
    [source] = found
    assert (source.topic, source.starts) == (topic, dict.fromkeys(range(12), 0))
    assert source.ends == {0: 5, 1: 5, 2: 2} | dict.fromkeys(range(3, 12), 0)


async def test_of_some_partitions_nothing_else_is_read_nor_spoken_of(kafka: str, prefix: str) -> None:
    topic = prefix + TOPIC
    await write(kafka, topic, [Record(encoded(n), b"a", n % 12) for n in range(24)])
    found: list[Source] = []

    async def resume(source: Source) -> Mapping[int, int]:
        found.append(source)
        return {}

    seen = Seen()
    async with following(kafka, topic, seen, resume, lambda partition: partition % 5 == 1) as reader:
        assert sorted(seen.numbers) == [1, 6, 11, 13, 18, 23]
        await write(kafka, topic, [Record(encoded(n), b"a", n % 12) for n in range(24, 36)])
        await until(lambda: sorted(seen.numbers[6:]) == [25, 30, 35])
        assert reader.offsets == dict.fromkeys((1, 6, 11), 3)
    [source] = found
    assert (source.starts, source.ends) == (dict.fromkeys((1, 6, 11), 0), dict.fromkeys((1, 6, 11), 2))


async def test_topic_that_is_made_again_has_the_same_name_and_another_id(kafka: str, prefix: str) -> None:
    found: list[Source] = []

    async def resume(source: Source) -> Mapping[int, int]:
        found.append(source)
        return {}

    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        for _ in range(2):
            await admin.create_topics([NewTopic(prefix + "again", 1, 1)])
            await until(lambda: _is_there(admin, prefix + "again"))
            async with following(kafka, prefix + "again", Seen(), resume):
                pass
            await admin.delete_topics([prefix + "again"])
            await until(lambda: _is_there(admin, prefix + "again", expected=False))
    finally:
        await admin.close()
    first, second = found
    assert (first.cluster, first.topic) == (second.cluster, second.topic)
    assert first.id != second.id


async def _is_there(admin: AIOKafkaAdminClient, topic: str, *, expected: bool = True) -> bool:
    return (topic in await admin.list_topics()) is expected


async def test_what_could_not_be_applied_is_applied_again_and_not_offered_before(kafka: str, prefix: str) -> None:
    await write(kafka, prefix + TOPIC, [Record(encoded(n), b"a") for n in range(3)])
    seen = Seen()
    seen.fails = 2
    reader = CompactedReader(kafka, topic=prefix + TOPIC, decode=partial(decode, fact), apply=seen, client="test")
    running = asyncio.create_task(reader.run())
    try:
        await until(lambda: seen.fails == 0)
        assert reader.offsets[0] == 0
        assert not reader.following
        await until(lambda: reader.following)
        assert (seen.numbers, reader.offsets[0]) == ([0, 1, 2], 3)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_it_says_that_it_is_behind_also_while_records_come_without_a_pause(kafka: str, prefix: str) -> None:
    class Slow(Seen):
        goes = asyncio.Semaphore(0)

        async def __call__(self, batch: Sequence[Arrived[Fact]]) -> None:
            await self.goes.acquire()
            await super().__call__(batch)

    def goes_on() -> bool:
        """One record is taken in for each time that somebody looks."""
        seen.goes.release()
        return not reader.following

    seen = Slow()
    async with following(kafka, prefix + TOPIC, seen, at_a_time=1) as reader:
        assert reader.following
        await write(kafka, prefix + TOPIC, [Record(encoded(n), b"a") for n in range(1000)])
        await until(goes_on)
        assert 0 < reader.lag <= 1000
        for _ in range(1000):
            seen.goes.release()
        await until(lambda: reader.following)
        assert (seen.numbers, reader.lag) == (list(range(1000)), 0)
        assert reader.caught_up.is_set()


async def test_it_says_that_it_does_not_follow_while_one_record_takes_long(kafka: str, prefix: str) -> None:
    class Held(Seen):
        goes = asyncio.Event()

        async def __call__(self, batch: Sequence[Arrived[Fact]]) -> None:
            await self.goes.wait()
            await super().__call__(batch)

    seen = Held()
    async with following(kafka, prefix + TOPIC, seen) as reader:
        await write(kafka, prefix + TOPIC, [Record(encoded(1), b"a")])
        await until(lambda: not reader.following)
        assert seen.numbers == []
        seen.goes.set()
        await until(lambda: reader.following)
        assert seen.numbers == [1]


async def test_it_says_that_kafka_is_away_and_goes_on_where_it_was_when_it_is_back() -> None:
    with Stack(durable=False) as stack:
        await asyncio.to_thread(stack.start, "kafka")
        kafka = stack.kafka.bootstrap
        await provision_topics(kafka, prefix="", replication=1, minimum_in_sync=1)
        await write(kafka, TOPIC, [Record(encoded(n), b"%d" % n, n % 12) for n in range(24)])
        seen = Seen()
        async with following(kafka, TOPIC, seen) as reader:
            stack.kafka.child.kill()
            await until(lambda: not reader.following)
            await asyncio.to_thread(stack.start, "kafka")
            await write(kafka, TOPIC, [Record(encoded(24), b"later")])
            await until(lambda: len(seen.numbers) >= 25 and reader.following)
            assert sorted(seen.numbers) == list(range(25))  # nothing skipped, nothing twice


async def test_latest_of_some_partitions_are_read_once_more_to_their_end(kafka: str, prefix: str) -> None:
    topic = prefix + "postings"
    since = datetime.now(UTC)
    async with producing(kafka, transactional_id=f"{prefix}test", enable_idempotence=True) as producer:
        for n, (partition, age) in enumerate([(0, 5), (0, -1), (1, -2), (1, -3), (2, -1), (3, 5)]):
            stamp = int((since - timedelta(minutes=age)).timestamp() * 1000)
            async with producer.transaction():  # so that a marker stands at each end
                await producer.send_and_wait(topic, encoded(n), b"a", partition=partition, timestamp_ms=stamp)
    await write(kafka, topic, [Record(None, b"b", 1), Record(b"not json", b"c", 1)])
    sinces = dict.fromkeys((0, 1, 3, 4), since)
    batches = read_since(kafka, topic=topic, since=sinces, until={}, adapter=fact, client="test")
    assert sorted([event.n async for events in batches for event in events]) == [1, 2, 3]


async def test_of_what_is_read_once_more_nothing_comes_from_behind_the_end_that_is_given(kafka: str, prefix: str) -> None:
    topic = prefix + "postings"
    await write(kafka, topic, [Record(encoded(n), b"a", n % 2) for n in range(10)])
    since = dict.fromkeys((0, 1), datetime.now(UTC) - timedelta(minutes=1))
    batches = read_since(kafka, topic=topic, since=since, until={0: 3}, adapter=fact, client="test")
    assert sorted([event.n async for events in batches for event in events]) == [0, 1, 2, 3, 4, 5, 7, 9]


async def test_last_record_before_an_offset_is_found_behind_any_number_of_markers(kafka: str, prefix: str) -> None:
    topic, first = prefix + "postings", datetime.now(UTC) - timedelta(hours=2)
    async with producing(kafka, transactional_id=f"{prefix}test", enable_idempotence=True) as producer:
        for minute in range(2):
            stamp = int((first + timedelta(minutes=minute)).timestamp() * 1000)
            async with producer.transaction():
                await producer.send_and_wait(topic, encoded(minute), b"a", partition=0, timestamp_ms=stamp)
        for _ in range(20):  # each leaves two offsets without a record
            with suppress(ZeroDivisionError):
                async with producer.transaction():
                    await producer.send_and_wait(topic, encoded(0), b"a", partition=0)
                    raise ZeroDivisionError
    found = await find_stamps(kafka, topic=topic, before={0: 44, 1: 0}, client="test")
    assert {number: round((stamp - first) / timedelta(minutes=1)) for number, stamp in found.items()} == {0: 1}
    found = await find_stamps(kafka, topic=topic, before={0: 2}, client="test")
    assert {number: round((stamp - first) / timedelta(minutes=1)) for number, stamp in found.items()} == {0: 0}


async def test_event_that_cannot_be_taken_in_is_counted_and_its_neighbours_are(kafka: str, prefix: str) -> None:
    class Picky(Seen):
        async def __call__(self, batch: Sequence[Arrived[Fact]]) -> None:
            if any(one.event.n == 1 for one in batch):
                raise OverflowError
            await super().__call__(batch)

    topic, seen = prefix + TOPIC, Picky()
    await write(kafka, topic, [Record(encoded(n), b"a") for n in range(3)])
    async with following(kafka, topic, seen) as reader:
        assert (seen.numbers, reader.offsets[0]) == ([0, 2], 3)
    assert telemetry.refused.labels(topic)._value.get() == 1


async def test_events_come_with_the_moment_at_which_they_came_to_their_topic(kafka: str, prefix: str) -> None:
    topic, stamp = prefix + TOPIC, datetime(2026, 1, 1, tzinfo=UTC)
    moments: list[datetime] = []

    class Noting(Seen):
        async def __call__(self, batch: Sequence[Arrived[Fact]]) -> None:
            moments.extend(one.at for one in batch)

    async with producing(kafka) as producer:
        await producer.send_and_wait(topic, encoded(1), b"a", partition=0, timestamp_ms=int(stamp.timestamp() * 1000))
    async with following(kafka, topic, Noting()):
        assert moments == [stamp]


async def test_nothing_is_read_of_partitions_without_anything_late(kafka: str, prefix: str) -> None:
    batches = read_since(
        kafka,
        topic=prefix + "postings",
        since=dict.fromkeys((0, 1), datetime.now(UTC)),
        until={},
        adapter=fact,
        client="test",
    )
    assert [events async for events in batches] == []
