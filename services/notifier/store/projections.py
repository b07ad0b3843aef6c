"""SQL of the projections: states that other services own. An older revision than the stored one changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from schemas.posting import PostingSummary

if TYPE_CHECKING:
    from runtime.postgres import Connection


Episode = tuple[UUID, int]
"""(posting, which of its openings)."""


@dataclass(frozen=True, slots=True)
class PostingRow:
    """A posting's state as an event tells it."""

    id: UUID
    revision: int
    episode: int
    opened_at: datetime
    published_at: datetime
    status: str
    content: PostingSummary
    correlation_id: str


async def upsert_subscribers(connection: "Connection", rows: Sequence[tuple[UUID, int, str | None]]) -> None:
    """(id, revision, sealed address); without an address the subscriber has ended."""
    await connection.executemany(
        """INSERT INTO subscribers AS s (id, revision, address, status)
           VALUES ($1, $2, $3, CASE WHEN $3::text IS NULL THEN 'ended' ELSE 'active' END)
           ON CONFLICT (id) DO UPDATE SET revision = EXCLUDED.revision, address = EXCLUDED.address, status = EXCLUDED.status
           WHERE s.revision < EXCLUDED.revision""",
        rows,
    )


SubscriptionRow = tuple[UUID, UUID, int, str, str, str, UUID | None]
"""(id, subscriber, revision, name, filter as JSON, status, destination)."""


async def upsert_subscriptions(connection: "Connection", rows: Sequence[SubscriptionRow]) -> None:
    """Also keeps since which revision each asks for the same: a new name changes nothing that it matches."""
    await connection.executemany(
        """INSERT INTO subscriptions AS s (id, subscriber_id, revision, name, filter, status, destination_id, asks_since)
           VALUES ($1, $2, $3, $4, $5::text::jsonb, $6, $7, $3)
           ON CONFLICT (id) DO UPDATE
           SET revision = EXCLUDED.revision, name = EXCLUDED.name, filter = EXCLUDED.filter, status = EXCLUDED.status,
               destination_id = EXCLUDED.destination_id,
               asks_since = CASE WHEN (s.filter, s.status, s.destination_id) IS DISTINCT FROM
                 (EXCLUDED.filter, EXCLUDED.status, EXCLUDED.destination_id) THEN EXCLUDED.revision ELSE s.asks_since END
           WHERE s.revision < EXCLUDED.revision""",
        rows,
    )


async def upsert_endpoints(connection: "Connection", rows: Sequence[tuple[UUID, UUID, int, str, Sequence[str], str]]) -> None:
    """(id, subscriber, revision, URL, sealed secrets newest first, status)."""
    await connection.executemany(
        """INSERT INTO endpoints AS e (id, subscriber_id, revision, url, secrets, status)
           VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (id) DO UPDATE
           SET revision = EXCLUDED.revision, url = EXCLUDED.url, secrets = EXCLUDED.secrets, status = EXCLUDED.status
           WHERE e.revision < EXCLUDED.revision""",
        rows,
    )


async def upsert_heartbeats(connection: "Connection", stamps: Sequence[tuple[int, datetime]]) -> None:
    """(partition, moment until which it is known); a moment never goes back, and none is taken from the future.

    One that the clock has not come to is of before the clock was set back, and gives way: it would vouch until then.
    """
    await connection.execute(
        """INSERT INTO heartbeats AS h (partition, stamped_at)
           SELECT partition, least(max(stamped_at), clock_timestamp())
           FROM unnest($1::int[], $2::timestamptz[]) AS n(partition, stamped_at)
           GROUP BY partition ORDER BY partition
           ON CONFLICT (partition) DO UPDATE SET stamped_at = EXCLUDED.stamped_at
           WHERE h.stamped_at < EXCLUDED.stamped_at OR h.stamped_at > clock_timestamp()""",
        [partition for partition, _ in stamps],
        [stamped_at for _, stamped_at in stamps],
    )


async def upsert_postings(connection: "Connection", rows: Sequence[PostingRow]) -> None:
    """At most one row for each posting. Locks every one of them until the transaction ends, changed or not."""
    await connection.execute(
        """INSERT INTO postings AS p (id, revision, episode, opened_at, published_at, status, content, correlation_id)
           SELECT id, revision, episode, opened_at, published_at, status, content::jsonb, correlation_id
           FROM unnest($1::uuid[], $2::bigint[], $3::int[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::text[],
                       $8::text[])
             AS n(id, revision, episode, opened_at, published_at, status, content, correlation_id)
           ORDER BY id
           ON CONFLICT (id) DO UPDATE
           SET revision = EXCLUDED.revision, episode = EXCLUDED.episode, opened_at = EXCLUDED.opened_at,
               published_at = EXCLUDED.published_at, status = EXCLUDED.status, content = EXCLUDED.content,
               correlation_id = EXCLUDED.correlation_id
           WHERE p.revision < EXCLUDED.revision""",
        [row.id for row in rows],
        [row.revision for row in rows],
        [row.episode for row in rows],
        [row.opened_at for row in rows],
        [row.published_at for row in rows],
        [row.status for row in rows],
        [row.content.model_dump_json() for row in rows],
        [row.correlation_id for row in rows],
    )


async def fetch_standing(connection: "Connection", closings: Mapping[Episode, int]) -> list[Episode]:
    """Of these closings (to their revision) those after which the episode was not opened again, as far as is known."""
    if not closings:  # nearly always: few postings close
        return []
    rows = await connection.fetch(
        """SELECT n.id, n.episode FROM unnest($1::uuid[], $2::int[], $3::bigint[]) AS n(id, episode, revision)
           JOIN postings p ON p.id = n.id AND (p.revision = n.revision OR p.episode > n.episode)""",
        [id for id, _ in closings],
        [episode for _, episode in closings],
        list(closings.values()),
    )
    return [(row["id"], row["episode"]) for row in rows]
