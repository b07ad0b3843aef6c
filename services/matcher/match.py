"""Compares postings with every active subscription: postings events enter, `Matched` records leave.

A match is repeated when the process dies before its batch is committed; the ledger takes it once.
"""

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
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
from services.matcher.domain.oracle import held, wanted

Event = PostingOpened | PostingChanged | PostingClosed
Live = PostingOpened | PostingChanged

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
        self._recent: deque[Compared] = deque()

    async def match(self, events: Sequence[Event]) -> None:
        """Compare each posting with all subscriptions; returns when Kafka has every match."""
        messages: list[Message] = []
        for event in events:
            if not isinstance(event, PostingClosed):  # a closing concerns only who was told: the notifier knows
                compared = compare(event)
                self._recent.append(compared)
                messages += _messages(event, self._matched(compared))
        await self._publish(messages)
        self._forget()

    async def follow(self, state: SubscriptionState) -> None:
        """Take in a subscription's new state, and give it the recent postings it should have met."""
        self._subscriptions[state.subscription_id] = state
        if state.status != "active":
            self._evaluator.remove(state.subscription_id)
        else:
            asked = wanted(state.filter)
            self._evaluator.add(state.subscription_id, asked)
            late = [message for compared in self._recent for message in _messages(compared.event, _late(state, compared))]
            metrics.late.inc(len(late))
            await self._publish(late)
        metrics.subscriptions.set(len(self._evaluator))

    def end(self, subscription_id: UUID) -> None:
        """Forget a subscription."""
        self._subscriptions.pop(subscription_id, None)
        self._evaluator.remove(subscription_id)
        metrics.subscriptions.set(len(self._evaluator))

    def revision(self, subscription_id: UUID) -> int:
        """Of the state taken in last; -1 where there is none."""
        state = self._subscriptions.get(subscription_id)
        return state.revision if state else -1

    def _matched(self, compared: Compared) -> Iterator[MatchedSubscription]:
        started = time.perf_counter()
        now = dict(self._evaluator.matching(compared.now))
        before = dict(self._evaluator.matching(compared.before)) if compared.before else {}
        metrics.match_seconds.observe(time.perf_counter() - started)
        metrics.behind_seconds.observe(max(0.0, (datetime.now(UTC) - compared.event.published_at).total_seconds()))
        for subscription_id in now.keys() | before.keys():
            state = self._subscriptions[subscription_id]
            if state.effective_from < compared.event.published_at:
                yield _entry(state, now.get(subscription_id), before.get(subscription_id))

    async def _publish(self, messages: Sequence[Message]) -> None:
        if messages:
            with metrics.publish_seconds.time():
                await self._producer.publish(messages)

    def _forget(self) -> None:
        oldest = datetime.now(UTC) - WINDOW
        while self._recent and self._recent[0].event.published_at < oldest:
            self._recent.popleft()


def _late(state: SubscriptionState, compared: Compared) -> Iterator[MatchedSubscription]:
    if state.effective_from < compared.event.published_at:
        asked = wanted(state.filter)
        now, before = held(asked, compared.now), held(asked, compared.before) if compared.before else None
        if now is not None or before is not None:
            yield _entry(state, now, before)


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
                subscriptions=tuple(of_partition[start : start + MAXIMUM_SUBSCRIPTIONS]),
            )
            value = record.model_dump_json().encode()
            yield Message(MATCHES.name, key=str(event.posting.id), value=value, partition=partition)
