"""Seals small secrets (addresses, webhook secrets, links in mails) with AES-256-GCM, under numbered keys.

A seal opens only for the purpose it was made for; the key's number stands in front, so that keys can be rotated.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from runtime.errors import Permanent

_NONCE = 12


class BadSeal(Permanent):
    """This is not something we sealed for this purpose, or it was changed on the way."""


class Sealer:
    """Seals with the key of the highest number and opens with any of them.

    `keys` maps a number to 32 bytes. Nonces are random: 2**32 seals under one key before it must be rotated
    (NIST SP 800-38D, 8.3).
    """

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        if not keys:
            raise ValueError("at least one key is needed")
        self._keys = {number: AESGCM(key) for number, key in keys.items()}
        self._newest = max(keys)
        self._lookup = {number: hashlib.sha256(b"lookup" + key).digest() for number, key in keys.items()}[min(keys)]

    @classmethod
    def parse(cls, text: str) -> "Sealer":
        """From a setting: `1:<base64 of 32 bytes>`, several separated by commas."""
        keys = {}
        for part in text.split(","):
            number, _, encoded = part.strip().partition(":")
            keys[int(number)] = base64.b64decode(encoded, validate=True)
        return cls(keys)

    def seal(self, clear: bytes, *, purpose: str) -> str:
        """`k<number>.<base64url>`, another one at each call."""
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._keys[self._newest].encrypt(nonce, clear, purpose.encode())
        return f"k{self._newest}." + base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open(self, sealed: str, *, purpose: str) -> bytes:
        """What was sealed, or `BadSeal`."""
        number, _, encoded = sealed.removeprefix("k").partition(".")
        try:
            key = self._keys[int(number)]
            raw = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
            return key.decrypt(raw[:_NONCE], raw[_NONCE:], purpose.encode())
        except (KeyError, ValueError, binascii.Error, InvalidTag) as error:
            raise BadSeal from error

    def fingerprint(self, clear: str) -> bytes:
        """Keyed hash by which a sealed value is found again (32 bytes). It depends on the oldest key only: keep that one."""
        return hmac.digest(self._lookup, clear.encode(), "sha256")
