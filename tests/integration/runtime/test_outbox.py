"""The outbox on real Postgres and Kafka: in order, nothing lost, whoever dies and whenever."""

import asyncio
import itertools
import os
from contextlib import suppress
from datetime import datetime

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from runtime import outbox
from runtime.broker import Message
from runtime.outbox import CHANNEL, Signal, TooLarge, insert_messages
from runtime.postgres import Pool
from schemas.topics import MAXIMUM_RECORD
from tests.integration.runtime.relaying import TOPIC, insert, posting, relaying, until_empty, values, waiting
from tests.integration.runtime.topic import Record, read, until


async def test_messages_come_out_in_order_with_key_partition_and_tombstone_and_their_rows_go(
    kafka: str, prefix: str, dsn: str, pool: Pool
) -> None:
    await insert(pool, posting("a", "1", 3), Message(TOPIC, "a", None, 3), Message("requests", "b", b"2", 7))
    async with relaying(dsn, kafka, prefix):
        await until_empty(pool)
    assert await read(kafka, prefix + TOPIC) == [Record(b"1", b"a", 3), Record(None, b"a", 3)]
    assert await read(kafka, prefix + "requests") == [Record(b"2", b"b", 7)]


async def test_tombstones_stand_where_they_were_written(kafka: str, prefix: str, dsn: str, pool: Pool) -> None:
    """One that was left behind would take away the value that came after it, when the topic is compacted."""
    await insert(pool, posting("b", "first"), Message(TOPIC, "b", None, 0), posting("b", "again"))
    async with relaying(dsn, kafka, prefix):
        await until_empty(pool)
    assert values(await read(kafka, prefix + TOPIC)) == ["first", None, "again"]


async def test_heartbeat_waits_behind_a_batch_of_tombstones(kafka: str, prefix: str, dsn: str, pool: Pool) -> None:
    await insert(pool, posting("b", "first"), *[Message(TOPIC, "b", None, 0)] * 600, posting("b", "ended"))
    async with relaying(dsn, kafka, prefix, heartbeat=lambda _: [posting("heartbeat", "beat")]):
        await until_empty(pool)
    told = values(await read(kafka, prefix + TOPIC))
    assert told.index("beat") > told.index("ended")


async def test_order_of_a_key_holds_over_batches_and_writers(kafka: str, prefix: str, dsn: str, pool: Pool) -> None:
    async def write(key: str) -> None:
        for start in range(0, 400, 40):
            await insert(pool, *(posting(key, f"{key}{n}", None) for n in range(start, start + 40)))

    async with relaying(dsn, kafka, prefix):
        await asyncio.gather(*map(write, "abcd"))
        await until_empty(pool)
    records = await read(kafka, prefix + TOPIC)
    for key in "abcd":
        of_key = [record for record in records if record.key == key.encode()]
        assert values(of_key) == [f"{key}{n}" for n in range(400)]
        assert len({record.partition for record in of_key}) == 1


async def test_transaction_that_is_rolled_back_publishes_nothing(kafka: str, prefix: str, dsn: str, pool: Pool) -> None:
    with suppress(ZeroDivisionError):
        async with pool.acquire() as connection, connection.transaction():
            await insert_messages(connection, [posting("a", "never")])
            raise ZeroDivisionError
    async with relaying(dsn, kafka, prefix):
        await insert(pool, posting("a", "1"))
        await until_empty(pool)
    assert values(await read(kafka, prefix + TOPIC, isolation="read_uncommitted")) == ["1"]


async def test_row_of_a_transaction_that_was_open_long_is_not_forgotten(kafka: str, prefix: str, dsn: str, pool: Pool) -> None:
    """Its id is lower than those that were published before it committed."""
    async with relaying(dsn, kafka, prefix):
        async with pool.acquire() as slow, slow.transaction():
            await insert_messages(slow, [posting("slow", "slow")])
            await insert(pool, posting("quick", "quick"))
            await until_empty(pool)
        await until_empty(pool)
    assert values(await read(kafka, prefix + TOPIC)) == ["quick", "slow"]


