"""What the service keeps: subscribers, their subscriptions, endpoints and API keys, as rows that left the store."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from schemas.filter.tree import Filter
from schemas.subscription import Destination

SubscriberStatus = Literal["pending", "active", "ended"]
SubscriptionStatus = Literal["pending", "active", "paused", "ended"]
EndpointStatus = Literal["active", "disabled", "ended"]
Cadence = Literal["instant"]


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Somebody with an address. `pending`: not confirmed; `ended`: erased, nothing personal is left."""

    id: UUID
    status: SubscriberStatus
    address: str | None
    """Sealed; absent once erased."""
    revision: int


@dataclass(frozen=True, slots=True)
class Subscription:
    """A filter and where its alerts go."""

    id: UUID
    subscriber_id: UUID
    name: str
    filter: Filter
    cadence: Cadence
    destination: Destination
    status: SubscriptionStatus
    effective_from: datetime | None
    """Absent while it is pending."""
    revision: int
    created_at: datetime
    updated_at: datetime
    last_alert_at: datetime | None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A webhook endpoint."""

    id: UUID
    subscriber_id: UUID
    url: str
    status: EndpointStatus
    revision: int
    created_at: datetime
    secrets: tuple[str, ...]
    """Sealed, newest first: all that sign at present."""


@dataclass(frozen=True, slots=True)
class Key:
    """An API key, of which only a hash of the secret is kept."""

    id: UUID
    subscriber_id: UUID
    hash: bytes
    created_at: datetime
    last_used_at: datetime | None
    """To the hour: finer would be a record of what somebody does."""
    stale: bool
    """`last_used_at` is more than an hour old, or absent."""
