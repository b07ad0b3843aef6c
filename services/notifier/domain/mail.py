"""The bytes of a mail with a text and an HTML part (RFC 5322, 2045, 2046): headers and both texts enter, the message leaves.

A prepared skeleton instead of `email.message`: that takes about a millisecond a mail, and folds long URLs in headers so that
they break. No value can begin a header of its own, no line is longer than 998 characters.
"""

import re
from base64 import b64encode
from binascii import b2a_qp
from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import Final

_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?", re.ASCII)
_NOT_SHOWN: Final = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+")
"""Controls, and what turns the direction of the text that follows: in a list of mails it would turn its neighbours too."""
_LONGEST_LINE: Final = 998
_FOLDED: Final = 66
_ENCODED: Final = 36
"""Bytes of text in one encoded word."""


def is_address(text: str) -> bool:
    """Whether a mail can be sent to it as it is: RFC 5321 without quoted local parts and without SMTPUTF8."""
    return _ADDRESS.fullmatch(text) is not None


def subject(text: str) -> str:
    """One line, as encoded words (RFC 2047) where it is not plain ASCII, folded.

    `email.header` does the same and takes as long for it as all the rest of a mail.
    """
    line = " ".join(_NOT_SHOWN.sub(" ", text).split())
    if line.isascii() and "=?" not in line:
        return "\r\n ".join(wrap(line, _FOLDED, break_long_words=False, break_on_hyphens=False))
    return "\r\n ".join(f"=?utf-8?b?{b64encode(part).decode()}?=" for part in _parts(line))


def mail_bytes(headers: Iterable[tuple[str, str]], *, text: str, html: str, boundary: str) -> bytes:
    """The whole message with CRLF line ends. `ValueError` where a header's value would be more than one header."""
    lines = [_header(name, value) for name, value in headers]
    lines += ["MIME-Version: 1.0", f'Content-Type: multipart/alternative; boundary="{boundary}"', ""]
    for kind, content in (("plain", text), ("html", html)):
        lines += [
            f"--{boundary}",
            f'Content-Type: text/{kind}; charset="utf-8"',
            "Content-Transfer-Encoding: quoted-printable",
            "",
            _quoted(content),
        ]
    lines += [f"--{boundary}--", ""]
    return "\r\n".join(lines).encode("ascii")


def _parts(line: str) -> Iterator[bytes]:
    """Pieces whose encoded words fit on a line of 76 characters; no character is torn."""
    part = b""
    for character in line:
        encoded = character.encode()
        if len(part) + len(encoded) > _ENCODED:
            yield part
            part = b""
        part += encoded
    yield part


def _header(name: str, value: str) -> str:
    line = f"{name}: {value}"
    parts = line.split("\r\n")
    if any(not part.isprintable() or not part.isascii() or len(part) > _LONGEST_LINE for part in parts):
        raise ValueError(f"{name} has a character or a length that a header cannot have")
    if any(not part.startswith(" ") or not part.strip() for part in parts[1:]):
        raise ValueError(f"{name} would begin another header")
    return line


def _quoted(text: str) -> str:
    """Quoted-printable (RFC 2045, 6.7), lines of up to 76 characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    return b2a_qp(lines, istext=True).decode("ascii").replace("\n", "\r\n")
