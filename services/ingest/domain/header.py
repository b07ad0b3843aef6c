"""The pieces of a line that is a list: a title, or the first line of a comment, "Lodestar | Full-time | Remote (US) or Berlin".

Words that mean something only on their own are looked for in these: "Remote" is a workplace, "Remote Sensing" is none.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

_LONGEST: Final = 600
_MOST: Final = 60
"""Pieces of a line; what has more is no header."""
_SEPARATOR: Final = re.compile(r"[|,;/&+()\[\]:•·]|\s[-–—]+\s|\b(?:or|and|https?)\b", re.IGNORECASE)
_WORD: Final = re.compile(r"\w+")
_BARS: Final = 2


class Piece(NamedTuple):
    """`words` in lower case; hyphens are spaces."""

    start: int
    end: int
    words: tuple[str, ...]


@lru_cache(maxsize=4)
def pieces(line: str) -> tuple[Piece, ...]:
    """From left to right; empty ones are left out. Several fields ask for the same line, one after the other."""
    return tuple(_pieces(line))


def _pieces(line: str) -> Iterator[Piece]:
    line, start = line[:_LONGEST], 0
    ends = [(found.start(), found.end()) for _, found in zip(range(_MOST), _SEPARATOR.finditer(line), strict=False)]
    for end, begin in (*ends, (len(line), len(line))):
        text = line[start:end]
        if words := tuple(_WORD.findall(text.lower())):
            first = start + len(text) - len(text.lstrip())
            yield Piece(first, first + len(text.strip()), words)
        start = begin


def header(text: str) -> str:
    """The first line where it is such a list; empty where it is a sentence."""
    first = text[:_LONGEST].split("\n", 1)[0]
    return first if first.count("|") >= _BARS else ""
