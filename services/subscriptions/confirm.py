"""The owner of a mailbox confirms: a link's token enters, an active subscription leaves, and an API key if it was asked for.

Doing it again finds it done and hands out no second key.
"""

from dataclasses import dataclass
from datetime import datetime

from runtime import logs
from runtime.broker import Message
from runtime.outbox import insert_messages
from runtime.postgres import Connection
from services.subscriptions import metrics
from services.subscriptions.domain.account import Subscriber, Subscription
from services.subscriptions.errors import BadLink, Ended, ExpiredLink
from services.subscriptions.seals import Seals, mint_key
from services.subscriptions.states import subscriber_message, subscription_message
from services.subscriptions.store import Store, keys, subscribers, subscriptions


@dataclass(frozen=True, slots=True)
class Confirmed:
    """`already`: an earlier call did it. `api_key` is known now and never again."""

    subscription: Subscription
    already: bool
    api_key: str | None = None


async def confirm(store: Store, seals: Seals, token: str, *, now: datetime, with_key: bool) -> Confirmed:
    """Raises `BadLink`, `ExpiredLink`, `Ended` for one that was unsubscribed since, `AccountGone` for an erased account."""
    link = seals.open_link(token, purpose="confirm", now=now)
    if link.subscription_id is None:
        raise BadLink
    async with store.changing() as connection:
        subscriber = await subscribers.claim_subscriber(connection, link.subscriber_id)
        before = await subscriptions.claim_subscription(connection, link.subscription_id, subscriber_id=subscriber.id)
        if before is None:
            raise ExpiredLink
        if before.status == "ended":
            raise Ended
        if before.status != "pending":
            return Confirmed(before, already=True)
        messages = await _confirm_subscriber(connection, subscriber)
        after = await subscriptions.mark_subscription_active(connection, before.id)
        await subscriptions.insert_version(connection, after)
        await subscribers.insert_consent(
            connection,
            subscriber.id,
            what=f"alerts of subscription {after.id} by email",
            evidence=f"confirmation link followed, request {logs.correlation_id.get()}",
        )
        api_key = await _issue(connection, subscriber) if with_key else None
        await insert_messages(connection, [*messages, subscription_message(after)])
    metrics.changes.labels("confirmed").inc()
    return Confirmed(after, already=False, api_key=api_key)


async def _confirm_subscriber(connection: Connection, subscriber: Subscriber) -> list[Message]:
    if subscriber.status == "active":
        return []  # its state stands in the topic before any of its subscriptions already
    return [subscriber_message(await subscribers.mark_subscriber_confirmed(connection, subscriber.id))]


async def _issue(connection: Connection, subscriber: Subscriber) -> str:
    minted = mint_key()
    await keys.insert_key(connection, minted.id, subscriber_id=subscriber.id, hash=minted.hash)
    return minted.text
