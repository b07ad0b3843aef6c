"""What filters ask for, as numbers: each predicate has one, and a posting is told which of them it satisfies.

Predicates only come, in the order in which filters first ask for them; one that nobody asks for any more stays.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from schemas.places import Spot
from schemas.places.shapes import Circle
from services.matcher.domain.circles import Circles
from services.matcher.domain.facts import Facts
from services.matcher.domain.kernels.bits import ALWAYS, COMPARES, FREE, NEVER, PAY_OTHER
from services.matcher.domain.kernels.terms import ANY, COMPANY, LOCATION, SAID, SKILL, TITLE
from services.matcher.domain.terms import Terms

_COLUMNS: Final = np.array(
    [
        1 << ANY | 1 << COMPANY,
        1 << ANY | 1 << SAID | 1 << TITLE,
        1 << ANY | 1 << SAID | 1 << SKILL,
        1 << ANY | 1 << SAID,
        1 << LOCATION,
    ],
    np.int32,
)
"""The fields of a posting's text in its order: company, title, skills, text; and then its places."""
_KINDS: Final = frozenset(
    ("term", "named", "circle", "company", "occupation", "source", "language", "experience", "posted", "approvals", "compares")
)


class Vocabulary:
    """Gives numbers to predicates, and finds those of a posting."""

    def __init__(self) -> None:
        self.size = FREE
        """Numbers given, and all below them."""
        self._keys: list[tuple[Any, ...]] = []
        self._terms = Terms()
        self._of_terms: dict[tuple[int, str, bool], int] = {}
        self._named: dict[tuple[str, str, str], int] = {}
        self._companies: dict[str, int] = {}
        self._occupations: dict[str, int] = {}
        self._sources: dict[str, int] = {}
        self._languages: dict[str, int] = {}
        self._experience, self._age = _AtMost(), _AtMost()
        self._approvals: dict[int, _AtMost] = {}
        self._currencies: dict[tuple[str, str], int] = {("EUR", ""): COMPARES}
        self._circles = Circles()
        self._ends = np.zeros(5, np.int32)

    def term(self, field: int, text: str, is_beginning: bool = False) -> int:
        """Of a text as `schemas.words.asked` gives it."""
        found = self._of_terms.get((field, text, is_beginning))
        if found is None:
            words = text.split()
            found = NEVER
            if words:
                self._terms.add(field, words, self.size, is_beginning=is_beginning)
                found = self._next("term", field, text, is_beginning)  # not before all that may raise
            self._of_terms[field, text, is_beginning] = found
        return found

    def named(self, city: str, state: str, country: str) -> int:
        """A place by its names, of which an empty one asks nothing."""
        key = city, state, country
        return self._named.get(key) or self._named.setdefault(key, self._next("named", *key))

    def circle(self, latitude: float, longitude: float, km: float) -> int:
        """Around a point."""
        circle = Circle(latitude, longitude, km)
        return self._circles.get(circle) or self._circles.add(circle, self._next("circle", latitude, longitude, km))

    def company(self, key: str) -> int:
        return self._numbered(self._companies, "company", key)

    def occupation(self, code: str) -> int:
        """One, or those that begin so."""
        return self._numbered(self._occupations, "occupation", code)

    def source(self, name: str) -> int:
        return self._numbered(self._sources, "source", name)

    def language(self, code: str) -> int:
        """Empty for a posting that does not say."""
        return self._numbered(self._languages, "language", code)

    def experience(self, years: int) -> int:
        """At most so many, or none stated."""
        return self._experience.get(years) or self._experience.add(years, self._next("experience", years))

    def posted(self, days: int) -> int:
        """At most so many ago, or at no date stated."""
        return self._age.get(days) or self._age.add(days, self._next("posted", days))

    def approvals(self, at_least: int, years: int) -> int:
        """Of the employer, in the last years."""
        bounds = self._approvals.setdefault(years, _AtMost())
        return bounds.get(-at_least) or bounds.add(-at_least, self._next("approvals", at_least, years))

    def compares(self, currency: str, stated_in: str) -> int:
        """The posting's pay is stated and compares with this currency; and it is stated in that one, where one is given."""
        key = currency, stated_in
        return self._currencies.get(key) or self._currencies.setdefault(key, self._next("compares", *key))

    def predicates(self) -> list[tuple[Any, ...]]:
        """All of them in the order of their numbers, each as `restore` takes it."""
        return self._keys.copy()

    def restore(self, predicates: Iterable[Sequence[Any]]) -> None:
        """Know these, where none is known yet. Raises `ValueError` where one is of no kind that is known."""
        for kind, *key in predicates:
            if kind not in _KINDS:
                raise ValueError(f"there are no predicates of the kind {kind!r}")
            getattr(self, kind)(*key)

    def scan(self, posting: Facts, truth: NDArray[np.uint8], satisfied: NDArray[np.int32], count: int) -> int:
        """Find the terms of a posting: their predicates go into `satisfied` behind `count`. Returns how many there are then."""
        text, ends = f"{posting.text}\n{posting.location}", self._ends
        company = posting.said_from
        title = company + 1 + len(posting.title)
        skills = title + 1 + len(posting.skills)
        cuts = [company, title, skills, len(posting.text)]
        encoded = text.encode()
        if len(encoded) > len(text):  # they are counted in bytes
            cuts = [len(text[:cut].encode()) for cut in cuts]
        ends[0], ends[1], ends[2], ends[3] = cuts
        ends[4] = len(encoded) + 1
        return self._terms.scan(encoded, ends, _COLUMNS, truth, satisfied, count)

    def others(self, posting: Facts) -> list[int]:
        """The predicates of a posting that are neither terms nor of its profile; `ALWAYS` for those that nobody asks for."""
        found = [
            self._companies.get(posting.company_key, ALWAYS),
            self._sources.get(posting.source, ALWAYS),
            self._languages.get(posting.language, ALWAYS),
        ]
        if self._occupations:
            ends = range(len("15-"), len(posting.occupation) + 1)
            found += [self._occupations.get(posting.occupation[:end], ALWAYS) for end in ends]
        for spot in posting.spots:
            self._place(spot, found)
        found += self._experience.from_(posting.experience)
        found += self._age.from_(posting.age)
        if posting.history is not None:
            for years, bounds in self._approvals.items():
                found += bounds.from_(-posting.history.approvals(years))
        found += self._pay(posting)
        return found

    def _place(self, spot: Spot, found: list[int]) -> None:
        """Every way a filter may mean it."""
        get = self._named.get
        for country in (spot.country, ""):
            for state in (spot.state, ""):
                found.append(get((spot.city, state, country), ALWAYS))
                found.append(get(("", state, country), ALWAYS))
        found += self._circles.around(spot)

    def _pay(self, posting: Facts) -> list[int]:
        if posting.pay is None:
            return [PAY_OTHER]
        currency, get = posting.pay.currency, self._currencies.get
        found = [get((currency, ""), ALWAYS), get((currency, posting.pay_currency), ALWAYS)]
        return found if currency == "EUR" else [*found, PAY_OTHER]

    def _numbered(self, known: dict[str, int], kind: str, key: str) -> int:
        found = known.get(key)
        if found is None:
            found = known[key] = self._next(kind, key)
        return found

    def _next(self, kind: str, *key: str | float) -> int:
        self._keys.append((kind, *key))
        self.size += 1
        return self.size - 1


class _AtMost:
    """Bounds, and the predicates "at most so many". Who has fewer satisfies all from there on."""

    def __init__(self) -> None:
        self._bounds: list[int] = []
        self._ids: list[int] = []

    def get(self, bound: int) -> int:
        """0 where there is none."""
        at = bisect_left(self._bounds, bound)
        return self._ids[at] if at < len(self._bounds) and self._bounds[at] == bound else 0

    def add(self, bound: int, id: int) -> int:
        at = bisect_left(self._bounds, bound)
        self._bounds.insert(at, bound)
        self._ids.insert(at, id)
        return id

    def from_(self, value: int | None) -> list[int]:
        """What one with this value satisfies; all where nothing is said."""
        return self._ids if value is None else self._ids[bisect_left(self._bounds, value) :]
