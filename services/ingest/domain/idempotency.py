"""`Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a client's name for a request, to send it again without harm.

The draft has a string in quotes; most clients, as those of Stripe, send the bare characters. Both are taken, and mean the same.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

MAXIMUM_KEY: Final = 255
"""Characters."""
_BARE: Final = re.compile(r"[!-~]+")
_QUOTED: Final = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
_ESCAPED: Final = re.compile(r'\\(["\\])')


class BadKey(Exception):
    """`Idempotency-Key` is sent once, with 1 to 255 characters of printable ASCII, in quotes or without."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True)
class Request:
    """A request that has a key."""

    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as it goes out: problem details from status 400 on, JSON below."""

    status: int
    body: bytes


def request_of(fields: Sequence[str], *, method: str, path: str, body: bytes) -> Request | None:
    """None where there is no key. `fields` are all the values of the header. Raises `BadKey`."""
    if not fields:
        return None
    key = _key(fields[0].strip()) if len(fields) == 1 else ""
    if not 0 < len(key) <= MAXIMUM_KEY:
        raise BadKey
    return Request(key, fingerprint(method, path, body))


def fingerprint(method: str, path: str, body: bytes) -> bytes:
    """Of what was asked for; `path` with its query. The same for the same request only."""
    return sha256(f"{method} {path}\n".encode() + body).digest()


def _key(text: str) -> str:
    if quoted := _QUOTED.fullmatch(text):
        return _ESCAPED.sub(r"\1", quoted[1])
    return text if not text.startswith('"') and _BARE.fullmatch(text) else ""
