"""What could not be taken, kept for its publisher to look at."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from runtime.postgres import Connection
from services.ingest.domain.batch import Refusal
from services.ingest.domain.fault import Fault
from services.ingest.domain.publisher import Publisher

NEWEST: Final = 2**63 - 1
"""Above every id: where a list that starts with the newest begins."""


@dataclass(frozen=True, slots=True)
class RejectionRow:
    """A rejected item as it is listed."""

    id: int
    received_at: datetime
    publisher: str
    place: str
    source_id: str | None
    errors: tuple[Fault, ...]
    raw: str
    correlation_id: str


async def insert_rejections(
    connection: Connection, publisher: Publisher, refusals: Sequence[Refusal], *, correlation_id: str
) -> None:
    """Keep what could not be taken, in order."""
    await connection.execute(
        """INSERT INTO rejections (publisher_id, place, source_id, raw, errors, correlation_id)
           SELECT $1, place, source_id, raw, errors::jsonb, $2
           FROM unnest($3::text[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY AS w(place, source_id, raw, errors, n)
           ORDER BY n""",
        publisher.id,
        correlation_id,
        [refusal.place for refusal in refusals],
        [refusal.source_id for refusal in refusals],
        [refusal.raw for refusal in refusals],
        [json.dumps([fault.model_dump() for fault in refusal.errors]) for refusal in refusals],
    )


async def fetch_rejections(connection: Connection, *, before: int, limit: int) -> list[RejectionRow]:
    """Of all publishers, newest first, with an id below `before`."""
    rows = await connection.fetch(
        """SELECT r.id, r.received_at, p.name AS publisher, r.place, r.source_id, r.errors, r.raw, r.correlation_id
           FROM rejections r JOIN publishers p ON p.id = r.publisher_id
           WHERE r.id < $1 ORDER BY r.id DESC LIMIT $2""",
        before,
        limit,
    )
    return list(map(_row, rows))


async def fetch_rejections_of(connection: Connection, publisher: Publisher, *, before: int, limit: int) -> list[RejectionRow]:
    """Of one publisher, newest first, with an id below `before`."""
    rows = await connection.fetch(
        """SELECT id, received_at, $2 AS publisher, place, source_id, errors, raw, correlation_id
           FROM rejections WHERE publisher_id = $1 AND id < $3 ORDER BY id DESC LIMIT $4""",
        publisher.id,
        publisher.name,
        before,
        limit,
    )
    return list(map(_row, rows))


def _row(row: Any) -> RejectionRow:
    return RejectionRow(**{**row, "errors": tuple(map(Fault.model_validate, json.loads(row["errors"])))})
