"""Reads postings of this process's partitions again, without comparing them anew, for filters they may have missed.

When partitions come to this process: who read them before may have died before it saw a subscription that should have met them;
its filter was saved before the posting was published, but arrived after the posting was compared. And when a filter arrives so
late that the window no longer holds what it missed, because the relay of `subscriptions` was away: then from its saving on.

The latest are read first, whatever else is still to be read: they matter most, and a process may not live to reach them last.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from aiokafka import ConsumerRebalanceListener, TopicPartition

from runtime import logs
from runtime.reader import AWAY, apply_or_refuse, pause_after
from schemas.topics import POSTINGS
from services.matcher import metrics
from services.matcher.domain.late import Late
from services.matcher.match import WINDOW, Matcher
from services.matcher.postings import Postings

Committed = Callable[[Collection[TopicPartition]], Awaitable[Mapping[int, int]]]
"""By partition, the offset before which the group has compared everything; no entry where it has compared nothing."""

_LATEST: Final = timedelta(minutes=1)
"""What is read first: within a minute, in all but an outage, who compares knows what was saved."""
_FARTHEST: Final = timedelta(milliseconds=int(POSTINGS.config["min.compaction.lag.ms"]))
"""What is older may be compacted, and the change that should have met the filter be gone."""
_Queue = asyncio.Queue[Callable[[], Awaitable[None]]]
log = logs.get("matcher.recall")


class Recaller(ConsumerRebalanceListener):  # type: ignore[misc]  # has no types
    """Listens for assignments and late filters; `run` reads again what they ask for."""

    def __init__(self, matcher: Matcher, postings: Postings, committed: Committed) -> None:
        self._matcher = matcher
        self._postings = postings
        self._committed = committed
        self._held: frozenset[int] = frozenset()
        self._latest: _Queue = asyncio.Queue()
        self._rest: _Queue = asyncio.Queue()

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """Nothing: what is remembered twice is told twice, and the ledger takes it once."""

    async def on_partitions_assigned(self, assigned: Any) -> None:
        """Have read again what the group has compared up to now, also of partitions that were held before.

        Others may have had them meanwhile, where this process was paused; nothing tells that. What the window holds is only
        decoded: 30,000 postings of ten minutes cost about a second, in small pieces.
        """
        self._held = frozenset(partition.partition for partition in assigned)
        self._matcher.recalls += 1  # also while Kafka is asked
        self._latest.put_nowait(partial(self._recall_latest, await self._committed(assigned)))

    def reach_back(self, found: Mapping[UUID, Late]) -> None:
        """Have postings read again for these subscriptions, each since when it applies.

        While nothing is held, as at the start, every filter is old. Late are then those that were late in their topic: another
        process may have died before it had read all this.
        """
        now = datetime.now(UTC)
        if self._held:
            late = {id: Late(one.since, now) for id, one in found.items()}
            log.warning("filters came later than the window holds, postings are read again", filters=len(late))
            metrics.late_filters.inc(len(late))
            self._matcher.recalls += 1
            self._rest.put_nowait(partial(self._recall_late, late))
        else:
            late = {id: one for id, one in found.items() if one.arrived_at - one.since > WINDOW}
        kept = {id: one for id, one in self._matcher.late.items() if one.arrived_at > now - _FARTHEST}
        self._matcher.late = kept | {id: one.and_before(kept.get(id)) for id, one in late.items()}

    async def run(self) -> None:
        """Until cancelled."""
        await asyncio.gather(self._serve(self._latest), self._serve(self._rest))

    async def _serve(self, asked: _Queue) -> None:
        while True:
            await self._persist(await asked.get())
            self._matcher.recalls -= 1  # not where it was cancelled: that is still owed

    async def _persist(self, recall: Callable[[], Awaitable[None]]) -> None:
        """Begin anew where Kafka went away meanwhile."""
        failures = 0
        while True:
            try:
                return await recall()
            except AWAY as error:
                failures += 1
                await pause_after(error, failures, topic=self._postings.topic)

    async def _recall_latest(self, committed: Mapping[int, int]) -> None:
        """Back from the last posting compared, not from now: all who compare may have been away, and filters come meanwhile."""
        stamps = await self._postings.find_stamps(committed)
        since = {number: stamp - _LATEST for number, stamp in stamps.items()}
        await self._recall(since, committed, self._late_after(stamps.values()))
        self._matcher.recalls += 1
        self._rest.put_nowait(partial(self._recall_window, committed, stamps))

    async def _recall_window(self, committed: Mapping[int, int], stamps: Mapping[int, datetime]) -> None:
        """What the window would hold, and what late filters missed before. The latest are then held, and passed over."""
        late = self._late_after(stamps.values())
        since = {
            number: min([stamp - WINDOW, *(one.since for one in late.values() if one.concerns(stamp - WINDOW))])
            for number, stamp in stamps.items()
        }
        await self._recall(since, committed, late)

    def _late_after(self, stamps: Collection[datetime]) -> Mapping[UUID, Late]:
        """Those that who compared up to one of these moments may not have seen to."""
        return {id: one for id, one in self._matcher.late.items() if any(one.concerns(stamp - WINDOW) for stamp in stamps)}

    async def _recall_late(self, late: Mapping[UUID, Late]) -> None:
        await self._recall(dict.fromkeys(self._held, min(one.since for one in late.values())), {}, late)

    async def _recall(self, since: Mapping[int, datetime], until: Mapping[int, int], late: Collection[UUID]) -> None:
        if since:
            farthest = datetime.now(UTC) - _FARTHEST
            reading = self._postings.read({number: max(farthest, moment) for number, moment in since.items()}, until)
            async for events in reading:
                await apply_or_refuse(partial(self._matcher.recall, late=late), events, topic=self._postings.topic)
