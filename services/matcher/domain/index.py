"""All filters against one posting, in two ways behind one interface: every filter, or only those that can match.

The index files each filter under a predicate that a matching posting must satisfy, the one with the fewest filters so far; a
posting is then shown only to the filters filed under predicates it satisfies, and the oracle decides.
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from services.matcher.domain.facts import Facts
from services.matcher.domain.oracle import Wanted, held

K = TypeVar("K", bound=Hashable)

_EVERYTHING: Hashable = "*"


class Evaluator(Protocol[K]):
    """Filters under ids; `matching` gives the ids that match with the codes of their clauses, in no order."""

    def add(self, id: K, asked: Wanted) -> None:
        """Add or replace."""

    def remove(self, id: K) -> None:
        """Remove, if it is there."""

    def matching(self, posting: Facts) -> Iterator[tuple[K, tuple[str, ...]]]: ...

    def __len__(self) -> int: ...


class Scan(Generic[K]):
    """The oracle over every filter."""

    def __init__(self) -> None:
        self._filters: dict[K, Wanted] = {}

    def add(self, id: K, asked: Wanted) -> None:
        self._filters[id] = asked

    def remove(self, id: K) -> None:
        self._filters.pop(id, None)

    def matching(self, posting: Facts) -> Iterator[tuple[K, tuple[str, ...]]]:
        for key, asked in self._filters.items():
            if (codes := held(asked, posting)) is not None:
                yield key, codes

    def __len__(self) -> int:
        return len(self._filters)


@dataclass(frozen=True, slots=True)
class _Filed:
    asked: Wanted
    under: tuple[Hashable, ...]


class Index(Generic[K]):
    """Filters filed under predicates."""

    def __init__(self) -> None:
        self.candidates = 0
        """Filters shown to the oracle since the start."""
        self._filters: dict[K, _Filed] = {}
        self._groups: dict[Hashable, dict[K, Wanted]] = {}

    def add(self, id: K, asked: Wanted) -> None:
        self.remove(id)
        under = min(_choices(asked), key=self._crowd)
        self._filters[id] = _Filed(asked, under)
        for predicate in under:
            self._groups.setdefault(predicate, {})[id] = asked

    def remove(self, id: K) -> None:
        filed = self._filters.pop(id, None)
        for predicate in filed.under if filed else ():
            group = self._groups[predicate]
            del group[id]
            if not group:
                del self._groups[predicate]

    def matching(self, posting: Facts) -> Iterator[tuple[K, tuple[str, ...]]]:
        seen: set[K] = set()
        for predicate in _satisfied(posting):
            for key, asked in self._groups.get(predicate, {}).items():
                if key not in seen:
                    seen.add(key)
                    if (codes := held(asked, posting)) is not None:
                        yield key, codes
        self.candidates += len(seen)

    def __len__(self) -> int:
        return len(self._filters)

    def _crowd(self, under: tuple[Hashable, ...]) -> int:
        return sum(len(self._groups.get(predicate, ())) for predicate in under)


def _choices(asked: Wanted) -> list[tuple[Hashable, ...]]:
    """Each choice is a set of predicates of which a matching posting satisfies at least one; the narrowest kind there is."""
    return _narrow(asked) or _wide(asked) or [(_EVERYTHING,)]


def _narrow(asked: Wanted) -> list[tuple[Hashable, ...]]:
    # A term without words has the word "", which no posting has: such a filter matches nothing.
    choices: list[tuple[Hashable, ...]] = [(("word", word),) for term in asked.keywords_all for word in term.split() or ("",)]
    if asked.keywords_any:
        choices.append(tuple({("word", (term.split() or ("",))[0]) for term in asked.keywords_any}))
    if asked.companies:
        choices.append(tuple(("company", name) for name in asked.companies))
    if asked.places and all(place.city for place in asked.places):
        choices.append(_places(asked))
    return choices


def _wide(asked: Wanted) -> list[tuple[Hashable, ...]]:
    choices: list[tuple[Hashable, ...]] = []
    if asked.places:
        choices.append(_places(asked))
    if asked.visas:
        choices.append((("visa", ""), *(("visa", visa) for visa in asked.visas)))
    if asked.workplaces:
        choices.append(tuple(("workplace", workplace) for workplace in asked.workplaces))
    if asked.employment_types:
        choices.append(tuple(("employment", kind) for kind in asked.employment_types))
    return choices


def _places(asked: Wanted) -> tuple[Hashable, ...]:
    return tuple({("place", place.city, place.state, place.country) for place in asked.places})


def _satisfied(posting: Facts) -> Iterator[Hashable]:
    yield _EVERYTHING
    yield ("company", posting.company)
    yield ("workplace", posting.workplace)
    yield from (("employment", kind) for kind in posting.employment_types)
    if posting.sponsors:
        yield from (("visa", visa) for visa in posting.visas or ("",))
    for place in posting.places:  # every way a filter may name this place
        for city in {place.city, ""}:
            for state in {place.state, ""}:
                yield from (("place", city, state, country) for country in {place.country, ""})
    yield from (("word", word) for word in posting.words)
