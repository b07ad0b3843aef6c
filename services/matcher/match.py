"""Compares postings with every active subscription: postings events enter, `Matched` records leave.

A match is repeated when the process dies before its batch is committed; the ledger takes it once.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from runtime.broker import Message, Producer
from schemas.match import MAXIMUM_SUBSCRIPTIONS, Kind, Matched, MatchedSubscription
from schemas.posting import PostingChanged, PostingClosed, PostingOpened
from schemas.subscription import SubscriptionState
from schemas.topics import MATCHES, partition_of
from services.matcher import metrics
from services.matcher.domain.facts import Facts, facts
from services.matcher.domain.index import Evaluator
from services.matcher.domain.oracle import Wanted, held, wanted

Event = PostingOpened | PostingChanged | PostingClosed
Live = PostingOpened | PostingChanged

_AT_ONCE: Final = 100
"""Records published together: up to 50,000 matches."""
WINDOW: Final = timedelta(minutes=10)
"""How long a posting is kept for subscriptions that were saved before it was published but arrive after it was compared."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A posting event with the facts of its present and, where it changed, its previous content."""

    event: Live
    now: Facts
    before: Facts | None


def compare(event: Live) -> Compared:
    """Work out what is compared with filters."""
    before = facts(event.previous()) if isinstance(event, PostingChanged) else None
    return Compared(event, facts(event.posting), before)


class Matcher:
    """The active subscriptions, the postings of the last ten minutes, and how the two meet."""

    def __init__(self, evaluator: Evaluator[UUID], producer: Producer) -> None:
        self._evaluator = evaluator
        self._producer = producer
        self._subscriptions: dict[UUID, SubscriptionState] = {}
        self._ended: dict[UUID, int] = {}  # to its revision: a state that a relay repeats must not come back to life
        self._recent: dict[tuple[UUID, int], Compared] = {}

    async def match(self, events: Sequence[Event]) -> None:
        """Compare each posting with all subscriptions; returns when Kafka has every match."""
        messages: list[Message] = []
        for event in events:
            if not isinstance(event, PostingClosed):  # a closing concerns only who was told: the notifier knows
                entries = self._matched(self._remember(event), applies)
                metrics.behind_seconds.observe(max(0.0, (datetime.now(UTC) - event.published_at).total_seconds()))
                messages += _messages(event, entries)
                if len(messages) >= _AT_ONCE:  # one posting may meet every subscription there is
                    await self._publish(messages)
                    messages = []
                await asyncio.sleep(0)
        await self._publish(messages)
        self._forget()

    async def recall(self, events: Sequence[Event]) -> None:
        """Remember postings that another process compared, and give them to subscriptions it may not have known yet."""
        for event in events:
            if not isinstance(event, PostingClosed) and (event.posting.id, event.revision) not in self._recent:
                entries = self._matched(self._remember(event), may_have_missed)
                metrics.late.inc(len(entries))
                await self._publish(list(_messages(event, entries)))
                await asyncio.sleep(0)  # there may be many, and new postings do not wait

    async def follow(self, state: SubscriptionState) -> None:
        """Take in a subscription's new state, and give it the recent postings it should have met."""
        before = self._subscriptions.get(state.subscription_id)
        self._subscriptions[state.subscription_id] = state
        if state.status != "active":
            self._evaluator.remove(state.subscription_id)
        elif before is None or _filters(before) != _filters(state):
            asked = wanted(state.filter)
            self._evaluator.add(state.subscription_id, asked)
            await self._give_recent(state, asked)
        metrics.subscriptions.set(len(self._evaluator))

    def end(self, subscription_id: UUID, *, revision: int) -> None:
        """Forget a subscription."""
        self._subscriptions.pop(subscription_id, None)
        self._ended[subscription_id] = revision
        self._evaluator.remove(subscription_id)
        metrics.subscriptions.set(len(self._evaluator))

    def revision(self, subscription_id: UUID) -> int:
        """Of the state or the end taken in last; -1 where there is none."""
        state = self._subscriptions.get(subscription_id)
        return state.revision if state else self._ended.get(subscription_id, -1)

    async def _give_recent(self, state: SubscriptionState, asked: Wanted) -> None:
        late: list[Message] = []
        for compared in self._recent.values():
            if applies(state, compared.event):
                now, before = held(asked, compared.now), held(asked, compared.before) if compared.before else None
                if now is not None or before is not None:
                    late += _messages(compared.event, [_entry(state, now, before)])
        metrics.late.inc(len(late))
        await self._publish(late)

    def _matched(self, compared: Compared, concerns: Callable[[SubscriptionState, Live], bool]) -> list[MatchedSubscription]:
        started = time.perf_counter()
        now = dict(self._evaluator.matching(compared.now))
        before = dict(self._evaluator.matching(compared.before)) if compared.before else {}
        metrics.match_seconds.observe(time.perf_counter() - started)
        states = map(self._subscriptions.__getitem__, now.keys() | before.keys())
        return [
            _entry(state, now.get(state.subscription_id), before.get(state.subscription_id))
            for state in states
            if concerns(state, compared.event)
        ]

    def _remember(self, event: Live) -> Compared:
        compared = compare(event)
        before = compared.before.light() if compared.before else None
        self._recent[event.posting.id, event.revision] = Compared(_light(event), compared.now.light(), before)
        return compared

    async def _publish(self, messages: Sequence[Message]) -> None:
        if messages:
            with metrics.publish_seconds.time():
                await self._producer.publish(messages)

    def _forget(self) -> None:
        oldest = datetime.now(UTC) - WINDOW
        while self._recent and (first := next(iter(self._recent.items())))[1].event.published_at < oldest:
            del self._recent[first[0]]


