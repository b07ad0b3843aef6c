"""Text as matching sees it: folded words, with a space around each, so that a phrase is found by looking for a substring."""

import re
import unicodedata
from typing import Final

_WORD: Final = re.compile(r"\.net\b|[^\W_]+(?:\.(?:js|net|io|ai)\b)?(?:\+\+|#)?")
"""A run of letters and digits. What makes "C++", "C#", ".NET" and "Node.js" words of their own stays with them."""
_ACCENT: Final = re.compile("[\u0300-\u036f]")
"""Combining diacritical marks (Unicode block), which decomposition sets apart from their letters."""

_MARKS: Final = str.maketrans("™℠", "  ")
"""They would decompose to letters, and "Acme™" be another word than "Acme"."""


def fold(text: str) -> str:
    """Lower case, no accents: "São Paulo" and "SAO PAULO" are one."""
    if text.isascii():
        return text.lower()
    return _ACCENT.sub("", unicodedata.normalize("NFKD", text.translate(_MARKS)).casefold())


def words(text: str) -> list[str]:
    """The folded words of a text, in order."""
    return _WORD.findall(fold(text))


def spaced(text: str) -> str:
    """The folded words with one space before, between and after: " senior c++ engineer "; a single space for no words."""
    found = words(text)
    return f" {' '.join(found)} " if found else " "
