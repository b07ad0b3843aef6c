"""SQL of what the gate must know of subscriptions, destinations and postings at the moment of dispatch."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from schemas.filter.tree import Filter
from schemas.posting import PostingSummary
from services.notifier.domain.delivery import Contact
from services.notifier.domain.gate import Earlier, Posting, Subscription, Told

if TYPE_CHECKING:
    from runtime.postgres import Connection


async def fetch_known_until(connection: "Connection", partitions: int) -> tuple[datetime | None, datetime]:
    """(moment until which all partitions of `subscriptions` are known, the clock); None while one was never heard of."""
    row = await connection.fetchrow(
        "SELECT CASE WHEN count(*) = $1 THEN min(stamped_at) END AS until, clock_timestamp() AS now FROM heartbeats", partitions
    )
    assert row is not None
    return row["until"], row["now"]


async def fetch_now(connection: "Connection") -> datetime:
    """The database's clock."""
    now: datetime = await connection.fetchval("SELECT clock_timestamp()")
    return now


async def fetch_subscriptions(connection: "Connection", ids: Sequence[UUID]) -> dict[UUID, Subscription]:
    rows = await connection.fetch("SELECT id, status, name, filter FROM subscriptions WHERE id = ANY($1)", list(ids))
    return {
        row["id"]: Subscription(row["status"], row["name"], Filter.model_validate_json(row["filter"], extra="ignore"))
        for row in rows
    }


async def fetch_postings(connection: "Connection", ids: Sequence[UUID]) -> dict[UUID, Posting]:
    """Locked against being closed or changed until the transaction ends."""
    rows = await connection.fetch(
        """SELECT id, status, episode, published_at, content, correlation_id FROM postings
           WHERE id = ANY($1) ORDER BY id FOR SHARE""",
        list(ids),
    )
    return {
        row["id"]: Posting(
            row["status"],
            row["episode"],
            row["published_at"],
            PostingSummary.model_validate_json(row["content"]),
            row["correlation_id"],
        )
        for row in rows
    }


async def fetch_contacts(connection: "Connection", destinations: Sequence[UUID]) -> dict[UUID, Contact]:
    """Those destinations that exist and may be sent to."""
    rows = await connection.fetch(
        """SELECT id, address, '' AS url, '{}'::text[] AS secrets FROM subscribers
           WHERE id = ANY($1) AND status = 'active'
           UNION ALL
           SELECT id, '', url, secrets FROM endpoints WHERE id = ANY($1) AND status = 'active'""",
        list(destinations),
    )
    return {row["id"]: Contact(row["address"], row["url"], tuple(row["secrets"])) for row in rows}


async def fetch_erased(connection: "Connection", subscribers: Sequence[UUID]) -> frozenset[UUID]:
    """Those subscribers who ended their account."""
    if not subscribers:  # nearly always: only letters ask
        return frozenset()
    rows = await connection.fetch("SELECT id FROM subscribers WHERE id = ANY($1) AND status = 'ended'", list(subscribers))
    return frozenset(row["id"] for row in rows)


async def fetch_told(connection: "Connection", postings: Sequence[UUID], destinations: Sequence[UUID]) -> dict[Told, Earlier]:
    """What was frozen before for any of these destinations about any of these postings, unless it surely never arrived."""
    rows = await connection.fetch(
        """SELECT destination_id, posting_id, episode, kind, revision, message_id, finished_at IS NULL AS pending, due_at
           FROM deliveries WHERE posting_id = ANY($1) AND destination_id = ANY($2) AND posting_id IS NOT NULL AND NOT untold""",
        list(postings),
        list(destinations),
    )
    return {
        (row["destination_id"], row["posting_id"], row["episode"], row["kind"], row["revision"]): Earlier(
            row["message_id"], pending=row["pending"], due_at=row["due_at"]
        )
        for row in rows
    }
