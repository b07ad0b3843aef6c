"""Freezes what is due: leased destinations enter, messages committed and ready to be sent leave.

Everything the gate decides on is read in the one transaction that writes what it decided.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from runtime.outbox import Signal
from schemas.topics import SUBSCRIPTIONS
from services.notifier import metrics
from services.notifier.compose import Composer
from services.notifier.domain.alert import Alert
from services.notifier.domain.delivery import Contact, Delivery, Lease
from services.notifier.domain.gate import Decision, Situation, decide, withdrawn
from services.notifier.domain.outcomes import of_suppressed
from services.notifier.domain.retry import Channel
from services.notifier.store.deliveries import (
    fetch_due_deliveries,
    insert_deliveries,
)
from services.notifier.store.ledger import fetch_due_alerts, mark_alerts, mark_waiting_until
from services.notifier.store.outcomes import insert_outcomes
from services.notifier.store.situation import (
    fetch_contacts,
    fetch_known_until,
    fetch_postings,
    fetch_subscriptions,
    fetch_told,
)

if TYPE_CHECKING:
    from runtime.postgres import Connection, Pool

STALE: Final = timedelta(seconds=1)
"""Nothing is sent on knowledge of subscriptions that is older: what was answered longer ago than this is honoured."""
_EACH: Final = 100
"""Most messages for one destination in one lease."""
_SOON: Final = timedelta(milliseconds=250)


@dataclass(frozen=True, slots=True)
class Ready:
    """A frozen message and how to reach its destination."""

    delivery: Delivery
    contact: Contact
    published_at: datetime | None
    """Of the posting it tells of."""
    withdrawn: str
    """Why it must not be sent after all; "" where it is to be sent."""


class Freezer:
    """Decides and freezes for one channel."""

    def __init__(self, pool: "Pool", composer: Composer, outcomes: Signal, *, channel: Channel) -> None:
        self._pool = pool
        self._composer = composer
        self._outcomes = outcomes
        self._channel = channel

    async def is_silent(self) -> bool:
        """Whether what is known of subscriptions is too old to send anything on."""
        async with self._pool.acquire() as connection:
            known_until, now = await fetch_known_until(connection, SUBSCRIPTIONS.partitions)
        silent = known_until is None or now - known_until > STALE
        metrics.silent.labels(self._channel).set(silent)
        return silent

    async def freeze(self, leases: Sequence[Lease]) -> list[Ready]:
        """Commit what is to be sent to these destinations now, and what is not and why."""
        destinations = [lease.destination_id for lease in leases]
        async with self._pool.acquire() as connection, connection.transaction():
            known_until, now = await fetch_known_until(connection, SUBSCRIPTIONS.partitions)
            if known_until is None or now - known_until > STALE:
                return []
            again = await fetch_due_deliveries(connection, destinations, each=_EACH)
            alerts = await fetch_due_alerts(connection, destinations, each=_EACH)
            contacts = await fetch_contacts(connection, destinations)
            situation = await _read(connection, alerts, again, contacts, known_until)
            decision = decide(alerts, situation)
            fresh = self._composer.compose(decision.tell, situation, channel=self._channel, now=now)
            await _write(connection, decision, fresh, now)
        if decision.suppress:
            metrics.alerts.labels("suppressed").inc(len(decision.suppress))
            self._outcomes.wake()
        return [_ready(delivery, contacts, situation) for delivery in (*again, *fresh)]


async def _read(
    connection: "Connection",
    alerts: Sequence[Alert],
    again: Sequence[Delivery],
    contacts: dict[UUID, Contact],
    known_until: datetime,
) -> Situation:
    keys = [alert.key for alert in alerts] + [key for delivery in again for key in delivery.members]
    postings = {key.posting_id for key in keys}
    return Situation(
        postings=await fetch_postings(connection, list(postings)),  # first: these are the locks that others wait for
        subscriptions=await fetch_subscriptions(connection, list({key.subscription_id for key in keys})),
        reachable=frozenset(contacts),
        told=await fetch_told(connection, list(postings), list({alert.destination_id for alert in alerts})),
        known_until=known_until,
    )


async def _write(connection: "Connection", decision: Decision, fresh: Sequence[Delivery], now: datetime) -> None:
    if fresh:
        members = [(key, delivery.id) for delivery in fresh for key in delivery.members]
        await insert_deliveries(connection, fresh)
        await mark_alerts(
            connection,
            [key for key, _ in members],
            state="frozen",
            reasons=[""] * len(members),
            deliveries=[delivery_id for _, delivery_id in members],
        )
    if decision.suppress:
        await mark_alerts(
            connection,
            [alert.key for alert, _ in decision.suppress],
            state="suppressed",
            reasons=[reason for _, reason in decision.suppress],
            deliveries=[None] * len(decision.suppress),
        )
        await insert_outcomes(connection, of_suppressed(decision.suppress, at=now))
    if decision.wait:
        await mark_waiting_until(connection, [alert.key for alert in decision.wait], now + _SOON)


def _ready(delivery: Delivery, contacts: dict[UUID, Contact], situation: Situation) -> Ready:
    reason = withdrawn(delivery.members, delivery.destination_id, situation) if delivery.members else ""
    posting = situation.postings.get(delivery.members[0].posting_id) if delivery.members else None
    return Ready(delivery, contacts.get(delivery.destination_id, Contact()), posting.published_at if posting else None, reason)
