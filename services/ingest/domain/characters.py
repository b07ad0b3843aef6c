"""Characters that do not belong into anything shown, matched or mailed are replaced or taken out."""

import re
from functools import lru_cache
from typing import Final

# Invisible inside a word, which would not be found then: soft hyphen, zero-width space, word joiner, operators behind it,
# byte-order mark; and what turns the direction of a text, which may show it otherwise than it is.
_INVISIBLE: Final = "\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_SURROGATES: Final = "\ud800-\udfff"
_BREAKS: Final = "\x0b\x0c\r\x85\u2028\u2029"
_UNWANTED: Final = re.compile(f"\r\n|[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\u2028\u2029{_INVISIBLE}{_SURROGATES}]")
_GONE: Final = re.compile(f"[{_INVISIBLE}]")
_LONE: Final = re.compile(f"[{_SURROGATES}]")
_UNKNOWN: Final = "\ufffd"
"""U+FFFD, the replacement character."""


def printable(text: str) -> str:
    """Line breaks of every kind as LF, other control characters as spaces (a tab stays), invisible ones gone.

    A lone surrogate, which nothing can encode, becomes U+FFFD.
    """
    if is_printable(text):  # which takes a tenth of the time, and is so of most texts
        return text
    return _UNWANTED.sub(_replace, text)


@lru_cache(maxsize=1)
def is_printable(text: str) -> bool:
    """Whether all white space in it is plain spaces and LF, and nothing is invisible. Of the same text it is asked twice."""
    return text.replace("\n", "").isprintable()


def fold(text: str) -> str:
    """The text on one line, white space folded: how texts are compared."""
    return " ".join(printable(text).split())


def _replace(found: "re.Match[str]") -> str:
    if _GONE.match(found[0]):
        return ""
    if _LONE.match(found[0]):
        return _UNKNOWN
    return "\n" if found[0] == "\r\n" or found[0] in _BREAKS else " "
