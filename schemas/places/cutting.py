"""Where a written place may be cut into a city and what stands behind it; what the pieces mean is the gazetteer's business."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from schemas.places.folding import fold_name, split_words

MOST_WORDS: Final = 8
"""Behind the city: "District of Columbia, United States of America" has seven."""
_REMOTE: Final = re.compile(r"(?i)\A(?:fully\s+|100%\s+)?remote\s*(?:\b(?:in|within|from)\b|[-–—,:/(])\s*(?=\w)")
_NOTE: Final = re.compile(r"(?i)\s*\([^()]*\)?\s*\Z|(?<=\w)\s+(?:remote|hybrid|on-?site)\Z")
_CODED: Final = re.compile(r"([A-Z]{2})-([A-Z]{2})-([^-,]+)")
_SEVERAL: Final = re.compile(r"[;|]")
_CHOICE: Final = re.compile(r"\b(?:or|and)\b")  # OR is Oregon
_TWO: Final = 2
_SEPARATOR: Final = re.compile(r"[,()]|\s[-–—]\s")


@dataclass(frozen=True, slots=True)
class Cut:
    """The first piece is a folded name and not empty; the words behind it are not a name yet: MT is Montana."""

    first: str
    rest: Sequence[str]
    marked: bool
    """Whether a comma or its like is there. A space alone may be within a name: "Baja California", "New England"."""


def spellings(text: str) -> Iterator[str]:
    """The text, and what it may say in fewer words or another order: "Remote in USA", "Austin, TX (Hybrid)", "Bengaluru,
    Karnataka, India", "US, CA, Santa Clara", "US-CA-Fremont (1003)".
    """
    text = _SEVERAL.split(text, 1)[0]  # sources take several apart; of those that do not the first is better than a mixture
    yield text
    plain = _NOTE.sub("", _REMOTE.sub("", text.strip())).strip()
    if plain != text:
        yield plain
    pieces = [piece.strip() for piece in _SEPARATOR.split(plain) if piece.strip()]
    if coded := _CODED.fullmatch(plain):
        pieces = [coded[1], coded[2], coded[3]]
    if len(pieces) > _TWO and not _CHOICE.search(plain):
        yield ", ".join((pieces[0], *pieces[-2:]))
        yield f"{pieces[0]}, {pieces[-1]}"
        yield ", ".join(reversed(pieces))


def cuts(text: str) -> Iterator[Cut]:
    """At the first comma, then at each space, the longest rest first."""
    pieces = [words for piece in _SEPARATOR.split(text) if (words := split_words(piece))]
    if len(pieces) > 1:
        yield from _cut(pieces[0], [word for piece in pieces[1:] for word in piece], marked=True)
    words = [word for piece in pieces for word in piece]
    for end in range(max(1, len(words) - MOST_WORDS), len(words)):
        yield from _cut(words[:end], words[end:], marked=False)


def _cut(words: list[str], rest: list[str], *, marked: bool) -> Iterator[Cut]:
    first = fold_name(" ".join(words)) if len(rest) <= MOST_WORDS else ""
    if first:
        yield Cut(first, rest, marked)
