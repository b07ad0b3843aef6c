"""All filters against one posting.

The index files each filter under pairs of predicates that a matching posting must satisfy, chosen where fewest filters are
filed so far. A posting is shown only to filters filed under pairs it satisfies, and of their clauses only those are judged
that the pair has not proved.
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Generic, Protocol, TypeVar

from schemas.filter import reasons
from services.matcher.domain.facts import Facts
from services.matcher.domain.oracle import Wanted, clauses, pay_compares

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
    left: tuple[Callable[[Wanted, Facts], bool], ...]
    """The clauses that the pair does not prove."""
    codes: tuple[str, ...]
    codes_unstated: tuple[str, ...]
    """The codes where the posting does not say its pay."""


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
                    for holds in filed.left:
                        if not holds(filed.asked, posting):
                            break
                    else:
                        yield key, filed.codes if pay_compares(filed.asked, posting) else filed.codes_unstated

    def __len__(self) -> int:
        return len(self._filters)

    def _crowd(self, pair: _Pair) -> int:
        first, second = pair
        present = [groups for one in first.predicates if (groups := self._groups.get(one))]
        return sum(len(groups.get(other, ())) for groups in present for other in second.predicates)


def _file(asked: Wanted, pair: _Pair) -> _Filed:
    proved = {anchor.proves for anchor in pair}
    asked_for = clauses(asked)
    codes = tuple(clause.code for clause in asked_for) or (reasons.EVERYTHING,)
    unstated = tuple(reasons.PAY_UNSTATED if code == reasons.PAY else code for code in codes)
    left = tuple(clause.holds for clause in asked_for if clause.code not in proved)
    return _Filed(asked, pair, len(_product(pair)) > 1, left, codes, unstated)


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
    # A term without words has the word "", which no posting has: such a filter matches nothing.
    only = len(asked.keywords_all) + bool(asked.keywords_any) + len(asked.keywords_none) == 1
    for term in asked.keywords_all:
        found = term.split() or [""]
        yield from (_Anchor((word,), reasons.KEYWORDS if only and len(found) == 1 else "") for word in found)
    if asked.keywords_any:
        terms = [term.split() or [""] for term in asked.keywords_any]
        exact = only and all(len(found) == 1 for found in terms)
        yield _Anchor(tuple({found[0] for found in terms}), reasons.KEYWORDS if exact else "")
    if asked.companies:
        proves = "" if asked.companies_excluded else reasons.COMPANY
        yield _Anchor(tuple(("company", name) for name in asked.companies), proves)
    if asked.places and all(place.city for place in asked.places):
        yield _places(asked)


def _wide(asked: Wanted) -> Iterator[_Anchor]:
    if asked.places and not all(place.city for place in asked.places):
        yield _places(asked)
    if asked.visas:
        yield _Anchor((("visa", ""), *(("visa", visa) for visa in asked.visas)), reasons.VISA)
    if asked.workplaces:
        yield _Anchor(tuple(("workplace", workplace) for workplace in asked.workplaces), reasons.WORKPLACE)
    if asked.employment_types:
        yield _Anchor(tuple(("employment", kind) for kind in asked.employment_types), reasons.EMPLOYMENT)


def _places(asked: Wanted) -> _Anchor:
    return _Anchor(tuple({("place", place.city, place.state, place.country) for place in asked.places}), reasons.PLACE)


def _satisfied(posting: Facts) -> set[Predicate]:
    found: set[Predicate] = {_ALWAYS, ("company", posting.company), ("workplace", posting.workplace), *posting.words}
    found.update(("employment", kind) for kind in posting.employment_types)
    if posting.sponsors:
        found.update(("visa", visa) for visa in posting.visas or ("",))
    for place in posting.places:  # every way a filter may name this place
        for city in {place.city, ""}:
            for state in {place.state, ""}:
                found.update(("place", city, state, country) for country in {place.country, ""})
    return found
