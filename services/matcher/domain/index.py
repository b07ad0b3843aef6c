"""All filters against one posting.

The index files each filter under pairs of predicates that a matching posting must satisfy, chosen where fewest filters are
filed so far. A posting is shown only to filters filed under pairs it satisfies, and of their clauses only those are judged
that the pair has not proved.
"""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Final, Generic, Protocol, TypeVar

from schemas.filter import codes
from services.matcher.domain.facts import Facts
from services.matcher.domain.group import Entry, Group, Needle
from services.matcher.domain.oracle import YES, Clause, clauses, workplace
from services.matcher.domain.wanted import Wanted

K = TypeVar("K", bound=Hashable)
Predicate = Hashable
"""What a posting may satisfy: a word it has (the word itself), or a place, visa, workplace, ... (its kind and value)."""

_ALWAYS: Final[Predicate] = ()
"""The predicate that every posting satisfies: for filters that say too little to be filed anywhere else."""
_MOST_PAIRS: Final = 50
"""Pairs one filter may be filed under; one with longer lists is filed under a single list of predicates."""


class Evaluator(Protocol[K]):
    """Filters under ids; `matching` gives the ids that match with the codes of their clauses, in no order."""

    def add(self, id: K, asked: Wanted) -> None:
        """Add or replace. Where it raises, what was there before is there still."""

    def remove(self, id: K) -> None:
        """Remove, if it is there."""

    def matching(self, posting: Facts) -> Iterator[tuple[K, tuple[str, ...]]]: ...

    def __len__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class _Anchor:
    """Predicates of which a matching posting satisfies at least one. `proves`: the clause that then holds for certain."""

    predicates: tuple[Predicate, ...]
    proves: str = ""


_Pair = tuple[_Anchor, _Anchor]
_ANYWHERE: Final = _Anchor((_ALWAYS,))


@dataclass(frozen=True, slots=True)
class _Filed:
    asked: Wanted
    pair: _Pair
    often: bool
    """Filed under several pairs: a posting may meet it more than once."""
    left: tuple[Clause, ...]
    """The clauses that the pair does not prove."""
    codes: tuple[str, ...]
    """Of all clauses, where the posting is silent about none."""


class Index(Generic[K]):
    """Filters filed under pairs of predicates."""

    def __init__(self) -> None:
        self.candidates = 0
        """Filters looked at since the start."""
        self._filters: dict[K, _Filed] = {}
        self._groups: dict[Predicate, dict[Predicate, dict[K, _Filed]]] = {}

    def add(self, id: K, asked: Wanted) -> None:
        filed = _file(asked, min(_pairs(asked), key=self._crowd))
        self.remove(id)
        self._filters[id] = filed
        for first, second in _product(filed.pair):
            self._groups.setdefault(first, {}).setdefault(second, {})[id] = filed

    def remove(self, id: K) -> None:
        filed = self._filters.pop(id, None)
        for first, second in _product(filed.pair) if filed else ():
            groups = self._groups[first]
            del groups[second][id]
            if not groups[second]:
                del groups[second]
            if not groups:
                del self._groups[first]

    def matching(self, posting: Facts) -> Iterator[tuple[K, tuple[str, ...]]]:
        satisfied = _satisfied(posting)
        seen: set[K] = set()
        for first in self._groups.keys() & satisfied:
            groups = self._groups[first]
            for second in groups.keys() & satisfied:
                group = groups[second]
                self.candidates += len(group)
                for key, filed in group.items():
                    if filed.often:
                        if key in seen:
                            continue
                        seen.add(key)
                    silent = False
                    for clause in filed.left:
                        answer = clause.answer(filed.asked, posting)
                        if not answer.held:
                            break
                        silent = silent or answer.silent
                    else:
                        yield key, _told(filed, posting) if silent else filed.codes

    def __len__(self) -> int:
        return len(self._filters)

    def _crowd(self, pair: _Pair) -> int:
        first, second = pair
        present = [groups for one in first.predicates if (groups := self._groups.get(one))]
        return sum(len(groups.get(other, ())) for groups in present for other in second.predicates)


def _file(asked: Wanted, pair: _Pair) -> _Filed:
    proved = {anchor.proves for anchor in pair}
    asked_for = clauses(asked)
    told = tuple(clause.code for clause in asked_for) or (codes.EVERYTHING,)
    left = tuple(clause for clause in asked_for if clause.code not in proved)
    return _Filed(asked, pair, len(_product(pair)) > 1, left, told)


def _told(filed: _Filed, posting: Facts) -> tuple[str, ...]:
    """The codes where the posting is silent about something. What is proved is stated."""
    left = set(filed.left)
    return tuple(clause.told(clause.answer(filed.asked, posting) if clause in left else YES) for clause in clauses(filed.asked))


