"""Looks for what no one finished: something overdue whose destination nobody is going to look at is made due again.

It should never find any, since whoever writes what is due marks it so or does it again; so a find is counted and logged. Each
look is bounded, and goes on where the last one ended. Several replicas at once find the same, and one of them counts it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final
from uuid import UUID

from runtime import logs
from runtime.outbox import Signal
from runtime.postgres import TRANSIENT
from services.notifier import metrics
from services.notifier.store.leases import fetch_waiting_alerts, fetch_waiting_deliveries, mark_forgotten_due

if TYPE_CHECKING:
    from runtime.postgres import Pool
    from services.notifier.store.leases import Looked

_EVERY: Final = 60.0
"""Seconds between looks."""
_MOST: Final = 10_000
"""Destinations in one look at either table."""
_START: Final = UUID(int=0)
log = logs.get("notifier.sweep")


class Sweeper:
    """Runs until cancelled, in every replica."""

    def __init__(self, pool: "Pool", due: Signal) -> None:
        self._pool = pool
        self._due = due
        self._after: dict[Callable[..., Awaitable[list[Looked]]], UUID] = {
            fetch_waiting_alerts: _START,
            fetch_waiting_deliveries: _START,
        }

    async def run(self) -> None:
        """Look once a minute. Survives Postgres going away."""
        while True:
            try:
                await self.sweep()
            except TRANSIENT as error:
                log.warning("nothing looked for, will look again", error=repr(error))
            await asyncio.sleep(_EVERY)

    async def sweep(self) -> int:
        """One look; returns how many destinations were forgotten."""
        found = {one for fetch in self._after for one in await self._look(fetch)}
        forgotten = await mark_forgotten_due(self._pool, sorted(found)) if found else 0
        if forgotten:
            metrics.forgotten.inc(forgotten)
            log.warning("overdue, and nobody was going to look: made due again", destinations=forgotten)
            self._due.wake()
        return forgotten

    async def _look(self, fetch: Callable[..., Awaitable[list["Looked"]]]) -> list[UUID]:
        looked = await fetch(self._pool, after=self._after[fetch], limit=_MOST)
        self._after[fetch] = looked[-1].destination_id if len(looked) == _MOST else _START
        return [one.destination_id for one in looked if one.forgotten]
