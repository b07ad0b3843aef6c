"""SQL of the ledger: one row for each match, and the destinations that have something due."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from schemas.match import Kind
from services.notifier.domain.alert import Alert, Key

if TYPE_CHECKING:
    import asyncpg

    from runtime.postgres import Connection, Pool


@dataclass(frozen=True, slots=True)
class LedgerRows:
    """New alerts, column by column, as they are sent to Postgres. All lists are of one length."""

    opened_on: list[date]
    posting_id: list[UUID]
    subscription_id: list[UUID]
    episode: list[int]
    kind: list[Kind]
    revision: list[int]
    alert_id: list[UUID]
    subscriber_id: list[UUID]
    destination_id: list[UUID]
    clauses: list[str]
    subscription_revision: list[int]

    @classmethod
    def empty(cls) -> "LedgerRows":
        return cls([], [], [], [], [], [], [], [], [], [], [])


@dataclass(frozen=True, slots=True)
class ToldAlert:
    """What a correction of an alert must know of it."""

    subscription_id: UUID
    subscriber_id: UUID
    destination_id: UUID
    clauses: str


async def create_partition(connection: "Connection", month: date) -> None:
    """The partition of a month, given by its first day. Replicas that do it at once wait for each other."""
    until = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('notifier.partitions'))")
    await connection.execute(
        f"CREATE TABLE IF NOT EXISTS alerts_{month:%Y_%m} PARTITION OF alerts "
        f"FOR VALUES FROM ('{month.isoformat()}') TO ('{until.isoformat()}')"
    )


async def insert_alerts(connection: "Connection", rows: LedgerRows) -> int:
    """Insert what the ledger does not have yet, due now. Returns how many were new."""
    tag = await connection.execute(
        """INSERT INTO alerts (opened_on, posting_id, subscription_id, episode, kind, revision, alert_id, subscriber_id,
                               destination_id, clauses, subscription_revision, due_at)
           SELECT n.*, now() FROM unnest($1::date[], $2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::bigint[], $7::uuid[],
                                  $8::uuid[], $9::uuid[], $10::text[], $11::bigint[]) AS n
           ON CONFLICT DO NOTHING""",
        rows.opened_on,
        rows.posting_id,
        rows.subscription_id,
        rows.episode,
        rows.kind,
        rows.revision,
        rows.alert_id,
        rows.subscriber_id,
        rows.destination_id,
        rows.clauses,
        rows.subscription_revision,
    )
    return int(tag.split()[-1])


async def fetch_told_alerts(pool: "Pool", opening: tuple[date, UUID, int], *, after: UUID, limit: int) -> list[ToldAlert]:
    """Subscriptions that are or may have been told of this (day, posting, episode), in their order, beyond the one `after`.

    Whatever had a message counts, also where that was withdrawn or failed: it may have arrived, and the gate knows. So does one
    whose destination was told through another subscription, which may have ended since.
    """
    rows = await pool.fetch(
        """SELECT DISTINCT ON (subscription_id) subscription_id, subscriber_id, destination_id, clauses FROM alerts a
           WHERE opened_on = $1 AND posting_id = $2 AND episode = $3 AND kind = 'opened' AND subscription_id > $4
             AND (delivery_id IS NOT NULL OR EXISTS (
               SELECT FROM deliveries d WHERE d.posting_id = $2 AND d.destination_id = a.destination_id AND d.episode = $3
                 AND d.kind = 'opened' AND d.posting_id IS NOT NULL AND NOT d.untold))
           ORDER BY subscription_id LIMIT $5""",
        *opening,
        after,
        limit,
    )
    return [ToldAlert(*row.values()) for row in rows]


async def insert_destinations(connection: "Connection", destinations: Mapping[UUID, str]) -> None:
    """(id to channel) of destinations that have something due now; those that exist are left as they are, see `mark_due`."""
    await connection.execute(
        """INSERT INTO destinations (id, channel, due_at)
           SELECT id, channel, now() FROM unnest($1::uuid[], $2::text[]) AS n(id, channel) ORDER BY id
           ON CONFLICT DO NOTHING""",
        list(destinations),
        list(destinations.values()),
    )


async def mark_due(pool: "Pool", destinations: Iterable[UUID]) -> None:
    """Let these destinations be looked at now. Call it after what is due for them was committed, never before.

    One that is due and not leased is left alone: who leases it later sees what was committed. One that is leased may have been
    looked at before that, and its release, which writes the next due time, may be under way: the update waits for it. A process
    that dies in between reads its records again and comes here again.
    """
    async with pool.acquire() as connection, connection.transaction():
        # In the order of their ids, and without a join: docs/decisions/0013.
        rows = await connection.fetch(
            """SELECT id FROM destinations WHERE id = ANY($1) AND (due_at > now() OR leased_until > '-infinity')
               ORDER BY id FOR UPDATE""",
            list(destinations),
        )
        if rows:
            await connection.execute("UPDATE destinations SET due_at = now() WHERE id = ANY($1)", [row["id"] for row in rows])


_ALERT: Final = """opened_on, posting_id, subscription_id, episode, kind, revision, alert_id, subscriber_id, destination_id,
                   clauses, recorded_at"""


async def fetch_due_alerts(connection: "Connection", destinations: Sequence[UUID], *, each: int) -> list[Alert]:
    """What waits and is due for these destinations, oldest first, at most `each` for one of them."""
    rows = await connection.fetch(
        f"""SELECT a.* FROM unnest($1::uuid[]) AS d(id) CROSS JOIN LATERAL (
             SELECT {_ALERT} FROM alerts a WHERE destination_id = d.id AND state = 'waiting' AND due_at <= now()
             ORDER BY due_at LIMIT $2) AS a""",  # noqa: S608 -- our own constant
        list(destinations),
        each,
    )
    return [_alert(row) for row in rows]


async def fetch_held(connection: "Connection", news: Sequence[Alert]) -> list[Alert]:
    """Corrections held back of what there is news of: by the news they may have come to their end."""
    if not news:  # nearly always
        return []
    rows = await connection.fetch(
        f"""SELECT DISTINCT {_ALERT} FROM unnest($1::uuid[], $2::uuid[], $3::date[], $4::uuid[], $5::int[])
             AS n(subscriber_id, destination_id, opened_on, posting_id, episode)
           JOIN alerts a USING (subscriber_id, destination_id, opened_on, posting_id, episode)
           WHERE a.kind = 'no_longer' AND a.state = 'held'""",  # noqa: S608 -- our own constant
        [alert.subscriber_id for alert in news],
        [alert.destination_id for alert in news],
        [alert.key.opened_on for alert in news],
        [alert.key.posting_id for alert in news],
        [alert.key.episode for alert in news],
    )
    return [_alert(row) for row in rows]


async def mark_alerts(
    connection: "Connection", keys: Sequence[Key], *, state: str, reasons: Sequence[str], deliveries: Sequence[UUID | None]
) -> None:
    """Give each alert its state, reason and delivery. One that had already reached its end keeps it."""
    await connection.execute(
        """UPDATE alerts a SET state = $1, reason = n.reason, delivery_id = coalesce(n.delivery_id, a.delivery_id)
           FROM unnest($2::date[], $3::uuid[], $4::uuid[], $5::int[], $6::text[], $7::bigint[], $8::text[], $9::uuid[])
             AS n(opened_on, posting_id, subscription_id, episode, kind, revision, reason, delivery_id)
           WHERE (a.opened_on, a.posting_id, a.subscription_id, a.episode, a.kind, a.revision)
               = (n.opened_on, n.posting_id, n.subscription_id, n.episode, n.kind, n.revision)
             AND a.state IN ('waiting', 'held', 'frozen')""",
        state,
        *_columns(keys),
        list(reasons),
        list(deliveries),
    )


async def release_held(connection: "Connection", states: Sequence[tuple[UUID, int]]) -> list[UUID]:
    """Let wait again what is held because of these subscriptions, where in that revision (id, revision) they ask anew, or end.

    Returns the destinations to be looked at once it is committed; also those of what waits already, since who released it may
    have died before that.
    """
    rows = await connection.fetch(
        """WITH held AS (
             SELECT a.opened_on, a.posting_id, a.subscription_id, a.episode, a.kind, a.revision, a.destination_id
             FROM unnest($1::uuid[], $2::bigint[]) AS n(id, revision)
             JOIN subscriptions s ON s.id = n.id AND s.asks_since = n.revision
             JOIN alerts a ON a.subscriber_id = s.subscriber_id AND a.kind = 'no_longer' AND a.state IN ('held', 'waiting')
             WHERE EXISTS (SELECT FROM alerts b WHERE b.opened_on = a.opened_on AND b.posting_id = a.posting_id
                           AND b.subscription_id = s.id AND b.episode = a.episode)),
           released AS (
             UPDATE alerts a SET state = 'waiting', reason = '', due_at = now() FROM held
             WHERE a.state = 'held' AND (a.opened_on, a.posting_id, a.subscription_id, a.episode, a.kind, a.revision)
                 = (held.opened_on, held.posting_id, held.subscription_id, held.episode, held.kind, held.revision))
           SELECT DISTINCT destination_id FROM held""",
        [id for id, _ in states],
        [revision for _, revision in states],
    )
    return [row["destination_id"] for row in rows]


async def mark_waiting_until(connection: "Connection", keys: Sequence[Key], due_at: Sequence[datetime]) -> None:
    """Let each alert wait until its moment."""
    await connection.execute(
        """UPDATE alerts a SET due_at = n.due_at
           FROM unnest($1::date[], $2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::bigint[], $7::timestamptz[])
             AS n(opened_on, posting_id, subscription_id, episode, kind, revision, due_at)
           WHERE (a.opened_on, a.posting_id, a.subscription_id, a.episode, a.kind, a.revision)
               = (n.opened_on, n.posting_id, n.subscription_id, n.episode, n.kind, n.revision) AND a.state = 'waiting'""",
        *_columns(keys),
        list(due_at),
    )


async def fetch_counts(pool: "Pool") -> list[dict[str, Any]]:
    """How many alerts there are by kind, state and reason."""
    rows = await pool.fetch(
        "SELECT kind, state, reason, count(*) AS alerts FROM alerts GROUP BY kind, state, reason ORDER BY kind, state, reason"
    )
    return [dict(row) for row in rows]


async def fetch_history(pool: "Pool", subscription_id: UUID, *, limit: int) -> list[dict[str, Any]]:
    """The newest alerts of a subscription with what became of them.

    It reads the ledger's months whole (CHANGELOG, known gaps): an index by subscription would slow down all recording.
    """
    rows = await pool.fetch(
        """SELECT a.alert_id, a.posting_id, a.kind, a.state, a.reason, a.recorded_at, a.delivery_id,
                  p.content ->> 'title' AS title, p.content ->> 'company' AS company
           FROM alerts a LEFT JOIN postings p ON p.id = a.posting_id
           WHERE a.subscription_id = $1 ORDER BY a.recorded_at DESC LIMIT $2""",
        subscription_id,
        limit,
    )
    return [dict(row) for row in rows]


def _alert(row: "asyncpg.Record") -> Alert:
    return Alert(
        Key(*list(row.values())[:6]),
        alert_id=row["alert_id"],
        subscriber_id=row["subscriber_id"],
        destination_id=row["destination_id"],
        clauses=tuple(filter(None, row["clauses"].split(","))),
        recorded_at=row["recorded_at"],
    )


def _columns(keys: Sequence[Key]) -> tuple[list[object], ...]:
    return (
        [key.opened_on for key in keys],
        [key.posting_id for key in keys],
        [key.subscription_id for key in keys],
        [key.episode for key in keys],
        [key.kind for key in keys],
        [key.revision for key in keys],
    )
