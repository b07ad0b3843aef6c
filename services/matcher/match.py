"""Compares postings with every active subscription: postings events enter, `Matched` records leave.

A match is repeated when the process dies before its batch is committed; the ledger takes it once.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from runtime.broker import Message, Producer
from runtime.failpoint import failpoint
from schemas.match import Matched, MatchedSubscription
from schemas.posting import PostingChanged, PostingClosed, PostingOpened
from schemas.subscription import SubscriptionState
from schemas.topics import MATCHES
from services.matcher import metrics
from services.matcher.domain.index import Evaluator
from services.matcher.domain.known import Known, Term, check, saved_at
from services.matcher.domain.late import Late
from services.matcher.domain.told import entry, split, told
from services.matcher.domain.wanted import wanted
from services.matcher.domain.window import Compared, Window, compare
from services.matcher.snapshot import Snapshot

Event = PostingOpened | PostingChanged | PostingClosed
Concerns = Callable[[SubscriptionState, datetime], bool]
"""Whether a state is to be told of a posting published then."""

_AT_ONCE: Final = 100
"""Records published together: up to 50,000 matches."""
_SLICE: Final = 100
"""Filters filed between two looks at what else there is to do."""
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

    def __init__(self, evaluator: Evaluator[UUID], producer: Producer) -> None:
        self.known = Known()
        self.late: Mapping[UUID, Late] = {}
        """Filters that came late to their topic, or here: `recall.py` has postings read again for them."""
        self.recalls = 0
        """Readings again that are asked for and not yet through."""
        self._evaluator = evaluator
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
                record, compared = told(event), compare(event)
                now = datetime.now(UTC)
                metrics.behind_seconds.observe(max(0.0, (now - event.published_at).total_seconds()))
                self._hold(record, compared, now)
                for message in _messages(record, self._entries(event.published_at, compared, applies)):
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

        def concerns(state: SubscriptionState, published_at: datetime) -> bool:
            known_late = state.subscription_id in late or may_have_missed(state, published_at)
            return known_late and applies(state, published_at)

        for event in events:
            key = event.posting.id, event.revision
            if not isinstance(event, PostingClosed) and key not in self._window:
                record, compared = told(event), compare(event)
                self._hold(record, compared, datetime.now(UTC))
                try:
                    await self._tell_late(record, self._entries(event.published_at, compared, concerns))
                except BaseException:
                    self._window.drop(key)  # or it would pass for told when it is recalled again
                    raise
                await asyncio.sleep(0)  # there may be many, and new postings do not wait
        failpoint("matcher.recalled")

    def follow(self, state: SubscriptionState) -> bool:
        """Take in a subscription's new state. Returns whether it has new terms: `settle` then gives it what it missed.

        Where it raises, nothing of the state is taken in, and the former one goes on.
        """
        id = state.subscription_id
        check(state)
        before = self.known.states.get(id)
        is_new = state.status == "active" and (before is None or _terms(before) != _terms(state))
        if is_new:
            self._evaluator.add(id, wanted(state.filter))  # before it is known, or it would pass for taken when it comes again
        self.known.take(state, datetime.now(UTC))
        if state.status != "active":
            self._evaluator.remove(id)
        if not is_new:
            return False
        self._owed[id] = min(state.effective_from, self._owed.get(id, state.effective_from))
        return True

    def end(self, subscription_id: UUID, *, revision: int) -> None:
        """Forget a subscription."""
        self.known.end(subscription_id, revision=revision)
        self._evaluator.remove(subscription_id)

    async def settle(self) -> None:
        """Give recent postings to the states that should have met them. What an interrupted call left is given again.

        A posting compared before a change arrived was judged by the terms known then. That stands; those in force are added.
        """
        metrics.subscriptions.set(len(self._evaluator))
        if not self._owed:
            return
        owed = dict(self._owed)
        recents = self._window.after(min(owed.values()))
        terms = [(after, term) for id, after in owed.items() for term in self.known.terms(id)] if recents else []
        for recent in recents:
            at = recent.published_at
            given = (term for after, term in terms if after < at and term.in_force(at))
            if entries := list(self._judged(given, recent.compared)):
                await self._tell_late(recent.told(), entries)
            await asyncio.sleep(0)
        failpoint("matcher.followed")
        for id in owed:
            del self._owed[id]

    async def restore(self, kept: Snapshot) -> None:
        """Know what a snapshot holds. Before any event is taken in. Where it raises, nothing is known."""
        try:
            for number, state in enumerate(kept.states):
                if state.status == "active":
                    self._evaluator.add(state.subscription_id, wanted(state.filter))
                if number % _SLICE == 0:
                    await asyncio.sleep(0)  # health is asked meanwhile
        except BaseException:
            for state in kept.states:
                self._evaluator.remove(state.subscription_id)
            raise
        self.known.restore(kept.states, kept.formers, kept.ended)
        self.late = kept.late
        metrics.subscriptions.set(len(self._evaluator))

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

    def _entries(self, published_at: datetime, compared: Compared, concerns: Concerns) -> list[MatchedSubscription]:
        started = time.perf_counter()
        now = dict(self._evaluator.matching(compared.now))
        before = dict(self._evaluator.matching(compared.before)) if compared.before else {}
        metrics.match_seconds.observe(time.perf_counter() - started)
        states = map(self.known.states.__getitem__, now.keys() | before.keys())
        entries = [
            entry(state, now.get(state.subscription_id), before.get(state.subscription_id), asked=state.revision)
            for state in states
            if concerns(state, published_at)
        ]
        formers = (term for term in self.known.formers_at(published_at) if concerns(term.state, published_at))
        entries += self._judged(formers, compared)
        return entries

    def _judged(self, terms: Iterable[Term], compared: Compared) -> Iterator[MatchedSubscription]:
        """Those that match, with the destination that their subscription has now."""
        for term in terms:
            if (found := compared.judged(term.asked)) is not None:
                yield entry(self.known.states[term.state.subscription_id], *found, asked=term.state.revision)

    async def _tell_late(self, record: Matched, entries: Sequence[MatchedSubscription]) -> None:
        metrics.late.inc(len(entries))
        await self._publish(list(_messages(record, entries)))

    async def _publish(self, messages: Sequence[Message]) -> None:
        if messages:
            with metrics.publish_seconds.time():
                await self._producer.publish(messages)
            failpoint("matcher.published")


def applies(state: SubscriptionState, published_at: datetime) -> bool:
    """Whether the subscription is about this posting at all: it was published after the filter was saved."""
    return state.effective_from < published_at


def may_have_missed(state: SubscriptionState, published_at: datetime) -> bool:
    """Whether it was saved so late that it may have arrived after the posting was compared."""
    return published_at - saved_at(state) < WINDOW


def _terms(state: SubscriptionState) -> tuple[object, ...]:
    """What decides which postings a subscription is given."""
    return state.status, state.filter, state.effective_from


def _messages(record: Matched, entries: Sequence[MatchedSubscription]) -> Iterator[Message]:
    for kind, count in Counter(one.kind for one in entries).items():
        metrics.matches.labels(kind).inc(count)
    for partition, part in split(record, entries):
        value = part.model_dump_json().encode()
        yield Message(MATCHES.name, key=str(record.posting.id), value=value, partition=partition)
