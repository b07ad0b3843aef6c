"""Characters that do not belong into anything shown, matched or mailed are replaced or taken out."""

import re
from typing import Final

# Invisible inside a word, which would not be found then: soft hyphen, zero-width space, word joiner, byte-order mark.
_INVISIBLE: Final = "\xad\u200b\u2060\ufeff"
_BREAKS: Final = "\x0b\x0c\r\x85\u2028\u2029"
_UNWANTED: Final = re.compile(f"\r\n|[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\u2028\u2029{_INVISIBLE}]")


def printable(text: str) -> str:
    """Line breaks of every kind as LF, other control characters as spaces (a tab stays), invisible ones gone."""
    return _UNWANTED.sub(_replace, text)


def fold(text: str) -> str:
    """The text on one line, white space folded: how texts are compared."""
    return " ".join(printable(text).split())


def _replace(found: "re.Match[str]") -> str:
    if found[0] in _INVISIBLE:
        return ""
    return "\n" if found[0] == "\r\n" or found[0] in _BREAKS else " "
