"""What a posting wishes for, told from what it demands: by the heading above it, or by the words in its sentence.

Real texts come with lines, or as one line in which only capitals tell a heading: "writes Java Preferred Qualifications Kafka".
Doubt counts as a wish: who reads a demand out of a text wants to be sure of it.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from services.ingest.domain.bounds import around
from services.ingest.domain.vicinity import look_for, lowered, occurrences
from services.ingest.domain.wording import wording


class _Section(NamedTuple):
    """What stands below or behind a heading, which begins before it."""

    heading: int
    start: int
    end: int


_WORDS: Final = look_for("prefer", "nice", "bonus", "stand out", "desir", "ideal", "plus")
_LATE: Final = frozenset({"stand out", "ideal"})
"""Those that do not begin a heading."""
_LONGEST: Final = 70
"""Characters of a heading."""
_SAID: Final = wording("wish")
_INLINE: Final = re.compile(
    rf"\b(?:{_SAID['heading']}(?:[ /](?i:{_SAID['heading_aside']}))?(?: (?i:{_SAID['heading_noun']})\b|\s?:)"
    rf"|{_SAID['heading_alone']})"
)
"""A heading anywhere: only its capitals or its colon tell it from a sentence."""
_OF_A_SENTENCE: Final = frozenset({"the ", "our ", "all "})
_CAPITAL_WITHIN: Final = 15
"""Characters before such a word: "Additional or preferred qualifications"."""
_LINE: Final = re.compile(
    rf"[#*_ ]*(?:(?:some |strongly |highly |huge |big |major )?{_SAID['line']}[^.|]*"
    rf"|[^.]{{0,40}}\b{_SAID['line_with_colon']}[^.]{{0,25}}:[*_ ]*)"
)
"""A heading on a line of its own, in small letters."""
_NEXT: Final = re.compile(rf"\b{_SAID['next']}")
"""What ends a section that runs on in one line."""
_HEADING_LINE: Final = re.compile(r"^(?:(?![-*•] )[^\n]{2,60}:|[A-Z][A-Z &'’/-]{3,40})$", re.MULTILINE)
_ITEMS: Final = re.compile(r"\s*(?:[-*•·] [^\n]*(?:\n+|\Z))+")
_WHOLE_LINE: Final = re.compile(r"(?:[^\n]{0,12}|[^\n]{0,50}:)(?:\n|\Z)")

_REPEATED: Final = 40
"""Characters that a list given twice has at least."""
_ITEM: Final = re.compile(r"\s+[-*•] ")

_BEFORE: Final = 90
_BEHIND: Final = 150
_WISHED_AHEAD: Final = re.compile(rf"\b(?:{_SAID['ahead']}\b|{_SAID['ahead_with_colon']}:)")
_WISHED_BEHIND: Final = re.compile(rf"\b{_SAID['behind']}\b")
_DEMANDED_BEHIND: Final = re.compile(r"(?<!not )(?<!n't )(?<!n’t )(?<!strictly )\b(?:required|mandatory|a must)\b")
_OF_THE_WHOLE_ITEM: Final = re.compile(
    r"[^\n]{0,150}[.!?] ?\((?:(?:strongly|highly) )?(?:preferred|optional|desired|nice to have|a plus|bonus)\)\.? ?(?:\n|\Z)"
)
"""Behind its last sentence: "5+ years of sailing. You have seen storms. (preferred)"."""
_ASIDE: Final = re.compile(
    r"\((?!\s*(?:(?:strongly|highly|is|a|big|huge) )*(?:preferred|desired|desirable|optional|nice|plus|bonus|not ))"
    r"[^()\n]*(?:\)|\Z)"
)


def is_wished(text: str, start: int, end: int, until: int | None = None) -> bool:
    """Whether what stands there is only wished for. `until` is where the next thing of its kind begins in its sentence."""
    sections = _sections(text)
    if any(one.start <= start < one.end for one in sections):
        return True
    last = len(text) if until is None else until
    return _is_in_words(text, start, end, min((one.heading for one in sections if end <= one.heading < last), default=last))


def _is_in_words(text: str, start: int, end: int, until: int) -> bool:
    lower = lowered(text)
    begin, last = around(lower, start, end, before=_BEFORE, behind=_BEHIND)
    if _WISHED_AHEAD.search(lower[begin:start]) or _OF_THE_WHOLE_ITEM.match(lower, end):
        return True
    behind = _ASIDE.sub(" ", lower[end : max(end, min(last, until))])
    wished, demanded = _WISHED_BEHIND.search(behind), _DEMANDED_BEHIND.search(behind)
    return wished is not None and not (demanded and demanded.start() < wished.start())


@lru_cache(maxsize=4)
def _sections(text: str) -> tuple[_Section, ...]:
    """What stands under headings of wishes, and what a list holds beyond its repetition. Both fields ask for the same text."""
    starts = sorted({end: begin for begin, end in _headings(text)}.items())
    limits = (*(begin for _, begin in starts[1:]), len(text))
    under = (
        _Section(begin, end, _end(text, end, max(end, limit))) for (end, begin), limit in zip(starts, limits, strict=False)
    )
    return (*under, *_beyond_repetition(text))


def _headings(text: str) -> Iterator[tuple[int, int]]:
    lower = lowered(text)
    for word in _WORDS:
        for position in occurrences(lower, word):
            may_begin = word in _LATE or not text[max(0, position - _CAPITAL_WITHIN) : position + 1].islower()
            inline = _inline(text, position) if may_begin else None
            if heading := inline or _line(text, lower, position):
                yield heading


def _inline(text: str, position: int) -> tuple[int, int] | None:
    found = next(_INLINE.finditer(text, max(0, position - _LONGEST // 3), position + _LONGEST), None)
    if not found or found.start() > position or text[max(0, found.start() - 4) : found.start()] in _OF_A_SENTENCE:
        return None
    return found.span()


def _line(text: str, lower: str, position: int) -> tuple[int, int] | None:
    """The line around it, if it is a heading."""
    begin, end = text.rfind("\n", max(0, position - _LONGEST), position) + 1, text.find("\n", position, position + _LONGEST)
    end = end if end >= 0 else len(text)
    return (begin, end) if end - begin <= _LONGEST and _LINE.fullmatch(lower, begin, end) else None


def _end(text: str, start: int, limit: int) -> int:
    """Of a section: of its items, or where the next heading stands; one that begins inside a line ends with it."""
    line = _WHOLE_LINE.match(text, start)
    if not line:
        end = text.find("\n", start, limit)
        limit = end if end >= 0 else limit
        following = _NEXT.search(text, start, limit)
    elif items := _ITEMS.match(text, line.end(), limit):
        return items.end()
    else:
        following = _HEADING_LINE.search(text, line.end(), limit) or _NEXT.search(text, line.end(), limit)
    return following.start() if following else limit


def _beyond_repetition(text: str) -> Iterator[_Section]:
    """Boards give the list of what is required once more, by itself, behind a text that lists it and goes on with wishes."""
    begin = text.rfind("\n\n") + 2
    last = text[begin:]
    if begin > _REPEATED and len(last) >= _REPEATED and (first := text.find(last, 0, begin)) >= 0:
        end = first + len(last)
        if _ITEM.match(text, end):
            yield _Section(end, end, begin)
