"""What is told of a posting: a `Matched` record without subscriptions, and its copies that have some."""

from collections.abc import Iterable, Iterator

from schemas.match import MAXIMUM_SUBSCRIPTIONS, Kind, Matched, MatchedSubscription
from schemas.posting import PostingChanged, PostingOpened
from schemas.subscription import SubscriptionState
from schemas.topics import MATCHES, partition_of

Codes = tuple[str, ...] | None
"""Of the clauses that held; None where the filter does not match."""


def told(event: PostingOpened | PostingChanged) -> Matched:
    """The record, as yet without subscriptions."""
    return Matched(
        correlation_id=event.correlation_id,
        revision=event.revision,
        episode=event.episode,
        opened_at=event.opened_at,
        published_at=event.published_at,
        posting=event.posting.summary(),
        changed=isinstance(event, PostingChanged),
        subscriptions=(),
    )


def entry(state: SubscriptionState, now: Codes, before: Codes, *, asked: int) -> MatchedSubscription:
    """One subscription in a record; its filter of revision `asked` matches at least one of the two contents."""
    kind: Kind = "no_longer" if now is None else "opened" if before is None else "changed"
    return MatchedSubscription.model_construct(
        subscription_id=state.subscription_id,
        subscriber_id=state.subscriber_id,
        destination=state.destination,
        kind=kind,
        clauses=(before if now is None else now) or (),
        subscription_revision=asked,
    )


def split(record: Matched, entries: Iterable[MatchedSubscription]) -> Iterator[tuple[int, Matched]]:
    """One record with its partition for each partition and 500 subscriptions, so that a subscriber's matches stay in order."""
    by_partition: dict[int, list[MatchedSubscription]] = {}
    for one in entries:
        by_partition.setdefault(partition_of(one.subscriber_id, MATCHES.partitions), []).append(one)
    for partition, of_partition in by_partition.items():
        for start in range(0, len(of_partition), MAXIMUM_SUBSCRIPTIONS):
            some = tuple(of_partition[start : start + MAXIMUM_SUBSCRIPTIONS])
            yield partition, record.model_copy(update={"subscriptions": some})
