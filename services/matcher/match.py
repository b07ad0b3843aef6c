"""Compares postings with every active subscription: postings events enter, `Matched` records leave.

A match is repeated when the process dies before its batch is committed; the ledger takes it once.
"""

import asyncio
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import numpy as np

from runtime.broker import Message, Producer
from runtime.failpoint import failpoint
from schemas.match import Matched
from schemas.posting import PostingChanged, PostingClosed, PostingOpened
from schemas.topics import MATCHES
from services.matcher import metrics
from services.matcher.domain.known import Known, Term, saved_at
from services.matcher.domain.late import Late
from services.matcher.domain.rows import micros, row_of
from services.matcher.domain.subscription import Subscription
from services.matcher.domain.told import KINDS, NOBODY, Entries, kind_of, split, told
from services.matcher.domain.window import Compared, Window, compare
from services.matcher.snapshot import Snapshot

Event = PostingOpened | PostingChanged | PostingClosed

_AT_ONCE: Final = 100
"""Records published together: up to 50,000 matches."""
WINDOW: Final = timedelta(minutes=10)
"""How long a posting is kept for filters that arrive after it was compared.

A posting's age is the local clock less `published_at`, the clock of ingest's database: where the two differ by seconds the
window is longer or shorter by them. Its age since it came here alone would not do: an hour's postings, read in minutes after an
outage, would fill the memory. Filters that arrive later than this have the postings read again (`recall.py`).
"""
_FORGETS_EVERY: Final = timedelta(seconds=10)
_FORMERS_KEPT: Final = timedelta(days=1)
"""How long after its replacement a former filter judges postings published before: ingest's relay may be away, a consumer be
stopped at its ceiling over night, a dead letter wait for somebody. A posting that comes later meets the filters it finds.
"""


