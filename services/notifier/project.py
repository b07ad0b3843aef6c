"""Keeps the projections: states of subscriptions and postings enter, the notifier's own rows of them leave."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

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
from services.notifier.store.projections import (
    PostingRow,
    upsert_endpoint,
    upsert_heartbeats,
    upsert_postings,
    upsert_subscriber,
    upsert_subscription,
)

if TYPE_CHECKING:
    from runtime.postgres import Connection, Pool

SubscriptionEvent = (
    SubscriberState | SubscriptionState | EndpointState | SubscriberEnded | SubscriptionEnded | EndpointEnded | Heartbeat
)
PostingEvent = PostingOpened | PostingChanged | PostingClosed


async def project_subscriptions(pool: "Pool", events: Sequence[SubscriptionEvent]) -> None:
    """Take in states, and only then the heartbeats behind them."""
    async with pool.acquire() as connection, connection.transaction():
        for event in events:
            await _project(connection, event)
        beats = [(event.partition, event.stamped_at) for event in events if isinstance(event, Heartbeat)]
        if beats:
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


async def _project(connection: "Connection", event: SubscriptionEvent) -> None:
    match event:
        case SubscriberState():
            await upsert_subscriber(connection, event.subscriber_id, revision=event.revision, address=event.address)
        case SubscriberEnded():
            await upsert_subscriber(connection, event.subscriber_id, revision=event.revision, address=None)
        case SubscriptionState():
            await upsert_subscription(
                connection,
                event.subscription_id,
                subscriber_id=event.subscriber_id,
                revision=event.revision,
                name=event.name,
                filter=event.filter.model_dump_json(),
                status=event.status,
            )
        case SubscriptionEnded():
            await upsert_subscription(
                connection,
                event.subscription_id,
                subscriber_id=event.subscriber_id,
                revision=event.revision,
                name="",
                filter="{}",
                status="ended",
            )
        case EndpointState() | EndpointEnded():
            await _project_endpoint(connection, event)
        case Heartbeat():
            pass  # all of a batch are written together, after the states they vouch for


async def _project_endpoint(connection: "Connection", event: EndpointState | EndpointEnded) -> None:
    present = event if isinstance(event, EndpointState) else None
    await upsert_endpoint(
        connection,
        event.endpoint_id,
        subscriber_id=event.subscriber_id,
        revision=event.revision,
        url=present.url if present else "",
        secrets=present.secrets if present else (),
        status=present.status if present else "ended",
    )
