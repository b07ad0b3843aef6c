"""Settles what attempts came to: results enter; deliveries, alerts, outcomes and the next due time leave, in one transaction.

Only results of destinations whose lease is still ours are written: another dispatcher may have taken over the rest.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from runtime import logs
from runtime.failpoint import failpoint
from runtime.outbox import Signal
from services.notifier import metrics
from services.notifier.domain.delivery import Delivery, Lease
from services.notifier.domain.outcomes import Became, of_delivery
from services.notifier.domain.pace import USUAL, Pace
from services.notifier.domain.retry import Attempt, Channel, next_try
from services.notifier.store.deliveries import Recorded, fetch_unfinished, insert_attempts, mark_begun, mark_deliveries
from services.notifier.store.leases import lock_leases, release_leases
from services.notifier.store.ledger import mark_alerts
from services.notifier.store.outcomes import insert_outcomes
from services.notifier.store.situation import fetch_now

if TYPE_CHECKING:
    from runtime.postgres import Connection, Pool

_REASON: Final = 400
"""Characters of an answer that the alerts of a message keep each; the attempt keeps all of it."""

log = logs.get("notifier.settle")
_BECAME: Final[dict[str, Became]] = {
    "sent": "sent",
    "failed": "failed",
    "suppressed": "suppressed",
    "waiting": "deferred",
    "unknown": "deferred",
}
"""State of a delivery to the outcome of the alerts it tells."""


@dataclass(frozen=True, slots=True)
class Result:
    """A delivery and what became of it: an attempt, or the reason why none is made. Neither where its turn did not come."""

    delivery: Delivery
    published_at: datetime | None
    attempt: Attempt | None
    withdrawn: str = ""

    @property
    def came_to_turn(self) -> bool:
        return self.attempt is not None or self.withdrawn != ""


class Settler:
    """Writes results for one channel."""

    def __init__(self, pool: "Pool", outcomes: Signal, due: Signal, *, channel: Channel, pace: Pace = USUAL) -> None:
        self._pool = pool
        self._pace = pace.retries
        self._outcomes = outcomes
        self._due = due
        self._channel = channel

    async def settle(self, results: Sequence[Result], *, held: Sequence[Lease], done: Sequence[Lease]) -> None:
        """Write `results`, of destinations leased under `held`; those of `done` are given back.

        May be repeated where the answer to its commit was lost: what is written already is not written again.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            ours = await lock_leases(connection, held)
            kept = [result for result in results if result.delivery.destination_id in ours]
            new = await _not_written(connection, kept) if kept else []
            came = [result for result in new if result.came_to_turn]
            recorded = await self._record(connection, came) if came else []
            if missed := [one.delivery.id for one in new if not (one.came_to_turn or one.delivery.begun)]:
                await mark_begun(connection, missed, begun=False)
            is_due = await release_leases(connection, [one.destination_id for one in done if one.destination_id in ours])
        failpoint("notifier.settled")
        self._measure(came, recorded, lost=sum(one.came_to_turn for one in results) - sum(one.came_to_turn for one in kept))
        if recorded:
            self._outcomes.wake()
        if is_due:
            self._due.wake()  # what came while a destination was leased woke nobody who could lease it

    async def _record(self, connection: "Connection", results: Sequence[Result]) -> list[Recorded]:
        now = await fetch_now(connection)  # of the clock that due times are compared with
        recorded = [self._recorded(result, now) for result in results]
        await _write(connection, recorded, at=now)
        return recorded

    def _recorded(self, result: Result, now: datetime) -> Recorded:
        delivery, attempt = result.delivery, result.attempt
        if attempt is None:
            return Recorded(delivery, "suppressed", result.withdrawn, None, delivery.attempts, None)
        attempts = delivery.attempts + attempt.reached
        said = attempt.detail[:_REASON]
        if attempt.result in ("sent", "failed"):
            reason = "" if attempt.result == "sent" else said
            return Recorded(delivery, attempt.result, reason, None, attempts, attempt)
        due_at = next_try(self._channel, max(1, attempts), attempt, now=now, jitter=random.random, pace=self._pace)
        if due_at is None:
            return Recorded(delivery, "failed", f"given up after {attempts} attempts: {said}", None, attempts, attempt)
        return Recorded(delivery, "unknown" if attempt.result == "unknown" else "waiting", said, due_at, attempts, attempt)

    def _measure(self, results: Sequence[Result], recorded: Sequence[Recorded], *, lost: int) -> None:
        metrics.leases_lost.inc(lost)
        if lost:
            log.warning("results dropped, the lease had passed on", channel=self._channel, deliveries=lost)
        for result, one in zip(results, recorded, strict=True):
            metrics.alerts.labels(_BECAME[one.state]).inc(len(one.delivery.members))
            if one.state == "sent" and result.published_at is not None:
                taken = datetime.now(UTC) - result.published_at
                metrics.alert_seconds.labels(self._channel).observe(max(0.0, taken / timedelta(seconds=1)))
            elif one.state != "sent":
                log.info(
                    "not sent",
                    channel=self._channel,
                    delivery=str(one.delivery.id),
                    state=one.state,
                    reason=one.reason,
                    correlation_id=one.delivery.correlation_id,
                )


async def _not_written(connection: "Connection", results: Sequence[Result]) -> list[Result]:
    """A message is attempted once under a lease and marked as begun before; what is written of that takes the mark away.

    Not from one that was handed out before and never settled; there a repeat writes a second attempt (CHANGELOG, known gaps).
    """
    begun = await fetch_unfinished(connection, [result.delivery.id for result in results])
    return [one for one in results if one.delivery.id in begun and (one.attempt is None or begun[one.delivery.id])]


async def _write(connection: "Connection", recorded: Sequence[Recorded], *, at: datetime) -> None:
    await insert_attempts(connection, [one for one in recorded if one.attempt is not None])
    await mark_deliveries(connection, recorded)
    for state in ("sent", "failed", "suppressed"):
        ended = [(key, one) for one in recorded if one.state == state for key in one.delivery.members]
        if ended:
            await mark_alerts(
                connection,
                [key for key, _ in ended],
                state=state,
                reasons=[one.reason for _, one in ended],
                deliveries=[one.delivery.id for _, one in ended],
            )
    await insert_outcomes(
        connection,
        [
            outcome
            for one in recorded
            for outcome in of_delivery(one.delivery, became=_BECAME[one.state], reason=one.reason, at=at)
        ],
    )
