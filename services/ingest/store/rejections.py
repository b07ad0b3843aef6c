"""What could not be taken, kept for its publisher to look at and to try again.

Who writes here locks the publisher's row first and waits for nothing after that, so two never wait for each other. Who tries
one again claims it before all else, by a lock that only another retry asks for: a push has postings locked when it comes here.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from runtime.postgres import Connection
from services.ingest.domain.batch import Refusal
from services.ingest.domain.fault import Fault
from services.ingest.domain.provenance import Provenance
from services.ingest.domain.publisher import Publisher
from services.ingest.domain.rejection import Mark, Wanted, once_each

NEWEST: Final = 2**63 - 1
"""Above every id."""
GLANCE: Final = 10_000
"""Characters of what was sent that a list shows: a page of a hundred whole ones could have a hundred million."""
_LOCK: Final = "SELECT FROM publishers WHERE id = $1 FOR NO KEY UPDATE"
_ROW: Final = """r.id, r.received_at, r.last_received_at, r.count, p.name AS publisher, r.place, r.source_id, r.errors,
                 r.correlation_id, r.resolved_at, r.resolved_by, r.provenance"""


@dataclass(frozen=True, slots=True)
class RejectionRow:
    """A rejected item as it is listed."""

    id: int
    received_at: datetime
    """When it came first."""
    last_received_at: datetime
    count: int
    """How often it came."""
    publisher: str
    place: str
    source_id: str | None
    errors: tuple[Fault, ...]
    raw: str
    """What was sent last, as JSON in ASCII; cut after a million characters, in a list after 10,000."""
    correlation_id: str
    resolved_at: datetime | None
    """When its posting was taken after all."""
    resolved_by: UUID | None
    """That posting."""
    provenance: Provenance | None
    """Where it was read from; absent where its publisher sent it."""


async def insert_rejections(
    connection: Connection, publisher: Publisher, refusals: Sequence[Refusal], *, correlation_id: str
) -> None:
    """Keep what could not be taken, in order. What is there already counts once more, and is open again.

    Received when the transaction began: what the same push recorded counts as later, so that a retry does not overtake it.
    """
    kept = once_each(refusals)
    await connection.execute(_LOCK, publisher.id)
    await connection.execute(
        """INSERT INTO rejections (publisher_id, identity, place, source_id, raw, errors, correlation_id, count,
                                   provenance, received_at, last_received_at)
           SELECT $1, identity, place, source_id, raw, errors::jsonb, $2, count, provenance::jsonb, now(), now()
           FROM unnest($3::bytea[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::text[])
                WITH ORDINALITY AS w(identity, place, source_id, raw, errors, count, provenance, n)
           ORDER BY n
           ON CONFLICT (publisher_id, identity) DO UPDATE
           SET place = excluded.place, raw = excluded.raw, errors = excluded.errors, correlation_id = excluded.correlation_id,
               provenance = excluded.provenance,
               count = rejections.count + excluded.count, resolved_at = NULL, resolved_by = NULL,
               last_received_at = GREATEST(rejections.last_received_at, excluded.last_received_at)""",
        publisher.id,
        correlation_id,
        [one.identity for one in kept],
        [one.refusal.place for one in kept],
        [one.refusal.source_id for one in kept],
        [one.refusal.raw for one in kept],
        [_errors(one.refusal.errors) for one in kept],
        [one.count for one in kept],
        [one.refusal.provenance and one.refusal.provenance.model_dump_json() for one in kept],
    )


async def fetch_rejections(
    connection: Connection,
    publisher: Publisher | None,
    wanted: Wanted,
    *,
    after: Mark | None,
    limit: int,
) -> list[RejectionRow]:
    """Of one publisher or of all, the newest first; `after` is the last of the page before. `raw` is cut."""
    rows = await connection.fetch(
        f"""SELECT {_ROW}, left(r.raw, $9) AS raw FROM rejections r JOIN publishers p ON p.id = r.publisher_id
            WHERE ($1::bigint IS NULL OR r.publisher_id = $1)
              AND ($2::timestamptz IS NULL OR (r.last_received_at, r.id) < ($2, $3::bigint))
              AND ($4::text IS NULL OR r.source_id = $4)
              AND ($5::timestamptz IS NULL OR r.last_received_at >= $5)
              AND ($6::text IS NULL OR EXISTS (SELECT FROM jsonb_array_elements(r.errors) AS e
                                               WHERE e->>'field' = $6 OR starts_with(e->>'field', $6 || '.')))
              AND ($7 OR r.resolved_at IS NULL)
            ORDER BY r.last_received_at DESC, r.id DESC LIMIT $8""",  # noqa: S608 -- our own columns
        publisher and publisher.id,
        after and after.at,
        after and after.id,
        wanted.source_id,
        wanted.since,
        wanted.field,
        wanted.resolved,
        limit,
        GLANCE,
    )
    return list(map(_row, rows))


async def fetch_rejection(connection: Connection, publisher: Publisher | None, rejection_id: int) -> RejectionRow | None:
    """One, where it is that publisher's; of any where none is given."""
    row = await connection.fetchrow(
        f"""SELECT {_ROW}, r.raw FROM rejections r JOIN publishers p ON p.id = r.publisher_id
            WHERE r.id = $1 AND ($2::bigint IS NULL OR r.publisher_id = $2)""",  # noqa: S608 -- our own columns
        rejection_id,
        publisher and publisher.id,
    )
    return None if row is None else _row(row)


async def claim_rejection(connection: Connection, publisher: Publisher, rejection_id: int) -> RejectionRow | None:
    """The same, once nobody else tries it again; then nobody will until the transaction ends."""
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.rejections.' || $1::bigint, 0))", rejection_id
    )
    return await fetch_rejection(connection, publisher, rejection_id)


