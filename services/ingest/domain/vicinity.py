"""Where a text may speak of something: around some plain words, so that a costly expression reads a few lines and not all.

A text takes time in proportion to its length: what holds more such words than `MOST` is read no further.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

MOST: Final = 40
"""Occurrences of one word."""


@lru_cache(maxsize=4)
def lowered(text: str) -> str:
    """In lower case with the same offsets: "İ" becomes two characters, and such a text stays as it is.

    Several fields ask for the same text, one after the other.
    """
    lower = text.lower()
    return lower if len(lower) == len(text) else text


def matches_near(
    expression: re.Pattern[str], lower: str, words: Iterable[str], *, before: int, after: int
) -> Iterator[re.Match[str]]:
    """Matches, some twice: they begin up to `before` characters before a word and end up to `after` behind its beginning."""
    for word in words:
        position, left = lower.find(word), MOST
        while position >= 0 and left:
            yield from expression.finditer(lower, max(0, position - before), position + after)
            position, left = lower.find(word, position + len(word)), left - 1


def whole(matches: Iterable[re.Match[str]]) -> Iterable[re.Match[str]]:
    """One for each beginning, the longest: the end of a vicinity may cut one short, which another vicinity holds."""
    longest: dict[int, re.Match[str]] = {}
    for one in matches:
        if one.start() not in longest or one.end() > longest[one.start()].end():
            longest[one.start()] = one
    return longest.values()
