"""A subscriber who proved who they are adds a subscription: it is active at once."""

from typing import Final
from uuid import UUID, uuid4

from runtime.outbox import insert_messages
from runtime.postgres import Connection
from schemas.subscription import Destination
from services.subscriptions import metrics
from services.subscriptions.domain.account import Subscription
from services.subscriptions.domain.wanted import NewSubscription, ToMailbox
from services.subscriptions.errors import Invalid, TooMany
from services.subscriptions.states import subscription_message
from services.subscriptions.store import Store, endpoints, subscribers, subscriptions

MOST_SUBSCRIPTIONS: Final = 10_000
"""Subscriptions that one account may have."""


async def subscribe(store: Store, subscriber_id: UUID, wanted: NewSubscription) -> Subscription:
    """Raises `Invalid` for a destination that is not the subscriber's, `TooMany` at the account's limit."""
    if wanted.email is not None:
        raise Invalid("email", "is the account's own when an API key is used: leave it out")
    async with store.changing() as connection:
        await subscribers.claim_subscriber(connection, subscriber_id)
        if await subscriptions.count_subscriptions(connection, subscriber_id) >= MOST_SUBSCRIPTIONS:
            raise TooMany
        subscription = await subscriptions.insert_subscription(
            connection,
            uuid4(),
            subscriber_id=subscriber_id,
            name=wanted.name,
            filter=wanted.filter,
            cadence=wanted.cadence,
            destination=await _destination(connection, subscriber_id, wanted),
        )
        await subscriptions.insert_version(connection, subscription)
        await insert_messages(connection, [subscription_message(subscription)])
    metrics.changes.labels("created").inc()
    return subscription


async def _destination(connection: Connection, subscriber_id: UUID, wanted: NewSubscription) -> Destination:
    if isinstance(wanted.destination, ToMailbox):
        return Destination(kind="email", id=subscriber_id)
    endpoint = await endpoints.fetch_endpoint(connection, wanted.destination.id, subscriber_id=subscriber_id)
    if endpoint is None or endpoint.status == "ended":
        raise Invalid("destination.id", "you have no endpoint of this id")
    return Destination(kind="webhook", id=endpoint.id)
