"""The states that `subscriptions` publishes, what remains of them when they end, and its heartbeat.

No address, token or secret is in clear here: they are sealed (`runtime.sealing`) and only the notifier opens them.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter, field_serializer

from schemas.contract import Contract, Event, Instant, State
from schemas.filter.tree import Filter

Sealed = Annotated[str, Field(pattern=r"^k\d+\.[A-Za-z0-9_-]+$", max_length=4000)]
"""Ciphertext with the version of its key in front."""


class Destination(Contract):
    """Where an alert goes: the subscriber's mailbox (`id` is the subscriber's) or a webhook endpoint."""

    kind: Literal["email", "webhook"]
    id: UUID


class SubscriberState(State):
    """A person or partner who confirmed an address."""

    type: Literal["subscriber_state"] = "subscriber_state"
    subscriber_id: UUID
    address: Sealed


class SubscriptionState(State):
    """A filter and where its alerts go."""

    type: Literal["subscription_state"] = "subscription_state"
    subscription_id: UUID
    subscriber_id: UUID
    name: str = Field(default="", max_length=200)
    """What the subscriber calls it; shown in alerts."""
    filter: Filter
    cadence: Literal["instant"] = "instant"
    destination: Destination
    status: Literal["active", "paused"] = "active"
    effective_from: Instant
    """Applies to postings published after this, and to none before."""

    @field_serializer("filter", when_used="json")
    def _without_what_is_not_asked(self, filter: Filter) -> dict[str, Any]:
        """Most of a filter's clauses are not asked for: all of them would be two thirds of a record."""
        return filter.model_dump(mode="json", exclude_defaults=True)


class EndpointState(State):
    """A webhook endpoint."""

    type: Literal["endpoint_state"] = "endpoint_state"
    endpoint_id: UUID
    subscriber_id: UUID
    url: str = Field(max_length=2000)
    secrets: tuple[Sealed, ...] = Field(min_length=1)
    """Every secret that signs at present, newest first."""
    status: Literal["active", "disabled"] = "active"


class SubscriberEnded(State):
    """A subscriber erased their account. No personal data."""

    type: Literal["subscriber_ended"] = "subscriber_ended"
    subscriber_id: UUID


class SubscriptionEnded(State):
    """A subscription was deleted or unsubscribed."""

    type: Literal["subscription_ended"] = "subscription_ended"
    subscription_id: UUID
    subscriber_id: UUID


class EndpointEnded(State):
    """An endpoint was deleted."""

    type: Literal["endpoint_ended"] = "endpoint_ended"
    endpoint_id: UUID
    subscriber_id: UUID


class Heartbeat(Event):
    """All that `subscriptions` answered before `stamped_at` stands before this record in its partition."""

    type: Literal["heartbeat"] = "heartbeat"
    partition: int = Field(ge=0, lt=2**31)
    stamped_at: Instant


SubscriptionEvent = Annotated[
    SubscriberState | SubscriptionState | EndpointState | SubscriberEnded | SubscriptionEnded | EndpointEnded | Heartbeat,
    Field(discriminator="type"),
]
subscription_event: TypeAdapter[
    SubscriberState | SubscriptionState | EndpointState | SubscriberEnded | SubscriptionEnded | EndpointEnded | Heartbeat
] = TypeAdapter(SubscriptionEvent)
