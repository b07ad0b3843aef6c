"""Filters of `rich`: a count enters, so many leave; those of a smaller count are the first of a larger."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from random import Random
from typing import Any, Final

from benchmarks.matching.rich.draws import ASKED_SKILLS, COMPANIES, OCCUPATIONS, PHRASES, ROLES, Draw, cities
from schemas.filter.tree import (
    VERSION,
    Approvals,
    Companies,
    Distance,
    Filter,
    Keywords,
    MinimumPay,
    PlaceWanted,
    ScopedTerm,
    Skills,
    Titles,
)

SEED: Final = 20240501


def filters(count: int) -> Iterator[Filter]:
    return islice(_all(), count)


def _all() -> Iterator[Filter]:
    rng = Random(SEED)
    while True:
        drawn = {name: draw(rng) for name, (share, draw) in _CLAUSES.items() if rng.random() < share}
        if "keywords" not in drawn:  # or a tenth of them would match a third of all postings
            drawn |= {"places": _places(rng), "skills": _skills(rng)}
        yield Filter(version=VERSION, **drawn)


def _keywords(rng: Random) -> Keywords:
    """Of one shape, one in five with something that must not occur."""
    shape, none = _SHAPES(rng), (_excluded(rng),) if rng.random() < 0.2 else ()
    one = shape(rng)
    return one.model_copy(update={"none": none}) if none else one


def _words(rng: Random) -> Keywords:
    return Keywords(all=_some_skills(rng, 1, 3))


def _or_group(rng: Random) -> Keywords:
    alternatives = _some_skills(rng, 2, 4)
    if rng.random() < 0.3:
        return Keywords(any=alternatives)
    return Keywords(all=(Keywords(any=alternatives), *_some_skills(rng, 1, 2)))


def _phrase(rng: Random) -> Keywords:
    return Keywords(all=(PHRASES(rng), *_some_skills(rng, 0, 1)))


def _beginning(rng: Random) -> Keywords:
    """ "s12" begins s12, s120 to s129 and s1200 to s1299."""
    return Keywords(all=(_prefix(rng), *_some_skills(rng, 0, 1)))


def _scoped(rng: Random) -> Keywords:
    return Keywords(all=(_in_title(rng), *_some_skills(rng, 0, 2)))


def _elsewhere(rng: Random) -> Keywords:
    """In another field than the title."""
    country = cities()(rng).country
    fields = (("skill", ASKED_SKILLS(rng)), ("company", COMPANIES(rng)), ("location", country))
    scope, term = rng.choice(fields)
    return Keywords(all=(ScopedTerm.model_validate({"term": term, "scope": scope}), *_some_skills(rng, 1, 1)))


def _nested(rng: Random) -> Keywords:
    """Groups in groups, with all that stands in them elsewhere."""
    first = Keywords(all=(_in_title(rng), *_some_skills(rng, 1, 1)), none=(ASKED_SKILLS(rng),))
    second = Keywords(all=(PHRASES(rng), Keywords(any=(_prefix(rng), *_some_skills(rng, 1, 2)))))
    return Keywords(all=(ASKED_SKILLS(rng), Keywords(any=(first, second, _words(rng)))))


def _in_title(rng: Random) -> ScopedTerm:
    return ScopedTerm(term=ROLES(rng) if rng.random() < 0.8 else ASKED_SKILLS(rng), scope="title")


def _prefix(rng: Random) -> ScopedTerm:
    return ScopedTerm(term=f"s{rng.randrange(10, 1000)}", prefix=True)


def _excluded(rng: Random) -> str | ScopedTerm:
    return rng.choice((ASKED_SKILLS(rng), PHRASES(rng), _in_title(rng)))


def _some_skills(rng: Random, least: int, most: int) -> tuple[str, ...]:
    return ASKED_SKILLS.several(rng, rng.randint(least, most))


def _titles(rng: Random) -> Titles:
    one, other = ROLES.several(rng, 2)
    return rng.choice((Titles(include=(one,)), Titles(include=(one, other)), Titles(exclude=(one, other))))


def _companies(rng: Random) -> Companies:
    """Mostly those that somebody has had enough of."""
    names = COMPANIES.several(rng, rng.randint(1, 5))
    return Companies(include=names) if rng.random() < 0.25 else Companies(exclude=names)


def _skills(rng: Random) -> Skills:
    return Skills(any=_some_skills(rng, 2, 5)) if rng.random() < 0.7 else Skills(all=_some_skills(rng, 1, 2))


def _places(rng: Random) -> tuple[PlaceWanted, ...]:
    return tuple(_place(rng) for _ in range(rng.choice((1, 1, 1, 1, 1, 2, 3))))


def _place(rng: Random) -> PlaceWanted:
    place, kind = cities()(rng), rng.random()
    ways = ("remote", "hybrid") if rng.random() < 0.08 else ()
    if kind < 0.35:
        within = Distance(distance=rng.choice((15, 25, 50, 100)), unit=rng.choice(("km", "mi")))
        return PlaceWanted(city=place.city, state=place.state, country=place.country, within=within, workplaces=ways)
    if kind < 0.75:
        return PlaceWanted(city=place.city, state=place.state, country=place.country, workplaces=ways)
    return PlaceWanted(state=place.state, country=place.country, workplaces=ways)


def _pay(rng: Random) -> MinimumPay:
    return MinimumPay(amount=rng.randrange(40, 205, 5) * 1000, unstated=rng.choice(("keep", "drop")))


def _one(*values: Any) -> Callable[[Random], Any]:
    return lambda rng: rng.choice(values)


def _some(*values: Any) -> Callable[[Random], Any]:
    return lambda rng: tuple(rng.sample(values, rng.choice((1, 1, 2))))


_SHAPES: Final = Draw((_words, _or_group, _phrase, _beginning, _scoped, _elsewhere, _nested), (28, 24, 16, 8, 12, 6, 6))
_CLAUSES: Final[Mapping[str, tuple[float, Callable[[Random], Any]]]] = {
    "keywords": (0.88, _keywords),
    "places": (0.72, _places),
    "titles": (0.10, _titles),
    "companies": (0.11, _companies),
    "skills": (0.05, _skills),
    "minimum_pay": (0.25, _pay),
    "visa_types": (0.18, _some("H-1B", "TN", "O-1", "F-1 OPT", "STEM OPT")),
    "employment_types": (0.26, _some("full_time", "part_time", "contract", "intern")),
    "workplaces": (0.14, _some("remote", "hybrid", "on_site")),
    "seniorities": (0.16, _some("intern", "entry", "mid", "senior", "staff", "manager")),
    "hide": (0.10, _some("citizenship", "clearance")),
    "languages": (0.06, _one(("en",), ("en", "fr"), ("de",))),
    "posted_within": (0.06, _one(7, 14, 30)),
    "maximum_degree": (0.08, _one("bachelor", "master")),
    "maximum_experience": (0.08, _one(1, 3, 5)),
    "occupations": (0.04, lambda rng: (_occupation(rng),)),
    "accepted_verdicts": (0.04, _some("offered", "conditional", "unstated")),
    "employer_approvals": (0.03, lambda rng: Approvals(at_least=rng.choice((1, 30)), years=rng.choice((1, 3)))),
    "minimum_wage_level": (0.02, _one(1, 2, 3)),
    "sources": (0.02, _one(("rich",), ("rich", "elsewhere"), ("elsewhere",))),
}
"""The share of the filters that have a clause, and how it is drawn."""


def _occupation(rng: Random) -> str:
    """One, or the group it is in."""
    code = OCCUPATIONS(rng)
    return code if rng.random() < 0.5 else f"{code[:4]}000"
