"""An outbox in a database of its own, and relays for it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest

from runtime.broker import Message
from runtime.outbox import Relay, insert_messages
from runtime.postgres import Pool
from tests.integration.runtime.topic import Record, until

TOPIC = "postings"
ROOT = Path(__file__).parents[3]


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
