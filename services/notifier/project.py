"""Keeps the projections: states of subscriptions and postings enter, the notifier's own rows of them leave.

A posting that closed is also corrected where it was told: each such alert gets a row that says so.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from runtime.failpoint import failpoint
from runtime.outbox import Signal
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
from services.notifier.domain.alert import alert_id
from services.notifier.store.ledger import LedgerRows, fetch_told_alerts, insert_alerts, mark_due, release_held
from services.notifier.store.projections import (
    PostingRow,
    SubscriptionRow,
    fetch_standing,
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

_SLICE: Final = 5000
"""Alerts that are corrected together: one posting may have been told to every subscriber there is."""


async def project_subscriptions(pool: "Pool", due: Signal, events: Sequence[SubscriptionEvent]) -> None:
    """Take in states, release what they held back, and take in the heartbeats that vouch for them, in one transaction."""
    beats = list(_beats(events))
    subscriptions = sorted(_subscriptions(events), key=_id)
    async with pool.acquire() as connection, connection.transaction():
        # In the order of their ids, as postings are: two replicas that read the same records must not deadlock.
        await upsert_subscribers(connection, sorted(_subscribers(events), key=_id))
        await upsert_subscriptions(connection, subscriptions)
        await upsert_endpoints(connection, sorted(_endpoints(events), key=_id))
        released = await release_held(connection, [(row[0], row[2]) for row in subscriptions]) if subscriptions else []
        await upsert_heartbeats(connection, beats)
    if released:
        failpoint("notifier.released")
        await mark_due(pool, released)
        due.wake()


async def project_postings(pool: "Pool", due: Signal, events: Sequence[PostingEvent]) -> None:
    """Take in the newest state of each posting, and correct what was told of those that closed.

    The corrections follow the commit in transactions of their own, so that nobody waits for a posting's lock for as long as
    hundreds of thousands of them take. None is missed: once the closing is committed the gate freezes no opening any more, and
    a process that dies in between reads the record again.
    """
    in_order = sorted(events, key=lambda event: event.revision)
    newest = {event.posting.id: event for event in in_order}
    # Of every episode, also where a later one is known already: what was told is over, whatever is told of the other.
    closed = {(event.posting.id, event.episode): event for event in in_order if isinstance(event, PostingClosed)}
    async with pool.acquire() as connection, connection.transaction():
        await upsert_postings(connection, [_posting_row(event) for event in newest.values()])
        standing = await fetch_standing(connection, {key: event.revision for key, event in closed.items()})
    failpoint("notifier.projected")
    for key in standing:
        await _correct(pool, closed[key])
        due.wake()


async def _correct(pool: "Pool", closing: PostingClosed) -> None:
    opened_on, after = closing.opened_at.astimezone(UTC).date(), UUID(int=0)
    while told := await fetch_told_alerts(pool, (opened_on, closing.posting.id, closing.episode), after=after, limit=_SLICE):
        rows = LedgerRows.empty()
        for alert in told:
            key = (alert.subscription_id, closing.posting.id, closing.episode)
            rows.opened_on.append(opened_on)
            rows.posting_id.append(closing.posting.id)
            rows.subscription_id.append(alert.subscription_id)
            rows.episode.append(closing.episode)
            rows.kind.append("no_longer")
            rows.revision.append(closing.revision)
            rows.alert_id.append(alert_id(*key, "no_longer", closing.revision))
            rows.subscriber_id.append(alert.subscriber_id)
            rows.destination_id.append(alert.destination_id)
            rows.clauses.append(alert.clauses)
            rows.subscription_revision.append(0)  # nothing was compared
        async with pool.acquire() as connection:
            await insert_alerts(connection, rows)
        failpoint("notifier.corrected")
        await mark_due(pool, rows.destination_id)  # also where the rows were there: who wrote them may have died before this
        after = told[-1].subscription_id


def _posting_row(event: PostingEvent) -> PostingRow:
    return PostingRow(
        id=event.posting.id,
        revision=event.revision,
        episode=event.episode,
        opened_at=event.opened_at,
        published_at=event.published_at,
        status="closed" if isinstance(event, PostingClosed) else "open",
        content=event.posting.summary(),
        correlation_id=event.correlation_id,
    )


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


def _subscriptions(events: Sequence[SubscriptionEvent]) -> Iterator[SubscriptionRow]:
    for event in events:
        if isinstance(event, SubscriptionState):
            wanted, to = event.filter.model_dump_json(), event.destination.id
            yield event.subscription_id, event.subscriber_id, event.revision, event.name, wanted, event.status, to
        elif isinstance(event, SubscriptionEnded):
            yield event.subscription_id, event.subscriber_id, event.revision, "", "{}", "ended", None


def _endpoints(events: Sequence[SubscriptionEvent]) -> Iterator[tuple[UUID, UUID, int, str, Sequence[str], str]]:
    for event in events:
        if isinstance(event, EndpointState):
            yield event.endpoint_id, event.subscriber_id, event.revision, event.url, event.secrets, event.status
        elif isinstance(event, EndpointEnded):
            yield event.endpoint_id, event.subscriber_id, event.revision, "", (), "ended"
