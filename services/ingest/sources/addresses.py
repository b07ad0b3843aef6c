"""Web addresses as people paste them: with or without a scheme, of a board, of one of its postings, or of its interface."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlsplit

_TOKEN: Final = re.compile(r"[\w.%~-]{1,100}", re.ASCII)
_HOST: Final = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+", re.ASCII)
_SAFE: Final = "%:/?#[]@!$&'()*+,;=-._~"
"""What stands in an address as it is (RFC 3986), and what is quoted already."""


class Address(NamedTuple):
    """Of "https://jobs.example.com/acme/7?lang=en": the host in small letters, the parts of the path, what is asked."""

    host: str
    parts: tuple[str, ...]
    query: Mapping[str, str]


def parse(address: str) -> Address | None:
    """An address of http or https; None where it is none. Parts that no board has in its addresses make it none, too."""
    text = address.strip()
    try:
        split = urlsplit(text if "://" in text else f"https://{text}")
        host = (split.hostname or "").rstrip(".")
    except ValueError:
        return None
    parts = tuple(part for part in split.path.split("/") if part)
    if split.scheme not in ("http", "https") or not _HOST.fullmatch(host):
        return None
    return Address(host, parts, dict(parse_qsl(split.query)))


def token(name: str) -> str | None:
    """A board's name as it stands in an address; None where it can be none ("..", or with a slash or a space in it)."""
    return name if _TOKEN.fullmatch(name) and unquote(name).strip(". ") and "/" not in unquote(name) else None


def web_page(address: str) -> str | None:
    """The address of any page, in ASCII; None where it has no scheme, or is none."""
    scheme, separator, rest = address.strip().partition("://")
    if not separator or scheme.lower() not in {"http", "https"} or not parse(address):
        return None
    return f"{scheme.lower()}://{quote(rest, safe=_SAFE)}"
