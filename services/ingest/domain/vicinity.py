"""Where a text may speak of something: around some plain words, so that a costly expression reads a few lines and not all.

All words that any field asks for are found in one pass over a text (Aho-Corasick), in a tenth of the time of a look for
each. A text takes time in proportion to its length: of a word that stands there more than `MOST` times, the first ones count.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from ahocorasick_rs import AhoCorasick

MOST: Final = 40
"""Occurrences of one word."""
_WORDS: Final[dict[str, None]] = {}
"""Every word that is looked for, in the order in which modules had it looked for."""


def look_for(*words: str) -> tuple[str, ...]:
    """These plain words, in lower case, are looked for from now on. For modules to say when they are loaded."""
    _WORDS.update(dict.fromkeys(words))
    return words


@lru_cache(maxsize=4)
def lowered(text: str) -> str:
    """In lower case with the same offsets: of all characters "İ" alone would become two.

    Several fields ask for the same text, one after the other.
    """
    return text.replace("İ", "i").lower()


def occurrences(lower: str, word: str) -> Sequence[int]:
    """Where one of the words that are looked for begins, from left to right."""
    return _occurrences(lower, len(_WORDS)).get(word, ())


def matches_near(
    expression: re.Pattern[str], lower: str, words: Iterable[str], *, before: int, after: int
) -> Iterator[re.Match[str]]:
    """Matches, some twice: they begin up to `before` characters before a word and end up to `after` behind its beginning."""
    found = _occurrences(lower, len(_WORDS))
    for word in words:
        for position in found.get(word, ()):
            yield from expression.finditer(lower, max(0, position - before), position + after)


def whole(matches: Iterable[re.Match[str]]) -> Iterable[re.Match[str]]:
    """One for each beginning, the longest: the end of a vicinity may cut one short, which another vicinity holds."""
    longest: dict[int, re.Match[str]] = {}
    for one in matches:
        if one.start() not in longest or one.end() > longest[one.start()].end():
            longest[one.start()] = one
    return longest.values()


@lru_cache(maxsize=4)
def _occurrences(lower: str, known: int) -> Mapping[str, Sequence[int]]:
    words, automaton = _automaton(known)
    found: dict[str, list[int]] = {}
    for number, start, _ in automaton.find_matches_as_indexes(lower, overlapping=True):
        if len(of_word := found.setdefault(words[number], [])) < MOST:
            of_word.append(start)
    return found


@lru_cache(maxsize=1)
def _automaton(known: int) -> tuple[Sequence[str], AhoCorasick]:
    """Of the first `known` words."""
    words = tuple(_WORDS)[:known]
    return words, AhoCorasick(words)
