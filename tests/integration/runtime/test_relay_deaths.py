"""Relays that are killed, paused or cut off: nothing lost, and nothing out of order."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.ports import free_ports
from deploy.local.stack import Stack
from runtime import health, leadership, outbox
from runtime.failpoint import VARIABLE
from runtime.health import relay_check
from runtime.postgres import Pool
from tests.chaos.proxy import Proxy
from tests.integration.runtime.relaying import (
    ROOT,
    TOPIC,
    insert,
    posting,
    relaying,
    terminate_backends,
    until_empty,
    values,
    waiting,
)
from tests.integration.runtime.topic import read, until

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
            assert relay_check(second).detail.startswith("another relay leads")
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


async def test_relay_whose_postgres_says_nothing_any_more_takes_up_again(
    kafka: str, prefix: str, dsn: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that lost power, a forgotten entry of a router: the connection stands, and nothing ever comes."""
    monkeypatch.setattr(outbox, "_ANSWERS_WITHIN", 3.0)  # longer than a look for the lock
    (port,) = free_ports(1)
    where = urlsplit(dsn)
    assert where.port is not None
    proxy = Proxy(port, where.port)
    await proxy.start()
    try:
        async with relaying(dsn.replace(f":{where.port}/", f":{port}/"), kafka, prefix):
            await insert(pool, posting("a", "before"))
            await until_empty(pool)
            proxy.delay = 3600.0
            await insert(pool, posting("a", "meanwhile"))
            await until(lambda: proxy.holds)
            proxy.delay = 0.0
            await until_empty(pool)
    finally:
        await proxy.aclose()
    assert values(await read(kafka, prefix + TOPIC)) == ["before", "meanwhile"]


async def test_relay_that_is_told_to_stop_while_kafka_is_away_stops(dsn: str, pool: Pool) -> None:
    async with own_kafka() as stack, relay_process(dsn, stack.kafka.bootstrap, "") as process:
        await insert(pool, posting("a", "before"))
        await until_empty(pool)
        stack.kafka.child.kill()
        await insert(pool, posting("a", "meanwhile"))
        await until(lambda: relay_said(pool, "SELECT 1"))  # it shows that it lives, and waits for Kafka
        process.terminate()
        async with asyncio.timeout(30):
            assert await process.wait() == 128 + signal.SIGTERM
    assert await waiting(pool) == 1


async def relay_said(pool: Pool, statement: str) -> bool:
    """Whether that was the last statement of a relay."""
    is_there: bool = await pool.fetchval(
        """SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'ingest-relay' AND datname = current_database()
           AND query = $1""",
        statement,
    )
    return is_there


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
