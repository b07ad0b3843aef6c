"""What a person asked of another service. The service that owns the answer does it; the asker does not wait."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from schemas.contract import Event, Instant
from schemas.subscription import Sealed


class _Request(Event):
    request_id: UUID
    """Doing it twice has the effect of doing it once."""
    requested_at: Instant


class ConfirmationRequested(_Request):
    """Send the link that confirms a new subscription to its address. The notifier makes the token."""

    type: Literal["confirmation_requested"] = "confirmation_requested"
    subscriber_id: UUID
    subscription_id: UUID
    subscription_name: str = ""
    address: Sealed
    expires_at: Instant


class SignInRequested(_Request):
    """Send a link that opens the subscriber's own page."""

    type: Literal["sign_in_requested"] = "sign_in_requested"
    subscriber_id: UUID
    address: Sealed
    expires_at: Instant


class TestEventRequested(_Request):
    """Send a test event to an endpoint."""

    __test__ = False  # not a test class, whatever pytest thinks of its name
    type: Literal["test_event_requested"] = "test_event_requested"
    endpoint_id: UUID
    subscriber_id: UUID


RequestEvent = Annotated[
    ConfirmationRequested | SignInRequested | TestEventRequested,
    Field(discriminator="type"),
]
request_event: TypeAdapter[ConfirmationRequested | SignInRequested | TestEventRequested] = TypeAdapter(RequestEvent)
