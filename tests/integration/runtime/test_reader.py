"""A compacted topic read whole and then followed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from runtime import telemetry
from runtime.reader import CompactedReader
from tests.integration.runtime.topic import PATIENCE, Fact, Record, encoded, fact, producing, read, until, write

TOPIC = "subscriptions"


class Seen:
    def __init__(self) -> None:
        self.numbers: list[int] = []

    async def __call__(self, events: list[Fact]) -> None:
        self.numbers += [event.n for event in events]


@asynccontextmanager
async def following(kafka: str, topic: str, seen: Seen) -> AsyncIterator[CompactedReader[Fact]]:
    reader = CompactedReader(kafka, topic=topic, adapter=fact, apply=seen, client="test")
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
    records = [Record(encoded(1), b"a"), Record(None, b"a"), Record(b"not json", b"b"), Record(b"", b"c"), Record(encoded(2), b"d")]
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
        with pytest.raises(ZeroDivisionError):
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
    topic = prefix + "holes"
    settings = {"cleanup.policy": "compact", "segment.ms": "1", "min.cleanable.dirty.ratio": "0.001", "max.compaction.lag.ms": "1"}
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.alter_configs([ConfigResource(ConfigResourceType.BROKER, "1", {"log.cleaner.backoff.ms": "100"})])
        await admin.create_topics([NewTopic(topic, 1, 1, topic_configs=settings)])
        await write(kafka, topic, [Record(encoded(n), b"same") for n in range(20)])
        async with asyncio.timeout(PATIENCE):
            while len(await read(kafka, topic)) > 3:
                await asyncio.sleep(0.1)
    finally:
        await admin.alter_configs([ConfigResource(ConfigResourceType.BROKER, "1", {})])
        await admin.close()
    seen = Seen()
    async with following(kafka, topic, seen):
        assert seen.numbers[-1] == 19
        assert len(seen.numbers) <= 3


async def test_missing_topic_is_named_with_the_command_that_makes_it(kafka: str) -> None:
    reader = CompactedReader(kafka, topic="nowhere", adapter=fact, apply=Seen(), client="test")
    with pytest.raises(RuntimeError, match=r"topic nowhere does not exist: run `python -m deploy.provision topics`"):
        await reader.run()
