"""Postings, locked before they are decided upon, and their sightings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from runtime.postgres import Connection
from schemas.posting import Posting
from services.ingest.domain.decision import Known, Stamped
from services.ingest.domain.publisher import Publisher


@dataclass(frozen=True, slots=True)
class Written:
    """A posting to be opened, or to be changed while it is open. `content` as JSON."""

    id: UUID
    content: str
    content_hash: bytes
    opens: bool


@dataclass(frozen=True, slots=True)
class PostingRow:
    """A posting and when it was seen."""

    id: UUID
    source_id: str
    status: Literal["open", "closed"]
    revision: int
    episode: int
    opened_at: datetime
    closed_at: datetime | None
    first_seen_at: datetime
    last_seen_at: datetime
    sightings: int
    posting: Posting


async def insert_places(connection: Connection, publisher: Publisher, source_ids: dict[UUID, str]) -> None:
    """Keep a place for each (id to source id) that is not known yet. In the order of the ids; see `record` for why."""
    await connection.execute(
        """INSERT INTO postings (id, publisher_id, source_id)
           SELECT id, $1, source_id FROM unnest($2::uuid[], $3::text[]) AS w(id, source_id) ORDER BY id
           ON CONFLICT DO NOTHING""",
        publisher.id,
        list(source_ids),
        list(source_ids.values()),
    )


async def claim_postings(connection: Connection, hashes: dict[UUID, bytes]) -> dict[UUID, Known]:
    """Lock postings, in the order of their ids, and tell what is kept of them: the content only where its hash is another.

    Locked without a join, see docs/decisions/0013.
    """
    rows = await connection.fetch(
        """SELECT id, status = 'open' AS is_open, episode, content_hash FROM postings
           WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE""",
        list(hashes),
    )
    changed = [row["id"] for row in rows if row["content_hash"] not in (None, hashes[row["id"]])]
    kept = await connection.fetch("SELECT id, content FROM postings WHERE id = ANY($1)", changed) if changed else []
    contents = {row["id"]: row["content"] for row in kept}
    return {row["id"]: Known(row["is_open"], row["episode"], row["content_hash"], contents.get(row["id"])) for row in rows}


async def mark_open(connection: Connection, postings: Sequence[Written]) -> dict[UUID, Stamped]:
    """Write postings that open or change, all stamped with one moment."""
    rows = await connection.fetch(
        """WITH stamp AS MATERIALIZED (SELECT clock_timestamp() AS at)
           UPDATE postings p
           SET status = 'open', content = w.content::jsonb, content_hash = w.content_hash, closed_at = NULL,
               episode = p.episode + w.opens::int,
               opened_at = CASE WHEN w.opens THEN stamp.at ELSE p.opened_at END,
               revision = GREATEST(p.revision + 1, (extract(epoch FROM stamp.at) * 1000000)::bigint)
           FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::bool[]) AS w(id, content, content_hash, opens), stamp
           WHERE p.id = w.id
           RETURNING p.id, p.revision, p.episode, p.opened_at, stamp.at""",
        [posting.id for posting in postings],
        [posting.content for posting in postings],
        [posting.content_hash for posting in postings],
        [posting.opens for posting in postings],
    )
    return {row["id"]: Stamped(row["revision"], row["episode"], row["opened_at"], row["at"]) for row in rows}


async def claim_own_posting(connection: Connection, publisher: Publisher, posting_id: UUID) -> tuple[bool, str] | None:
    """Lock one of the publisher's postings: is it open, and its content as JSON."""
    row = await connection.fetchrow(
        "SELECT status = 'open' AS is_open, content FROM postings WHERE id = $1 AND publisher_id = $2 FOR NO KEY UPDATE",
        posting_id,
        publisher.id,
    )
    return None if row is None else (row["is_open"], row["content"])


async def mark_closed(connection: Connection, posting_id: UUID) -> Stamped:
    """Close a posting; `at` is when."""
    row = await connection.fetchrow(
        """WITH stamp AS MATERIALIZED (SELECT clock_timestamp() AS at)
           UPDATE postings p
           SET status = 'closed', closed_at = stamp.at,
               revision = GREATEST(p.revision + 1, (extract(epoch FROM stamp.at) * 1000000)::bigint)
           FROM stamp WHERE p.id = $1
           RETURNING p.revision, p.episode, p.opened_at, stamp.at""",
        posting_id,
    )
    assert row is not None, "it was claimed before"
    return Stamped(**row)


async def insert_sightings(connection: Connection, publisher: Publisher, postings: dict[UUID, str]) -> dict[int, UUID]:
    """The publisher was seen to offer these (id to source id). Returns the open rejections that this settles (id to posting).

    One statement, because nearly every push settles none.
    """
    rows = await connection.fetch(
        """WITH seen AS (
             INSERT INTO sightings (posting_id, publisher_id) SELECT id, $1 FROM unnest($2::uuid[]) AS w(id)
             ON CONFLICT (posting_id, publisher_id)
             DO UPDATE SET last_seen_at = excluded.last_seen_at, count = sightings.count + 1)
           SELECT id, source_id FROM rejections
           WHERE publisher_id = $1 AND source_id = ANY($3::text[]) AND source_id IS NOT NULL AND resolved_at IS NULL""",
        publisher.id,
        list(postings),
        list(postings.values()),
    )
    ids = {source_id: key for key, source_id in postings.items()} if rows else {}
    return {row["id"]: ids[row["source_id"]] for row in rows}


async def fetch_last_word(connection: Connection, publisher: Publisher, posting_id: UUID) -> datetime | None:
    """When the publisher last pushed or closed a posting that was claimed; None where it never did."""
    at: datetime | None = await connection.fetchval(
        """SELECT GREATEST(s.last_seen_at, p.closed_at) FROM postings p JOIN sightings s ON s.posting_id = p.id
           WHERE p.id = $1 AND s.publisher_id = $2""",
        posting_id,
        publisher.id,
    )
    return at


async def fetch_posting(connection: Connection, publisher: Publisher, posting_id: UUID) -> PostingRow | None:
    """One of the publisher's postings."""
    row = await connection.fetchrow(
        """SELECT p.id, p.source_id, p.status, p.revision, p.episode, p.opened_at, p.closed_at, p.content AS posting,
                  s.first_seen_at, s.last_seen_at, s.count AS sightings
           FROM postings p JOIN sightings s ON s.posting_id = p.id AND s.publisher_id = p.publisher_id
           WHERE p.id = $1 AND p.publisher_id = $2""",
        posting_id,
        publisher.id,
    )
    return None if row is None else PostingRow(**{**row, "posting": Posting.model_validate_json(row["posting"])})
