"""API keys as text: `jas_<id>_<secret>`. The id finds the row, the hash of the secret proves it."""

import base64
import binascii
import hashlib
import hmac
from typing import Final
from uuid import UUID

PREFIX: Final = "jas"
SECRET_LENGTH: Final = 32
"""Random bytes in a secret: too many to guess, so that one plain SHA-256 is enough to keep it."""


def written(id: UUID, secret: bytes) -> str:
    """The key as its owner keeps it."""
    return f"{PREFIX}_{id.hex}_{base64.urlsafe_b64encode(secret).rstrip(b'=').decode()}"


def read(text: str) -> tuple[UUID, bytes] | None:
    """Id and secret, or nothing where this is no key of ours."""
    prefix, _, rest = text.partition("_")
    number, _, secret = rest.partition("_")
    try:
        raw = base64.b64decode(secret + "=" * (-len(secret) % 4), altchars=b"-_", validate=True)
        return (UUID(hex=number), raw) if prefix == PREFIX and len(raw) == SECRET_LENGTH else None
    except (ValueError, binascii.Error):
        return None


def hashed(secret: bytes) -> bytes:
    """What is kept of a secret (32 bytes)."""
    return hashlib.sha256(secret).digest()


def proves(secret: bytes, kept: bytes) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(hashed(secret), kept)
