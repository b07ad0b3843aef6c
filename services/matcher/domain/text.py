"""Text as matching sees it: folded words, with a space around each, so that a phrase is found by looking for a substring."""

import re
import unicodedata
from typing import Final

_WORD: Final = re.compile(r"\.net\b|[^\W_]+(?:\.(?:js|net|io|ai)\b)?(?:\+\+|#)?")
"""A run of letters and digits. What makes "C++", "C#", ".NET" and "Node.js" words of their own stays with them."""


def fold(text: str) -> str:
    """Lower case, no accents: "São Paulo" and "SAO PAULO" are one."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def words(text: str) -> list[str]:
    """The folded words of a text, in order."""
    return _WORD.findall(fold(text))


def spaced(text: str) -> str:
    """The folded words with one space before, between and after: " senior c++ engineer "; a single space for no words."""
    found = words(text)
    return f" {' '.join(found)} " if found else " "
