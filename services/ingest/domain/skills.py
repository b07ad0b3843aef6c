"""Skills: a title and a text, or what a source's field lists, enter; names of `schemas/words/skills.toml` leave.

A skill is any that is named: asked for, a plus, in use at the company, or said to be no matter ("no Python required"). The
words are the matcher's, but stricter: "to react quickly" and "SWIFT payments", which a filter would find, are none.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache, lru_cache
from itertools import chain, compress, count, islice, repeat
from pathlib import Path
from typing import Final, NamedTuple

from schemas.words import Placed, asked, placed
from schemas.words.language import ALONE, NEAR, is_language
from schemas.words.skill import sequences, skills
from schemas.words.word import folded
from services.ingest.domain.derived import Derived

MOST: Final = 100
"""Skills of a posting, and characters of a name."""
_CHUNK: Final = 60
"""Characters of what stands between two spaces; what is longer seldom comes again, and is not remembered."""
_READ: Final = 2000
"""Characters that are read of it: nobody writes so much without a space, but in languages that have none."""
_ADDRESS: Final = re.compile(r"://|\bwww\.|\.(?:com|org|co)/|@")
"""Nothing in one is meant: "apply.example/jobs.php"."""
_REMEMBERED: Final = 50_000
_DOUBTS: Final = 200
"""Places of a text that are looked at closely; a real one has a dozen."""
_LONGEST: Final = 4
"""Words behind the first one of a skill, at most."""
_FAR: Final = 6
"""Chunks that they may stand in."""
_NEXT: Final = re.compile(r"[\s-]{1,2}(\w+)")
_BEGINS: Final = re.compile(r"(?:\A|[\n.!?:•·]|(?:\A|\n)[-*]|[.!?]\W)\s?\Z")
_GOES_ON: Final = re.compile(
    r"[^\w\s]|\s?(?:\n|\Z)|\s(?:[A-Z(|/&+-]|develop|engineer|experience|expert|knowledge|program|skill|front|back|and\b|or\b|is\b|for\b)"
)
"""What follows a skill at the beginning of a sentence, and seldom a verb there."""
_BESIDE: Final = 25
"""Characters of a name and what joins it."""
_LISTED_BEFORE: Final = re.compile(r"([\w.+#-]+)\)?\s?(?:[,/|;&+•·]|\band|\bor)[\s(]{0,2}(?:(?:and|or)\s)?\Z")
_LISTED_BEHIND: Final = re.compile(r"\s?(?:[,/|;&+•·(]|\band\b|\bor\b)\s?(?:(?:and|or)\s)?([\w.+#-]+)")


class _Row(NamedTuple):
    rest: tuple[str, ...]
    """Behind the first word."""
    name: str
    """Empty for what is no skill though one is a part of it."""


class _Rows(NamedTuple):
    """What may begin with one word."""

    rows: tuple[_Row, ...]
    """The longest first."""
    names: frozenset[str]
    openings: frozenset[str]
    """Second words, and `_NONE` if there are any."""
    is_skill: bool
    """Alone."""
    hides: bool
    """Holds words that would be skills if they stood alone."""


class _Begin(NamedTuple):
    """A word of a chunk that may begin a skill."""

    word: Placed
    behind: tuple[Placed, ...]
    """Words of the same chunk."""
    rows: _Rows


class _Words(NamedTuple):
    capital: frozenset[str]
    list: frozenset[str]
    not_in_capitals: frozenset[str]
    before: Mapping[str, frozenset[str]]


class _Chunks(dict[str, tuple[_Begin, ...]]):
    """What begins in that which stands between two spaces: mostly nothing, and most of it comes again."""

    def __missing__(self, chunk: str) -> tuple[_Begin, ...]:
        words = [] if _ADDRESS.search(chunk) else placed(chunk[:_READ])
        begins = tuple(
            _Begin(word, tuple(words[number : number + _LONGEST]), _rows()[word.form])
            for number, word in enumerate(words, 1)
            if word.form in _rows()
        )
        if len(chunk) <= _CHUNK:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[chunk] = begins
        return begins


class _Firsts(dict[str, str]):
    """The first word of a chunk, for a quick look: `_NONE` where it has none, and the next chunk has to be looked at."""

    def __missing__(self, chunk: str) -> str:
        words = _near(chunk[:_CHUNK])
        first = words[0].form if words else _NONE
        if len(chunk) <= _CHUNK:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[chunk] = first
        return first


_CHUNKS: Final = _Chunks()
_FIRSTS: Final = _Firsts()
_NONE: Final = " "


@lru_cache(maxsize=16_384)
def _near(chunk: str) -> tuple[Placed, ...]:
    """The words of a chunk; " & " is one, too, as in `schemas.words`."""
    return tuple(placed("and" if chunk == "&" else chunk))


def skills_of(stated: Iterable[str]) -> tuple[str, ...]:
    """Names as a field has them, without repeats: known ones by their canonical name, others as they are. At most 100; what is
    longer than 100 characters is no name.
    """
    found: dict[str, str] = {}
    for name in (" ".join(one.split()) for one in stated):
        if 0 < len(name) <= MOST:
            known = _canonical().get(asked(name), name)
            found.setdefault(known.casefold(), known)
    return tuple(islice(found.values(), MOST))


def skills_in(title: str, text: str) -> tuple[Derived[str], ...]:
    """In the order of their first mention, the title's first; at most 100."""
    known: set[str] = set()
    of_title = [Derived(*one, where="title") for one in _mentions(title, known)]
    of_text = [Derived(*one) for one in _mentions(text, known)]
    return (*of_title, *of_text)[:MOST]


