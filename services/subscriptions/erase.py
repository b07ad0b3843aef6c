"""A subscriber erases their account: everything of it ends, for every service, and nothing personal stays in any table.

What stays for a month are ids without a person, until the tombstones in the topic are written (`sweep`).
"""

from uuid import UUID

from runtime.outbox import insert_messages
from services.subscriptions import metrics
from services.subscriptions.states import endpoint_message, subscriber_message, subscription_message
from services.subscriptions.store import Store, endpoints, keys, subscribers, subscriptions


async def erase(store: Store, subscriber_id: UUID) -> None:
    """One transaction. Raises `AccountGone` where it was done before."""
    async with store.changing() as connection:
        await subscribers.claim_subscriber(connection, subscriber_id)
        mine = await subscriptions.claim_subscriptions(connection, subscriber_id)
        await subscriptions.delete_pending_subscriptions(connection, subscriber_id)
        ended = await subscriptions.mark_subscriptions_ended(connection, [each.id for each in mine])
        gone = [
            await endpoints.mark_endpoint_ended(connection, endpoint.id)
            for endpoint in await endpoints.fetch_endpoints(connection, subscriber_id)
        ]
        await subscriptions.delete_versions(connection, subscriber_id)
        await subscriptions.mark_subscriptions_erased(connection, subscriber_id)
        await keys.delete_keys(connection, subscriber_id)
        await subscribers.delete_consents(connection, subscriber_id)
        await subscribers.delete_sign_ins_of(connection, subscriber_id)
        subscriber = await subscribers.mark_subscriber_ended(connection, subscriber_id)
        await insert_messages(
            connection, [*map(subscription_message, ended), *map(endpoint_message, gone), subscriber_message(subscriber)]
        )
    metrics.changes.labels("erased").inc()
