"""A subscriber changes a subscription: its name, its filter, paused or active again."""

from uuid import UUID

from runtime.outbox import insert_messages
from services.subscriptions import metrics
from services.subscriptions.domain.account import Subscription
from services.subscriptions.domain.change import changed
from services.subscriptions.domain.wanted import SubscriptionChange
from services.subscriptions.errors import NotFound
from services.subscriptions.states import subscription_message
from services.subscriptions.store import Store, subscribers, subscriptions


async def change(store: Store, subscriber_id: UUID, id: UUID, *, wanted: SubscriptionChange) -> Subscription:
    """The subscription as it is now. What changes nothing is no event. Raises `NotFound`."""
    async with store.changing() as connection:
        await subscribers.claim_subscriber(connection, subscriber_id)
        before = await subscriptions.claim_subscription(connection, id, subscriber_id=subscriber_id)
        if before is None or before.status not in ("active", "paused"):
            raise NotFound
        content = changed(before, wanted)
        if content is None:
            return before
        after = await subscriptions.mark_subscription_changed(
            connection,
            id,
            name=content.name,
            filter=content.filter,
            status=content.status,
            restarts=content.restarts,
        )
        if content.new_filter:
            await subscriptions.insert_version(connection, after)
        await insert_messages(connection, [subscription_message(after)])
    metrics.changes.labels("changed").inc()
    return after
