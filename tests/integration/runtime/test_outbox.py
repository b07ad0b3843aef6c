"""The outbox on real Postgres and Kafka: in order, nothing lost, whoever dies and whenever."""

import asyncio
import itertools
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path

import asyncpg
import psutil
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.stack import Stack
from runtime import health, leadership, outbox
from runtime.broker import Message
from runtime.failpoint import VARIABLE
from runtime.health import relay_check
from runtime.outbox import CHANNEL, Listener, Relay, Signal, TooLarge, insert_messages, listening
from runtime.postgres import Pool, open_pool
from schemas.topics import MAXIMUM_RECORD
from tests.integration.runtime.topic import PATIENCE, Record, read, until

TOPIC = "postings"
ROOT = Path(__file__).parents[3]


@pytest.fixture
def dsn(databases: dict[str, str]) -> str:
    """Of a service that has an outbox."""
    return databases["ingest"]


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    async with open_pool(dsn, size=5, application="test") as pool:
        yield pool


@asynccontextmanager
async def relaying(
    dsn: str, kafka: str, prefix: str, heartbeat: Callable[[datetime], Sequence[Message]] | None = None
) -> AsyncIterator[Relay]:
    relay = Relay(dsn=dsn, bootstrap=kafka, service="ingest", prefix=prefix, heartbeat=heartbeat, heartbeat_every=0.02)
    running = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


async def insert(pool: Pool, *messages: Message) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await insert_messages(connection, messages)


def posting(key: str, value: str, partition: int | None = 0) -> Message:
    return Message(TOPIC, key, value.encode(), partition)


async def waiting(pool: Pool) -> int:
    count: int = await pool.fetchval("SELECT count(*) FROM outbox")
    return count


async def until_empty(pool: Pool) -> None:
    async def empty() -> bool:
        return await waiting(pool) == 0

    await until(empty)


def values(records: Sequence[Record]) -> list[str | None]:
    return [record.value.decode() if record.value is not None else None for record in records]


async def terminate_backends(pool: Pool, application: str) -> int:
    rows = await pool.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND usename = current_user",
        application,
    )
    return len(rows)


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


RELAY = """
import sys
from runtime.outbox import Relay
from runtime.process import main

dsn, kafka, prefix = sys.argv[1:]
main(Relay(dsn=dsn, bootstrap=kafka, service="ingest", prefix=prefix).run)
"""


