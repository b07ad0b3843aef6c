"""Somebody asks for a link to their page: an address enters, a request for the mail leaves if there is such an account.

The same rows are written for an address that is known and one that is not, so neither the answer nor its time tells.
"""

from datetime import timedelta
from typing import Final

from runtime.outbox import insert_messages
from services.subscriptions import metrics, states
from services.subscriptions.domain.wanted import SignIn
from services.subscriptions.seals import Seals
from services.subscriptions.store import Store, fetch_now, subscribers

VALID_FOR: Final = timedelta(hours=1)
"""How long the link opens."""
MOST_ASKED: Final = 5
"""Links for one inbox within `VALID_FOR`."""


async def sign_in(store: Store, seals: Seals, wanted: SignIn) -> None:
    """Ask for the mail, or do nothing that could be told from it."""
    inbox = seals.inbox(wanted.email)
    async with store.changing() as connection:
        await subscribers.claim_inbox(connection, inbox)
        allowed = await subscribers.insert_sign_in(connection, inbox, limit=MOST_ASKED, within=VALID_FOR)
        subscriber = await subscribers.fetch_subscriber_by_address(connection, seals.fingerprint(wanted.email))
        now = await fetch_now(connection)
        mails = []
        if allowed and subscriber is not None:
            mails.append(states.sign_in_requested(subscriber=subscriber, requested_at=now, expires_at=now + VALID_FOR))
        await insert_messages(connection, mails)
    # Not counted apart: known and unknown. A counter that moves would tell what the answer does not.
    metrics.asked.labels("sign_in", "answered" if allowed else "limited").inc()
