"""What the matcher reads of `subscriptions`, as light as it comes: a tenth of what reading whole contracts takes.

Each says no more and no less than its contract in `schemas.subscription` of what it has; but an instant to less than a
microsecond is rounded, and what stands in fields that the contract does not know is not looked at. A filter's fields are read
where they are compiled (`clauses.py`).
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Raw, Struct

_Version = Literal[1]
_Correlation = Annotated[str, Meta(max_length=64)]
_Revision = Annotated[int, Meta(ge=0, le=2**63 - 1)]
_Sealed = Annotated[str, Meta(pattern=r"\Ak[0-9]+\.[A-Za-z0-9_-]+\Z", max_length=4000)]
_Instant = Annotated[datetime, Meta(tz=True)]


class Destination(Struct, gc=False):
    """Where alerts go."""

    kind: Literal["email", "webhook"]
    id: UUID


class Subscription(Struct, tag_field="type", tag="subscription_state"):
    """`SubscriptionState`."""

    revision: _Revision
    subscription_id: UUID
    subscriber_id: UUID
    filter: dict[str, Raw]
    destination: Destination
    effective_from: _Instant
    status: Literal["active", "paused"] = "active"
    name: Annotated[str, Meta(max_length=200)] = ""
    cadence: Literal["instant"] = "instant"
    version: _Version = 1
    correlation_id: _Correlation = ""


class Subscriber(Struct, tag_field="type", tag="subscriber_state", gc=False):
    """`SubscriberState`, of which the matcher needs nothing."""

    revision: _Revision
    subscriber_id: UUID
    address: _Sealed
    version: _Version = 1
    correlation_id: _Correlation = ""


class Ended(Struct, tag_field="type", tag="subscription_ended"):
    """`SubscriptionEnded`."""

    revision: _Revision
    subscription_id: UUID
    subscriber_id: UUID
    version: _Version = 1
    correlation_id: _Correlation = ""
