"""Freezes what is due: leased destinations enter, messages committed and ready to be sent leave.

Everything the gate decides on is read in the one transaction that writes what it decided.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from runtime.failpoint import failpoint
from runtime.outbox import Signal
from schemas.topics import SUBSCRIPTIONS
from services.notifier import metrics
from services.notifier.compose import Composer
from services.notifier.domain.alert import Alert
from services.notifier.domain.delivery import Contact, Delivery, Lease
from services.notifier.domain.gate import HELD, SOON, Decision, decide, is_early, is_open, letter_withdrawn, withdrawn
from services.notifier.domain.outcomes import Became, of_left
from services.notifier.domain.retry import Channel
from services.notifier.domain.situation import Situation
from services.notifier.store.deliveries import (
    fetch_due_deliveries,
    insert_deliveries,
    mark_begun,
    mark_deliveries_waiting_until,
    repeat_deliveries,
)
from services.notifier.store.leases import lock_leases
from services.notifier.store.ledger import (
    fetch_due_alerts,
    fetch_held,
    mark_alerts,
    mark_waiting_until,
)
from services.notifier.store.outcomes import insert_outcomes
from services.notifier.store.situation import (
    fetch_contacts,
    fetch_erased,
    fetch_known_until,
    fetch_matching,
    fetch_outdated,
    fetch_postings,
    fetch_reopened,
    fetch_subscriptions,
    fetch_told,
)

if TYPE_CHECKING:
    from runtime.postgres import Connection, Pool

STALE: Final = timedelta(seconds=1)
"""Nothing is sent on knowledge of subscriptions that is older: what was answered longer ago than this is honoured."""
_EACH: Final = 50
"""Most messages, and most alerts, for one destination in one lease."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A frozen message and how to reach its destination."""

    delivery: Delivery
    contact: Contact
    published_at: datetime | None
    """Of the posting it tells of."""
    withdrawn: str
    """Why it must not be sent after all; "" where it is to be sent."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """Messages, and until when (`time.monotonic`) they may be sent on what is known of them."""

    ready: list[Ready]
    known_until: float


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

    async def freeze(self, leases: Sequence[Lease]) -> Frozen:
        """Commit what is to be sent to these destinations now, and what is not and why."""
        destinations = [lease.destination_id for lease in leases]
        async with self._pool.acquire() as connection, connection.transaction():
            started = time.monotonic()
            known_until, now = await fetch_known_until(connection, SUBSCRIPTIONS.partitions)
            if known_until is None or now - known_until > STALE:
                return Frozen([], started)
            again = await fetch_due_deliveries(connection, destinations, each=_EACH)
            due = await fetch_due_alerts(connection, destinations, each=_EACH)
            held = await fetch_held(connection, [one for one in due if one.key.kind == "no_longer" or one.key.revision])
            alerts = due + held
            contacts = await fetch_contacts(connection, destinations)
            situation = await _read(connection, alerts, again, contacts, (known_until, now))
            # Holding the leases to the commit fences us: whoever claims a destination after us sees all that we froze for it.
            ours = await lock_leases(connection, leases)
            again = [one for one in again if one.destination_id in ours]
            decision = decide([alert for alert in alerts if alert.destination_id in ours], situation)
            decision.hold = [alert for alert in decision.hold if alert not in held]  # nothing new is to be said of those
            fresh = self._composer.compose(decision.tell, situation, channel=self._channel, now=now)
            await _write(connection, decision, fresh, situation)
            late = await _hand_out_again(connection, again, contacts, situation)
        failpoint("notifier.frozen")
        for _, became, left in _left(decision):
            metrics.alerts.labels(became).inc(len(left))
            self._outcomes.wake()
        return Frozen([*late, *_ready(fresh, contacts, situation)], _usable_until(started, situation))

    async def look_again(self, delivery: Delivery) -> float:
        """Until when (`time.monotonic`) a frozen message may be sent on what is known now; one in the past where it may not."""
        async with self._pool.acquire() as connection, connection.transaction():
            started = time.monotonic()
            known_until, now = await fetch_known_until(connection, SUBSCRIPTIONS.partitions)
            if known_until is None:
                return started
            contacts = await fetch_contacts(connection, [delivery.destination_id])
            situation = await _read(connection, [], [delivery], contacts, (known_until, now))
        return started if _withdrawn(delivery, situation) else _usable_until(started, situation)


async def _read(
    connection: "Connection",
    alerts: Sequence[Alert],
    again: Sequence[Delivery],
    contacts: Mapping[UUID, Contact],
    known: tuple[datetime, datetime],
) -> Situation:
    keys = [alert.key for alert in alerts] + [key for delivery in again for key in delivery.members]
    known_until, now = known
    postings = await fetch_postings(connection, list({key.posting_id for key in keys}))  # first: others wait for these locks
    corrections = [alert for alert in alerts if alert.key.kind == "no_longer"]
    matching, again_matched = await fetch_matching(
        connection, [one for one in corrections if is_open(one.key, postings[one.key.posting_id])]
    )
    concerned = {alert.destination_id for alert in alerts} | {one.destination_id for one in again}
    return Situation(
        postings=postings,
        subscriptions=await fetch_subscriptions(connection, list({key.subscription_id for key in keys})),
        reachable=frozenset(contacts),
        erased=await fetch_erased(connection, list({one.subscriber_id for one in again if not one.members})),
        told=await fetch_told(connection, list(postings), list(concerned)),
        outdated=await fetch_outdated(connection, [key for key in keys if key.kind == "opened"]),
        matching=matching,
        again=again_matched,
        reopened=await fetch_reopened(
            connection, [one for one in corrections if postings[one.key.posting_id].episode > one.key.episode]
        ),
        known_until=known_until,
        now=now,
    )


async def _hand_out_again(
    connection: "Connection", again: Sequence[Delivery], contacts: Mapping[UUID, Contact], situation: Situation
) -> list[Ready]:
    """Those messages frozen before that are not too early. Marked before any attempt: who dies after one could not say so."""
    early = [one.id for one in again if _is_early(one, situation)]
    if early:
        await mark_deliveries_waiting_until(connection, early, situation.now + SOON)
    late = _ready([one for one in again if one.id not in early], contacts, situation)
    if anew := [one.delivery.id for one in late if not (one.delivery.begun or one.withdrawn)]:
        await mark_begun(connection, anew, begun=True)
    return late


async def _write(connection: "Connection", decision: Decision, fresh: Sequence[Delivery], situation: Situation) -> None:
    frozen = [(key, delivery.id) for delivery in fresh for key in delivery.members]
    frozen += [(alert.key, delivery_id) for delivery_id, alerts in decision.repeat.items() for alert in alerts]
    if fresh:
        inserted = await insert_deliveries(connection, fresh, begun=True)
        assert inserted == len(fresh), "told once: no second message about the same while its destination is leased to us"
    if decision.repeat:
        await repeat_deliveries(connection, decision.repeat)
    if frozen:
        await mark_alerts(
            connection,
            [key for key, _ in frozen],
            state="frozen",
            reasons=[""] * len(frozen),
            deliveries=[delivery_id for _, delivery_id in frozen],
        )
    for state, became, alerts in _left(decision):
        await mark_alerts(
            connection,
            [alert.key for alert, _ in alerts],
            state=state,
            reasons=[reason for _, reason in alerts],
            deliveries=[None] * len(alerts),
        )
        await insert_outcomes(connection, of_left(alerts, became=became, at=situation.now))
    if decision.wait:
        await mark_waiting_until(connection, [alert.key for alert, _ in decision.wait], [until for _, until in decision.wait])


def _left(decision: Decision) -> Iterator[tuple[str, Became, Sequence[tuple[Alert, str]]]]:
    """What is not told, or not now, with its state and outcome."""
    if decision.suppress:
        yield "suppressed", "suppressed", decision.suppress
    if decision.hold:
        yield "held", "deferred", [(alert, HELD) for alert in decision.hold]


def _usable_until(started: float, situation: Situation) -> float:
    return started + (STALE - (situation.now - situation.known_until)).total_seconds()


def _is_early(delivery: Delivery, situation: Situation) -> bool:
    return is_early(delivery.purpose, destination_id=delivery.destination_id, frozen_at=delivery.frozen_at, situation=situation)


def _ready(deliveries: Sequence[Delivery], contacts: Mapping[UUID, Contact], situation: Situation) -> list[Ready]:
    return [
        Ready(
            delivery,
            contacts.get(delivery.destination_id, Contact()),
            situation.postings[delivery.members[0].posting_id].published_at if delivery.members else None,
            _withdrawn(delivery, situation),
        )
        for delivery in deliveries
    ]


def _withdrawn(delivery: Delivery, situation: Situation) -> str:
    if delivery.members:
        return withdrawn(delivery.members, delivery.destination_id, situation)
    return letter_withdrawn(
        delivery.purpose,
        destination_id=delivery.destination_id,
        subscriber_id=delivery.subscriber_id,
        situation=situation,
    )
