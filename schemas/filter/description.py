"""A filter in words, as its owner reads it on pages and in answers."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from schemas.filter.phrases import (
    DEGREES,
    EMPLOYMENT_TYPES,
    LANGUAGES,
    PERIODS,
    SENIORITIES,
    SPONSORSHIP,
    WORKPLACES,
    count,
    either,
    joined,
    money,
    quoted,
)
from schemas.filter.syntax import written
from schemas.filter.tree import Companies, Filter, Keywords, PlaceWanted, ScopedTerm, Skills, Titles
from schemas.places import gazetteer

_FIELDS: Final = {"title": "its title", "company": "the company's name", "skill": "its skills", "location": "its places"}
_HIDDEN: Final = {
    "citizenship": "is not for US citizens or permanent residents only",
    "clearance": "asks for no security clearance",
}


def described(filter: Filter) -> list[str]:
    """One fragment for each clause: `has "python"`, `in Austin, TX, US`, `sponsors H-1B or O-1`."""
    return [fragment for clause in _CLAUSES for fragment in clause(filter)] or ["every posting"]


def entry(one: str | ScopedTerm | Keywords) -> str:
    """`"python"`, `"engineer" in its title`, `a word that begins with "develop"`, `(a or b)`."""
    match one:
        case str():
            return f'"{one}"'
        case Keywords():
            return f"({written(one)})"
    what = f'a word that begins with "{one.term}"' if one.prefix else f'"{one.term}"'
    return f"{what} in {_FIELDS[one.scope]}" if one.scope else what


def place(wanted: PlaceWanted) -> str:
    """ "Austin, TX, US", "within 25 mi of Seattle", "Bay Area, remote"."""
    country = wanted.country
    if country and not (wanted.city or wanted.state):
        country = _land(country)  # or Canada would read as California
    names = ", ".join(part for part in (wanted.metro, wanted.city, wanted.state, country) if part)
    if wanted.within:
        names = f"within {wanted.within.distance.normalize():f} {wanted.within.unit} of {names}"
    return f"{names} ({either(map(WORKPLACES.__getitem__, wanted.workplaces))})" if wanted.workplaces else names


def _land(code: str) -> str:
    name = gazetteer().country_name(code)
    return f"the {name}" if name.startswith(("United ", "Netherlands", "Philippines")) else name


def lists(wanted: Companies | Titles, shown: Callable[[Iterable[str]], list[str]]) -> str:
    """ "A or B, without C"."""
    parts = [either(shown(wanted.include))] if wanted.include else []
    if wanted.exclude:
        parts.append(f"{'without' if parts else 'any but'} {either(shown(wanted.exclude))}")
    return ", ".join(parts) or "any"


def language(code: str) -> str:
    """By its name where it is a usual one."""
    return LANGUAGES.get(code, code)


def _keywords(filter: Filter) -> Iterator[str]:
    keywords = filter.keywords or Keywords()
    if keywords.all:
        yield f"has {joined(list(map(entry, keywords.all)), 'and')}"
    if keywords.any:
        yield f"has {either(map(entry, keywords.any))}"
    if keywords.none:
        yield f"does not have {either(map(entry, keywords.none))}"


def _titles(filter: Filter) -> Iterator[str]:
    titles = filter.titles or Titles()
    if titles.include:
        yield f"has {either(quoted(titles.include))} in its title"
    if titles.exclude:
        yield f"does not have {either(quoted(titles.exclude))} in its title"


def _places(filter: Filter) -> Iterator[str]:
    if filter.places:
        yield either(place(one) if one.within else f"in {place(one)}" for one in filter.places)


def _workplaces(filter: Filter) -> Iterator[str]:
    if filter.workplaces:
        yield either(WORKPLACES[workplace] for workplace in filter.workplaces)


def _visas(filter: Filter) -> Iterator[str]:
    if filter.visa_types:
        yield "sponsors " + either(filter.visa_types)


def _verdicts(filter: Filter) -> Iterator[str]:
    if filter.accepted_verdicts is not None:
        yield either(SPONSORSHIP[value] for value in filter.accepted_verdicts)
    elif filter.verdicts_accepted():
        yield "does not refuse to sponsor"
    for hidden in filter.hide:
        yield _HIDDEN[hidden]


def _pay(filter: Filter) -> Iterator[str]:
    if pay := filter.minimum_pay:
        silent = ", or does not say" if pay.unstated == "keep" else " and says so"
        yield f"pays at least {money(pay.amount, pay.currency)} {PERIODS[pay.period]}{silent}"


def _employment(filter: Filter) -> Iterator[str]:
    if filter.employment_types:
        yield either(EMPLOYMENT_TYPES[kind] for kind in filter.employment_types)


def _companies(filter: Filter) -> Iterator[str]:
    companies = filter.companies or Companies()
    if companies.include:
        yield f"at {either(companies.include)}"
    if companies.exclude:
        yield f"not at {either(companies.exclude)}"


def skills(filter: Filter) -> Iterator[str]:
    """ "Go and SQL", "one of Kubernetes, Nomad"."""
    asked = filter.skills or Skills()
    if asked.all:
        yield joined(list(asked.all), "and")
    if asked.any:
        yield f"one of {', '.join(asked.any)}" if len(asked.any) > 1 else asked.any[0]


def _skills(filter: Filter) -> Iterator[str]:
    return (f"mentions {names}" for names in skills(filter))


def _work(filter: Filter) -> Iterator[str]:
    if filter.occupations:
        yield f"occupation {either(filter.occupations)} (SOC 2018)"
    if filter.seniorities:
        yield either(SENIORITIES[level] for level in filter.seniorities)
    if filter.maximum_degree:
        yield f"asks for {DEGREES[filter.maximum_degree]} at most"
    if filter.maximum_experience is not None:
        yield f"asks for {count(filter.maximum_experience, 'year')} of experience at most"


def _employer(filter: Filter) -> Iterator[str]:
    if asked := filter.employer_approvals:
        when = "the last fiscal year" if asked.years == 1 else f"the last {asked.years} fiscal years"
        yield f"its employer had at least {count(asked.at_least, 'H-1B petition')} approved in {when}"
    if filter.minimum_wage_level:
        yield f"pays prevailing-wage level {filter.minimum_wage_level} or more"


def _origin(filter: Filter) -> Iterator[str]:
    if filter.sources:
        yield f"from {either(filter.sources)}"
    if filter.languages:
        yield f"written in {either(map(language, filter.languages))}"
    if filter.posted_within:
        yield f"at most {count(filter.posted_within, 'day')} old"


_CLAUSES: Final[tuple[Callable[[Filter], Iterator[str]], ...]] = (
    _keywords,
    _titles,
    _places,
    _workplaces,
    _visas,
    _verdicts,
    _pay,
    _employment,
    _companies,
    _skills,
    _work,
    _employer,
    _origin,
)
