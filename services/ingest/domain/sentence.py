"""The sentence around some words of a clean text: offsets enter, and those of the whole sentence leave.

Only what stands near is read, so that a sentence costs the same in a text of any length. Each expression begins with one
class, or one character, which takes half the time. Abbreviations are in `sentence.toml`.
"""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

LONGEST: Final = 600
"""Characters of a sentence at the most, if the words themselves are not longer: what goes on is cut between words."""

LONG: Final = 300
"""Characters: what is longer may be lines that an export glued together ("Python The salary is")."""

_BEFORE: Final = 24
"""Characters before a full stop that are looked at, to tell whether it ends a sentence."""
_STOP: Final = 4
"""Characters of a full stop with the quotes and brackets behind it."""
_OPENING: Final = 4
"""Characters that a sentence is known to begin by: two quotes or brackets, and the first of "iOS"."""
_END: Final = re.compile(
    r"[.!?…。！？](?:(?<=[.!?…])(?![.!?…])[)\]\"'”’»]{0,3}(?= [(\"'“]{0,2}(?:[^a-z\s|/&,)(\"'“]|[a-z][A-Z]))|(?<=[。！？]))"
)
_GLUED: Final = re.compile(r" (?:(?<=[a-z0-9)%:] )(?=(?:The|This|These|We|You|Our|If) [a-z])|(?<!\d )[-•*·] ?(?=[A-Z0-9\"“(]))")
"""Before such a word, or with the bullet of an item: "of Java - 3 years of Python", but not "3 - 5 years"."""
_OPENER: Final = 7
"""Characters of the longest of these words and what stands behind it."""
_LAST_WORD: Final = re.compile(r"[\w.]*\Z")
_NEXT_WORD: Final = re.compile(r" ([^\W\d_]++)(?!\.)")
_LETTERS: Final = re.compile(r"[^\W\d_](?:\.[^\W\d_])*")
_SPACE: Final = re.compile(r"\s")


class _Words(NamedTuple):
    never: frozenset[str]
    before_numbers: frozenset[str]
    seldom: frozenset[str]
    openers: frozenset[str]


def sentence_at(text: str, start: int, end: int) -> tuple[int, int]:
    """Of a clean text (`description.clean`), where the sentence begins and ends that has the words from `start` to `end`.

    A line's end ends it, and a line's bullet is no part of it. Of words in several sentences or lines it goes from the
    beginning of the first to the end of the last.
    """
    start, end = _stripped(text, start, end)
    first, last = _beginning(text, start), _ending(text, end)
    if last - first > LONG:
        first, last = _unglued_before(text, first, start), _unglued_behind(text, end, last)
    if last - first >= LONGEST:
        first = _next_word(text, max(first, start - LONGEST // 2), start)
        last = _previous_word(text, end, min(last, max(end, first + LONGEST)))
    return _stripped(text, min(first, last), last)


def _beginning(text: str, start: int) -> int:
    window = max(0, start - LONGEST)
    first = text.rfind("\n", window, start) + 1 or window
    if text.startswith("- ", first):
        first += len("- ")
    ends = reversed([one for one in _END.finditer(text, first, start + _OPENING) if one.end() <= start])
    return next((one.end() for one in ends if _is_end(text, one)), first)


def _ending(text: str, end: int) -> int:
    window = min(len(text), end + LONGEST)
    line = text.find("\n", end, window)
    last = window if line < 0 else line
    ends = _END.finditer(text, max(0, end - _STOP), last)  # the words may have their full stop already
    return next((one.end() for one in ends if one.end() >= end and _is_end(text, one)), last)


def _is_end(text: str, stop: re.Match[str]) -> bool:
    """Whether it is the stop of no abbreviation, and of no number that an item begins with."""
    words, line = _words(), text[max(0, stop.start() - _BEFORE) : stop.start()].rpartition("\n")[2]
    found = _LAST_WORD.search(line)
    word = found[0].lower() if found else ""
    is_letters = _LETTERS.fullmatch(word) is not None
    if word in words.never or ((is_letters or word.isdecimal()) and line.removeprefix("- ").lower() == word):
        return False
    if word in words.before_numbers and text[stop.end() + 1 : stop.end() + 2].isdigit():
        return False
    if not is_letters and word not in words.seldom:
        return True
    following = _NEXT_WORD.match(text, stop.end())
    return following is not None and following[1].lower() in words.openers


def _unglued_before(text: str, first: int, start: int) -> int:
    ends = _GLUED.finditer(text, first, start + _OPENER)
    return max((one.end() for one in ends if one.end() <= start), default=first)


def _unglued_behind(text: str, end: int, last: int) -> int:
    found = _GLUED.search(text, end, last)
    return found.start() if found else last


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    said = text[start:end]
    start += len(said) - len(said.lstrip())
    return start, start + len(said.strip())


def _next_word(text: str, first: int, start: int) -> int:
    """Where the first word begins that is whole, or `first` where there is one word only."""
    if not first or text[first - 1].isspace():
        return first
    space = _SPACE.search(text, first, start)
    return space.end() if space else first


def _previous_word(text: str, end: int, last: int) -> int:
    """Where the last word ends that is whole."""
    if last == len(text) or text[last].isspace():
        return last
    return max((space.start() for space in _SPACE.finditer(text, end, last)), default=last)


@cache
def _words() -> _Words:
    read = tomllib.loads((Path(__file__).parent / "sentence.toml").read_text("utf-8"))
    return _Words(**{name: frozenset(words) for name, words in read.items()})
