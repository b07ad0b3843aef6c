"""A pool of connections to a service's own schema, and which of Postgres' errors are worth trying again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

import asyncpg

from runtime.errors import Fatal, Unreachable

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record] | asyncpg.Connection[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

TRANSIENT: Final = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what asyncpg makes of a session that is cut in the middle of its own bookkeeping
    asyncpg.exceptions.TransactionRollbackError,  # serialization failures and deadlocks
    asyncpg.exceptions.OperatorInterventionError,  # shutdown, crash recovery
    asyncpg.exceptions.InsufficientResourcesError,
    asyncpg.exceptions.IdleInTransactionSessionTimeoutError,
)
"""Errors after which the same work may succeed: the server went away, was restarted, or chose us as a deadlock's victim."""


@asynccontextmanager
async def open_pool(dsn: str, *, size: int, application: str) -> AsyncIterator["Pool"]:
    """A pool of up to `size` connections that name themselves `application` in `pg_stat_activity`.

    Raises `Unreachable` where the server does not answer yet, `Fatal` where it refuses or the DSN is none.
    """
    try:
        pool = await asyncpg.create_pool(
            dsn,
            min_size=2,
            max_size=size,
            command_timeout=60,
            reset=_as_it_is,
            server_settings={"application_name": application, "timezone": "UTC", "jit": "off"},
        )
    except (*TRANSIENT, asyncpg.PostgresError) as error:
        why = f"cannot connect to PostgreSQL: {' '.join(str(error).split())}"  # with DETAIL and HINT, in one line
        may_come = isinstance(error, TRANSIENT) and not isinstance(error, asyncpg.InterfaceError)  # of which a wrong DSN is one
        raise (Unreachable(why) if may_come else Fatal(why)) from error
    try:
        yield pool
    finally:
        await pool.close()


async def _as_it_is(_: "Connection") -> None:
    """We leave nothing behind in a session, so the round trip that would clean it at every release is saved."""
