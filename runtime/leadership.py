"""One of several processes leads: it holds an advisory lock of Postgres for as long as its session lasts.

A process that dies frees the lock at once. One that does nothing on its session for `SILENT` seconds is paused or cut off: who
waits ends its session, and leads. What the old leader may still do when it wakes must be fenced elsewhere.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any, Final

import asyncpg

from runtime import logs

SILENT: Final = 5.0
"""Seconds."""
_STIR: Final = 1.0
"""Seconds between signs of life of a leader, and between looks at it by those who wait."""
_ENDS_WITHIN: Final = 5.0
_LOCK: Final = "hashtext(current_schema() || '.' || $1)"

log = logs.get("runtime.leadership")


async def competing(connection: "asyncpg.Connection[Any]", name: str) -> AsyncIterator[bool]:
    """Compete to lead `name` in this schema. Gives False after each second in vain, True once this session leads; then ends."""
    await connection.execute(f"SET lock_timeout = {int(_STIR * 1000)}")
    while not await _is_locked(connection, name):
        yield False
        await _end_silent_leader(connection, name)
    await connection.execute("RESET lock_timeout")
    yield True


async def alive(work: Coroutine[Any, Any, None], connection: "asyncpg.Connection[Any]") -> None:
    """Do work that does not touch the leader's session and may take long, and show there that the leader lives."""
    task = asyncio.create_task(work)
    try:
        while not (await asyncio.wait({task}, timeout=_STIR))[0]:
            await connection.execute("SELECT 1")
        await task
    finally:
        # It has ended before anything it works with is closed. At first it may wait for Kafka, to abort its transaction.
        while not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=_ENDS_WITHIN)


async def _is_locked(connection: "asyncpg.Connection[Any]", name: str) -> bool:
    try:
        await connection.execute(f"SELECT pg_advisory_lock({_LOCK})", name)
    except asyncpg.LockNotAvailableError:
        return False
    return True


async def _end_silent_leader(connection: "asyncpg.Connection[Any]", name: str) -> None:
    """A statement that takes long is no silence, unless it waits for the leader to read its answer."""
    ended = await connection.fetchval(
        f"""SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
            WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND (classid::bigint << 32) | objid::bigint = {_LOCK}
              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND (state <> 'active' OR wait_event = 'ClientWrite')
              AND state_change < clock_timestamp() - $2::float8 * interval '1 s'""",  # noqa: S608 -- our own constant
        name,
        SILENT,
    )
    if ended:
        log.warning("the leader was silent, its session was ended", of=name, silent_for=f"more than {SILENT:g} s")
