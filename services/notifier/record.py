"""Records matches: `Matched` events enter, ledger rows and due destinations leave.

A repeated match changes nothing: the row's key is what makes the alert that alert.
"""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, date
from typing import TYPE_CHECKING, Final
from uuid import UUID

from runtime.errors import Permanent
from runtime.failpoint import failpoint
from runtime.outbox import Signal
from schemas.match import Matched
from services.notifier import metrics
from services.notifier.domain.alert import alert_id
from services.notifier.store.ledger import LedgerRows, create_partition, insert_alerts, insert_destinations, mark_due
from services.notifier.store.projections import PostingRow, upsert_postings

if TYPE_CHECKING:
    from runtime.postgres import Pool


_YEARS: Final = range(2000, 2200)
_PART: Final = 10_000
"""Alerts in one transaction, about; those of one posting in one batch are never divided."""


class BadOpening(Permanent):
    """The posting opened at a time that no posting can have, so the ledger has no month for it."""


class Recorder:
    """Writes the ledger."""

    def __init__(self, pool: "Pool", due: Signal) -> None:
        self._pool = pool
        self._due = due
        self._months: set[date] = set()
        self._two = asyncio.Semaphore(2)

    async def record(self, events: Sequence[Matched]) -> None:
        """Returns when every match has its row; then dispatchers are woken.

        A large batch is written in parts, two at a time: Postgres works on one while the rows of the next are made.
        """
        with metrics.record_seconds.time():
            done = await asyncio.gather(*(self._record(part) for part in parts(events)), return_exceptions=True)
        self._due.wake()
        for error in done:
            if error is not None:
                raise error

    async def _record(self, events: Sequence[Matched]) -> None:
        async with self._two:
            rows, destinations = ledger_rows(events)
            await self._ensure_months(set(rows.opened_on))
            async with self._pool.acquire() as connection, connection.transaction():
                await upsert_postings(connection, newest_postings(events))
                new = await insert_alerts(connection, rows)
                await insert_destinations(connection, destinations)
            failpoint("notifier.recorded")
            await mark_due(self._pool, destinations)
            failpoint("notifier.marked")
        metrics.recorded.inc(new)
        metrics.repeated.inc(len(rows.alert_id) - new)

    async def _ensure_months(self, days: set[date]) -> None:
        for month in {day.replace(day=1) for day in days} - self._months:
            if month.year not in _YEARS:
                raise BadOpening
            async with self._pool.acquire() as connection, connection.transaction():
                await create_partition(connection, month)
            self._months.add(month)


def parts(events: Sequence[Matched]) -> Iterator[list[Matched]]:
    """The events in parts of about `_PART` alerts; those of a posting together, since they lock its row."""
    part: list[Matched] = []
    alerts = 0
    for event in sorted(events, key=lambda event: event.posting.id):
        if alerts >= _PART and part[-1].posting.id != event.posting.id:
            yield part
            part, alerts = [], 0
        part.append(event)
        alerts += len(event.subscriptions)
    if part:
        yield part


def ledger_rows(events: Sequence[Matched]) -> tuple[LedgerRows, dict[UUID, str]]:
    """The rows of a batch, and the channel of each destination they are for."""
    rows = LedgerRows.empty()
    destinations: dict[UUID, str] = {}
    for event in events:
        posting, day = event.posting.id, event.opened_at.astimezone(UTC).date()
        for match in event.subscriptions:
            revision = 0 if match.kind == "opened" and not event.changed else event.revision
            rows.opened_on.append(day)
            rows.posting_id.append(posting)
            rows.subscription_id.append(match.subscription_id)
            rows.episode.append(event.episode)
            rows.kind.append(match.kind)
            rows.revision.append(revision)
            rows.alert_id.append(alert_id(match.subscription_id, posting, event.episode, match.kind, revision))
            rows.subscriber_id.append(match.subscriber_id)
            rows.destination_id.append(match.destination.id)
            rows.clauses.append(",".join(match.clauses))
            rows.subscription_revision.append(match.subscription_revision)
            destinations[match.destination.id] = match.destination.kind
    return rows, destinations


def newest_postings(events: Sequence[Matched]) -> list[PostingRow]:
    """The postings of a batch, each in its newest revision: a match may be here before its posting is."""
    newest: dict[UUID, Matched] = {}
    for event in events:
        if event.posting.id not in newest or newest[event.posting.id].revision < event.revision:
            newest[event.posting.id] = event
    return [
        PostingRow(
            id=event.posting.id,
            revision=event.revision,
            episode=event.episode,
            opened_at=event.opened_at,
            published_at=event.published_at,
            status="open",
            content=event.posting,
            correlation_id=event.correlation_id,
        )
        for event in newest.values()
    ]
