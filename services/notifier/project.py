"""Keeps the projections: states of subscriptions and postings enter, the notifier's own rows of them leave."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from schemas.posting import PostingChanged, PostingClosed, PostingOpened
from schemas.subscription import (
    EndpointEnded,
    EndpointState,
    Heartbeat,
    SubscriberEnded,
    SubscriberState,
    SubscriptionEnded,
    SubscriptionState,
)
from schemas.topics import SUBSCRIPTIONS
from services.notifier.store.projections import (
    PostingRow,
    upsert_endpoints,
    upsert_heartbeats,
    upsert_postings,
    upsert_subscribers,
    upsert_subscriptions,
)

if TYPE_CHECKING:
    from runtime.postgres import Pool

SubscriptionEvent = (
    SubscriberState | SubscriptionState | EndpointState | SubscriberEnded | SubscriptionEnded | EndpointEnded | Heartbeat
)
PostingEvent = PostingOpened | PostingChanged | PostingClosed


async def project_subscriptions(pool: "Pool", events: Sequence[SubscriptionEvent]) -> None:
    """Take in states, and in the same transaction the heartbeats that vouch for them."""
    beats = list(_beats(events))
    async with pool.acquire() as connection, connection.transaction():
        # In the order of their ids, as postings are: two replicas that read the same records must not deadlock.
        await upsert_subscribers(connection, sorted(_subscribers(events), key=_id))
        await upsert_subscriptions(connection, sorted(_subscriptions(events), key=_id))
        await upsert_endpoints(connection, sorted(_endpoints(events), key=_id))
        await upsert_heartbeats(connection, beats)


async def project_postings(pool: "Pool", events: Sequence[PostingEvent]) -> None:
    """Take in the newest state of each posting."""
    newest = {event.posting.id: event for event in sorted(events, key=lambda event: event.revision)}
    rows = [
        PostingRow(
            id=event.posting.id,
            revision=event.revision,
            episode=event.episode,
            opened_at=event.opened_at,
            published_at=event.published_at,
            status="closed" if isinstance(event, PostingClosed) else "open",
            content=event.posting.summary(),
            correlation_id=event.correlation_id,
        )
        for event in newest.values()
    ]
    async with pool.acquire() as connection, connection.transaction():
        await upsert_postings(connection, rows)


def _id(row: tuple[Any, ...]) -> int:
    number: int = row[0].int
    return number


def _beats(events: Sequence[SubscriptionEvent]) -> Iterator[tuple[int, datetime]]:
    """Of partitions that exist: one that does not would be waited for without end."""
    for event in events:
        if isinstance(event, Heartbeat) and event.partition < SUBSCRIPTIONS.partitions:
            yield event.partition, event.stamped_at


def _subscribers(events: Sequence[SubscriptionEvent]) -> Iterator[tuple[UUID, int, str | None]]:
    for event in events:
        if isinstance(event, SubscriberState):
            yield event.subscriber_id, event.revision, event.address
        elif isinstance(event, SubscriberEnded):
            yield event.subscriber_id, event.revision, None


def _subscriptions(events: Sequence[SubscriptionEvent]) -> Iterator[tuple[UUID, UUID, int, str, str, str]]:
    for event in events:
        if isinstance(event, SubscriptionState):
            wanted = event.filter.model_dump_json()
            yield event.subscription_id, event.subscriber_id, event.revision, event.name, wanted, event.status
        elif isinstance(event, SubscriptionEnded):
            yield event.subscription_id, event.subscriber_id, event.revision, "", "{}", "ended"


def _endpoints(events: Sequence[SubscriptionEvent]) -> Iterator[tuple[UUID, UUID, int, str, Sequence[str], str]]:
    for event in events:
        if isinstance(event, EndpointState):
            yield event.endpoint_id, event.subscriber_id, event.revision, event.url, event.secrets, event.status
        elif isinstance(event, EndpointEnded):
            yield event.endpoint_id, event.subscriber_id, event.revision, "", (), "ended"
