"""What is doubtful in the places of a filter: names that nobody knows, that several bear or that lie elsewhere."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from schemas.filter.area import area
from schemas.filter.phrases import either
from schemas.filter.tree import PlaceWanted
from schemas.filter.warning.extent import far_out, land, named, superfluous
from schemas.filter.warning.warned import Warned
from schemas.places import AMERICAN, BY_FAR, City, fold_name, gazetteer
from schemas.places.files import STATES, read_rows
from schemas.places.spelling import Spelling

_GUESSED: Final = 3
"""Places for which a name that may be meant is looked for, at 2 ms each: who misspelt more has seen what is wrong by then."""
_WITH_STATES: Final = ("US", "CA")
"""Countries whose states are known."""
_CODE: Final = 2
"""Letters of a state's code, which other countries have, too: WA is in Australia as well."""


def place_doubts(places: Sequence[PlaceWanted]) -> Iterator[Warned]:
    """Under the number of the place."""
    for number, place in enumerate(places):
        doubts = _doubts(place, guess=number < _GUESSED)
        yield from (Warned(clause=f"places.{number}", problem=problem) for problem in doubts)
    yield from superfluous(places)


def _doubts(place: PlaceWanted, *, guess: bool) -> Iterator[str]:
    names = gazetteer()
    wordless = [name for name in (place.city, place.state, place.metro) if name and not fold_name(name)]
    if wordless:
        yield f'never matches: "{wordless[0]}" has no letter and no digit of a name'
    elif place.country and not names.is_country(place.country):
        yield f"never matches: {place.country} is no country's code (ISO 3166-1)"
    elif place.metro and names.metro(place.metro) is None:
        yield f'never matches: "{place.metro}" is no metropolitan area that is known here'
    elif place.state and (problem := _state(place, place.state)):
        yield problem
    elif place.city:
        yield from _city(place, place.city, guess=guess)
    if far := far_out(place):
        yield f"hardly leaves anything out: it reaches {far:,.0f} km"


def _state(place: PlaceWanted, name: str) -> str:
    names, country = gazetteer(), place.country
    found = names.state_code(name)
    if country is None:
        if found or area(place).country:
            return ""
        return f'no state "{name}" is known in the US or Canada; only its name counts{_meant_state(name)}'
    if country in _WITH_STATES:
        if names.state_code(name, country):
            return ""
        return f'hardly matches: no state "{name}" is known in {land(country)}{_meant_state(name)}'
    if found and country not in AMERICAN and len(fold_name(name)) > _CODE:
        return f'hardly matches: "{name}" is a state of {land(found[1])}, and {land(country)} is another country'
    return ""


def _meant_state(name: str) -> str:
    names = _states()
    near = Spelling(names).near(fold_name(name))[:3]
    return f"; did you mean {either(names[one] for one in near)}?" if near else ""


@cache
def _states() -> dict[str, str]:
    """Names of states and provinces by what they are folded."""
    return {fold_name(name): name for _, name, *_ in (row.split("\t") for row in read_rows(STATES))}


def _city(place: PlaceWanted, name: str, *, guess: bool) -> Iterator[str]:
    there = named(place)
    if len(there) > 1 and there[0].population < BY_FAR * there[1].population:
        yield f'"{name}" is {_some(there)}: all are taken; name the state or the country for one of them'
    elif not there and not area(place).city:
        if place.within:
            yield f'"{name}" is a state or a country, and no distance can be counted from it'
    elif not there:
        effect = "no distance can be counted from it, and only its name counts" if place.within else "only its name counts"
        where = " there" if place.state or place.country else ""
        yield f'no city "{name}" is known{where}, {effect}{_elsewhere(name, guess=guess)}'


def _elsewhere(name: str, *, guess: bool) -> str:
    if known := gazetteer().cities(name):
        return f"; there is {_some(known)}"
    if metro := gazetteer().metro(name):
        return f'; there is the metro "{metro.name}"'
    return _meant(name) if guess else ""


def _meant(name: str) -> str:
    similar = gazetteer().similar(name)
    return f"; did you mean {either(similar)}?" if similar else ""


def _some(cities: tuple[City, ...]) -> str:
    shown = [city.words() for city in cities[:4]]
    return " and ".join(shown) if len(cities) <= len(shown) else f"{'; '.join(shown)} and {len(cities) - len(shown)} more"
