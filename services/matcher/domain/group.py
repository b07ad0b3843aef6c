"""Keywords made ready for looking: each term in the form that texts have, groups in groups as they are in the tree."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from msgspec import Meta, Struct

from schemas.filter.tree import MAXIMUM_KEYWORDS, MAXIMUM_TERMS, Keywords, Scope, ScopedTerm, Titles
from schemas.places import Area, gazetteer
from schemas.words import asked, asked_prefix
from schemas.words.skill import forms
from schemas.words.word import JOINS
from services.matcher.domain.facts import Facts


@dataclass(frozen=True, slots=True)
class Needle:
    """A term in one field, or the beginning of a word. `text` occurs in the field's `spaced` words where it holds."""

    text: str
    scope: Scope | None
    prefix: bool

    def occurs(self, posting: Facts) -> bool:
        if self.scope:
            return posting.has_in(self.scope, self.text)
        return self.text in posting.text if self.prefix else posting.has(self.text)


@dataclass(frozen=True, slots=True)
class Group:
    """Holds where every one of `all`, one of `any` if there are any, and none of `none` does. Plain terms are just text."""

    all: tuple["Entry", ...] = ()
    any: tuple["Entry", ...] = ()
    none: tuple["Entry", ...] = ()

    def __bool__(self) -> bool:
        return bool(self.all or self.any or self.none)

    def occurs(self, posting: Facts) -> bool:
        for entry in self.all:
            if not occurs(entry, posting):
                return False
        for entry in self.none:
            if occurs(entry, posting):
                return False
        if not self.any:
            return True
        for entry in self.any:  # noqa: SIM110 -- a generator takes three times as long
            if occurs(entry, posting):
                return True
        return False


@dataclass(frozen=True, slots=True)
class Where:
    """A place that is looked for by what it means: "NYC", "california", "Portland, OR"."""

    area: Area

    def occurs(self, posting: Facts) -> bool:
        return any(map(self.area.holds, posting.spots))


Entry = str | Needle | Where | Group
_Terms = Annotated[
    tuple[Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")], ...], Meta(max_length=MAXIMUM_TERMS)
]


def occurs(entry: Entry, posting: Facts) -> bool:
    """Whether one entry of a group holds."""
    return posting.has(entry) if isinstance(entry, str) else entry.occurs(posting)


class Plain(Struct):
    """Keywords that are plain terms all of them, as nearly all are: light to read. What they may be is as in `Keywords`."""

    all: _Terms = ()
    any: _Terms = ()
    none: _Terms = ()

    def __post_init__(self) -> None:
        if len(self.all) + len(self.any) + len(self.none) > MAXIMUM_KEYWORDS:
            raise ValueError


def group(keywords: Keywords | Plain) -> Group:
    """A term without any word in it ("!!!") can hold in no posting."""
    needed = tuple(map(_entry, keywords.all))
    return Group(all=_compounds(needed), any=tuple(map(_entry, keywords.any)), none=tuple(map(_entry, keywords.none)))


def _compounds(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Two words in a row that are also written as one: `front end` finds "Frontend". Each of them may be found as that one."""
    found = list(entries)
    for number, (first, second) in enumerate(pairwise(entries)):
        if (compound := _compound(first, second)) is not None:
            found[number] = _or(found[number], compound)
            found[number + 1] = _or(second, compound)
    return tuple(found)


def _compound(first: Entry, second: Entry) -> Entry | None:
    if isinstance(first, str) and isinstance(second, str):
        return _joined(first, second)
    if isinstance(first, Needle) and isinstance(second, Needle) and first.scope == second.scope:
        one = None if first.prefix or second.prefix else _joined(first.text, second.text)
        return None if one is None else Needle(one, first.scope, prefix=False)
    return None


def _joined(first: str, second: str) -> str | None:
    one = JOINS.get(second.strip(), {}).get(first.strip())
    return None if one is None else f" {one} "


def _or(entry: Entry, compound: Entry) -> Group:
    return Group(any=(*entry.any, compound) if isinstance(entry, Group) else (entry, compound))


def titles(wanted: Titles) -> Group:
    """The lists of titles as what they are: keywords that stand in the title."""
    return Group(any=tuple(_in_title(wanted.include)), none=tuple(_in_title(wanted.exclude)))


def _in_title(terms: Iterable[str]) -> Iterator[Needle]:
    return (Needle(asked(term), "title", prefix=False) for term in terms)


def _entry(entry: str | ScopedTerm | Keywords) -> Entry:
    match entry:
        case str():
            return asked(entry)
        case Keywords():
            return group(entry)
    term = _term(asked(entry.term), entry.scope)
    if not entry.prefix:
        return _or_any([term, *_other_names(entry)])
    beginning = Needle(asked_prefix(entry.term), entry.scope, prefix=True)
    # "apis*" begins no word of a text, where they stand in the singular; as a word it occurs all the same.
    return beginning if asked(entry.term).startswith(beginning.text) else _or_any([beginning, term])


def _term(text: str, scope: Scope | None) -> Entry:
    return Needle(text, scope, prefix=False) if scope else text


def _or_any(entries: list[Entry]) -> Entry:
    return entries[0] if len(entries) == 1 else Group(any=tuple(entries))


def _other_names(entry: ScopedTerm) -> Iterator[Entry]:
    """Of a skill, and what a place means: "k8s" is Kubernetes, "NYC" New York City, "USA" the United States."""
    if entry.scope == "skill":
        yield from (Needle(name, "skill", prefix=False) for name in forms(entry.term) if name != asked(entry.term))
    elif entry.scope == "location":
        area = gazetteer().area(entry.term, None, None)
        if area.state or area.country or gazetteer().cities(entry.term):
            yield Where(area)
