"""Rows of `subscriptions` and `subscription_versions`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from runtime.postgres import Connection
from schemas.filter.tree import Filter
from schemas.subscription import Destination
from services.subscriptions.domain.account import Subscription


def _subscription(row: asyncpg.Record) -> Subscription:
    return Subscription(
        id=row["id"],
        subscriber_id=row["subscriber_id"],
        name=row["name"],
        filter=Filter.model_validate_json(row["filter"], extra="ignore"),  # a newer version may have written it
        cadence=row["cadence"],
        destination=Destination(kind=row["destination_kind"], id=row["destination_id"]),
        status=row["status"],
        effective_from=row["effective_from"],
        revision=row["revision"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        last_alert_at=row["last_alert_at"],
    )


def _json(filter: Filter) -> str:
    return filter.model_dump_json(exclude_defaults=True)


async def insert_pending_subscription(
    connection: Connection,
    id: UUID,
    *,
    subscriber_id: UUID,
    name: str,
    filter: Filter,
    cadence: str,
    inbox: bytes,
    limit: int,
    within: timedelta,
) -> datetime | None:
    """A subscription to the mailbox that waits for its confirmation. Returns when it was made, or nothing (and makes none)
    where `limit` of them wait for this inbox, made `within` this time.
    """
    made: datetime | None = await connection.fetchval(
        """INSERT INTO subscriptions (id, subscriber_id, name, filter, cadence, destination_kind, destination_id, status)
           SELECT $1, $2, $3, $4, $5, 'email', $2, 'pending'
           WHERE (SELECT count(*) FROM subscriptions waiting JOIN subscribers s ON s.id = waiting.subscriber_id
                  WHERE s.inbox = $6 AND waiting.status = 'pending'
                    AND waiting.created_at > clock_timestamp() - $8::interval) < $7
           RETURNING created_at""",
        id,
        subscriber_id,
        name,
        _json(filter),
        cadence,
        inbox,
        limit,
        within,
    )
    return made


async def insert_subscription(
    connection: Connection,
    id: UUID,
    *,
    subscriber_id: UUID,
    name: str,
    filter: Filter,
    cadence: str,
    destination: Destination,
) -> Subscription:
    """A subscription that is active from now on."""
    row = await connection.fetchrow(
        """INSERT INTO subscriptions
             (id, subscriber_id, name, filter, cadence, destination_kind, destination_id, status, effective_from)
           VALUES ($1, $2, $3, $4, $5, $6, $7, 'active', clock_timestamp())
           RETURNING *""",
        id,
        subscriber_id,
        name,
        _json(filter),
        cadence,
        destination.kind,
        destination.id,
    )
    assert row is not None
    return _subscription(row)


async def insert_version(connection: Connection, subscription: Subscription) -> None:
    """Keep what the filter was from this revision on."""
    await connection.execute(
        "INSERT INTO subscription_versions (subscription_id, revision, filter, changed_at) VALUES ($1, $2, $3, $4)",
        subscription.id,
        subscription.revision,
        _json(subscription.filter),
        subscription.updated_at,
    )


async def fetch_subscription(connection: Connection, id: UUID, *, subscriber_id: UUID) -> Subscription | None:
    """One that is active or paused. Pending ones are nobody's yet: a stranger may have asked for them."""
    row = await connection.fetchrow(
        "SELECT * FROM subscriptions WHERE id = $1 AND subscriber_id = $2 AND status IN ('active', 'paused')",
        id,
        subscriber_id,
    )
    return _subscription(row) if row else None


async def fetch_linked_subscription(connection: Connection, id: UUID | None, subscriber_id: UUID) -> Subscription | None:
    """The one that a mailed link is about, in whatever status."""
    row = await connection.fetchrow("SELECT * FROM subscriptions WHERE id = $1 AND subscriber_id = $2", id, subscriber_id)
    return _subscription(row) if row else None


async def fetch_subscriptions(
    connection: Connection, subscriber_id: UUID, *, limit: int, after: UUID | None = None
) -> list[Subscription]:
    """Active and paused ones, oldest first, `after` the one of that id."""
    rows = await connection.fetch(
        """SELECT * FROM subscriptions
           WHERE subscriber_id = $1 AND status IN ('active', 'paused')
             AND ($2::uuid IS NULL
                  OR (created_at, id) > (SELECT created_at, id FROM subscriptions WHERE id = $2 AND subscriber_id = $1))
           ORDER BY created_at, id LIMIT $3""",
        subscriber_id,
        after,
        limit,
    )
    return [_subscription(row) for row in rows]


