"""A publisher at work, and what it pushes."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from runtime.postgres import Pool
from schemas.posting import PostingChanged, PostingClosed, PostingOpened, posting_event
from services.ingest.domain.batch import Item
from services.ingest.domain.publisher import Publisher
from services.ingest.domain.receipt import Answer
from services.ingest.record import record
from tests.support.until import until

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

    pool: Pool
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

    async def blocked(self) -> int:
        """The server process that waits for a lock, once there is one."""
        return await self._until(
            "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )

    async def quiet(self) -> None:
        """Until no transaction is open but the one that asks."""
        await self._until(
            """SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
               AND backend_type = 'client backend' AND xact_start IS NOT NULL AND pid <> pg_backend_pid())"""
        )

    async def emptied(self) -> None:
        """Until the outbox is empty."""
        await self._until("SELECT 1 WHERE NOT EXISTS (SELECT FROM outbox)")

    async def _until(self, question: str) -> int:
        return int(await until(lambda: self.pool.fetchval(question), within=10))
