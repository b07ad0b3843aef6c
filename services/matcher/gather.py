"""Follows the `postings` topic into a corpus: open postings, and closed ones for as long as the weeks of a preview count them.

An older revision than known is ignored. What takes long, the facts, is worked out before the lock is taken: a question waits
for one posting at most.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Lock
from typing import Final
from uuid import UUID

from runtime.reader import Arrived
from schemas.posting import PostingChanged, PostingClosed, PostingOpened
from schemas.topics import POSTINGS
from services.matcher import metrics
from services.matcher.domain.corpus import Corpus, Held
from services.matcher.domain.facts import facts
from services.matcher.domain.weeks import COUNTED

Event = PostingOpened | PostingChanged | PostingClosed
_REMEMBERED: Final = timedelta(milliseconds=int(POSTINGS.config["delete.retention.ms"]))
"""How long after its closing a posting's last revision is known: as long as the topic keeps it."""
_TEXTS: Final = {"text", "html"}
_AT_A_TIME: Final = 200
"""Postings taken in between two looks at whether the process is to stop."""
_FORGETS_EVERY: Final = 60.0
"""Seconds."""


class Gatherer:
    """Keeps a corpus as the topic says. The lock is whoever's touches the corpus."""

    def __init__(self, corpus: Corpus, lock: Lock, clock: Callable[[], datetime] = partial(datetime.now, UTC)) -> None:
        self._corpus = corpus
        self._lock = lock
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
        for start in range(0, len(events), _AT_A_TIME):
            async with self._taking:
                await asyncio.to_thread(self._take_all, events[start : start + _AT_A_TIME])

    async def run(self) -> None:
        """Forget from time to time what is no longer counted, until cancelled."""
        while True:
            await asyncio.sleep(_FORGETS_EVERY)
            async with self._taking:
                await asyncio.to_thread(self.forget, self._clock())

    def forget(self, now: datetime) -> None:
        """Closed postings that opened before the weeks that are counted, and revisions that the topic has forgotten."""
        with self._lock:
            past = self._corpus.closed_before(now - COUNTED)
        for id in past:
            with self._lock:  # each for itself: dropping thousands takes seconds
                self._corpus.drop(id)
        self._gone |= dict.fromkeys(past, now)
        for id in [id for id, closed_at in self._gone.items() if closed_at < now - _REMEMBERED]:
            del self._gone[id], self._revisions[id]
        self._count()

    def told(self) -> str:
        """How many there are, in words."""
        still_open, past = self._corpus.counts()
        return f"{still_open} open, {past} closed and still counted"

    def _take_all(self, events: Iterable[Event]) -> None:
        for event in events:
            if event.revision > self._revisions.get(event.posting.id, -1):
                self._take(event, self._clock())
        self._count()

    def _take(self, event: Event, now: datetime) -> None:
        id = event.posting.id
        if isinstance(event, PostingClosed) and event.opened_at < now - COUNTED:
            with self._lock:
                self._corpus.drop(id)
            self._gone[id] = event.closed_at
        else:
            posting = held(event)
            with self._lock:
                self._corpus.put(id, posting)
            self._gone.pop(id, None)
        self._revisions[id] = event.revision

    def _count(self) -> None:
        still_open, past = self._corpus.counts()
        metrics.preview_postings.labels("open").set(still_open)
        metrics.preview_postings.labels("closed").set(past)


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
