"""Skills: a title and a text, or what a source's field lists, enter; names of `schemas/words/skills.toml` leave.

A skill is any that is named: asked for, a plus, in use at the company, or said to be no matter ("no Python required"). The
words are the matcher's, but stricter: "to react quickly" and "SWIFT payments", which a filter would find, are none.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache, lru_cache
from itertools import compress, count, islice
from typing import Final, NamedTuple

from schemas.words import Placed, asked, placed
from schemas.words.skill import sequences, skills
from services.ingest.domain.derived import Derived
from services.ingest.domain.doubtful import is_doubtful, is_meant

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


class _Row(NamedTuple):
    rest: tuple[str, ...]
    """Behind the first word."""
    name: str
    """Empty for what is no skill though one is a part of it."""


class _Rows(NamedTuple):
    """What may begin with one word."""

    rows: Mapping[tuple[str, ...], _Row]
    """By what stands behind it."""
    longest: int
    """Words behind it, at most."""
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
            word, behind, (rows, _, names, openings, is_skill, hides) = begin
            may_go_on = (behind[0].form if behind else firsts[chunks[index + 1]]) in openings
            if not is_skill and not may_go_on:
                continue  # most end here, and a call would cost more
            if (names <= known and not hides) or (index, word.start) < done:
                continue
            row, last, end = _longest(begin, chunks, index) if may_go_on else (rows[()], index, word.end)
            if row is None:
                continue
            if row.name and row.name not in known:
                start, at = start + _length(chunks[at:index]), index
                place = start + word.start, start + _length(chunks[index:last]) + end
                if is_doubtful(word, row.rest):
                    doubts += 1
                    if doubts > _DOUBTS or not is_meant(word, row.rest, text, *place):
                        continue
                known.add(row.name)
                yield row.name, *place
            done = (last, end)


def _length(chunks: Sequence[str]) -> int:
    """With the space behind each."""
    return sum(map(len, chunks)) + len(chunks)


def _longest(begin: _Begin, chunks: Sequence[str], index: int) -> tuple[_Row | None, int, int]:
    """The longest row that begins so, the chunk in which it ends, and where in it."""
    rows, behind = begin.rows.rows, [(index, word) for word in begin.behind]
    for number in range(index + 1, min(index + _FAR, len(chunks))):
        if len(behind) >= begin.rows.longest:
            break
        behind += [(number, word) for word in _near(chunks[number][:_CHUNK])]
    forms = tuple(word.form for _, word in behind)
    for length in range(min(begin.rows.longest, len(forms)), 0, -1):
        if row := rows.get(forms[:length]):
            last, word = behind[length - 1]
            return row, last, word.end
    return rows.get(()), index, begin.word.end


@cache
def _rows() -> dict[str, _Rows]:
    """By their first word."""
    rows: dict[str, list[_Row]] = {}
    for (first, *rest), name in sequences().items():
        rows.setdefault(first, []).append(_Row(tuple(rest), name))
    return {first: _beginning(some, rows.keys()) for first, some in rows.items()}


def _beginning(rows: list[_Row], firsts: AbstractSet[str]) -> _Rows:
    return _Rows(
        rows={row.rest: row for row in rows},
        longest=max(len(row.rest) for row in rows),
        names=frozenset(row.name for row in rows if row.name),
        openings=frozenset(second for row in rows if row.rest for second in (row.rest[0], _NONE)),
        is_skill=any(not row.rest for row in rows),
        hides=any(not firsts.isdisjoint(row.rest) for row in rows),
    )


@cache
def _canonical() -> dict[str, str]:
    """Each name's term to the first name of its skill."""
    return {asked(name): names[0] for names in skills() for name in names}
