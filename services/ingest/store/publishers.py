"""Publishers and the hashes of their keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runtime.postgres import Connection
from services.ingest.domain.publisher import Key, Publisher
from services.ingest.domain.quota import Quota


@dataclass(frozen=True, slots=True)
class PublisherRow:
    """A publisher as it is listed."""

    name: str
    created_at: datetime
    revoked_at: datetime | None
    postings: int
    open: int
    quota: Quota
    """None in it: what holds for all."""


async def insert_publisher(connection: Connection, name: str) -> Publisher | None:
    """The new publisher; None where there is one of that name."""
    identity = await connection.fetchval(
        "INSERT INTO publishers (name) VALUES ($1) ON CONFLICT (name) DO NOTHING RETURNING id", name
    )
    return None if identity is None else Publisher(identity, name)


async def insert_key(connection: Connection, publisher: Publisher, key: Key) -> None:
    """Another key that counts for the publisher."""
    await connection.execute(
        "INSERT INTO publisher_keys (public_id, publisher_id, hash) VALUES ($1, $2, $3)", key.public_id, publisher.id, key.hash
    )


async def fetch_key(connection: Connection, public_id: str) -> tuple[Publisher, bytes] | None:
    """The publisher of a key that counts, with the quota that is its own, and the key's hash."""
    row = await connection.fetchrow(
        """SELECT p.id, p.name, p.per_minute, p.most_open, k.hash
           FROM publisher_keys k JOIN publishers p ON p.id = k.publisher_id
           WHERE k.public_id = $1 AND k.revoked_at IS NULL AND p.revoked_at IS NULL""",
        public_id,
    )
    return None if row is None else (_publisher(row), row["hash"])


async def fetch_publisher(connection: Connection, name: str) -> Publisher | None:
    """The publisher of that name, unless revoked. Without a quota: who asks by name is the operator."""
    identity = await connection.fetchval("SELECT id FROM publishers WHERE name = $1 AND revoked_at IS NULL", name)
    return None if identity is None else Publisher(identity, name)


async def fetch_publishers(connection: Connection) -> list[PublisherRow]:
    """All, by name."""
    rows = await connection.fetch(
        """SELECT name, created_at, revoked_at, (SELECT count(*) FROM postings WHERE publisher_id = p.id) AS postings,
                  coalesce((SELECT open FROM publisher_loads WHERE publisher_id = p.id), 0) AS open, per_minute, most_open
           FROM publishers p ORDER BY name"""
    )
    return [_row(**row) for row in rows]


async def mark_quota(connection: Connection, name: str, changes: Mapping[str, int | None]) -> Quota | None:
    """Set `per_minute` and `most_open` where they are among the changes. The quota then; None where there is no such name."""
    row = await connection.fetchrow(
        """UPDATE publishers SET per_minute = CASE WHEN $2 THEN $3 ELSE per_minute END,
                                 most_open = CASE WHEN $4 THEN $5 ELSE most_open END
           WHERE name = $1 RETURNING per_minute, most_open""",
        name,
        "per_minute" in changes,
        changes.get("per_minute"),
        "most_open" in changes,
        changes.get("most_open"),
    )
    return None if row is None else Quota(**row)


async def mark_publisher(connection: Connection, name: str, *, revoked: bool) -> Publisher | None:
    """Revoke a publisher, or take it in again; None where there is none."""
    identity = await connection.fetchval(
        """UPDATE publishers SET revoked_at = CASE WHEN $2 THEN coalesce(revoked_at, clock_timestamp()) END
           WHERE name = $1 RETURNING id""",
        name,
        revoked,
    )
    return None if identity is None else Publisher(identity, name)


async def mark_keys_revoked(connection: Connection, publisher: Publisher) -> None:
    """None of the publisher's present keys counts any longer."""
    await connection.execute(
        "UPDATE publisher_keys SET revoked_at = clock_timestamp() WHERE publisher_id = $1 AND revoked_at IS NULL", publisher.id
    )


def _publisher(row: Any) -> Publisher:
    return Publisher(row["id"], row["name"], Quota(row["per_minute"], row["most_open"]))


def _row(*, per_minute: int | None, most_open: int | None, **row: Any) -> PublisherRow:
    return PublisherRow(**row, quota=Quota(per_minute, most_open))
