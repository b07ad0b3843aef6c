"""Waking each other up through Postgres."""

import asyncio
import time

import asyncpg
import pytest

from runtime.outbox import CHANNEL, Listener, Signal, listening
from runtime.postgres import Pool
from tests.integration.runtime.relaying import terminate_backends
from tests.integration.runtime.topic import PATIENCE, until


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