class Matcher:
    """The subscriptions, the postings of the last ten minutes, and how the two meet."""

    def __init__(self, producer: Producer, known: Known | None = None) -> None:
        self.known = Known() if known is None else known
        self.late: Mapping[UUID, Late] = {}
        """Filters that came late to their topic, or here: `recall.py` has postings read again for them."""
        self.recalls = 0
        """Readings again that are asked for and not yet through."""
        self._producer = producer
        self._window = Window()
        self._owed: dict[UUID, datetime] = {}
        """Subscriptions that the window has not been given to, for what was published after this."""

    @property
    def owes(self) -> bool:
        """Whether some subscription may have yet to be given what it missed."""
        return bool(self._owed) or self.recalls > 0

    async def match(self, events: Sequence[Event]) -> None:
        """Compare each posting with all subscriptions; returns when Kafka has every match."""
        try:
            await self._match(events)
        except BaseException:
            for event in events:  # or they would pass for told, when another process has compared them that knew less
                self._window.drop((event.posting.id, event.revision))
            raise

    async def _match(self, events: Sequence[Event]) -> None:
        messages: list[Message] = []
        for event in events:
            if not isinstance(event, PostingClosed):  # a closing concerns only who was told: the notifier knows
                record, compared = told(event), _compare(event)
                now = datetime.now(UTC)
                metrics.behind_seconds.observe(max(0.0, (now - event.published_at).total_seconds()))
                self._hold(record, compared, now)
                for message in _messages(record, self._entries(event.published_at, compared)):
                    messages.append(message)
                    if len(messages) >= _AT_ONCE:  # one posting may meet every subscription there is
                        await self._publish(messages)
                        messages = []
                await asyncio.sleep(0)
        await self._publish(messages)

    async def recall(self, events: Sequence[Event], late: Collection[UUID] = ()) -> None:
        """Remember postings that another process compared, and give them to subscriptions it may not have known yet.

        Those in `late` arrived so late that nobody who compared these postings knew them.
        """
        for event in events:
            key = event.posting.id, event.revision
            if not isinstance(event, PostingClosed) and key not in self._window:
                record, compared = told(event), _compare(event)
                self._hold(record, compared, datetime.now(UTC))
                try:
                    await self._tell_late(record, self._entries(event.published_at, compared, late))
                except BaseException:
                    self._window.drop(key)  # or it would pass for told when it is recalled again
                    raise
                await asyncio.sleep(0)  # there may be many, and new postings do not wait
        failpoint("matcher.recalled")

    def follow(self, state: Subscription) -> bool:
        """Take in a subscription's new state. Returns whether it has new terms: `settle` then gives it what it missed.

        Where it raises, nothing of the state is taken in, and the former one goes on.
        """
        id = state.subscription_id
        if not self.known.take(state, datetime.now(UTC)):
            return False
        self._owed[id] = min(state.effective_from, self._owed.get(id, state.effective_from))
        return True

    def end(self, subscription_id: UUID, *, revision: int) -> None:
        """Forget a subscription."""
        self.known.end(subscription_id, revision=revision)

    async def settle(self) -> None:
        """Give recent postings to the states that should have met them. What an interrupted call left is given again.

        A posting compared before a change arrived was judged by the terms known then. That stands; those in force are added.
        """
        metrics.subscriptions.set(len(self.known.index))
        if not self._owed:
            return
        owed = dict(self._owed)
        recents = self._window.after(min(owed.values()))
        terms = [(after, term) for id, after in owed.items() for term in self.known.terms(id)] if recents else []
        for recent in recents:
            at = recent.published_at
            given = [term for after, term in terms if after < at and term.in_force(at)]
            if len(entries := self._judged(given, recent.compared)):
                await self._tell_late(recent.told(), entries)
            await asyncio.sleep(0)
        failpoint("matcher.followed")
        for id in owed:
            del self._owed[id]

    def restore(self, kept: Snapshot) -> None:
        """Know what a snapshot holds. Before any event is taken in."""
        self.known = kept.known
        self.late = kept.late
        metrics.subscriptions.set(len(self.known.index))

    async def run(self) -> None:
        """Let go of what is old, until cancelled. Looking through the 30,000 postings of a busy window takes 6 ms."""
        while True:
            self.forget(datetime.now(UTC))
            await asyncio.sleep(_FORGETS_EVERY.total_seconds())

    def forget(self, now: datetime) -> None:
        """Let go of postings older than the window, and of filters replaced too long ago."""
        self._window.forget(before=now - WINDOW)
        metrics.window.set(len(self._window))
        self.known.forget_formers(replaced_before=now - _FORMERS_KEPT)

    def _hold(self, record: Matched, compared: Compared, now: datetime) -> None:
        """Keep it for filters to come, unless it is older than the window: of such there may be hours until `forget` comes."""
        if record.published_at >= now - WINDOW:
            self._window.hold(record, compared, now=now)

    def _entries(self, published_at: datetime, compared: Compared, late: Collection[UUID] | None = None) -> Entries:
        """Whom a posting is told: those whose filter applies to it. Where `late` is given, only those of them that may have
        missed it, as the ones in `late` have.
        """
        started, looked_at = time.perf_counter(), self.known.index.candidates
        entries = self._found(published_at, compared, late)
        metrics.match_seconds.observe(time.perf_counter() - started)
        metrics.candidates.inc(self.known.index.candidates - looked_at)
        formers = [
            term
            for term in self.known.formers_at(published_at)
            if late is None or term.row.subscription_id in late or may_have_missed(term.row.revision, published_at)
        ]
        return entries.and_(self._judged(formers, compared))

    def _found(self, published_at: datetime, compared: Compared, late: Collection[UUID] | None) -> Entries:
        now = self.known.index.matching(compared.now)
        slots, kinds, bits = now.slots, np.full(len(now), kind_of(now=True, before=False), np.uint8), now.bits()
        if compared.before:
            before = self.known.index.matching(compared.before)
            kinds[np.isin(slots, before.slots)] = kind_of(now=True, before=True)
            gone = ~np.isin(before.slots, slots)
            slots, bits = np.concatenate((slots, before.slots[gone])), np.concatenate((bits, before.bits()[gone]))
            kinds = np.concatenate((kinds, np.full(gone.sum(), kind_of(now=False, before=True), np.uint8)))
        rows = self.known.rows.table[slots]
        told = rows["effective_from"] < micros(published_at)
        if late is not None:
            for number in np.flatnonzero(told & (rows["revision"] <= micros(published_at - WINDOW))).tolist():
                told[number] = row_of(rows[number]).subscription_id in late
        return Entries(rows[told], kinds[told], bits[told], rows["revision"][told])

    def _judged(self, terms: Sequence[Term], compared: Compared) -> Entries:
        """Those that match, with the destination that their subscription has now."""
        if not terms:
            return NOBODY
        asked = [term.asked for term in terms]
        now = self.known.index.judged(asked, compared.now)
        before = self.known.index.judged(asked, compared.before) if compared.before else [None] * len(asked)
        said = [
            (term.row, kind_of(now=is_now is not None, before=was is not None), was if is_now is None else is_now)
            for term, is_now, was in zip(terms, now, before, strict=True)
            if is_now is not None or was is not None
        ]
        slots = [self.known.rows.find(row.subscription_id) for row, _, _ in said]
        assert min(slots, default=0) >= 0, "a subscription that has ended has no terms"
        rows = self.known.rows.table[np.array(slots, np.int32)]
        kinds, bits = np.array([kind for _, kind, _ in said], np.uint8), np.array([bits for _, _, bits in said], np.int64)
        return Entries(rows, kinds, bits, np.array([row.revision for row, _, _ in said], np.int64))

    async def _tell_late(self, record: Matched, entries: Entries) -> None:
        metrics.late.inc(len(entries))
        await self._publish(list(_messages(record, entries)))

    async def _publish(self, messages: Sequence[Message]) -> None:
        if messages:
            with metrics.publish_seconds.time():
                await self._producer.publish(messages)
            failpoint("matcher.published")


@metrics.facts_seconds.time()
def _compare(event: PostingOpened | PostingChanged) -> Compared:
    return compare(event)


def may_have_missed(revision: int, published_at: datetime) -> bool:
    """Whether a state was saved so late that it may have arrived after the posting was compared."""
    return published_at - saved_at(revision) < WINDOW


def _messages(record: Matched, entries: Entries) -> Iterator[Message]:
    for kind, count in zip(KINDS, np.bincount(entries.kinds, minlength=len(KINDS)).tolist(), strict=True):
        metrics.matches.labels(kind).inc(count)
    for partition, value in split(record, entries):
        yield Message(MATCHES.name, key=str(record.posting.id), value=value, partition=partition)
