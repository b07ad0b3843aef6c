"""What leaves at the REST door."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from schemas.filter.tree import Filter
from schemas.filter.warning import Warned, warnings
from schemas.subscription import Destination
from services.subscriptions.domain.account import Cadence, Endpoint, EndpointStatus, Subscription, SubscriptionStatus


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class SubscriptionBody(_Body):
    """A subscription."""

    id: UUID
    name: str
    filter: Filter
    cadence: Cadence
    destination: Destination
    status: SubscriptionStatus
    effective_from: datetime | None
    """Applies to postings published after this."""
    created_at: datetime
    updated_at: datetime
    last_alert_at: datetime | None
    warnings: list[Warned]
    """Clauses that can hardly be meant: those that never match, and a filter that takes everything."""

    @classmethod
    def of(cls, subscription: Subscription) -> "SubscriptionBody":
        return cls(
            id=subscription.id,
            name=subscription.name,
            filter=subscription.filter,
            cadence=subscription.cadence,
            destination=subscription.destination,
            status=subscription.status,
            effective_from=subscription.effective_from,
            created_at=subscription.created_at,
            updated_at=subscription.updated_at,
            last_alert_at=subscription.last_alert_at,
            warnings=warnings(subscription.filter),
        )


class ConfirmationSent(_Body):
    """The same for every valid address, known or not. The rest is told by a mail to it."""

    status: Literal["confirmation_sent"] = "confirmation_sent"
    subscription_id: UUID
    warnings: list[Warned]


class SubscriptionList(_Body):
    """A page of subscriptions, oldest first."""

    subscriptions: list[SubscriptionBody]
    next: UUID | None
    """Give it as `after` to get the page after this one; absent on the last."""


class ConfirmedBody(_Body):
    """A confirmed subscription."""

    subscription: SubscriptionBody
    api_key: str | None
    """Shown once: keep it. Absent where the subscription had been confirmed before."""
    manage_url: str
    """A page for people, good for a day."""
    note: str


class Sent(_Body):
    """The same for every valid address, known or not."""

    status: Literal["sent_if_known"] = "sent_if_known"


class EndpointBody(_Body):
    """A webhook endpoint."""

    id: UUID
    url: str
    status: EndpointStatus
    created_at: datetime

    @classmethod
    def of(cls, endpoint: Endpoint) -> "EndpointBody":
        return cls(id=endpoint.id, url=endpoint.url, status=endpoint.status, created_at=endpoint.created_at)


class NewEndpointBody(EndpointBody):
    """A new endpoint with its signing secret."""

    secret: str
    """`whsec_...` (Standard Webhooks 1.0.0), shown once: keep it."""


class EndpointList(_Body):
    """All endpoints, oldest first."""

    endpoints: list[EndpointBody]


class TestRequested(_Body):
    """A test event is on its way to the endpoint."""

    __test__ = False  # not a test class, whatever pytest thinks of its name
    status: Literal["requested"] = "requested"


class ProblemBody(_Body):
    """Problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
