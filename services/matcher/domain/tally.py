"""What matching postings have in common: slots enter, the most frequent values of each fact leave with how many have them.

A posting counts once for each different value it has; one that does not say is in none of them.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from schemas.filter import codes
from schemas.places import gazetteer
from services.matcher.domain.column import Column
from services.matcher.domain.corpus import Corpus, Town
from services.matcher.domain.facts import Facts
from services.matcher.domain.labels import Labels

L = TypeVar("L")
Slots = NDArray[np.intp]
MOST: Final = 10
"""Values of each."""


class Counted(NamedTuple):
    """A value and how many postings have it."""

    value: str
    postings: int


class Tally(NamedTuple):
    """By what postings can be told apart, the most frequent first."""

    workplaces: list[Counted]
    employment_types: list[Counted]
    seniorities: list[Counted]
    sponsorship: list[Counted]
    visa_types: list[Counted]
    countries: list[Counted]
    states: list[Counted]
    cities: list[Counted]
    companies: list[Counted]
    sources: list[Counted]
    languages: list[Counted]


def tally(corpus: Corpus, slots: Slots) -> Tally:
    """Of these slots."""

    def of(code: str, values: Callable[[Facts], Iterable[str]]) -> list[Counted]:
        return _top(corpus.clauses[code], slots, values)

    return Tally(
        workplaces=of(codes.WORKPLACE, lambda known: _stated(known.workplace)),
        employment_types=of(codes.EMPLOYMENT, lambda known: known.employment_types),
        seniorities=of(codes.SENIORITY, lambda known: _stated(known.seniority)),
        sponsorship=of(codes.VERDICT, lambda known: _stated(known.sponsorship)),
        visa_types=of(codes.VISA, lambda known: known.visas if known.sponsors else ()),
        countries=_told(corpus.countries, slots, str),
        states=_told(corpus.states, slots, ", ".join),
        cities=_told(corpus.towns, slots, _city),
        companies=_told(corpus.companies, slots, str),
        sources=of(codes.SOURCE, lambda known: _stated(known.source)),
        languages=of(codes.LANGUAGE, lambda known: _stated(known.language)),
    )


def _top(column: Column[Facts], slots: Slots, values: Callable[[Facts], Iterable[str]]) -> list[Counted]:
    counts: Counter[str] = Counter()
    for known, postings in column.counted(slots):
        for value in values(known):
            counts[value] += postings
    return [Counted(*one) for one in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:MOST]]


def _told(labels: Labels[L], slots: Slots, told: Callable[[L], str]) -> list[Counted]:
    return [Counted(told(label), postings) for label, postings in labels.most_frequent(slots, MOST)]


def _stated(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


def _city(town: Town) -> str:
    """By the name people know, such as "Seattle, WA, US"; as it is folded where nobody knows it."""
    city, state, country = town
    known = gazetteer().cities(city, state or None, country or None)
    name = known[0].name if known and known[0].key == city else city
    return ", ".join(part for part in (name, state, country) if part)
