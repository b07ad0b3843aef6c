"""What was answered to requests with an `Idempotency-Key`."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from runtime.postgres import Connection
from services.ingest.domain.idempotency import Answered, Request
from services.ingest.domain.publisher import Publisher

KEPT: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """An answer, and what it was the answer to."""

    fingerprint: bytes
    answered: Answered


async def claim_key(connection: Connection, publisher: Publisher, key: str) -> bool:
    """Whether nobody else is at work under this key; then nobody will be until the transaction ends. Never waits."""
    claimed: bool = await connection.fetchval(
        "SELECT pg_try_advisory_xact_lock(hashtextextended(current_schema() || '.answers.' || $1::bigint || '.' || $2, 0))",
        publisher.id,
        key,
    )
    return claimed


async def fetch_answer(connection: Connection, publisher: Publisher, key: str) -> AnswerRow | None:
    """What was answered under this key in the last day."""
    row = await connection.fetchrow(
        """SELECT fingerprint, status, body FROM answers
           WHERE publisher_id = $1 AND key = $2 AND answered_at > clock_timestamp() - $3::interval""",
        publisher.id,
        key,
        KEPT,
    )
    return None if row is None else AnswerRow(row["fingerprint"], Answered(row["status"], row["body"]))


async def insert_answer(connection: Connection, publisher: Publisher, request: Request, answered: Answered) -> None:
    """Keep an answer, in place of one that is past its day."""
    await connection.execute(
        """INSERT INTO answers (publisher_id, key, fingerprint, status, body) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (publisher_id, key) DO UPDATE
           SET fingerprint = excluded.fingerprint, status = excluded.status, body = excluded.body,
               answered_at = excluded.answered_at""",
        publisher.id,
        request.key,
        request.fingerprint,
        answered.status,
        answered.body,
    )


async def delete_old_answers(connection: Connection, *, limit: int) -> int:
    """Remove those past their day; what somebody replaces at the moment is passed over. Returns how many went."""
    status: str = await connection.execute(
        """DELETE FROM answers WHERE (publisher_id, key) IN (
             SELECT publisher_id, key FROM answers WHERE answered_at < clock_timestamp() - $1::interval
             ORDER BY answered_at LIMIT $2 FOR UPDATE SKIP LOCKED)""",
        KEPT,
        limit,
    )
    return int(status.rsplit(maxsplit=1)[-1])
