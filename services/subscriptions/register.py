"""Webhook endpoints: a partner registers one, asks for a test event, or ends it with the subscriptions that went there."""

from typing import Final
from uuid import UUID, uuid4

from runtime.outbox import insert_messages
from schemas.subscription import Destination
from services.subscriptions import metrics
from services.subscriptions.domain.account import Endpoint
from services.subscriptions.domain.endpoint import checked_url
from services.subscriptions.domain.wanted import NewEndpoint
from services.subscriptions.errors import Invalid, NotFound, TooMany
from services.subscriptions.seals import Seals, mint_secret
from services.subscriptions.states import endpoint_message, subscription_message, test_event_requested
from services.subscriptions.store import Store, endpoints, fetch_now, subscribers, subscriptions

MOST_ENDPOINTS: Final = 50
"""Endpoints that one account may have."""


async def register_endpoint(
    store: Store, seals: Seals, subscriber_id: UUID, *, wanted: NewEndpoint, insecure: bool
) -> tuple[Endpoint, str]:
    """The endpoint and its secret, which is shown now and never again. `Invalid` for a URL that cannot be one."""
    try:
        url = checked_url(wanted.url, insecure=insecure)
    except ValueError as error:
        raise Invalid("url", str(error)) from None
    secret = mint_secret()
    async with store.changing() as connection:
        await subscribers.claim_subscriber(connection, subscriber_id)
        if len(await endpoints.fetch_endpoints(connection, subscriber_id)) >= MOST_ENDPOINTS:
            raise TooMany
        endpoint = await endpoints.insert_endpoint(
            connection, uuid4(), subscriber_id=subscriber_id, url=url, secret=seals.seal_secret(secret)
        )
        await insert_messages(connection, [endpoint_message(endpoint)])
    metrics.changes.labels("endpoint_created").inc()
    return endpoint, secret


async def end_endpoint(store: Store, subscriber_id: UUID, id: UUID) -> None:
    """Its subscriptions end with it. Ending again finds it ended; `NotFound` for one that is not the subscriber's."""
    async with store.changing() as connection:
        await subscribers.claim_subscriber(connection, subscriber_id)
        before = await endpoints.fetch_endpoint(connection, id, subscriber_id=subscriber_id)
        if before is None:
            raise NotFound
        if before.status == "ended":
            return
        there = Destination(kind="webhook", id=id)
        to_end = await subscriptions.claim_subscriptions(connection, subscriber_id, destination=there)
        ended = await subscriptions.mark_subscriptions_ended(connection, [subscription.id for subscription in to_end])
        endpoint = await endpoints.mark_endpoint_ended(connection, id)
        await insert_messages(connection, [*map(subscription_message, ended), endpoint_message(endpoint)])
    metrics.changes.labels("endpoint_ended").inc()


async def request_test(store: Store, subscriber_id: UUID, id: UUID) -> None:
    """Ask the notifier for a test event. `NotFound` for an endpoint that is not the subscriber's, or has ended."""
    async with store.changing() as connection:
        endpoint = await endpoints.fetch_endpoint(connection, id, subscriber_id=subscriber_id)
        if endpoint is None or endpoint.status == "ended":
            raise NotFound
        now = await fetch_now(connection)
        await insert_messages(connection, [test_event_requested(endpoint=endpoint, requested_at=now)])
