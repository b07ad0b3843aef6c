"""Which lines of a description are headings, and what they say of the text behind them. Words are in `sections.toml`."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from schemas.provenance import SectionKind

KINDS: Final[tuple[SectionKind, ...]] = (
    "preferred", "legal", "pay", "benefits", "process", "requirements", "responsibilities", "about",
)  # fmt: skip
"""Of a heading that says several the first is meant."""
LONGEST: Final = 100
"""Characters of a heading at the most."""

_MOST_WORDS: Final = 14
_LEADING: Final = 8
"""Words of a line that is a heading because items follow, at the most; and of one that ends in a colon."""
_LABEL: Final = 4
_OPEN: Final = ("you:", "you have:", "you will:", "you’ll:", "you'll:")
"""What a longer one ends in: "You may do well here and like it if you have:"."""
_ABOUT: Final = 3
"""Words of the name in "About Lodestar Robotics"."""
_BEFORE: Final = 24
"""Characters before a heading inside a line that are looked at; and what a word ends in there, or does not."""
_ENDS: Final = '.!?:)*”"'
_GOES_ON: Final = ",;&/(-–—"
_BEHIND: Final = r"(?: ?:|(?= [A-Z0-9($€£•*–-])(?! (?i:to|from|of|for|guide|package|programs?)\b))"
"""A colon, or the beginning of a sentence or item: "Our Benefits Guide" goes on."""
_NAMED: Final = r" (?P<name>(?-i:[A-Z])[\w’'-]{1,30})(?= (?P=name)\b)"
"""A name said twice is that of a heading and that of the sentence behind it: "About Lodestar Lodestar charts"."""
_ITEM: Final = "- "
_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_APOSTROPHE: Final = re.compile(r"’|(?<=[^\W\d_])[\"”](?=[^\W\d_])")
"""And what is typed for one: What You"ll Do."""
_MARKS: Final = "#=*_~:–—- \t"
_NUMBER: Final = re.compile(r"\(?(?:\d{1,2}|[IVX]{1,4}|[A-H])[.)] ")
_MARKED: Final = re.compile(r"#{1,6} [^\W\d_]|(?:\*\*|__|==+) ?[^\W\d_]")
_NO_HEADING: Final = re.compile(r"https?:|www\.|[.!?] \S\S|[,;]\Z")
_NO_PLAIN: Final = re.compile(r"[|@•\[{!]|:\s?\S|\d{3}")


class Heading(NamedTuple):
    """`words` are without marks and number."""

    words: str
    kind: SectionKind | None
    is_whole: bool
    """Whether it says its kind, and no more."""


class _Phrase(NamedTuple):
    words: Sequence[str]
    rank: int
    """Its place in `KINDS`."""


class _Words(NamedTuple):
    by_first: Mapping[str, Sequence[_Phrase]]
    aside: frozenset[str]
    glued: Sequence[str]
    inside: frozenset[str]


def heading_of(line: str, following: str, *, is_marked: bool) -> Heading | None:
    """Of a line of a clean text, if it is a heading; `following` is the next line that is not empty.

    It is one where HTML or a mark of plain text ("# ", "**") makes it one, where it says a kind and no more ("Basic
    Qualifications"), where it is in capitals, or is short and leads in a list or ends in a colon. A sentence is none, nor is
    an item, a field ("Location: Riverton"), or a line with nothing behind it.
    """
    has_mark = _MARKED.match(line) is not None
    if not following or len(line) > LONGEST or line.startswith(_ITEM) or (line.startswith("#") and not has_mark):
        return None
    heading = named(line)
    count = heading.words.count(" ") + 1
    if not heading.words or _NO_HEADING.search(heading.words) or count > _MOST_WORDS or (line.endswith(".") and count > _ABOUT):
        return None
    return heading if is_marked or has_mark or _is_plain(line, following, heading) else None


@lru_cache(maxsize=2048)
def named(line: str) -> Heading:
    """The heading that a line is, if it is one."""
    words = line.strip(_MARKS)
    number = _NUMBER.match(words)
    words = words[number.end() :].strip(_MARKS) if number else words
    written = _WORD.findall(_APOSTROPHE.sub("'", words))
    said, aside = [word.lower() for word in written], _words().aside
    found = list(_phrases(said)) or list(_phrases([word for word in said if word not in aside], alone=True))
    covered = {word for phrase in found for word in phrase.words}
    rest = [word for word in written if word.lower() not in covered and word.lower() not in aside]
    is_name = said[:1] == ["about"] and len(rest) <= _ABOUT and all(word[0].isupper() for word in rest)
    kind = KINDS[min(phrase.rank for phrase in found)] if found else None
    return Heading(words, kind, is_whole=bool(found) and (not rest or is_name))


