"""The service's tables. Statements are functions of a connection, by noun: `subscribers`, `subscriptions`, `endpoints`, `keys`.

Whoever changes anything of an account first claims its row in `subscribers`. That makes the changes of one account one after
the other, so that their outbox rows stand in the order of their commits. `mark_alerted` claims no subscriber: subscriptions are
locked in the order of their ids by everybody, so that no two can wait for each other.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from runtime.failpoint import failpoint
from runtime.outbox import Signal
from runtime.postgres import Connection, Pool


class Store:
    """Hands out connections."""

    def __init__(self, pool: Pool, signal: Signal) -> None:
        """`signal` wakes the outbox's relay."""
        self._pool = pool
        self._signal = signal

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """A connection without a transaction around it."""
        async with self._pool.acquire() as connection:
            yield connection

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[Connection]:
        """One transaction; the relay is woken once it has committed."""
        async with self._pool.acquire() as connection, connection.transaction():
            yield connection
        failpoint("subscriptions.committed")
        self._signal.wake()


async def fetch_now(connection: Connection) -> datetime:
    """The database's clock, by which times are compared across services."""
    now: datetime = await connection.fetchval("SELECT clock_timestamp()")
    return now
