"""A publisher and its API key: `jai_<public id>_<secret>`, of which only the public id and a hash are kept.

The secret is 32 random bytes, so a plain SHA-256 protects it: there is nothing to guess that a slow hash would slow down.
"""

import base64
import hmac
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from services.ingest.domain.quota import UNLIMITED, Quota

NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,98}[a-z0-9])?")
"""A publisher's name: what its postings name as their source."""
_KEY: Final = re.compile(r"jai_([0-9a-f]{16})_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who may push."""

    id: int
    name: str
    quota: Quota = UNLIMITED


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is handed over, once, and what is kept of it."""

    public_id: str
    text: str

    @property
    def hash(self) -> bytes:
        return key_hash(self.text)


def make_key(public_id: bytes, secret: bytes) -> Key:
    """From 8 and 32 random bytes."""
    encoded = base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
    return Key(public_id.hex(), f"jai_{public_id.hex()}_{encoded}")


def public_id_of(key: str) -> str | None:
    """By which a presented key is looked up; None where it is no key at all."""
    found = _KEY.fullmatch(key)
    return found and found[1]


def key_hash(key: str) -> bytes:
    """What is kept of a key."""
    return sha256(key.encode()).digest()


def is_same(key: str, kept: bytes) -> bool:
    """Whether the presented key is the kept one, in a time that does not tell how near it is."""
    return hmac.compare_digest(key_hash(key), kept)
