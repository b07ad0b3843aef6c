"""The tables of ingest. Rows leave as frozen dataclasses; an error of a server that is away leaves as `Unavailable`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from runtime.errors import Transient
from runtime.failpoint import failpoint
from runtime.postgres import TRANSIENT, Connection, Pool


class Unavailable(Transient):
    """The database cannot be reached at the moment: send the same again in a few seconds, what is recorded counts once."""


@asynccontextmanager
async def session(pool: Pool) -> AsyncIterator[Connection]:
    """For one statement that needs no transaction around it. Raises `Unavailable`."""
    try:
        async with pool.acquire() as connection:
            yield connection
    except TRANSIENT as error:
        raise Unavailable from error


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """All that is done in the block, or nothing. Raises `Unavailable`; a commit that was cut off may have counted."""
    try:
        async with pool.acquire() as connection, connection.transaction():
            yield connection
        failpoint("ingest.committed")
    except TRANSIENT as error:
        raise Unavailable from error
