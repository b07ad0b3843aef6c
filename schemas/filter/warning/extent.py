"""What the places of a filter take in: countries, whole ones, places abroad, and such as add nothing to another."""

from collections.abc import Iterator, Sequence
from typing import Final

from schemas.filter.area import area
from schemas.filter.tree import PlaceWanted
from schemas.filter.warning.warned import Warned
from schemas.places import AMERICAN, BY_FAR, City, gazetteer

_NEIGHBOURS: Final = frozenset(("BS", "CA", "CU", "MX"))
"""From which a distance may reach across the border."""
_FAR: Final = 3_000
"""Kilometres: from the middle of the United States, that is all of them but Alaska and Hawaii."""


def is_whole(place: PlaceWanted) -> bool:
    """A whole country, however the work is done there."""
    found = area(place)
    return bool(found.country) and not (found.city or found.state or found.circles) and _is_anyhow(place)


def country_of(place: PlaceWanted) -> str:
    """As it is stated, in whatever field; empty where the name of a city alone tells it."""
    if place.metro:
        metro = gazetteer().metro(place.metro)
        return metro.country if metro else ""
    return area(place).country


def reach(place: PlaceWanted) -> float:
    """Kilometres around an American city, where they are so many that little is left out; else 0."""
    far = far_out(place) if _is_anyhow(place) else 0
    return far if far and named(place)[0].country == "US" else 0


def is_abroad(place: PlaceWanted) -> bool:
    """Clearly so."""
    country = country_of(place)
    if place.within and (country in _NEIGHBOURS or not country or far_out(place)):
        return False
    if country:
        return gazetteer().is_country(country) and country not in AMERICAN
    there = named(place)
    at_home = max((city.population for city in there if city.country in AMERICAN), default=0)
    return bool(there) and there[0].country not in AMERICAN and at_home * BY_FAR <= there[0].population


def named(place: PlaceWanted) -> tuple[City, ...]:
    """Cities it may mean; the largest first."""
    return gazetteer().cities(place.city, place.state, place.country) if place.city else ()


def far_out(place: PlaceWanted) -> float:
    """Kilometres around a city, where they are very many; else 0."""
    circles = area(place).circles if place.within else ()
    return circles[0].km if circles and circles[0].km >= _FAR else 0


def superfluous(places: Sequence[PlaceWanted]) -> Iterator[Warned]:
    """Said once of a country."""
    for number, place in enumerate(places):
        country = country_of(place)
        if not is_whole(place) or any(is_whole(one) and country_of(one) == country for one in places[:number]):
            continue
        others = [other for other in places if other is not place]
        inside = [other for other in others if _lies_in(other, country)]
        if inside:
            whole = "the whole United States" if country == "US" else f"all of {land(country)}"
            rest = "the other places" if len(inside) == len(others) else "the other places there"
            nothing = "hardly anything" if any(other.within for other in inside) else "nothing"
            yield Warned(clause=f"places.{number}", problem=f"takes {whole}, so {rest} add {nothing}")


def _lies_in(place: PlaceWanted, country: str) -> bool:
    if stated := country_of(place):
        return stated == country
    there = named(place)
    return bool(there) and all(city.country == country for city in there)


def land(country: str) -> str:
    """Its name within a sentence."""
    return "the United States" if country == "US" else gazetteer().country_name(country)


def _is_anyhow(place: PlaceWanted) -> bool:
    return len(set(place.workplaces)) in (0, 3)
