"""Reads the last postings of this process's partitions again, without comparing them anew, for filters they may have missed.

When partitions come to this process: who read them before may have died before it saw a subscription that should have met them;
its filter was saved before the posting was published, but arrived after the posting was compared. And when a filter arrives so
late that the window no longer holds what it missed, because the relay of `subscriptions` was away: then from its saving on.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from aiokafka import ConsumerRebalanceListener

from runtime import logs
from runtime.reader import AWAY, pause_after
from schemas.topics import POSTINGS
from services.matcher import metrics
from services.matcher.match import WINDOW, Event, Matcher

Read = Callable[[Collection[int], datetime], AsyncIterator[list[Event]]]
"""Gives the events of these partitions that came to their topic since a moment, in batches."""

_FARTHEST: Final = timedelta(milliseconds=int(POSTINGS.config["min.compaction.lag.ms"]))
"""What is older may be compacted, and the change that should have met the filter be gone."""
log = logs.get("matcher.recall")


class Recaller(ConsumerRebalanceListener):  # type: ignore[misc]  # has no types
    """Listens for assignments and late filters; `run` reads again what they ask for."""

    def __init__(self, matcher: Matcher, read: Read) -> None:
        self._matcher = matcher
        self._read = read
        self._held: set[int] = set()
        self._asked: set[int] = set()
        self._wake = asyncio.Event()
        self._late: dict[UUID, tuple[datetime, datetime]] = {}
        """By subscription: since when it applies, and when it arrived."""

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """Nothing: what is remembered twice is told twice, and the ledger takes it once."""

    async def on_partitions_assigned(self, assigned: Any) -> None:
        numbers = {partition.partition for partition in assigned}
        self._ask(numbers - self._held)
        self._held = numbers

    def reach_back(self, late: Mapping[UUID, datetime]) -> None:
        """Have postings read again for these subscriptions, each since when it applies.

        Not while nothing is held, as at the start, when every filter is old. One that came late to another process, which died
        before it had read all this, is therefore not known for late: postings older than the window stay missed.
        """
        if self._held:
            now = datetime.now(UTC)
            log.warning("filters came later than the window holds, postings are read again", filters=len(late))
            metrics.late_filters.inc(len(late))
            # What was late for one process is so for the next that takes over partitions now.
            self._late = {id: entry for id, entry in self._late.items() if entry[1] > now - WINDOW}
            self._late |= {id: (since, now) for id, since in late.items()}
            self._ask(self._held)

    async def run(self) -> None:
        """Until cancelled. Begins anew where Kafka went away meanwhile."""
        failures = 0
        while True:
            await self._wake.wait()
            self._wake.clear()
            asked, self._asked = self._asked, set()
            try:
                await self._recall(asked)
                failures = 0
            except AWAY as error:
                self._ask(asked)
                failures += 1
                await pause_after(error, failures, topic=POSTINGS.name)

    def _ask(self, partitions: Collection[int]) -> None:
        if partitions:
            self._asked |= set(partitions)
            self._wake.set()

    async def _recall(self, partitions: Collection[int]) -> None:
        now, late = datetime.now(UTC), dict(self._late)
        since = max(now - _FARTHEST, min([now - WINDOW, *(since for since, _ in late.values())]))
        async for events in self._read(partitions, since):
            await self._matcher.recall(events, late.keys())