def inside(line: str) -> Iterator[tuple[int, int]]:
    """Headings of a line that is all lines of a text glued together, by where they begin and end."""
    first, following = _glued()
    end = 0
    for word in first.finditer(line):
        rest = following[word[0].lower()].match(line, word.end())
        if rest and word.start() >= end and _may_precede(line, word.start(), rest.end("words")):
            end = rest.end()
            yield word.start(), end


def _may_precede(line: str, start: int, end: int) -> bool:
    """Whether a heading may stand behind what stands before it: one of a single word stands behind no name."""
    before = line[max(0, start - _BEFORE) : start]
    word = before.rstrip().rpartition(" ")[2]
    if not word or word[-1] in _ENDS:
        return not before or before[-1] == " "
    is_alone = " " not in line[start:end]
    goes_on = word[-1] in _GOES_ON or word.lower() in _words().inside or (is_alone and word[0].isupper())
    return before[-1] == " " and not goes_on


def _is_plain(line: str, following: str, heading: Heading) -> bool:
    """Whether it is a heading without any tag."""
    if not heading.words[0].isupper() or _NO_PLAIN.search(line):
        return False
    count = heading.words.count(" ") + 1
    if heading.is_whole or (line.isupper() and 1 < count <= _LEADING):
        return True
    if line.endswith(":"):
        return count <= (_LEADING if heading.kind else _LABEL) or (heading.kind is not None and line.endswith(_OPEN))
    return following.startswith(_ITEM) and count <= _LEADING and not line.endswith(("?", "."))


def _phrases(words: Sequence[str], *, alone: bool = False) -> Iterator[_Phrase]:
    """Those that stand in the words, or that are all of them."""
    tokens = ["^", *words, "$"]
    for first, word in enumerate(tokens):
        for phrase in _words().by_first.get(word, ()):
            if tokens[first : first + len(phrase.words)] == phrase.words and (not alone or phrase.words == tokens):
                yield phrase


@cache
def _words() -> _Words:
    read = tomllib.loads((Path(__file__).parent / "sections.toml").read_text("utf-8"))
    by_first: dict[str, list[_Phrase]] = {}
    for rank, kind in enumerate(KINDS):
        for phrase in read[kind]:
            words = phrase.split()
            by_first.setdefault(words[0], []).append(_Phrase(words, rank))
    return _Words(by_first, frozenset(read["aside"]), read["glued"], frozenset(read["inside"]))


@cache
def _glued() -> tuple[re.Pattern[str], Mapping[str, re.Pattern[str]]]:
    """Finds first words of headings, as they are written there, and what follows each, which few of them have. The first letter
    of what follows is looked for with them: "The" stands everywhere, and all takes 0.8 of the time then.
    """
    rests: dict[str, list[str]] = {}
    nexts: dict[str, set[str]] = {"about": {" "}}
    for phrase in sorted(_words().glued, key=len, reverse=True):
        first, space, rest = phrase.partition(" ")
        rests.setdefault(first, []).append(re.escape(space + rest).replace("'", "['’]"))
        nexts.setdefault(first, set()).add(f" {re.escape(rest[0])}" if rest else "[ :]")
    firsts = {written: word for word in rests for written in (word.capitalize(), word.title(), word.upper())}
    rests["about"].append(_NAMED)
    following = {word: re.compile(f"(?P<words>(?i:{'|'.join(endings)})){_BEHIND}") for word, endings in rests.items()}
    by_letter: dict[str, list[str]] = {}
    for first in sorted(firsts, key=len, reverse=True):
        by_letter.setdefault(first[0], []).append(f"{first[1:]}(?=(?i:{'|'.join(sorted(nexts[firsts[first]]))}))")
    branches = (f"{letter}(?:{'|'.join(rests)})" for letter, rests in by_letter.items())  # in half the time of one long list
    return re.compile("|".join(branches)), following
