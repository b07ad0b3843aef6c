"""SQL of the leases on destinations: who may send to a mailbox or an endpoint, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from services.notifier.domain.delivery import Lease

if TYPE_CHECKING:
    from runtime.postgres import Connection, Pool


async def claim_destinations(pool: "Pool", channel: str, *, limit: int, lease: timedelta) -> list[Lease]:
    """Lease up to `limit` destinations that have something due and are leased to nobody, the longest waiting first.

    `now()` and the index's own condition, spelt out, let Postgres walk `destinations_due`; `clock_timestamp()` would not.
    """
    rows = await pool.fetch(
        """UPDATE destinations d SET lease = nextval('leases'), leased_until = clock_timestamp() + $3
           FROM (SELECT id FROM destinations
                 WHERE channel = $1 AND due_at <= now() AND due_at < 'infinity' AND leased_until < now()
                 ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED) AS due
           WHERE d.id = due.id RETURNING d.id, d.lease, d.leased_until""",
        channel,
        limit,
        lease,
    )
    return [Lease(row["id"], row["lease"], row["leased_until"]) for row in rows]


async def lock_leases(connection: "Connection", leases: Sequence[Lease]) -> set[UUID]:
    """Lock destinations for the rest of the transaction. Returns the ids of those that are still leased under these numbers.

    Compared here and not in a join, see docs/decisions/0013: a row that is lost is a mail sent twice.
    """
    numbers = {lease.destination_id: lease.number for lease in leases}
    rows = await connection.fetch("SELECT id, lease FROM destinations WHERE id = ANY($1) ORDER BY id FOR UPDATE", list(numbers))
    return {row["id"] for row in rows if row["lease"] == numbers[row["id"]]}


async def release_leases(connection: "Connection", destinations: Sequence[UUID]) -> bool:
    """Give locked destinations back, due when the earliest of what still waits for them is. Returns whether one is due already.

    A statement of its own after the lock: its snapshot sees every alert whose transaction held the row before us.
    """
    rows = await connection.fetch(
        """UPDATE destinations d SET leased_until = '-infinity', due_at = least(
             (SELECT coalesce(min(due_at), 'infinity') FROM alerts
              WHERE destination_id = d.id AND state = 'waiting'),
             (SELECT coalesce(min(due_at), 'infinity') FROM deliveries
              WHERE destination_id = d.id AND state IN ('waiting', 'unknown')))
           WHERE id = ANY($1) RETURNING due_at <= clock_timestamp() AS is_due""",
        list(destinations),
    )
    return any(row["is_due"] for row in rows)


@dataclass(frozen=True, slots=True)
class Looked:
    """A destination that something waits for."""

    destination_id: UUID
    forgotten: bool
    """Something is overdue by more than a minute, and nobody is going to look."""


async def fetch_waiting_alerts(pool: "Pool", *, after: UUID, limit: int) -> list[Looked]:
    """Destinations with alerts that wait, in their order, beyond the one `after`. Walks `alerts_waiting`, for `limit` of them.

    Judged in one snapshot: whoever gives a destination back writes in one transaction what still waits and when it is due.
    """
    rows = await pool.fetch(
        """SELECT a.destination_id, min(a.due_at) < now() - interval '1 minute'
             AND coalesce((SELECT d.due_at FROM destinations d WHERE d.id = a.destination_id), 'infinity') > now() AS forgotten
           FROM alerts a WHERE a.state = 'waiting' AND a.destination_id > $1
           GROUP BY a.destination_id ORDER BY a.destination_id LIMIT $2""",
        after,
        limit,
    )
    return [Looked(*row.values()) for row in rows]


async def fetch_waiting_deliveries(pool: "Pool", *, after: UUID, limit: int) -> list[Looked]:
    """The same of frozen messages that wait; walks `deliveries_waiting`."""
    rows = await pool.fetch(
        """SELECT v.destination_id, min(v.due_at) < now() - interval '1 minute'
             AND coalesce((SELECT d.due_at FROM destinations d WHERE d.id = v.destination_id), 'infinity') > now() AS forgotten
           FROM deliveries v WHERE v.state IN ('waiting', 'unknown') AND v.destination_id > $1
           GROUP BY v.destination_id ORDER BY v.destination_id LIMIT $2""",
        after,
        limit,
    )
    return [Looked(*row.values()) for row in rows]


async def mark_forgotten_due(pool: "Pool", destinations: Sequence[UUID]) -> int:
    """Let these be looked at, also where a destination has no row. Returns how many were not due still."""
    tag = await pool.execute(
        """INSERT INTO destinations AS d (id, channel, due_at)
           SELECT id, CASE WHEN EXISTS (SELECT FROM endpoints e WHERE e.id = n.id) THEN 'webhook' ELSE 'email' END, now()
           FROM unnest($1::uuid[]) AS n(id) ORDER BY id
           ON CONFLICT (id) DO UPDATE SET due_at = EXCLUDED.due_at WHERE d.due_at > clock_timestamp()""",
        list(destinations),
    )
    return int(tag.split()[-1])
