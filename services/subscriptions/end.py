"""A subscriber deletes one of their subscriptions."""

from uuid import UUID

from runtime.outbox import insert_messages
from services.subscriptions import metrics
from services.subscriptions.errors import NotFound
from services.subscriptions.states import subscription_message
from services.subscriptions.store import Store, subscribers, subscriptions


async def end(store: Store, subscriber_id: UUID, id: UUID) -> None:
    """Deleting again finds it deleted. Raises `NotFound` for one that is not the subscriber's."""
    async with store.changing() as connection:
        await subscribers.claim_subscriber(connection, subscriber_id)
        before = await subscriptions.claim_subscription(connection, id, subscriber_id=subscriber_id)
        if before is None or before.status == "pending":
            raise NotFound
        ended = await subscriptions.mark_subscriptions_ended(connection, [id])
        await insert_messages(connection, [subscription_message(subscription) for subscription in ended])
    metrics.changes.labels("ended").inc(len(ended))
