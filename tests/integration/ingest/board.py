"""A publisher at work, and what it pushes."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from schemas.posting import PostingChanged, PostingClosed, PostingOpened, posting_event
from services.ingest.domain.batch import Item
from services.ingest.domain.publisher import Publisher
from services.ingest.domain.receipt import Answer
from services.ingest.record import record

if TYPE_CHECKING:
    from runtime.postgres import Pool

Event = PostingOpened | PostingChanged | PostingClosed


def posting(source_id: str, **fields: Any) -> dict[str, Any]:
    """An item of the push format."""
    return {
        "source_id": source_id,
        "title": "Machine Learning Engineer",
        "company": "Lodestar",
        "url": f"https://jobs.example.com/{source_id}",
        "description": "We sponsor H-1B visas.",
    } | fields


@dataclass
class Board:
    """A publisher at work."""

    pool: "Pool"
    publisher: Publisher
    key: str
    woken: list[int] = field(default_factory=list)

    async def push(self, *values: object) -> Answer:
        """Record a push as the doors do."""
        items = [Item(f"item {index}", value) for index, value in enumerate(values)]
        return await record(self.pool, self.wake, publisher=self.publisher, items=items, now=datetime.now(UTC))

    def wake(self) -> None:
        """Counts instead of a NOTIFY: what waits in the outbox is read by the test."""
        self.woken.append(1)

    async def told(self) -> list[Event]:
        """Take the events out of the outbox, in order."""
        rows = await self.pool.fetch("WITH gone AS (DELETE FROM outbox RETURNING *) SELECT * FROM gone ORDER BY id")
        events = [posting_event.validate_json(row["value"]) for row in rows]
        assert [(row["topic"], row["key"]) for row in rows] == [("postings", str(event.posting.id)) for event in events]
        return events