async def count_subscriptions(connection: Connection, subscriber_id: UUID) -> int:
    """How many are active or paused."""
    count: int = await connection.fetchval(
        "SELECT count(*) FROM subscriptions WHERE subscriber_id = $1 AND status IN ('active', 'paused')", subscriber_id
    )
    return count


async def claim_subscription(connection: Connection, id: UUID, *, subscriber_id: UUID) -> Subscription | None:
    """One of the subscriber's, in whatever status, locked."""
    row = await connection.fetchrow(
        "SELECT * FROM subscriptions WHERE id = $1 AND subscriber_id = $2 FOR NO KEY UPDATE", id, subscriber_id
    )
    return _subscription(row) if row else None


async def claim_subscriptions(
    connection: Connection, subscriber_id: UUID, *, destination: Destination | None = None
) -> list[Subscription]:
    """All that have not ended, or only those to one destination, locked in the order of their ids as `mark_alerted` does."""
    rows = await connection.fetch(
        """SELECT * FROM subscriptions
           WHERE subscriber_id = $1 AND status <> 'ended'
             AND ($2::text IS NULL OR (destination_kind = $2 AND destination_id = $3))
           ORDER BY id FOR NO KEY UPDATE""",
        subscriber_id,
        destination.kind if destination else None,
        destination.id if destination else None,
    )
    return [_subscription(row) for row in rows]


async def mark_subscription_active(connection: Connection, id: UUID) -> Subscription:
    """A confirmed one applies from now on."""
    row = await connection.fetchrow(
        """UPDATE subscriptions
           SET status = 'active', effective_from = clock_timestamp(), updated_at = clock_timestamp(),
               revision = next_revision(revision)
           WHERE id = $1 RETURNING *""",
        id,
    )
    assert row is not None
    return _subscription(row)


async def mark_subscription_changed(
    connection: Connection, id: UUID, *, name: str, filter: Filter, status: str, restarts: bool
) -> Subscription:
    """Its new content; where it `restarts` it applies from now on."""
    row = await connection.fetchrow(
        """UPDATE subscriptions
           SET name = $2, filter = $3, status = $4, updated_at = clock_timestamp(), revision = next_revision(revision),
               effective_from = CASE WHEN $5 THEN clock_timestamp() ELSE effective_from END
           WHERE id = $1 RETURNING *""",
        id,
        name,
        _json(filter),
        status,
        restarts,
    )
    assert row is not None
    return _subscription(row)


async def mark_subscriptions_ended(connection: Connection, ids: Sequence[UUID]) -> list[Subscription]:
    rows = await connection.fetch(
        """UPDATE subscriptions
           SET status = 'ended', ended_at = clock_timestamp(), updated_at = clock_timestamp(),
               revision = next_revision(revision)
           WHERE id = ANY($1) AND status <> 'ended' RETURNING *""",
        list(ids),
    )
    return [_subscription(row) for row in rows]


async def mark_alerted(connection: Connection, ids: Sequence[UUID], times: Sequence[datetime]) -> None:
    """Note the latest alert of each; an earlier time than the one kept changes nothing. Each id once."""
    told = dict(zip(ids, times, strict=True))
    async with connection.transaction():
        # In the order of their ids, and without a join: docs/decisions/0013.
        rows = await connection.fetch(
            """SELECT id, last_alert_at FROM subscriptions WHERE id = ANY($1) AND status <> 'ended'
               ORDER BY id FOR NO KEY UPDATE""",
            list(told),
        )
        newer = [row["id"] for row in rows if row["last_alert_at"] is None or row["last_alert_at"] < told[row["id"]]]
        await connection.execute(
            """UPDATE subscriptions s SET last_alert_at = t.at FROM unnest($1::uuid[], $2::timestamptz[]) AS t(id, at)
               WHERE s.id = t.id""",
            newer,
            [told[id] for id in newer],
        )


async def mark_subscriptions_erased(connection: Connection, subscriber_id: UUID) -> None:
    """Empty what the subscriber wrote. The ended rows stay until their tombstones are published."""
    await connection.execute(
        "UPDATE subscriptions SET name = '', filter = '{}', last_alert_at = NULL WHERE subscriber_id = $1", subscriber_id
    )


async def delete_versions(connection: Connection, subscriber_id: UUID) -> None:
    await connection.execute(
        "DELETE FROM subscription_versions v USING subscriptions s WHERE s.id = v.subscription_id AND s.subscriber_id = $1",
        subscriber_id,
    )


async def delete_pending_subscriptions(connection: Connection, subscriber_id: UUID) -> None:
    """Those never confirmed: no other service has heard of them."""
    await connection.execute("DELETE FROM subscriptions WHERE subscriber_id = $1 AND status = 'pending'", subscriber_id)
