"""SQL of what is sent: frozen deliveries and the attempts to send them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.notifier.domain.alert import Alert, Key
from services.notifier.domain.delivery import Delivery
from services.notifier.domain.retry import Attempt

if TYPE_CHECKING:
    import asyncpg

    from runtime.postgres import Connection, Pool


@dataclass(frozen=True, slots=True)
class Recorded:
    """What an attempt left of a delivery."""

    delivery: Delivery
    state: str
    reason: str
    due_at: datetime | None
    attempts: int
    attempt: Attempt | None


async def insert_deliveries(connection: "Connection", deliveries: Sequence[Delivery], *, begun: bool) -> int:
    """Freeze messages; returns how many were new. One that exists already (a repeated request) is left as it is.

    `begun`: they are handed out at once, by whoever freezes them.
    """
    told = [delivery.told for delivery in deliveries]
    tag = await connection.execute(
        """INSERT INTO deliveries (id, channel, purpose, destination_id, subscriber_id, posting_id, episode, kind, revision,
                                   message_id, content, members, correlation_id, due_at, frozen_at, begun)
           SELECT id, channel, purpose, destination_id, subscriber_id, posting_id, episode, kind, revision, message_id,
                  content::jsonb, members::jsonb, correlation_id, now(), frozen_at, $15
           FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::int[], $8::text[],
                       $9::bigint[], $10::text[], $11::text[], $12::text[], $13::text[], $14::timestamptz[])
             AS n(id, channel, purpose, destination_id, subscriber_id, posting_id, episode, kind, revision, message_id,
                  content, members, correlation_id, frozen_at)
           ON CONFLICT DO NOTHING""",
        [delivery.id for delivery in deliveries],
        [delivery.channel for delivery in deliveries],
        [delivery.purpose for delivery in deliveries],
        [delivery.destination_id for delivery in deliveries],
        [delivery.subscriber_id for delivery in deliveries],
        [one[1] if one else None for one in told],
        [one[2] if one else None for one in told],
        [one[3] if one else None for one in told],
        [one[4] if one else None for one in told],
        [delivery.message_id for delivery in deliveries],
        [json.dumps(delivery.content) for delivery in deliveries],
        [_members_json(list(zip(one.members, one.alert_ids, strict=True))) for one in deliveries],
        [delivery.correlation_id for delivery in deliveries],
        [delivery.frozen_at for delivery in deliveries],
        begun,
    )
    return int(tag.split()[-1])


async def repeat_deliveries(connection: "Connection", alerts: Mapping[UUID, Sequence[Alert]]) -> None:
    """Let messages that were given up be sent again as they are, on behalf of these alerts too, by the whole schedule."""
    await connection.executemany(
        """UPDATE deliveries SET state = 'unknown', reason = '', attempts = 0, finished_at = NULL, due_at = now(),
             members = members || $2::text::jsonb
           WHERE id = $1""",
        [(id, _members_json([(one.key, one.alert_id) for one in of_one])) for id, of_one in alerts.items()],
    )


async def fetch_due_deliveries(connection: "Connection", destinations: Sequence[UUID], *, each: int) -> list[Delivery]:
    """Frozen messages that are due again, or were left by a process that died, at most `each` for a destination."""
    rows = await connection.fetch(
        """SELECT v.* FROM unnest($1::uuid[]) AS d(id) CROSS JOIN LATERAL (
             SELECT * FROM deliveries
             WHERE destination_id = d.id AND state IN ('waiting', 'unknown') AND due_at <= now()
             ORDER BY due_at LIMIT $2) AS v""",
        list(destinations),
        each,
    )
    return [_delivery(row) for row in rows]


async def mark_deliveries(connection: "Connection", recorded: Sequence[Recorded]) -> None:
    """Write what attempts came to, once `insert_attempts` has: one of them may have left it unknown whether a message arrived.

    So has who began before and died. A finished message forgets what only its sending needed: the sealed address, the token
    that opens an account.
    """
    await connection.execute(
        """UPDATE deliveries d SET state = n.state, reason = n.reason, attempts = n.attempts,
             due_at = coalesce(n.due_at, d.due_at),
             finished_at = CASE WHEN n.due_at IS NULL THEN clock_timestamp() END,
             begun = n.begun,
             untold = n.state IN ('suppressed', 'failed') AND NOT n.begun
               AND NOT EXISTS (SELECT FROM attempts a WHERE a.delivery_id = d.id AND a.result = 'unknown'),
             content = CASE WHEN n.due_at IS NULL THEN d.content - ARRAY['to', 'token'] ELSE d.content END
           FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::timestamptz[], $6::boolean[])
             AS n(id, state, reason, attempts, due_at, begun)
           WHERE d.id = n.id""",
        [one.delivery.id for one in recorded],
        [one.state for one in recorded],
        [one.reason for one in recorded],
        [one.attempts for one in recorded],
        [one.due_at for one in recorded],
        [one.delivery.begun for one in recorded],
    )


async def mark_begun(connection: "Connection", ids: Sequence[UUID], *, begun: bool) -> None:
    """Before messages are handed out to be sent, or after their turn did not come. New alerts are `begun` as they are."""
    await connection.execute("UPDATE deliveries SET begun = $2 WHERE id = ANY($1)", list(ids), begun)


async def fetch_unfinished(connection: "Connection", ids: Sequence[UUID]) -> dict[UUID, bool]:
    """Those messages that have not reached their end, and whether what came of them is still to be written."""
    rows = await connection.fetch("SELECT id, begun FROM deliveries WHERE id = ANY($1) AND finished_at IS NULL", list(ids))
    return {row["id"]: row["begun"] for row in rows}


async def mark_deliveries_waiting_until(connection: "Connection", ids: Sequence[UUID], due_at: datetime) -> None:
    """Let messages wait a little longer without an attempt."""
    await connection.execute("UPDATE deliveries SET due_at = $2 WHERE id = ANY($1)", list(ids), due_at)


async def insert_attempts(connection: "Connection", recorded: Sequence[Recorded]) -> None:
    """Keep every attempt, numbered from 1; all of `recorded` have one."""
    await connection.execute(
        """INSERT INTO attempts (delivery_id, number, result, status, detail, duration)
           SELECT n.delivery_id,
                  1 + coalesce((SELECT max(number) FROM attempts a WHERE a.delivery_id = n.delivery_id), 0),
                  n.result, n.status, n.detail, n.duration
           FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::interval[])
             AS n(delivery_id, result, status, detail, duration)""",
        [one.delivery.id for one in recorded],
        [one.attempt.result for one in recorded if one.attempt],
        [one.attempt.status for one in recorded if one.attempt],
        [one.attempt.detail for one in recorded if one.attempt],
        [one.attempt.duration for one in recorded if one.attempt],
    )


async def fetch_attempts(pool: "Pool", delivery_id: UUID) -> list[dict[str, Any]]:
    """Every attempt of a delivery, oldest first."""
    rows = await pool.fetch(
        "SELECT number, at, result, status, detail, duration FROM attempts WHERE delivery_id = $1 ORDER BY number", delivery_id
    )
    return [dict(row) for row in rows]


async def fetch_delivery_counts(pool: "Pool") -> list[dict[str, Any]]:
    """How many deliveries there are by channel, purpose and state."""
    rows = await pool.fetch(
        "SELECT channel, purpose, state, count(*) AS deliveries FROM deliveries GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    return [dict(row) for row in rows]


def _members_json(members: Sequence[tuple[Key, UUID]]) -> str:
    return json.dumps(
        [
            {
                "opened_on": key.opened_on.isoformat(),
                "posting_id": str(key.posting_id),
                "subscription_id": str(key.subscription_id),
                "episode": key.episode,
                "kind": key.kind,
                "revision": key.revision,
                "alert_id": str(alert_id),
            }
            for key, alert_id in members
        ]
    )


def _delivery(row: "asyncpg.Record") -> Delivery:
    members = json.loads(row["members"])
    told = (row["destination_id"], row["posting_id"], row["episode"], row["kind"], row["revision"])
    return Delivery(
        id=row["id"],
        channel=row["channel"],
        purpose=row["purpose"],
        destination_id=row["destination_id"],
        subscriber_id=row["subscriber_id"],
        told=told if row["posting_id"] else None,
        message_id=row["message_id"],
        content=json.loads(row["content"]),
        members=tuple(_key(member) for member in members),
        alert_ids=tuple(UUID(member["alert_id"]) for member in members),
        correlation_id=row["correlation_id"],
        frozen_at=row["frozen_at"],
        attempts=row["attempts"],
        begun=row["begun"],
    )


def _key(member: Mapping[str, Any]) -> Key:
    return Key(
        opened_on=datetime.fromisoformat(member["opened_on"]).date(),
        posting_id=UUID(member["posting_id"]),
        subscription_id=UUID(member["subscription_id"]),
        episode=member["episode"],
        kind=member["kind"],
        revision=member["revision"],
    )
