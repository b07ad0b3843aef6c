"""Filters that can hardly be meant: those that never match, contradict themselves, or take nearly everything; with the clause
to blame. A filter with a warning is still a filter: it is saved and evaluated.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Final, get_args

from pydantic import BaseModel, ConfigDict

from schemas.filter.money import converted, rates, yearly
from schemas.filter.phrases import PERIODS, either, money
from schemas.filter.tree import Companies, Filter, Keywords, PlaceWanted, ScopedTerm, Titles
from schemas.places import City, gazetteer
from schemas.posting import EmploymentType, Seniority, Workplace

_HIGHEST: Final = 1_000_000
"""Euros a year that hardly any posting states."""


class Warned(BaseModel):
    """Something about a filter that its owner should know."""

    model_config = ConfigDict(frozen=True)

    clause: str
    problem: str


def warnings(filter: Filter) -> list[Warned]:
    """All there is to say, what can never match first."""
    found = [*_never(filter), *_doubtful(filter)]
    if takes_everything(filter):
        found.append(
            Warned(clause="filter", problem=f"takes every posting{_but_refusals(filter)}, since no clause asks for anything")
        )
    elif blamed := _takes_nearly_everything(filter):
        problem = f"takes nearly every posting{_but_refusals(filter)}: {blamed}"
        found.append(Warned(clause="filter", problem=problem))
    return found


def takes_everything(filter: Filter) -> bool:
    """No clause is given, or only empty ones. What is said of refusals is no clause here: it is so by default."""
    given = filter.model_dump(exclude_defaults=True, exclude={"version", "accepted_verdicts"})
    return not any(any(clause.values()) if isinstance(clause, dict) else clause for clause in given.values())


def _but_refusals(filter: Filter) -> str:
    return " that does not refuse to sponsor" if filter.verdicts_accepted() else ""


def _never(filter: Filter) -> Iterator[Warned]:
    if (term := _wordless(filter.keywords or Keywords())) is not None:
        yield Warned(clause="keywords", problem=f'never matches: "{term}" has no letter and no digit that could be found')
    elif (term := contradicted(filter.keywords or Keywords())) is not None:
        yield Warned(clause="keywords", problem=f"never matches: {term} must occur and must not occur")
    yield from _excluded("titles", filter.titles or Titles())
    yield from _excluded("companies", filter.companies or Companies())
    accepted = filter.accepted_verdicts
    if filter.visa_types and accepted is not None and not {"offered", "conditional"} & set(accepted):
        problem = "never matches: visa_types asks for postings that sponsor, and accepted_verdicts leaves those out"
        yield Warned(clause="accepted_verdicts", problem=problem)
    if filter.workplaces and filter.places and all(_is_elsewhere(place, set(filter.workplaces)) for place in filter.places):
        yield Warned(clause="places", problem="never matches: no place takes any of the workplaces that `workplaces` asks for")


def _wordless(keywords: Keywords) -> str | None:
    terms = [entry for entry in keywords.all if isinstance(entry, str)]
    return next((term for term in terms if not any(map(str.isalnum, term))), None)


def _excluded(clause: str, lists: Companies | Titles) -> Iterator[Warned]:
    exclude = set(map(_same, lists.exclude))
    if lists.include and {_same(name) for name in lists.include} <= exclude:
        yield Warned(clause=clause, problem="never matches: all that is in `include` is in `exclude` too")


def _same(text: str) -> str:
    return " ".join(text.casefold().split())


def _is_elsewhere(place: PlaceWanted, workplaces: AbstractSet[Workplace]) -> bool:
    return bool(place.workplaces) and not workplaces & set(place.workplaces)


def contradicted(keywords: Keywords) -> str | None:
    """A word that keeps the keywords from ever holding, as it is shown; None where there is none to be seen."""
    needed, refused = _flat(keywords, "all"), _flat(keywords, "none")
    for entry in needed:
        if isinstance(entry, Keywords):
            if (term := contradicted(entry)) is not None:
                return term
        elif term := next((_shown(entry) for other in refused if _covers(other, entry)), None):
            return term
    return _contradicted_any(keywords.any, refused)


def _contradicted_any(entries: Iterable[str | ScopedTerm | Keywords], refused: list[str | ScopedTerm | Keywords]) -> str | None:
    """One of them is needed: only where none is left it is a contradiction."""
    last = None
    for entry in entries:
        if isinstance(entry, Keywords):
            last = contradicted(entry)
        else:
            last = next((_shown(entry) for other in refused if _covers(other, entry)), None)
        if last is None:
            return None
    return last


def _flat(keywords: Keywords, name: str) -> list[str | ScopedTerm | Keywords]:
    """What must hold, or must not: that of groups which only list more of the same is the group's own."""
    found: list[str | ScopedTerm | Keywords] = []
    for entry in getattr(keywords, name):
        only_all = isinstance(entry, Keywords) and name == "all" and not entry.any and not entry.none
        only_any = isinstance(entry, Keywords) and name == "none" and not entry.all and not entry.none
        if isinstance(entry, Keywords) and only_all:
            found += _flat(entry, "all")
        elif isinstance(entry, Keywords) and only_any:
            found += entry.any
        else:
            found.append(entry)
    return found


def _covers(refused: str | ScopedTerm | Keywords, needed: str | ScopedTerm) -> bool:
    """Whether what needs the one cannot do without the other."""
    if isinstance(refused, Keywords):
        return False
    one, other = _term(refused), _term(needed)
    if one.scope not in (None, other.scope) or (one.scope is None and other.scope == "location"):
        return False
    if one.prefix:
        return _same(other.term).startswith(_same(one.term))
    return not other.prefix and _same(one.term) == _same(other.term)


