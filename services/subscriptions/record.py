"""What became of alerts comes in; the time of each subscription's latest sent alert stays, for its owner to see.

Decided: only the latest time, which a repeated or late outcome cannot spoil. Refused: a count of alerts. Outcomes may come
twice (the notifier's relay publishes again after a crash, under new offsets), so an exact count needs a row for every alert
ever sent; the notifier's ledger has those rows and answers how many.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from schemas.outcome import Outcome
from services.subscriptions.store import Store, subscriptions


async def record(store: Store, outcomes: Iterable[Outcome]) -> None:
    """Durable when it returns."""
    latest: dict[UUID, datetime] = {}
    for outcome in outcomes:
        if outcome.outcome == "sent":
            latest[outcome.subscription_id] = max(outcome.at, latest.get(outcome.subscription_id, outcome.at))
    if latest:
        async with store.reading() as connection:
            await subscriptions.mark_alerted(connection, list(latest), list(latest.values()))
