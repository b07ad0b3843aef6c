"""What this service seals, opens and mints: addresses, links of mails, secrets of endpoints, API keys."""

import base64
import os
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from pydantic import ValidationError

from runtime.sealing import BadSeal, Sealer
from schemas.link import Link, Purpose, link
from services.subscriptions import metrics
from services.subscriptions.domain import key
from services.subscriptions.domain.address import inbox, lookup
from services.subscriptions.errors import BadLink, ExpiredLink


@dataclass(frozen=True, slots=True)
class MintedKey:
    """A new API key: `text` is shown once, `hash` is kept."""

    id: UUID
    text: str
    hash: bytes


def mint_key() -> MintedKey:
    """An API key that nobody has yet."""
    key_id, secret = uuid4(), os.urandom(key.SECRET_LENGTH)
    return MintedKey(key_id, key.written(key_id, secret), key.hashed(secret))


def mint_secret() -> str:
    """A webhook secret: 32 random bytes as Standard Webhooks 1.0.0 writes them, `whsec_<base64>`."""
    return "whsec_" + base64.b64encode(os.urandom(32)).decode()


class Seals:
    """A `Sealer` with this service's purposes."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def seal_address(self, address: str) -> str:
        """Opened by the notifier alone."""
        return self._sealer.seal(address.encode(), purpose="address")

    def seal_secret(self, secret: str) -> str:
        """A webhook secret as its owner has it (`whsec_...`)."""
        return self._sealer.seal(secret.encode(), purpose="webhook-secret")

    def fingerprint(self, address: str) -> bytes:
        """By which the account of an address is found."""
        return self._sealer.fingerprint(lookup(address))

    def inbox(self, address: str) -> bytes:
        """By which mails to one inbox are counted. It is no fingerprint of the same text: the two must not be comparable."""
        return self._sealer.fingerprint("inbox " + inbox(address))

    def seal_link(self, subscriber_id: UUID, *, purpose: Purpose, expires_at: datetime) -> str:
        """The token of a link that is shown, not mailed: after a confirmation, to the page of the account."""
        token = Link(subscriber_id=subscriber_id, expires_at=expires_at)
        return self._sealer.seal(token.model_dump_json().encode(), purpose=f"link.{purpose}")

    def open_link(self, token: str, *, purpose: Purpose, now: datetime) -> Link:
        """Raises `BadLink`, or `ExpiredLink` for one that was genuine."""
        try:
            opened = link.validate_json(self._sealer.open(token.strip(), purpose=f"link.{purpose}"), extra="ignore")
        except (BadSeal, ValidationError):
            metrics.refused_links.labels(purpose, "broken").inc()
            raise BadLink from None
        if opened.expires_at is not None and opened.expires_at <= now:
            metrics.refused_links.labels(purpose, "expired").inc()
            raise ExpiredLink
        return opened