def _term(entry: str | ScopedTerm) -> ScopedTerm:
    return ScopedTerm.model_construct(term=entry, scope=None, prefix=False) if isinstance(entry, str) else entry


def _shown(entry: str | ScopedTerm) -> str:
    term = _term(entry)
    return f'"{term.term}{"*" if term.prefix else ""}"' + (f" in {term.scope}" if term.scope else "")


def _doubtful(filter: Filter) -> Iterator[Warned]:
    for number, place in enumerate(filter.places):
        yield from (Warned(clause=f"places.{number}", problem=problem) for problem in _doubts(place))
    if pay := filter.minimum_pay:
        if pay.currency not in rates().per_euro:
            problem = f"there is no rate for {pay.currency}: postings that pay in another currency count as silent on their pay"
            yield Warned(clause="minimum_pay", problem=problem)
        elif (year := yearly(pay.amount, pay.currency, pay.period)).amount > _HIGHEST:
            shown = converted(year.amount, "EUR", pay.currency) or year.amount
            said = f"{money(pay.amount, pay.currency)} {PERIODS[pay.period]}"
            total = "" if pay.period == "year" else f", which is {money(shown, pay.currency)} a year"
            problem = f"hardly any posting pays {said}{total}: is the period right?"
            yield Warned(clause="minimum_pay", problem=problem)
    if filter.seniorities == ("intern",) and filter.employment_types and "intern" not in filter.employment_types:
        problem = "contradicts itself: the level is intern, and internships are not among the employment types"
        yield Warned(clause="employment_types", problem=problem)


def _doubts(place: PlaceWanted) -> Iterator[str]:
    names = gazetteer()
    if place.country and not names.is_country(place.country):
        yield f"never matches: {place.country} is no country's code (ISO 3166-1)"
    elif place.state and place.country in ("US", "CA") and names.state_code(place.state, place.country) is None:
        yield f'hardly matches: no state "{place.state}" is known in {names.country_name(place.country)}'
    elif place.city:
        yield from _city(place, place.city)


def _city(place: PlaceWanted, name: str) -> Iterator[str]:
    there = gazetteer().cities(name, place.state, place.country)
    if not there:
        known = gazetteer().cities(name)
        elsewhere = f"; there is {_some(known)}" if known else _meant(name)
        effect = "no distance can be counted from it, and only its name counts" if place.within else "only its name counts"
        yield f'no city "{name}" is known{" there" if place.state or place.country else ""}, {effect}{elsewhere}'
    elif len(there) > 1 and _largest_is_not_clear(there):
        yield f'"{name}" is {_some(there)}: all are taken; name the state or the country for one of them'


def _largest_is_not_clear(cities: tuple[City, ...]) -> bool:
    return cities[0].population < 10 * cities[1].population


def _meant(name: str) -> str:
    similar = gazetteer().similar(name)
    return f"; did you mean {either(similar)}?" if similar else ""


def _some(cities: tuple[City, ...]) -> str:
    shown = [city.words() for city in cities[:4]]
    return " and ".join(shown) if len(cities) <= len(shown) else f"{'; '.join(shown)} and {len(cities) - len(shown)} more"


def _takes_nearly_everything(filter: Filter) -> str:
    """Why, where all clauses together leave out next to nothing; empty where one of them narrows."""
    given = filter.model_dump(exclude_defaults=True, exclude={"version", "accepted_verdicts"})
    found = [_LEAVES_OUT_LITTLE[name](filter) if name in _LEAVES_OUT_LITTLE else "" for name, value in given.items() if value]
    return "; ".join(found) if all(found) else ""


def _only_leaves_out(clause: str, included: object) -> str:
    return "" if included else f"{clause} only leave some out"


def _names_all(clause: str, values: Iterable[str], all_values: object) -> str:
    return f"{clause} names all there are" if set(values) == set(get_args(all_values)) else ""


def _keeps_silent_ones(clause: str) -> Callable[[Filter], str]:
    return lambda _: f"{clause} keeps postings that do not say"


def _keywords(filter: Filter) -> str:
    keywords = filter.keywords or Keywords()
    return _only_leaves_out("keywords", keywords.all or keywords.any)


def _pay(filter: Filter) -> str:
    keeps = filter.minimum_pay is not None and filter.minimum_pay.unstated == "keep"
    return "minimum_pay keeps postings that do not say what they pay, and those are most" if keeps else ""


def _places(filter: Filter) -> str:
    whole = all(place == PlaceWanted(country="US") for place in filter.places)
    return "places takes the whole United States" if whole else ""


_LEAVES_OUT_LITTLE: Final[Mapping[str, Callable[[Filter], str]]] = {
    "keywords": _keywords,
    "titles": lambda filter: _only_leaves_out("titles", filter.titles and filter.titles.include),
    "companies": lambda filter: _only_leaves_out("companies", filter.companies and filter.companies.include),
    "hide": lambda _: "hide only leaves some out",
    "workplaces": lambda filter: _names_all("workplaces", filter.workplaces, Workplace),
    "employment_types": lambda filter: _names_all("employment_types", filter.employment_types, EmploymentType),
    "seniorities": lambda filter: _names_all("seniorities", filter.seniorities, Seniority),
    "minimum_pay": _pay,
    "maximum_degree": _keeps_silent_ones("maximum_degree"),
    "maximum_experience": _keeps_silent_ones("maximum_experience"),
    "languages": _keeps_silent_ones("languages"),
    "posted_within": lambda _: "posted_within leaves out only what was old when it came in",
    "places": _places,
}
"""Clauses that may take nearly all, with the words for it; empty words where they do not. Any other clause narrows."""
