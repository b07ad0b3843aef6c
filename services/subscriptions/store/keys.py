"""Rows of `api_keys`."""

from uuid import UUID

import asyncpg

from runtime.postgres import Connection
from services.subscriptions.domain.account import Key


def _key(row: asyncpg.Record) -> Key:
    return Key(row["id"], row["subscriber_id"], row["hash"], row["created_at"], row["last_used_at"], row["stale"])


async def insert_key(connection: Connection, id: UUID, *, subscriber_id: UUID, hash: bytes) -> None:
    await connection.execute("INSERT INTO api_keys (id, subscriber_id, hash) VALUES ($1, $2, $3)", id, subscriber_id, hash)


async def fetch_key(connection: Connection, id: UUID) -> Key | None:
    """A key that was not revoked."""
    row = await connection.fetchrow(
        """SELECT *, last_used_at IS NULL OR last_used_at < now() - interval '1 hour' AS stale
           FROM api_keys WHERE id = $1 AND revoked_at IS NULL""",
        id,
    )
    return _key(row) if row else None


async def fetch_keys(connection: Connection, subscriber_id: UUID) -> list[Key]:
    """The subscriber's keys that were not revoked, oldest first."""
    rows = await connection.fetch(
        """SELECT *, last_used_at IS NULL OR last_used_at < now() - interval '1 hour' AS stale
           FROM api_keys WHERE subscriber_id = $1 AND revoked_at IS NULL ORDER BY created_at, id""",
        subscriber_id,
    )
    return [_key(row) for row in rows]


async def mark_key_used(connection: Connection, id: UUID) -> None:
    await connection.execute("UPDATE api_keys SET last_used_at = date_trunc('hour', now()) WHERE id = $1", id)


async def mark_key_revoked(connection: Connection, id: UUID, *, subscriber_id: UUID) -> None:
    """Revoking twice is revoking once."""
    await connection.execute(
        "UPDATE api_keys SET revoked_at = now() WHERE id = $1 AND subscriber_id = $2 AND revoked_at IS NULL", id, subscriber_id
    )


async def delete_keys(connection: Connection, subscriber_id: UUID) -> None:
    await connection.execute("DELETE FROM api_keys WHERE subscriber_id = $1", subscriber_id)