async def test_wake_publishes_at_once_without_waiting_for_the_sweep(
    kafka: str, prefix: str, dsn: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_SWEEP", 3600.0)
    async with relaying(dsn, kafka, prefix) as relay:
        await until(lambda: relay.leading is True)
        wake = Signal(pool, CHANNEL)
        for n in range(3):
            await insert(pool, posting("a", str(n)))
            wake.wake()
            await until_empty(pool)
    assert values(await read(kafka, prefix + TOPIC)) == ["0", "1", "2"]


async def test_lost_notify_costs_a_sweep_and_nothing_else(kafka: str, prefix: str, dsn: str, pool: Pool) -> None:
    async with relaying(dsn, kafka, prefix) as relay:
        await until(lambda: relay.leading is True)
        await insert(pool, posting("a", "nobody was told"))
        await until_empty(pool)
    assert values(await read(kafka, prefix + TOPIC)) == ["nobody was told"]


async def test_row_that_kafka_refuses_stays_and_takes_no_neighbour_with_it(
    kafka: str, prefix: str, dsn: str, pool: Pool
) -> None:
    """aiokafka would commit the transaction without the refused record, and the row would be deleted."""

    async def tried() -> bool:
        return len(await read(kafka, prefix + TOPIC, isolation="read_uncommitted")) > 0

    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(f"{prefix}tiny", 1, 1, topic_configs={"max.message.bytes": "200"})])
    await admin.close()
    await insert(pool, posting("a", "1"), Message("tiny", "b", b"x" * 1000, 0), posting("a", "2"))
    async with relaying(dsn, kafka, prefix):
        await until(tried)
        assert await waiting(pool) == 3
        assert await read(kafka, prefix + TOPIC) == []  # nothing of an aborted transaction is seen
        await pool.execute("DELETE FROM outbox WHERE topic = 'tiny'")
        await until_empty(pool)
    assert values(await read(kafka, prefix + TOPIC)) == ["1", "2"]


async def test_largest_message_passes_and_a_larger_one_is_refused_before_it_is_written(
    kafka: str, prefix: str, dsn: str, pool: Pool
) -> None:
    largest = MAXIMUM_RECORD - 10_000
    await insert(pool, Message(TOPIC, "a", os.urandom(largest), 0))
    with pytest.raises(TooLarge):
        await insert(pool, Message(TOPIC, "b", bytes(largest + 1), 0))
    async with relaying(dsn, kafka, prefix):
        await until_empty(pool)
    assert [len(record.value or b"") for record in await read(kafka, prefix + TOPIC)] == [largest]


async def test_heartbeat_stands_behind_everything_that_was_answered_before_its_stamp(
    kafka: str, prefix: str, dsn: str, pool: Pool
) -> None:
    answered: dict[str, datetime] = {}
    beaten_at: list[datetime] = []

    async def write(writer: int) -> None:
        for n in itertools.count():
            if beaten_at[40:]:
                return
            async with pool.acquire() as connection:
                async with connection.transaction():
                    await insert_messages(connection, [posting("a", f"{writer}.{n}")])
                    await connection.execute("SELECT pg_sleep($1)", 0.02 if n % 10 == writer else 0)
                answered[f"{writer}.{n}"] = await connection.fetchval("SELECT clock_timestamp()")

    def beat(stamped_at: datetime) -> list[Message]:
        beaten_at.append(stamped_at)
        return [posting("heartbeat", f"beat {stamped_at.isoformat()}")]

    async with relaying(dsn, kafka, prefix, beat):
        await asyncio.gather(*map(write, range(4)))
        await until_empty(pool)
    published = values(await read(kafka, prefix + TOPIC))
    place = {value: n for n, value in enumerate(published)}
    beats = [(n, datetime.fromisoformat(value[5:])) for n, value in enumerate(published) if value and value[:4] == "beat"]
    assert len(beats) >= 40
    assert answered.keys() <= place.keys()
    too_early = [(beaten, value) for n, beaten in beats for value, at in answered.items() if at < beaten and place[value] > n]
    assert too_early == []