def _product(pair: _Pair) -> set[tuple[Predicate, Predicate]]:
    first, second = pair
    return {(one, other) for one in first.predicates for other in second.predicates}


def _pairs(asked: Wanted) -> list[_Pair]:
    """Where the filter may be filed: a narrow predicate with any other, or what there is."""
    narrow, wide = list(_narrow(asked)), list(_wide(asked))
    firsts = [*combinations(narrow, 2), *((one, other) for one in narrow for other in wide)] or list(combinations(wide, 2))
    pairs = [pair for pair in firsts if len(pair[0].predicates) * len(pair[1].predicates) <= _MOST_PAIRS]
    return pairs or [(anchor, _ANYWHERE) for anchor in narrow or wide] or [(_ANYWHERE, _ANYWHERE)]


def _narrow(asked: Wanted) -> Iterator[_Anchor]:
    yield from _words(asked.keywords, codes.KEYWORDS)
    yield from _words(asked.titles)
    for names in (*asked.skills_all, *([tuple(chain(*asked.skills_any))] if asked.skills_any else ())):
        yield _Anchor(tuple({_first(name) for name in names}))
    if asked.companies:
        proves = "" if asked.companies_excluded else codes.COMPANY
        yield _Anchor(tuple(("company", name) for name in asked.companies), proves)
    if asked.places and all(place.area.city for place in asked.places):
        yield from _places(asked)


def _words(group: Group, code: str = "") -> Iterator[_Anchor]:
    """What a text must have for the group to hold; it proves the clause where that is all the group asks."""
    only = len(group.all) + bool(group.any) + len(group.none) == 1
    for entry in group.all:
        if isinstance(entry, Group):
            yield from _words(entry)
        elif _is_of_text(entry):
            for word in _text(entry).split() or [""]:  # no posting has the word "", so such a filter matches nothing
                yield _Anchor((word,), code if only and entry == f" {word} " else "")
    if group.any and all(map(_is_of_text, group.any)):
        terms = [_text(entry) for entry in group.any]
        exact = only and all(isinstance(entry, str) and len(entry.split()) == 1 for entry in group.any)
        yield _Anchor(tuple(set(map(_first, terms))), code if exact else "")


def _is_of_text(entry: Entry) -> bool:
    """Whether it needs a whole word that `Facts.words` has: places are not among them."""
    return isinstance(entry, str) or (isinstance(entry, Needle) and not entry.prefix and entry.scope != "location")


def _text(entry: Entry) -> str:
    assert isinstance(entry, str | Needle)
    return entry.text if isinstance(entry, Needle) else entry


def _first(term: str) -> str:
    return next(iter(term.split()), "")


def _wide(asked: Wanted) -> Iterator[_Anchor]:
    if asked.places and not all(place.area.city for place in asked.places):
        yield from _places(asked)
    if asked.visas:
        yield _Anchor((("visa", ""), *(("visa", visa) for visa in asked.visas)), codes.VISA)
    if asked.workplaces:
        yield _of("workplace", asked.workplaces)
    if asked.employment_types:
        yield _of("employment", asked.employment_types, codes.EMPLOYMENT)
    if asked.seniorities:
        yield _of("seniority", asked.seniorities, codes.SENIORITY)
    if asked.occupations:
        yield _of("occupation", asked.occupations, codes.OCCUPATION)
    if asked.sources:
        yield _of("source", asked.sources, codes.SOURCE)


def _of(kind: str, values: Iterable[str], proves: str = "") -> _Anchor:
    return _Anchor(tuple({(kind, value) for value in values}), proves)


def _places(asked: Wanted) -> Iterator[_Anchor]:
    """None where one of them is a circle: those have no names."""
    areas = [place.area for place in asked.places]
    if not any(area.circles for area in areas):
        proves = "" if any(place.workplaces for place in asked.places) else codes.PLACE
        yield _Anchor(tuple({("place", area.city, area.state, area.country) for area in areas}), proves)


def _satisfied(posting: Facts) -> set[Predicate]:
    found: set[Predicate] = {_ALWAYS, ("workplace", workplace(posting)), *posting.words}
    found.add(("company", posting.company_key))
    found.add(("seniority", posting.seniority))
    found.add(("source", posting.source))
    found.update(("employment", kind) for kind in posting.employment_types)
    found.update(("occupation", posting.occupation[:end]) for end in range(len("15-"), len(posting.occupation) + 1))
    if posting.sponsors:
        found.update(("visa", visa) for visa in posting.visas or ("",))
    for spot in posting.spots:  # every way a filter may name this place
        for city in {spot.city, ""}:
            for state in {spot.state, ""}:
                found.update(("place", city, state, country) for country in {spot.country, ""})
    return found