async def mark_resolved(connection: Connection, publisher: Publisher, postings: dict[int, UUID]) -> None:
    """The posting of each (id to posting's id) was taken. One that came after that stays open."""
    await connection.execute(_LOCK, publisher.id)
    await connection.execute(
        """UPDATE rejections r SET resolved_at = clock_timestamp(), resolved_by = w.posting_id
           FROM unnest($2::bigint[], $3::uuid[]) AS w(id, posting_id)
           WHERE r.id = w.id AND r.publisher_id = $1 AND r.resolved_at IS NULL
             AND r.last_received_at <= (SELECT last_seen_at FROM sightings s
                                        WHERE s.posting_id = w.posting_id AND s.publisher_id = $1)""",
        publisher.id,
        list(postings),
        list(postings.values()),
    )


async def mark_still_wrong(
    connection: Connection, publisher: Publisher, rejection_id: int, errors: Sequence[Fault], *, raw: str
) -> None:
    """What is wrong with it by today's rules. It does not count as received again: what came since then stays newer.

    Not where another `raw` came in the meantime: these errors are not of that one.
    """
    await connection.execute(_LOCK, publisher.id)
    await connection.execute(
        "UPDATE rejections SET errors = $3 WHERE id = $1 AND publisher_id = $2 AND resolved_at IS NULL AND raw = $4",
        rejection_id,
        publisher.id,
        _errors(errors),
        raw,
    )


async def delete_old_rejections(connection: Connection, older: timedelta, *, limit: int) -> int:
    """Remove those that came last before that; what somebody writes at the moment is passed over. Returns how many went."""
    status: str = await connection.execute(
        """DELETE FROM rejections WHERE id IN (
             SELECT id FROM rejections WHERE last_received_at < clock_timestamp() - $1::interval
             ORDER BY last_received_at LIMIT $2 FOR UPDATE SKIP LOCKED)""",
        older,
        limit,
    )
    return int(status.rsplit(maxsplit=1)[-1])


async def delete_surplus_rejections(connection: Connection, *, keep: int, limit: int) -> int:
    """Remove those of publishers that have more than `keep`, the oldest; what somebody writes at the moment is passed over."""
    status: str = await connection.execute(
        """DELETE FROM rejections WHERE id IN (
             SELECT id FROM rejections WHERE id = ANY(ARRAY(
               SELECT surplus.id FROM publishers p CROSS JOIN LATERAL (
                 SELECT id FROM rejections WHERE publisher_id = p.id
                 ORDER BY last_received_at DESC, id DESC OFFSET $1 LIMIT $2) AS surplus
               LIMIT $2))
             FOR UPDATE SKIP LOCKED)""",
        keep,
        limit,
    )
    return int(status.rsplit(maxsplit=1)[-1])


def _errors(errors: Sequence[Fault]) -> str:
    return json.dumps([fault.model_dump() for fault in errors])


def _row(row: Any) -> RejectionRow:
    errors = tuple(map(Fault.model_validate, json.loads(row["errors"])))
    provenance = row["provenance"] and Provenance.model_validate_json(row["provenance"])
    return RejectionRow(**{**row, "errors": errors, "provenance": provenance})
