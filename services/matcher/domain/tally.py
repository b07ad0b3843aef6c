"""What matching postings have in common: slots enter, the most frequent values of each fact leave with how many have them.

A posting counts once for each different value it has; one that does not say is in none of them.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from schemas.filter import codes
from schemas.places import gazetteer
from services.matcher.domain.column import Column
from services.matcher.domain.corpus import Corpus, Town
from services.matcher.domain.facts import Facts

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
        countries=_top(corpus.countries, slots, _each),
        states=_top(corpus.states, slots, _each, ", ".join),
        cities=_top(corpus.towns, slots, _each, _city),
        companies=_top(corpus.companies, slots, _stated),
        sources=of(codes.SOURCE, lambda known: _stated(known.source)),
        languages=of(codes.LANGUAGE, lambda known: _stated(known.language)),
    )


def _top(
    column: Column[Any], slots: Slots, values: Callable[[Any], Iterable[Any]], told: Callable[[Any], str] = str
) -> list[Counted]:
    counts: Counter[Any] = Counter()
    for value, postings in column.counted(slots):
        for one in values(value):
            counts[one] += postings
    least = min(sorted(counts.values())[-MOST:], default=0)  # of thousands of companies few are compared by their names
    top = sorted((-postings, value) for value, postings in counts.items() if postings >= least)[:MOST]
    return [Counted(told(value), -postings) for postings, value in top]


def _stated(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


def _each(values: Iterable[Any]) -> Iterable[Any]:
    return values


def _city(town: Town) -> str:
    """By the name people know, such as "Seattle, WA, US"; as it is folded where nobody knows it."""
    city, state, country = town
    known = gazetteer().cities(city, state or None, country or None)
    name = known[0].name if known and known[0].key == city else city
    return ", ".join(part for part in (name, state, country) if part)
