"""Rows of `subscribers`, `consents` and `sign_ins`."""

from datetime import timedelta
from uuid import UUID

import asyncpg

from runtime.postgres import Connection
from services.subscriptions.domain.account import Subscriber
from services.subscriptions.errors import AccountGone


def _subscriber(row: asyncpg.Record) -> Subscriber:
    return Subscriber(row["id"], row["status"], row["address"], row["revision"])


async def claim_inbox(connection: Connection, inbox: bytes) -> None:
    """Lets one transaction at a time count and add mails to an inbox."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(encode($1, 'hex'), 0))", inbox)


async def insert_subscriber(connection: Connection, id: UUID, *, fingerprint: bytes, inbox: bytes, address: str) -> Subscriber:
    """The subscriber of this address: a new, unconfirmed one, or the one there is. Writes a row either way, and claims it."""
    row = await connection.fetchrow(
        """INSERT INTO subscribers (id, fingerprint, inbox, address) VALUES ($1, $2, $3, $4)
           ON CONFLICT (fingerprint) DO UPDATE SET asked_at = clock_timestamp()
           RETURNING *""",
        id,
        fingerprint,
        inbox,
        address,
    )
    assert row is not None
    return _subscriber(row)


async def claim_subscriber(connection: Connection, id: UUID) -> Subscriber:
    """The subscriber, locked until the transaction ends; `AccountGone` where there is none any more."""
    row = await connection.fetchrow("SELECT * FROM subscribers WHERE id = $1 AND status <> 'ended' FOR NO KEY UPDATE", id)
    if row is None:
        raise AccountGone
    return _subscriber(row)


async def fetch_subscriber(connection: Connection, id: UUID) -> Subscriber:
    """A confirmed subscriber, or `AccountGone`."""
    row = await connection.fetchrow("SELECT * FROM subscribers WHERE id = $1 AND status = 'active'", id)
    if row is None:
        raise AccountGone
    return _subscriber(row)


async def fetch_subscriber_by_address(connection: Connection, fingerprint: bytes) -> Subscriber | None:
    """The confirmed subscriber of an address."""
    row = await connection.fetchrow("SELECT * FROM subscribers WHERE fingerprint = $1 AND status = 'active'", fingerprint)
    return _subscriber(row) if row else None


async def mark_subscriber_confirmed(connection: Connection, id: UUID) -> Subscriber:
    row = await connection.fetchrow(
        """UPDATE subscribers
           SET status = 'active', confirmed_at = clock_timestamp(), revision = next_revision(revision)
           WHERE id = $1 RETURNING *""",
        id,
    )
    assert row is not None
    return _subscriber(row)


async def mark_subscriber_ended(connection: Connection, id: UUID) -> Subscriber:
    """Nothing by which the person could be recognised stays in the row."""
    row = await connection.fetchrow(
        """UPDATE subscribers
           SET status = 'ended', fingerprint = NULL, inbox = NULL, address = NULL, confirmed_at = NULL,
               ended_at = clock_timestamp(), revision = next_revision(revision)
           WHERE id = $1 RETURNING *""",
        id,
    )
    assert row is not None
    return _subscriber(row)


async def insert_consent(connection: Connection, subscriber_id: UUID, *, what: str, evidence: str) -> None:
    await connection.execute(
        "INSERT INTO consents (subscriber_id, what, evidence) VALUES ($1, $2, $3)", subscriber_id, what, evidence
    )


async def delete_consents(connection: Connection, subscriber_id: UUID) -> None:
    await connection.execute("DELETE FROM consents WHERE subscriber_id = $1", subscriber_id)


async def insert_sign_in(connection: Connection, inbox: bytes, *, limit: int, within: timedelta) -> bool:
    """Note that a link was asked for; false, and no note, where there were `limit` of them `within` this time."""
    status: str = await connection.execute(
        """INSERT INTO sign_ins (inbox)
           SELECT $1 WHERE (SELECT count(*) FROM sign_ins WHERE inbox = $1 AND at > clock_timestamp() - $3::interval) < $2""",
        inbox,
        limit,
        within,
    )
    return status == "INSERT 0 1"


async def delete_sign_ins_of(connection: Connection, subscriber_id: UUID) -> None:
    """Call before the subscriber is erased."""
    await connection.execute(
        "DELETE FROM sign_ins USING subscribers s WHERE s.id = $1 AND sign_ins.inbox = s.inbox", subscriber_id
    )
