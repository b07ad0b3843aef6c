"""What people and partners ask for, as it comes in at the API and from the forms."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, field_validator, model_validator

from schemas.filter.asked import AskedFilter
from services.subscriptions.domain.account import Cadence
from services.subscriptions.domain.address import normalised
from services.subscriptions.domain.text import Input

MAXIMUM_URL = 2000

Name = Annotated[str, Field(max_length=200)]


class ToMailbox(Input):
    """Alerts go to the subscriber's address."""

    kind: Literal["email"] = "email"


class ToWebhook(Input):
    """Alerts go to one of the subscriber's endpoints."""

    kind: Literal["webhook"]
    id: UUID


class NewSubscription(Input):
    """A new subscription. Without an API key `email` is needed; with one the account's own address or endpoint is used."""

    email: str | None = Field(default=None, max_length=254, examples=["jane@example.com"])
    name: Name = ""
    """What you call it; shown in alerts."""
    filter: AskedFilter
    """A tree, in which `keywords` may be text, or just that text; see docs/filters.md."""
    cadence: Cadence = "instant"
    destination: Annotated[ToMailbox | ToWebhook, Field(discriminator="kind")] = ToMailbox()

    @field_validator("email")
    @classmethod
    def _an_address(cls, email: str | None) -> str | None:
        return None if email is None else normalised(email)


class SubscriptionChange(Input):
    """What is to be different; what is absent or null stays as it is."""

    name: Name | None = None
    filter: AskedFilter | None = None
    status: Literal["active", "paused"] | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> "SubscriptionChange":
        if self.name is None and self.filter is None and self.status is None:
            raise ValueError("give at least one of name, filter and status")
        return self


class NewEndpoint(Input):
    """A webhook endpoint to be."""

    url: str = Field(min_length=1, max_length=MAXIMUM_URL, examples=["https://hooks.example.com/jobs"])


class Confirmation(Input):
    """The token of a confirmation link."""

    token: str = Field(min_length=1, max_length=4000)


class SignIn(Input):
    """An address to which a link to the account's page is sent, if there is such an account."""

    email: str = Field(max_length=254, examples=["jane@example.com"])

    @field_validator("email")
    @classmethod
    def _an_address(cls, email: str) -> str:
        return normalised(email)
