"""What is over is removed: sign-ups that nobody confirmed, notes of sign-ins, and a month later the rows of what ended.

With the row of something that other services knew goes its tombstone, in one transaction.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

from runtime import logs
from runtime.outbox import insert_messages
from runtime.postgres import TRANSIENT, Connection
from services.subscriptions import metrics
from services.subscriptions.states import tombstone
from services.subscriptions.store import Store, expired

UNCONFIRMED: Final = timedelta(hours=49)
"""An hour more than a confirmation link opens."""
ENDED: Final = timedelta(days=30)
SIGN_INS: Final = timedelta(hours=2)
_BATCH: Final = 500
_EVERY: Final = 600.0
"""Seconds between two sweeps."""

log = logs.get("subscriptions.sweep")


async def sweep(store: Store) -> int:
    """Returns how many rows went. Several processes may sweep at the same time."""
    return (
        await _all("unconfirmed subscription", store, _unconfirmed_subscriptions)
        + await _all("unconfirmed subscriber", store, _unconfirmed_subscribers)
        + await _all("ended subscription", store, _ended_subscriptions)
        + await _all("ended endpoint", store, _ended_endpoints)
        + await _all("ended subscriber", store, _ended_subscribers)
        + await _all("sign-in", store, _sign_ins)
    )


async def _all(what: str, store: Store, step: Callable[[Connection], Awaitable[int]]) -> int:
    total, gone = 0, _BATCH
    while gone == _BATCH:
        async with store.changing() as connection:
            gone = await step(connection)
        total += gone
    metrics.swept.labels(what).inc(total)
    return total


async def _unconfirmed_subscriptions(connection: Connection) -> int:
    return await expired.delete_unconfirmed_subscriptions(connection, UNCONFIRMED, limit=_BATCH)


async def _unconfirmed_subscribers(connection: Connection) -> int:
    return await expired.delete_unconfirmed_subscribers(connection, UNCONFIRMED, limit=_BATCH)


async def _ended_subscriptions(connection: Connection) -> int:
    return await _bury(connection, await expired.delete_ended_subscriptions(connection, ENDED, limit=_BATCH))


async def _ended_endpoints(connection: Connection) -> int:
    return await _bury(connection, await expired.delete_ended_endpoints(connection, ENDED, limit=_BATCH))


async def _ended_subscribers(connection: Connection) -> int:
    ids = await expired.delete_ended_subscribers(connection, ENDED, limit=_BATCH)
    return await _bury(connection, list(zip(ids, ids, strict=True)))


async def _sign_ins(connection: Connection) -> int:
    return await expired.delete_old_sign_ins(connection, SIGN_INS, limit=_BATCH)


async def _bury(connection: Connection, gone: list[tuple[UUID, UUID]]) -> int:
    await insert_messages(connection, [tombstone(each, subscriber_id) for each, subscriber_id in gone])
    return len(gone)


async def sweep_forever(store: Store) -> None:
    """Sweep every ten minutes until cancelled. What fails because the database is away is swept the next time."""
    while True:
        try:
            await sweep(store)
        except TRANSIENT as error:
            log.warning("not swept, will be the next time", error=repr(error))
        await asyncio.sleep(_EVERY)
