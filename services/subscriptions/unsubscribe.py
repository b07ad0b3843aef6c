"""One-click unsubscribe (RFC 8058): the token of a mail enters, and what it names has ended. Idempotent, and needs no login."""

from collections.abc import Sequence
from datetime import datetime

from runtime.outbox import insert_messages
from runtime.postgres import Connection
from schemas.link import Link
from schemas.subscription import Destination
from services.subscriptions import metrics
from services.subscriptions.domain.account import Subscription
from services.subscriptions.errors import AccountGone
from services.subscriptions.seals import Seals
from services.subscriptions.states import subscription_message
from services.subscriptions.store import Store, subscribers, subscriptions


async def unsubscribe(store: Store, seals: Seals, token: str, *, now: datetime) -> None:
    """Ends the subscriptions the mail spoke for, or all by email where the link names none. `BadLink` where it is not ours.

    What has ended already, or was erased, is as the person wants it.
    """
    link = seals.open_link(token, purpose="unsubscribe", now=now)
    async with store.changing() as connection:
        try:
            await subscribers.claim_subscriber(connection, link.subscriber_id)
        except AccountGone:
            return
        named = await _named(connection, link)
        ended = await subscriptions.mark_subscriptions_ended(connection, [subscription.id for subscription in named])
        known = {subscription.id for subscription in named if subscription.status != "pending"}
        await insert_messages(connection, [subscription_message(each) for each in ended if each.id in known])
    metrics.changes.labels("unsubscribed").inc(len(ended))


async def _named(connection: Connection, link: Link) -> Sequence[Subscription]:
    if link.subscription_id is None:
        mailbox = Destination(kind="email", id=link.subscriber_id)
        return await subscriptions.claim_subscriptions(connection, link.subscriber_id, destination=mailbox)
    claimed = [
        await subscriptions.claim_subscription(connection, each, subscriber_id=link.subscriber_id)
        for each in sorted((link.subscription_id, *link.also))  # in the order of their ids, as `mark_alerted` locks them
    ]
    return [one for one in claimed if one]
