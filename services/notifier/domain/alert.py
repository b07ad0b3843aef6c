"""An alert: one subscription is to be told one thing about one opening of a posting."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from schemas.match import Kind

NAMESPACE: Final = UUID("6f1d6a52-0c5b-5d0e-9a52-3f9b4d2c7e10")
"""Namespace of alert ids (RFC 9562, 5.5)."""
_NAMESPACE_HASHED: Final = hashlib.sha1(NAMESPACE.bytes, usedforsecurity=False)
_RANDOM: Final = ~(0xF000 << 64 | 0xC000 << 48)
_VERSION_5: Final = 0x5000 << 64 | 0x8000 << 48


@dataclass(frozen=True, slots=True)
class Key:
    """What makes an alert that alert; the ledger has it once."""

    opened_on: date
    posting_id: UUID
    subscription_id: UUID
    episode: int
    kind: Kind
    revision: int
    """0 where the opening itself matched; the posting's for what a change made: a match, another, or none any more."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A ledger row that waits."""

    key: Key
    alert_id: UUID
    subscriber_id: UUID
    destination_id: UUID
    clauses: tuple[str, ...]
    recorded_at: datetime


def alert_id(subscription_id: UUID, posting_id: UUID, episode: int, kind: Kind, revision: int) -> UUID:
    """UUIDv5 of (subscription, posting, episode, kind, and for later kinds the revision)."""
    name = f"{subscription_id}:{posting_id}:{episode}:{kind}" + (f":{revision}" if revision else "")
    hashed = _NAMESPACE_HASHED.copy()  # as uuid.uuid5, in half its time: this runs for every match
    hashed.update(name.encode())
    return UUID(int=int.from_bytes(hashed.digest()[:16], "big") & _RANDOM | _VERSION_5)
