"""Rows of `endpoints` and `endpoint_secrets`."""

from uuid import UUID

import asyncpg

from runtime.postgres import Connection
from services.subscriptions.domain.account import Endpoint


def _endpoint(row: asyncpg.Record) -> Endpoint:
    return Endpoint(
        id=row["id"],
        subscriber_id=row["subscriber_id"],
        url=row["url"],
        status=row["status"],
        revision=row["revision"],
        created_at=row["created_at"],
        secrets=tuple(row["secrets"]),
    )


async def insert_endpoint(connection: Connection, id: UUID, *, subscriber_id: UUID, url: str, secret: str) -> Endpoint:
    """A new endpoint with its first secret (sealed)."""
    row = await connection.fetchrow(
        """WITH endpoint AS (INSERT INTO endpoints (id, subscriber_id, url) VALUES ($1, $2, $3) RETURNING *),
                secret AS (INSERT INTO endpoint_secrets (endpoint_id, sealed) SELECT id, $4 FROM endpoint RETURNING sealed)
           SELECT endpoint.*, ARRAY[secret.sealed] AS secrets FROM endpoint, secret""",
        id,
        subscriber_id,
        url,
        secret,
    )
    assert row is not None
    return _endpoint(row)


async def fetch_endpoints(connection: Connection, subscriber_id: UUID) -> list[Endpoint]:
    """Those that have not ended, oldest first."""
    rows = await connection.fetch(
        """SELECT *, ARRAY(SELECT sealed FROM endpoint_secrets WHERE endpoint_id = e.id ORDER BY created_at DESC) AS secrets
           FROM endpoints e WHERE subscriber_id = $1 AND status <> 'ended' ORDER BY created_at, id""",
        subscriber_id,
    )
    return [_endpoint(row) for row in rows]


async def fetch_endpoint(connection: Connection, id: UUID, *, subscriber_id: UUID) -> Endpoint | None:
    """One of the subscriber's, ended or not. Whoever changes it has claimed the subscriber."""
    row = await connection.fetchrow(
        """SELECT *, ARRAY(SELECT sealed FROM endpoint_secrets WHERE endpoint_id = e.id ORDER BY created_at DESC) AS secrets
           FROM endpoints e WHERE id = $1 AND subscriber_id = $2""",
        id,
        subscriber_id,
    )
    return _endpoint(row) if row else None


async def mark_endpoint_ended(connection: Connection, id: UUID) -> Endpoint:
    """Its address and secrets are gone with it."""
    row = await connection.fetchrow(
        """WITH secrets AS (DELETE FROM endpoint_secrets WHERE endpoint_id = $1)
           UPDATE endpoints
           SET status = 'ended', url = '', ended_at = clock_timestamp(), revision = next_revision(revision)
           WHERE id = $1 RETURNING *, ARRAY[]::text[] AS secrets""",
        id,
    )
    assert row is not None
    return _endpoint(row)