def _mentions(text: str, known: set[str]) -> Iterator[tuple[str, int, int]]:
    """Of skills that are not known yet, and then are. Where two overlap it is the longer: "React Native", not "React"."""
    chunks, doubts, at, start, done = f"{text} ".replace("\n", " ").split(" "), 0, 0, 0, (0, 0)
    begins, firsts = _CHUNKS, _FIRSTS
    for index in compress(count(), map(begins.__getitem__, chunks)):
        for begin in begins[chunks[index]]:
            word, behind, (rows, names, openings, is_skill, hides) = begin
            if not is_skill and not behind and firsts[chunks[index + 1]] not in openings:
                continue  # most end here, and a call would cost more
            if (names <= known and not hides) or (index, word.start) < done:
                continue
            row, last, end = _longest(begin, chunks, index) if openings else (rows[0], index, word.end)
            if row is None:
                continue
            if row.name and row.name not in known:
                start, at = start + _length(chunks[at:index]), index
                place = start + word.start, start + _length(chunks[index:last]) + end
                if _is_doubtful(word, row):
                    doubts += 1
                    if doubts > _DOUBTS or not _is_meant(word, row, text, *place):
                        continue
                known.add(row.name)
                yield row.name, *place
            done = (last, end)


def _length(chunks: Sequence[str]) -> int:
    """With the space behind each."""
    return sum(map(len, chunks)) + len(chunks)


def _longest(begin: _Begin, chunks: Sequence[str], index: int) -> tuple[_Row | None, int, int]:
    """The longest row that begins so, the chunk in which it ends, and where in it."""
    if (begin.behind[0].form if begin.behind else _FIRSTS[chunks[index + 1]]) in begin.rows.openings:
        behind = list(islice(chain(zip(repeat(index), begin.behind), _ahead(chunks, index)), _LONGEST))
        forms = tuple(word.form for _, word in behind)
        for row in begin.rows.rows:
            if row.rest and row.rest == forms[: len(row.rest)]:
                last, word = behind[len(row.rest) - 1]
                return row, last, word.end
    return begin.rows.rows[-1] if begin.rows.is_skill else None, index, begin.word.end


def _ahead(chunks: Sequence[str], index: int) -> Iterator[tuple[int, Placed]]:
    """Words of the next chunks."""
    for number in range(index + 1, min(index + _FAR, len(chunks))):
        for word in _near(chunks[number][:_CHUNK]):
            yield number, word


def _is_doubtful(word: Placed, row: _Row) -> bool:
    """Words in a row are sure, but for those with a language that is one letter ("C language", not "C sharp")."""
    if row.rest and word.form in ALONE:
        return (ALONE[word.form], *row.rest) in sequences()
    return " ".join((word.form, *row.rest)) in _doubtful()


def _is_meant(word: Placed, row: _Row, text: str, start: int, end: int) -> bool:
    """Whether a word that may be something else is the skill."""
    if word.form in ALONE:
        end = start + len(word.written)
    before, after = folded(text[max(0, start - NEAR) : start]), folded(text[end : end + NEAR])
    if word.form in ALONE:
        return is_language(word.written, before, after)
    words, form = _words(), " ".join((word.form, *row.rest))
    if form in words.before and (behind := _NEXT.match(after)) and placed(behind[1])[0].form in words.before[form]:
        return False
    is_name = word.written[0].isupper() and form not in words.list
    if not is_name or (form in words.not_in_capitals and word.written.isupper()):
        return _is_listed(before, after)
    return not _BEGINS.search(before[-4:]) or _GOES_ON.match(after) is not None or _is_listed(before, after)


def _is_listed(before: str, after: str) -> bool:
    """Whether a skill stands beside it that is sure, or has a capital: "react, redux and Python"."""
    beside = (_LISTED_BEFORE.search(before[-_BESIDE:]), _LISTED_BEHIND.match(after))
    return any(_is_beside(word) for found in beside if found for word in placed(found[1]))


def _is_beside(word: Placed) -> bool:
    return word.form in _sure() or (word.written[0].isupper() and (word.form in _words().capital or word.form in ALONE))


@cache
def _rows() -> dict[str, _Rows]:
    """By their first word."""
    rows: dict[str, list[_Row]] = {}
    for (first, *rest), name in sequences().items():
        rows.setdefault(first, []).append(_Row(tuple(rest), name))
    return {first: _beginning(some, rows.keys()) for first, some in rows.items()}


def _beginning(rows: list[_Row], firsts: AbstractSet[str]) -> _Rows:
    longest_first = tuple(sorted(rows, key=lambda row: -len(row.rest)))
    return _Rows(
        rows=longest_first,
        names=frozenset(row.name for row in rows if row.name),
        openings=frozenset(second for row in rows if row.rest for second in (row.rest[0], _NONE)),
        is_skill=not longest_first[-1].rest,
        hides=any(not firsts.isdisjoint(row.rest) for row in rows),
    )


@cache
def _canonical() -> dict[str, str]:
    """Each name's term to the first name of its skill."""
    return {asked(name): names[0] for names in skills() for name in names}


@cache
def _doubtful() -> frozenset[str]:
    return _words().capital | _words().list | ALONE.keys()


@cache
def _sure() -> frozenset[str]:
    """Single words that are a skill wherever they stand."""
    return frozenset(row[0] for row, name in sequences().items() if len(row) == 1 and name) - _doubtful()


@cache
def _words() -> _Words:
    read = tomllib.loads((Path(__file__).parent / "skills.toml").read_text("utf-8"))
    before = {word: frozenset(behind) for word, behind in read["before"].items()}
    return _Words(frozenset(read["capital"]), frozenset(read["list"]), frozenset(read["not_in_capitals"]), before)
