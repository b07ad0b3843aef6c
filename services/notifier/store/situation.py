"""SQL of what the gate must know of subscriptions, destinations and postings at the moment of dispatch."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from schemas.filter.tree import Filter
from schemas.posting import PostingSummary
from services.notifier.domain.alert import Alert, Key
from services.notifier.domain.delivery import Contact
from services.notifier.domain.situation import About, Earlier, Opening, Posting, Subscription, Told

if TYPE_CHECKING:
    import asyncpg

    from runtime.postgres import Connection


async def fetch_known_until(connection: "Connection", partitions: int) -> tuple[datetime | None, datetime]:
    """(moment until which all partitions of `subscriptions` are known, the clock); None while one was never heard of.

    What was stamped later than now was stamped before the clock was set back: it says nothing of until when it is known.
    """
    row = await connection.fetchrow(
        """SELECT CASE WHEN count(*) = $1 THEN min(stamped_at) END AS until, clock_timestamp() AS now
           FROM heartbeats WHERE stamped_at <= clock_timestamp()""",
        partitions,
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
        """SELECT destination_id, posting_id, episode, kind, revision, id, message_id, finished_at IS NULL AS pending,
                  state IN ('suppressed', 'failed') AS given_up, due_at
           FROM deliveries WHERE posting_id = ANY($1) AND destination_id = ANY($2) AND posting_id IS NOT NULL AND NOT untold""",
        list(postings),
        list(destinations),
    )
    return {
        (row["destination_id"], row["posting_id"], row["episode"], row["kind"], row["revision"]): Earlier(
            row["id"], row["message_id"], pending=row["pending"], given_up=row["given_up"], due_at=row["due_at"]
        )
        for row in rows
    }


async def fetch_outdated(connection: "Connection", keys: Sequence[Key]) -> dict[Opening, int]:
    """Of the openings that these keys are about: the newest revision, where in that one the posting no longer matched.

    Where it matches again, a message that may have arrived already is right again, and repeated with its id.
    """
    rows = await connection.fetch(
        """SELECT a.subscription_id, a.posting_id, a.episode, max(a.revision) AS revision
           FROM unnest($1::date[], $2::uuid[], $3::uuid[], $4::int[]) AS n(opened_on, posting_id, subscription_id, episode)
           JOIN alerts a USING (opened_on, posting_id, subscription_id, episode)
           GROUP BY a.subscription_id, a.posting_id, a.episode
           HAVING max(a.revision) > max(a.revision) FILTER (WHERE a.kind <> 'no_longer')""",
        [key.opened_on for key in keys],
        [key.posting_id for key in keys],
        [key.subscription_id for key in keys],
        [key.episode for key in keys],
    )
    return {(row["subscription_id"], row["posting_id"], row["episode"]): row["revision"] for row in rows}


async def fetch_matching(connection: "Connection", alerts: Sequence[Alert]) -> tuple[frozenset[About], frozenset[Opening]]:
    """Of alerts that say no longer: those whose posting another subscription for the same destination matches, and those
    whose own subscription it matched again later.

    Another one that was changed since the state it was compared with may ask for something else by now, or elsewhere, and does
    not count. They are locked against being changed until the transaction ends: who changes one then sees what is held for it.
    """
    if not alerts:  # nearly always
        return frozenset(), frozenset()
    rows = await _matching(connection, alerts)
    if holding := {row["by"] for row in rows if row["by"] != row["subscription_id"]}:
        # Locked by a statement of its own (docs/decisions/0013); what is read next was committed before the lock. Nobody comes
        # in meanwhile: a match is recorded under the posting's lock, and who resumes asks anew.
        await connection.execute("SELECT FROM subscriptions WHERE id = ANY($1) ORDER BY id FOR SHARE", list(holding))
        rows = await _matching(connection, alerts)
    return (
        frozenset(
            (row["destination_id"], row["posting_id"], row["episode"]) for row in rows if row["by"] != row["subscription_id"]
        ),
        frozenset(
            (row["subscription_id"], row["posting_id"], row["episode"]) for row in rows if row["by"] == row["subscription_id"]
        ),
    )


async def _matching(connection: "Connection", alerts: Sequence[Alert]) -> list["asyncpg.Record"]:
    return await connection.fetch(
        """SELECT n.destination_id, n.posting_id, n.episode, n.subscription_id, s.id AS by
           FROM unnest($1::date[], $2::uuid[], $3::int[], $4::uuid[], $5::uuid[], $6::uuid[])
             AS n(opened_on, posting_id, episode, subscriber_id, destination_id, subscription_id)
           JOIN subscriptions s ON s.subscriber_id = n.subscriber_id AND s.status = 'active'
           CROSS JOIN LATERAL (
             SELECT kind, destination_id, subscription_revision FROM alerts a
             WHERE a.opened_on = n.opened_on AND a.posting_id = n.posting_id AND a.subscription_id = s.id
               AND a.episode = n.episode ORDER BY revision DESC LIMIT 1) AS last
           WHERE last.kind <> 'no_longer' AND (s.id = n.subscription_id
             OR last.destination_id = n.destination_id AND s.asks_since <= last.subscription_revision)""",
        [alert.key.opened_on for alert in alerts],
        [alert.key.posting_id for alert in alerts],
        [alert.key.episode for alert in alerts],
        [alert.subscriber_id for alert in alerts],
        [alert.destination_id for alert in alerts],
        [alert.key.subscription_id for alert in alerts],
    )


async def fetch_reopened(connection: "Connection", alerts: Sequence[Alert]) -> frozenset[About]:
    """(destination, posting, episode) of those alerts whose destination has another that waits, of a later opening."""
    if not alerts:  # nearly always
        return frozenset()
    rows = await connection.fetch(
        """SELECT DISTINCT n.destination_id, n.posting_id, n.episode
           FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS n(destination_id, posting_id, episode)
           JOIN alerts a ON a.destination_id = n.destination_id AND a.state = 'waiting' AND a.posting_id = n.posting_id
             AND a.episode > n.episode AND a.kind = 'opened'""",
        [alert.destination_id for alert in alerts],
        [alert.key.posting_id for alert in alerts],
        [alert.key.episode for alert in alerts],
    )
    return frozenset((row["destination_id"], row["posting_id"], row["episode"]) for row in rows)
