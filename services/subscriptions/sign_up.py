"""A stranger asks for alerts: an address and a filter enter, a pending subscription and a request for its mail leave.

Nothing in the answer or in the work tells whether the address is known. At most a handful of subscriptions wait for one inbox;
those asked for beyond that are answered alike and neither kept nor mailed, so that nobody can fill another's inbox with them.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from runtime.outbox import insert_messages
from services.subscriptions import metrics, states
from services.subscriptions.domain.wanted import NewSubscription, ToWebhook
from services.subscriptions.errors import Invalid
from services.subscriptions.seals import Seals
from services.subscriptions.store import Store, subscribers, subscriptions

VALID_FOR: Final = timedelta(hours=48)
"""How long a confirmation link opens."""
MOST_PENDING: Final = 5
"""Subscriptions that may wait for one inbox at a time."""


async def sign_up(store: Store, seals: Seals, wanted: NewSubscription) -> UUID:
    """Returns the id that the subscription has if it is confirmed. `Invalid` where the address is missing."""
    if wanted.email is None:
        raise Invalid("email", "is needed, or an API key instead")
    if isinstance(wanted.destination, ToWebhook):
        raise Invalid("destination", "an endpoint needs an API key; without one alerts go to the address")
    subscription_id, inbox = uuid4(), seals.inbox(wanted.email)
    async with store.changing() as connection:
        await subscribers.claim_inbox(connection, inbox)
        subscriber = await subscribers.insert_subscriber(
            connection,
            uuid4(),
            fingerprint=seals.fingerprint(wanted.email),
            inbox=inbox,
            address=seals.seal_address(wanted.email),
        )
        made_at = await subscriptions.insert_pending_subscription(
            connection,
            subscription_id,
            subscriber_id=subscriber.id,
            name=wanted.name,
            filter=wanted.filter,
            cadence=wanted.cadence,
            inbox=inbox,
            limit=MOST_PENDING,
            within=VALID_FOR,
        )
        mails = []
        if made_at is not None:
            mails.append(
                states.confirmation_requested(
                    subscriber=subscriber,
                    subscription_id=subscription_id,
                    name=wanted.name,
                    requested_at=made_at,
                    expires_at=made_at + VALID_FOR,
                )
            )
        await insert_messages(connection, mails)
    metrics.asked.labels("confirmation", "answered" if made_at else "limited").inc()
    return subscription_id
