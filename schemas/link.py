"""What the links in a mail carry, sealed. The notifier seals, `subscriptions` opens; nobody else can make or read one.

A token names the recipient and what it allows; its purpose is bound into the seal, so that one kind never passes for another.
"""

from typing import Final, Literal
from uuid import UUID

from pydantic import TypeAdapter

from schemas.contract import Contract, Instant

Purpose = Literal["confirm", "manage", "unsubscribe"]
PURPOSES: Final[tuple[Purpose, ...]] = ("confirm", "manage", "unsubscribe")


class Link(Contract):
    """Who may do what. `subscription_id` is absent where the link is about the whole account."""

    subscriber_id: UUID
    subscription_id: UUID | None = None
    also: tuple[UUID, ...] = ()
    """More subscriptions of the same subscriber that the mail spoke for: unsubscribing ends them all."""
    alert_id: UUID | None = None
    """The alert whose mail carried the link, for the record of an unsubscribe."""
    expires_at: Instant | None = None
    """Unsubscribe links never expire (RFC 8058 has no such notion, and a mail may be years old)."""


link: TypeAdapter[Link] = TypeAdapter(Link)
