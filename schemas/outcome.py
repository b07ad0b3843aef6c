"""What became of an alert."""

from typing import Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from schemas.contract import Episode, Event, Instant
from schemas.match import Kind


class Outcome(Event):
    """One ledger row reached an end, or waits for a later attempt (`deferred`)."""

    type: Literal["outcome"] = "outcome"
    alert_id: UUID
    subscription_id: UUID
    subscriber_id: UUID
    posting_id: UUID
    episode: Episode
    kind: Kind
    outcome: Literal["sent", "deferred", "suppressed", "failed", "bounced"]
    reason: str = Field(default="", max_length=500)
    """In words, for a person; empty where there is nothing to say."""
    delivery_id: UUID | None = None
    at: Instant


outcome: TypeAdapter[Outcome] = TypeAdapter(Outcome)
