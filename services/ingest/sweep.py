"""What is over is removed, a few hundred rows at a time: rejections that did not come again for a month, answers of yesterday.

Once a day the number of open postings that is kept is compared with the postings.
Several processes may sweep at the same time, and nobody waits for them: rows that are being written are passed over.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from runtime import logs
from runtime.postgres import Connection, Pool
from services.ingest import metrics
from services.ingest.store import Unavailable, transaction
from services.ingest.store.answers import delete_old_answers
from services.ingest.store.quotas import fetch_miscounted, mark_counted
from services.ingest.store.rejections import delete_old_rejections, delete_surplus_rejections

REJECTIONS: Final = timedelta(days=30)
"""After they came last."""
MOST_REJECTIONS: Final = 100_000
"""Of one publisher: who sends nothing but wrong items does not fill the disk with them."""
_BATCH: Final = 500
_EVERY: Final = 600.0
"""Seconds between two sweeps."""
_COUNTS: Final = 144
"""Sweeps from one recount to the next: it reads all postings."""

log = logs.get("ingest.sweep")


async def sweep(pool: Pool) -> int:
    """Returns how many rows went."""
    return (
        await _all("rejection", pool, _rejections)
        + await _all("surplus rejection", pool, _surplus)
        + await _all("answer", pool, _answers)
    )


async def recount(pool: Pool) -> int:
    """Of how many publishers another number of postings was open than was kept, as after a replica of a former version."""
    async with transaction(pool) as connection:
        wrong = await fetch_miscounted(connection)
    for publisher_id in wrong:
        async with transaction(pool) as connection:
            await mark_counted(connection, publisher_id)
        log.warning("open postings were miscounted, counted anew", publisher_id=publisher_id)
    return len(wrong)


async def sweep_forever(pool: Pool) -> None:
    """Sweep every ten minutes until cancelled. What fails because the database is away is swept the next time."""
    for turn in itertools.count():
        try:
            if turn % _COUNTS == 0:
                await recount(pool)
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


async def _surplus(connection: Connection) -> int:
    return await delete_surplus_rejections(connection, keep=MOST_REJECTIONS, limit=_BATCH)


async def _answers(connection: Connection) -> int:
    return await delete_old_answers(connection, limit=_BATCH)
