"""Rows whose time is over, of every table; what another process sweeps at the moment is passed over."""

from datetime import timedelta
from uuid import UUID

from runtime.postgres import Connection


async def delete_unconfirmed_subscriptions(connection: Connection, older: timedelta, *, limit: int) -> int:
    status: str = await connection.execute(
        """DELETE FROM subscriptions WHERE id IN (
             SELECT id FROM subscriptions WHERE status = 'pending' AND created_at < clock_timestamp() - $1::interval
             ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)""",
        older,
        limit,
    )
    return int(status.rsplit(maxsplit=1)[-1])


async def delete_unconfirmed_subscribers(connection: Connection, older: timedelta, *, limit: int) -> int:
    """Remove those who never confirmed and have no subscription that still could be."""
    status: str = await connection.execute(
        """DELETE FROM subscribers WHERE id IN (
             SELECT id FROM subscribers s
             WHERE status = 'pending' AND asked_at < clock_timestamp() - $1::interval
               AND NOT EXISTS (SELECT FROM subscriptions WHERE subscriber_id = s.id)
             ORDER BY asked_at LIMIT $2 FOR UPDATE SKIP LOCKED)""",
        older,
        limit,
    )
    return int(status.rsplit(maxsplit=1)[-1])


async def delete_old_sign_ins(connection: Connection, older: timedelta, *, limit: int) -> int:
    status: str = await connection.execute(
        """DELETE FROM sign_ins WHERE ctid IN (
             SELECT ctid FROM sign_ins WHERE at < clock_timestamp() - $1::interval LIMIT $2 FOR UPDATE SKIP LOCKED)""",
        older,
        limit,
    )
    return int(status.rsplit(maxsplit=1)[-1])


async def delete_ended_subscriptions(connection: Connection, older: timedelta, *, limit: int) -> list[tuple[UUID, UUID]]:
    """Remove rows that ended long ago. Returns their ids with their subscribers'."""
    rows = await connection.fetch(
        """DELETE FROM subscriptions WHERE id IN (
             SELECT id FROM subscriptions WHERE status = 'ended' AND ended_at < clock_timestamp() - $1::interval
             ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED)
           RETURNING id, subscriber_id""",
        older,
        limit,
    )
    return [(row["id"], row["subscriber_id"]) for row in rows]


async def delete_ended_endpoints(connection: Connection, older: timedelta, *, limit: int) -> list[tuple[UUID, UUID]]:
    """Remove rows that ended long ago. Returns their ids with their subscribers'."""
    rows = await connection.fetch(
        """DELETE FROM endpoints WHERE id IN (
             SELECT id FROM endpoints WHERE status = 'ended' AND ended_at < clock_timestamp() - $1::interval
             ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED)
           RETURNING id, subscriber_id""",
        older,
        limit,
    )
    return [(row["id"], row["subscriber_id"]) for row in rows]


async def delete_ended_subscribers(connection: Connection, older: timedelta, *, limit: int) -> list[UUID]:
    """Remove the rows of the erased, once everything they had is gone. Returns their ids."""
    rows = await connection.fetch(
        """DELETE FROM subscribers WHERE id IN (
             SELECT id FROM subscribers s
             WHERE status = 'ended' AND ended_at < clock_timestamp() - $1::interval
               AND NOT EXISTS (SELECT FROM subscriptions WHERE subscriber_id = s.id)
               AND NOT EXISTS (SELECT FROM endpoints WHERE subscriber_id = s.id)
             ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED)
           RETURNING id""",
        older,
        limit,
    )
    return [row["id"] for row in rows]
