"""SQL of the leases on destinations: who may send to a mailbox or an endpoint, and until when."""

from collections.abc import Sequence
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
    """Lock those destinations that are still leased under these numbers, for the rest of the transaction. Returns their ids."""
    rows = await connection.fetch(
        """SELECT d.id FROM destinations d JOIN unnest($1::uuid[], $2::bigint[]) AS n(id, lease)
             ON d.id = n.id AND d.lease = n.lease ORDER BY d.id FOR UPDATE OF d""",
        [lease.destination_id for lease in leases],
        [lease.number for lease in leases],
    )
    return {row["id"] for row in rows}


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
