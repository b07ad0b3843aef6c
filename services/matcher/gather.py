"""Follows the `postings` topic into a corpus: open postings, and closed ones for as long as the weeks of a preview count them.

An older revision than known is ignored. What takes long, the facts, is worked out before a turn is taken, and a turn is a few
milliseconds of changes: no question waits longer for postings, and no posting longer than one question takes.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, TypeVar
from uuid import UUID

from runtime.reader import Arrived
from schemas.posting import PostingChanged, PostingClosed, PostingOpened
from schemas.topics import POSTINGS
from services.matcher import metrics
from services.matcher.domain.corpus import Corpus, Held
from services.matcher.domain.facts import facts
from services.matcher.domain.weeks import COUNTED
from services.matcher.turns import Turns

Event = PostingOpened | PostingChanged | PostingClosed
_REMEMBERED: Final = timedelta(milliseconds=int(POSTINGS.config["delete.retention.ms"]))
"""How long after its closing a posting's last revision is known: as long as the topic keeps it."""
_TEXTS: Final = {"text", "html"}
T = TypeVar("T")
AT_A_TIME: Final = 200
"""Postings taken in between two looks at whether the process is to stop, and at how far behind it is."""
_MADE_READY: Final = 20
"""Postings that wait for a turn, their facts worked out: more than a turn takes in, and few enough to be seen soon."""
_TURN: Final = 0.005
"""Seconds after which a question that waits goes on."""
_FORGETS_EVERY: Final = 60.0
"""Seconds."""


class Gatherer:
    """Keeps a corpus as the topic says. `turns`: of all who touch the corpus."""

    def __init__(self, corpus: Corpus, turns: Turns, clock: Callable[[], datetime] = partial(datetime.now, UTC)) -> None:
        self._corpus = corpus
        self._turns = turns
        self._clock = clock
        self._revisions: dict[UUID, int] = {}
        self._gone: dict[UUID, datetime] = {}
        """When those closed that are not in the corpus any more, and of which the revision is still known."""
        self._taking = asyncio.Lock()
        """What is taken in and what is forgotten does not cross: a posting may open again just then."""

    async def apply(self, batch: Sequence[Arrived[Event]]) -> None:
        """Take in a batch, of each posting only the newest. May be called again with the same one, or parts of it."""
        newest: dict[UUID, Event] = {}
        for one in batch:
            known = newest.get(one.event.posting.id)
            if known is None or known.revision < one.event.revision:
                newest[one.event.posting.id] = one.event
        events = list(newest.values())
        for start in range(0, len(events), AT_A_TIME):
            async with self._taking:
                await asyncio.to_thread(self._take_all, events[start : start + AT_A_TIME])

    async def run(self) -> None:
        """Forget from time to time what is no longer counted, until cancelled."""
        while True:
            await asyncio.sleep(_FORGETS_EVERY)
            async with self._taking:
                await asyncio.to_thread(self.forget, self._clock())

    def forget(self, now: datetime) -> None:
        """Closed postings that opened before the weeks that are counted, and revisions that the topic has forgotten."""
        with self._turns.writing():
            past = self._corpus.closed_before(now - COUNTED)
        self._change(past, self._corpus.drop)
        self._gone |= dict.fromkeys(past, now)
        for id in [id for id, closed_at in self._gone.items() if closed_at < now - _REMEMBERED]:
            del self._gone[id], self._revisions[id]
        self._count()

    def told(self) -> str:
        """How many there are, in words."""
        still_open, past = self._corpus.counts()
        return f"{still_open} open, {past} closed and still counted"

    def _take_all(self, events: Sequence[Event]) -> None:
        now = self._clock()
        news = [event for event in events if event.revision > self._revisions.get(event.posting.id, -1)]
        for start in range(0, len(news), _MADE_READY):
            self._change([_ready(event, now) for event in news[start : start + _MADE_READY]], self._take)
            self._count()

    def _change(self, items: Sequence[T], change: Callable[[T], None]) -> None:
        """Of all items, as many in a turn as go into it. Dropping thousands takes seconds."""
        left = deque(items)
        while left:
            with self._turns.writing():
                ends = time.monotonic() + _TURN
                while left and time.monotonic() < ends:
                    change(left.popleft())

    def _take(self, ready: "_Ready") -> None:
        event, found = ready
        id = event.posting.id
        if isinstance(found, Held):
            self._corpus.put(id, found)
            self._gone.pop(id, None)
        else:
            self._corpus.drop(id)
            self._gone[id] = found
        self._revisions[id] = event.revision

    def _count(self) -> None:
        still_open, past = self._corpus.counts()
        metrics.preview_postings.labels("open").set(still_open)
        metrics.preview_postings.labels("closed").set(past)


_Ready = tuple[Event, Held | datetime]
"""A posting as it is to be held, or when it closed where it is not counted any more."""


def _ready(event: Event, now: datetime) -> _Ready:
    if isinstance(event, PostingClosed) and event.opened_at < now - COUNTED:
        return event, event.closed_at
    return event, held(event)


def held(event: Event) -> Held:
    """A posting as the corpus holds it."""
    posting = event.posting
    return Held(
        facts=facts(posting, event.opened_at),
        company=posting.company,
        posted_on=posting.posted_on,
        opened_at=event.opened_at,
        is_open=not isinstance(event, PostingClosed),
        summary=posting.model_dump_json(exclude=_TEXTS).encode(),
    )
