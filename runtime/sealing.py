"""Seals small secrets (addresses, webhook secrets, links in mails) with AES-256-GCM, under numbered keys.

A seal opens only for the purpose it was made for; the key's number stands in front, so that keys can be rotated.
"""

import base64
import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from runtime.errors import Fatal, Permanent

_NONCE: Final = 12
_KEY: Final = 32
"""Bytes."""
_SEALED: Final = re.compile(r"k(\d{1,9})\.([A-Za-z0-9_-]+)", re.ASCII)


class BadSeal(Permanent):
    """This is not something we sealed for this purpose, or it was changed on the way."""


class Sealer:
    """Seals with the key of the highest number and opens with any of them.

    `keys` maps a number to 32 bytes. Nonces are random: 2**32 seals under one key before it must be rotated
    (NIST SP 800-38D, 8.3).
    """

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        if not keys or any(len(key) != _KEY for key in keys.values()):
            raise Fatal("sealing needs at least one key, and each must be 32 bytes long")
        self._keys = {number: AESGCM(key) for number, key in keys.items()}
        self._newest = max(keys)
        self._lookup = {number: hashlib.sha256(b"lookup" + key).digest() for number, key in keys.items()}[min(keys)]

    @classmethod
    def parse(cls, text: str) -> "Sealer":
        """From a setting: `1:<base64 of 32 bytes>`, several separated by commas. Raises `Fatal`, which tells no key."""
        keys = {}
        for part in text.split(","):
            number, _, encoded = part.strip().partition(":")
            try:
                keys[int(number)] = base64.b64decode(encoded, validate=True)
            except ValueError:
                raise Fatal("sealing keys are written 1:<base64 of 32 bytes>, several separated by commas") from None
        return cls(keys)

    def seal(self, clear: bytes, *, purpose: str) -> str:
        """`k<number>.<base64url>`, another one at each call."""
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._keys[self._newest].encrypt(nonce, clear, purpose.encode())
        return f"k{self._newest}.{_encoded(sealed)}"

    def open(self, sealed: str, *, purpose: str) -> bytes:
        """What was sealed, or `BadSeal`."""
        if (match := _SEALED.fullmatch(sealed)) is None:
            raise BadSeal
        number, encoded = match.groups()
        try:
            key = self._keys[int(number)]
            raw = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
            if _encoded(raw) != encoded:  # the last character has bits that do not count: one seal, one spelling
                raise BadSeal
            return key.decrypt(raw[:_NONCE], raw[_NONCE:], purpose.encode())
        except (KeyError, ValueError, InvalidTag) as error:  # ValueError: no base64 (binascii.Error), or too short
            raise BadSeal from error

    def fingerprint(self, clear: str) -> bytes:
        """Keyed hash by which a sealed value is found again (32 bytes). It depends on the oldest key only: keep that one."""
        return hmac.digest(self._lookup, clear.encode(), "sha256")


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
