"""What is over is removed, a few hundred rows at a time: rejections that did not come again for a month, answers of yesterday.

Several processes may sweep at the same time, and nobody waits for them: rows that are being written are passed over.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from runtime import logs
from runtime.postgres import Connection, Pool
from services.ingest import metrics
from services.ingest.store import Unavailable, transaction
from services.ingest.store.answers import delete_old_answers
from services.ingest.store.rejections import delete_old_rejections

REJECTIONS: Final = timedelta(days=30)
"""After they came last."""
_BATCH: Final = 500
_EVERY: Final = 600.0
"""Seconds between two sweeps."""

log = logs.get("ingest.sweep")


async def sweep(pool: Pool) -> int:
    """Returns how many rows went."""
    return await _all("rejection", pool, _rejections) + await _all("answer", pool, _answers)


async def sweep_forever(pool: Pool) -> None:
    """Sweep every ten minutes until cancelled. What fails because the database is away is swept the next time."""
    while True:
        try:
            await sweep(pool)
        except Unavailable as error:
            log.warning("not swept, will be the next time", error=repr(error.__cause__))
        await asyncio.sleep(_EVERY)


async def _all(what: str, pool: Pool, step: Callable[[Connection], Awaitable[int]]) -> int:
    total, gone = 0, _BATCH
    while gone == _BATCH:
        async with transaction(pool) as connection:
            gone = await step(connection)
        total += gone
    metrics.swept.labels(what).inc(total)
    return total


async def _rejections(connection: Connection) -> int:
    return await delete_old_rejections(connection, REJECTIONS, limit=_BATCH)


async def _answers(connection: Connection) -> int:
    return await delete_old_answers(connection, limit=_BATCH)
