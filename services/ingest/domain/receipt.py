"""What a publisher is answered: for each item what became of it, and how many of each."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.ingest.domain.fault import Fault


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Receipt(_Answer):
    """What became of one item."""

    index: int
    """Position in the push, from 0."""
    source_id: str | None = None
    id: UUID | None = None
    """The posting's id, by which it is read and closed."""
    status: Literal["accepted", "unchanged", "rejected"]
    what: Literal["opened", "reopened", "changed"] | None = None
    """What was accepted: a new posting, a closed one that is open again, an open one that says something else."""
    errors: tuple[Fault, ...] = ()


class Counts(_Answer):
    """How many items of a push met each fate."""

    opened: int = 0
    reopened: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0

    @property
    def told(self) -> int:
        """Items that became an event."""
        return self.opened + self.reopened + self.changed

    def plus(self, receipts: "tuple[Receipt, ...]") -> "Counts":
        """With these added."""
        counts = self.model_dump()
        for receipt in receipts:
            counts[receipt.what or receipt.status] += 1
        return Counts(**counts)


class Answer(_Answer):
    """What became of a push; it stands in the order in which the items were sent."""

    counts: Counts
    items: tuple[Receipt, ...]