@asynccontextmanager
async def relay_process(dsn: str, kafka: str, prefix: str, *, failpoint: str = "") -> AsyncIterator[asyncio.subprocess.Process]:
    """A relay in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RELAY, dsn, kafka, prefix, cwd=ROOT, env=os.environ | {VARIABLE: failpoint}
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_relay_killed_between_kafkas_commit_and_the_delete_publishes_the_same_bytes_again(
    kafka: str, prefix: str, dsn: str, pool: Pool
) -> None:
    await insert(pool, *(posting("a", str(n)) for n in range(5)))
    async with relay_process(dsn, kafka, prefix, failpoint="relay.published") as process:
        assert await process.wait() == -signal.SIGKILL
    assert await waiting(pool) == 5
    async with relaying(dsn, kafka, prefix):
        await until_empty(pool)
    assert values(await read(kafka, prefix + TOPIC)) == ["0", "1", "2", "3", "4"] * 2


async def test_what_a_relay_had_sent_when_it_was_killed_before_kafkas_commit_is_seen_once(
    kafka: str, prefix: str, dsn: str, pool: Pool
) -> None:
    await insert(pool, *(posting("a", str(n)) for n in range(5)))
    async with relay_process(dsn, kafka, prefix, failpoint="relay.sent") as process:
        assert await process.wait() == -signal.SIGKILL
    async with relaying(dsn, kafka, prefix):
        await until_empty(pool)
    assert values(await read(kafka, prefix + TOPIC)) == ["0", "1", "2", "3", "4"]


async def test_second_relay_waits_and_takes_over_when_the_first_is_killed(
    kafka: str, prefix: str, dsn: str, pool: Pool
) -> None:
    async with relay_process(dsn, kafka, prefix) as first:
        await insert(pool, posting("a", "by the first"))
        await until_empty(pool)
        async with relaying(dsn, kafka, prefix) as second:
            assert not relay_check(second).ready
            await until(lambda: second.leading is False)
            assert relay_check(second).detail == "another relay leads"
            assert relay_check(second).ready
            first.kill()
            await insert(pool, posting("a", "by the second"))
            await until_empty(pool)
            assert second.leading
    assert values(await read(kafka, prefix + TOPIC)) == ["by the first", "by the second"]


async def test_relay_that_is_paused_is_replaced_and_publishes_nothing_when_it_wakes(
    kafka: str, prefix: str, dsn: str, pool: Pool
) -> None:
    """It has read rows, sleeps while another publishes them and newer ones, wakes, and must not publish the old ones now."""

    async def waits_for_its_turn() -> bool:
        """The one that slept has connected anew."""
        return bool(
            await pool.fetchval(
                """SELECT count(*) FROM pg_stat_activity
                   WHERE application_name = 'ingest-relay' AND wait_event = 'advisory' AND datname = current_database()"""
            )
        )

    await insert(pool, posting("a", "old"))
    async with relay_process(dsn, kafka, prefix, failpoint="relay.read:1:STOP") as paused:
        await until(lambda: psutil.Process(paused.pid).status() == psutil.STATUS_STOPPED)
        async with relaying(dsn, kafka, prefix):
            await insert(pool, posting("a", "new"))
            await until_empty(pool)
            os.kill(paused.pid, signal.SIGCONT)
            await until(waits_for_its_turn)
    assert values(await read(kafka, prefix + TOPIC)) == ["old", "new"]


async def test_relay_that_waits_for_kafka_is_not_taken_for_paused(
    dsn: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leadership, "SILENT", 2.0)
    async with own_kafka() as stack, relaying(dsn, stack.kafka.bootstrap, "") as first:
        await insert(pool, posting("a", "before"))
        await until_empty(pool)
        async with relaying(dsn, stack.kafka.bootstrap, "") as second:
            await until(lambda: second.leading is False)
            os.kill(stack.kafka.pid, signal.SIGSTOP)
            await insert(pool, posting("a", "meanwhile"))
            looked_at = second.last_progress
            await until(lambda: second.last_progress > looked_at + 4.0)  # it looks once a second
            os.kill(stack.kafka.pid, signal.SIGCONT)
            await until_empty(pool)
            assert first.leading
            assert not second.leading


async def test_what_gathered_while_kafka_was_away_comes_out_in_order_and_in_bounded_memory(dsn: str, pool: Pool) -> None:
    """As many rows as an hour has at 20 postings a second; the relay holds one transaction of them at a time."""
    async with own_kafka() as stack, relay_process(dsn, stack.kafka.bootstrap, "") as process:
        await insert(pool, posting("a", "-1"))
        await until_empty(pool)
        before = peak_memory(process.pid)
        stack.kafka.child.kill()
        await pool.execute(
            """INSERT INTO outbox (topic, key, partition, value)
               SELECT $1, 'a', 0, convert_to(rpad(n::text, 1000), 'UTF8') FROM generate_series(0, 71999) AS n""",
            TOPIC,
        )
        await asyncio.to_thread(stack.start, "kafka")
        await until_empty(pool)
        grown = peak_memory(process.pid) - before
        numbers = [int(value) for value in values(await read(stack.kafka.bootstrap, TOPIC)) if value is not None]
    assert numbers == list(range(-1, 72_000))
    assert grown < 24 * 1024**2, "72 MB went through"


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


async def test_relay_takes_up_again_when_its_connection_is_cut(kafka: str, prefix: str, dsn: str, pool: Pool) -> None:
    async with relaying(dsn, kafka, prefix):
        await insert(pool, posting("a", "0"))
        await until_empty(pool)
        for n in (1, 2):
            assert await terminate_backends(pool, "ingest-relay")
            await insert(pool, posting("a", str(n)))
            await until_empty(pool)
    assert values(await read(kafka, prefix + TOPIC)) == ["0", "1", "2"]


async def test_rows_wait_while_kafka_is_away_and_the_relay_says_that_it_is_stuck(
    dsn: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "STUCK", 1.0)
    async with own_kafka() as stack:
        bootstrap = stack.kafka.bootstrap
        async with relaying(dsn, bootstrap, "") as relay:
            await insert(pool, posting("a", "before"))
            await until_empty(pool)
            assert relay_check(relay).ready
            stack.kafka.stop()
            await insert(pool, posting("a", "meanwhile"), posting("a", "then"))
            await until(lambda: not relay_check(relay).ready)
            assert await waiting(pool) == 2
            await asyncio.to_thread(stack.start, "kafka")
            await until_empty(pool)
            await until(lambda: relay_check(relay).ready)
        assert values(await read(bootstrap, TOPIC)) == ["before", "meanwhile", "then"]


@asynccontextmanager
async def own_kafka() -> AsyncIterator[Stack]:
    """A broker that only this test uses, with the topic."""
    with Stack(say=lambda _: None) as stack:
        await asyncio.to_thread(stack.start, "kafka")
        admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka.bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic(TOPIC, 1, 1)])
        await admin.close()
        yield stack


def peak_memory(pid: int) -> int:
    """Bytes that were resident at the most."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


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


async def test_wakes_that_come_together_share_a_notify(dsn: str, pool: Pool) -> None:
    told: list[str] = []
    connection = await asyncpg.connect(dsn)
    await connection.add_listener(f"ingest.{CHANNEL}", lambda *arguments: told.append(str(arguments[3])))
    wake = Signal(pool, CHANNEL)
    for _ in range(1000):
        wake.wake()
    await until(lambda: bool(told))
    wake.wake()
    before = len(told)
    await until(lambda: len(told) > before)
    await connection.close()
    assert len(told) < 5


async def test_listener_is_woken_by_its_own_channel_only_and_waits_no_longer_than_told(dsn: str, pool: Pool) -> None:
    async with listening(dsn, "due", application="test-listener") as listener:
        Signal(pool, "other").wake()
        started = time.monotonic()
        await listener.wait(0.2)
        assert time.monotonic() - started >= 0.2
        Signal(pool, "due").wake()
        await listener.wait(PATIENCE)
        assert time.monotonic() - started < PATIENCE / 2


async def test_signal_that_came_before_the_wait_is_not_lost(dsn: str, pool: Pool) -> None:
    async with listening(dsn, "due", application="test-listener") as listener:
        await pool.execute("SELECT pg_notify('ingest.due', '')")
        await until(listener._woken.is_set)
        await asyncio.wait_for(listener.wait(PATIENCE), 1)


async def test_listener_says_that_its_connection_is_gone(dsn: str, pool: Pool) -> None:
    connection = await asyncpg.connect(dsn, server_settings={"application_name": "test-listener"})
    listener = Listener(connection)
    await listener.start("due")
    waiting_for_it = asyncio.create_task(listener.wait(PATIENCE))
    await terminate_backends(pool, "test-listener")
    await asyncio.wait_for(waiting_for_it, PATIENCE / 2)
    await until(connection.is_closed)
    with pytest.raises(ConnectionError):
        await listener.wait(PATIENCE)