def _light(event: Live) -> Live:
    """The event without the texts, which the facts have: ten minutes of postings stay in memory."""
    bare = event.model_copy(update={"posting": event.posting.model_copy(update={"text": "", "html": ""})})
    return bare.model_copy(update={"changes": ()}) if isinstance(bare, PostingChanged) else bare


def applies(state: SubscriptionState, event: Live) -> bool:
    """Whether the subscription is about this posting at all: it was published after the filter was saved."""
    return state.effective_from < event.published_at


def may_have_missed(state: SubscriptionState, event: Live) -> bool:
    """Whether it applies, and was saved so late that it may have arrived after the posting was compared."""
    saved_at = datetime.fromtimestamp(state.revision / 1_000_000, UTC)
    return applies(state, event) and saved_at > event.published_at - WINDOW


def _filters(state: SubscriptionState) -> tuple[object, ...]:
    """What decides which postings a subscription is given."""
    return state.status, state.filter, state.effective_from


def _entry(state: SubscriptionState, now: tuple[str, ...] | None, before: tuple[str, ...] | None) -> MatchedSubscription:
    kind: Kind = "no_longer" if now is None else "opened" if before is None else "changed"
    metrics.matches.labels(kind).inc()
    return MatchedSubscription.model_construct(
        subscription_id=state.subscription_id,
        subscriber_id=state.subscriber_id,
        destination=state.destination,
        kind=kind,
        clauses=(before if now is None else now) or (),
    )


def _messages(event: Live, entries: Iterable[MatchedSubscription]) -> Iterator[Message]:
    """One record for each partition and 500 subscriptions, so that a subscriber's matches stay in order."""
    by_partition: dict[int, list[MatchedSubscription]] = {}
    for entry in entries:
        by_partition.setdefault(partition_of(entry.subscriber_id, MATCHES.partitions), []).append(entry)
    for partition, of_partition in by_partition.items():
        for start in range(0, len(of_partition), MAXIMUM_SUBSCRIPTIONS):
            record = Matched(
                correlation_id=event.correlation_id,
                revision=event.revision,
                episode=event.episode,
                opened_at=event.opened_at,
                published_at=event.published_at,
                posting=event.posting.summary(),
                changed=isinstance(event, PostingChanged),
                subscriptions=tuple(of_partition[start : start + MAXIMUM_SUBSCRIPTIONS]),
            )
            value = record.model_dump_json().encode()
            yield Message(MATCHES.name, key=str(event.posting.id), value=value, partition=partition)
