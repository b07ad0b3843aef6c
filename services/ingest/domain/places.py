"""Places as sources write them become city, state and country; what names no place on the map is left out.

A city that a source states in a field of its own is kept as it is written, also where nobody knows it.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from schemas.places import Spot, gazetteer
from schemas.posting import Place
from services.ingest.domain.stated import StatedPlace

_MODE: Final = re.compile(
    r"^(?:remote|hybrid|on-?site|in-?office)\b(?: in)?[\s:,|/()–—-]*|[\s,|/()–—-]+(?:remote|hybrid|on-?site)\)?$",
    re.IGNORECASE,
)
"""How the work is done, beside where: "Hybrid - Seattle", "Austin, TX (Remote)". The workplace says that."""
_CODED: Final = re.compile(r"([A-Z]{3}) (?:([A-Z]{2}) )?(.+)")
"""As Workday writes it: "USA DC Washington", "DEU Wiesbaden - Army Airfield"."""
_CONTINENTS: Final = frozenset(("europe", "asia", "africa", "north america", "south america", "oceania", "emea", "apac"))
_LONGEST: Final = 100


def places_of(stated: Iterable[StatedPlace]) -> tuple[Place, ...]:
    """Each once, in their order."""
    return tuple(dict.fromkeys(place for one in stated if (place := place_of(one))))


@lru_cache(maxsize=16_384)
def place_of(stated: StatedPlace) -> Place | None:
    """None where nothing of it is on the map: "Multiple Locations", "Headquarters"."""
    for city, state, country in _readings(stated):
        spot = gazetteer().locate(city or None, state or None, country or None)
        if (spot.state or spot.country) and (city == stated.city or _is_known(city, spot)):
            return Place(city=_name(city, spot) or None, state=_state(state, spot) or None, country=spot.country or None)
    return Place(city=stated.city) if 0 < len(stated.city) <= _LONGEST else None


def _readings(stated: StatedPlace) -> Iterator[tuple[str, str, str]]:
    """Ways to read it, what says most first."""
    state, country = stated.state[:_LONGEST], gazetteer().country_code(stated.country) or ""
    if stated.city:
        yield stated.city[:_LONGEST], state, country
    text = _MODE.sub("", stated.text.strip()[:_LONGEST])
    if text:
        yield text, state, country
        yield text, "", ""
    if coded := _CODED.fullmatch(text):
        land, part, city = coded.groups()
        yield city.partition(" - ")[0], part or "", gazetteer().country_code(land) or ""
    if state or country:
        yield "", state, country


def _is_known(text: str, spot: Spot) -> bool:
    """Whether a free text names what is on the map: a state or country by itself, a city, a metro."""
    return not spot.city or spot.latitude is not None or bool(gazetteer().cities(text))


def _state(stated: str, spot: Spot) -> str:
    """Its code where it has one; else as the source writes it, which for some is the continent."""
    if gazetteer().state_code(spot.state, spot.country):
        return spot.state
    return "" if stated.strip().lower() in _CONTINENTS else stated.strip()


def _name(city: str, spot: Spot) -> str:
    """The city as the map writes it, or where several may be meant as the source does."""
    if not spot.city:
        return ""
    meant = [one for one in gazetteer().cities(city) if spot.state in ("", one.state) and spot.country in ("", one.country)]
    return meant[0].name if meant else city.partition(",")[0].strip()
