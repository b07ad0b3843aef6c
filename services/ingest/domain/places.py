"""Places as sources write them become city, state and country; what names no place on the map is left out.

A city that a source states in a field of its own is kept as it is written, also where nobody knows it, unless the text beside
it has the same city without the slip of the pen.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from schemas.places import Spot, gazetteer
from schemas.posting import Place
from services.ingest.domain.characters import fold
from services.ingest.domain.mode import without_mode
from services.ingest.domain.stated import StatedPlace

_CODED: Final = re.compile(r"([A-Z]{3}) (?:([A-Z]{2}) )?(.+)")
"""As Workday writes it: "USA DC Washington", "DEU Wiesbaden - Army Airfield"."""
_CONTINENTS: Final = frozenset(("europe", "asia", "africa", "north america", "south america", "oceania", "emea", "apac"))
_NO_TOWN: Final = _CONTINENTS | {"home", "earth", "world"}
"""They are towns, too, which nobody means by them."""
_NATIONS: Final = frozenset(("england", "scotland", "wales", "northern ireland"))
"""Parts of a country that are as good as its name, and the states of one."""
_AROUND: Final = re.compile(r"(?i)\A(?:the )?(?:greater )?([^,]+?)(?: metro| metropolitan)?(?: area| region)?(?=,|\Z)")
_APART: Final = re.compile(r"[;|]")
_CHOICE: Final = re.compile(r"\s*/\s*|\s+(?:or|and|&|\+)\s+")  # OR is Oregon
_LONGEST: Final = 100
_LONGEST_LIST: Final = 500
_LONGEST_CODE: Final = 3
_ALIKE: Final = 0.85
"""How alike two spellings of one city are, of 1."""
_HOME: Final = ("US", "CA")
"""Whose cities are not known without their state."""


def places_of(stated: Iterable[StatedPlace]) -> tuple[Place, ...]:
    """Each once, in their order. Several in one text are taken apart where nothing else can be meant: "NYC or SF"."""
    several = (alone for one in stated for alone in _several(_folded(one)))
    return tuple(dict.fromkeys(place for one in several if (place := place_of(one))))


@lru_cache(maxsize=16_384)
def place_of(stated: StatedPlace) -> Place | None:
    """None where nothing of it is on the map: "Multiple Locations", "Headquarters"."""
    stated = _spelt(_folded(stated))
    for city, state, country in _readings(stated):
        spot = gazetteer().locate(city or None, state or None, country or None)
        if (spot.state or spot.country) and (city == stated.city or _is_known(city, spot)):
            place = Place(city=_name(city, spot) or None, state=_state(state, spot) or None, country=spot.country or None)
            return place if place != Place() else None  # "EMEA" as a state
    return Place(city=stated.city) if 0 < len(stated.city) <= _LONGEST else None


def _folded(stated: StatedPlace) -> StatedPlace:
    return StatedPlace(text=fold(stated.text), city=fold(stated.city), state=fold(stated.state), country=fold(stated.country))


def _spelt(stated: StatedPlace) -> StatedPlace:
    """ "San Fransisco", which nobody knows, beside "San Francisco, CA"."""
    if not (stated.city and stated.text) or gazetteer().cities(stated.city):
        return stated
    beside = place_of(StatedPlace(text=stated.text))
    city = beside.city if beside and beside.city else ""
    is_alike = SequenceMatcher(None, stated.city[:_LONGEST].lower(), city.lower()).ratio() > _ALIKE
    return replace(stated, city=city) if is_alike else stated


def _several(stated: StatedPlace) -> Iterator[StatedPlace]:
    if stated.city:
        yield stated
        return
    parts = [part.strip() for part in _APART.split(stated.text[:_LONGEST_LIST])]
    if states := _states(parts):
        yield from states
        return
    for part in parts:
        yield from _choice(
            replace(stated, text=part) if _agree(part, stated, alone=len(parts) == 1) else StatedPlace(text=part)
        )


def _states(parts: Sequence[str]) -> Sequence[StatedPlace]:
    """Of "California; Washington" both are states, since one is nothing else."""
    places = [place_of(StatedPlace(text=part)) for part in parts] if all(map(gazetteer().state_code, parts)) else []
    only = len(parts) > 1 and any(place and not place.city for place in places)
    return [StatedPlace(state=part) for part in parts] if only else ()


def _agree(part: str, stated: StatedPlace, *, alone: bool) -> bool:
    """Whether the stated country may be that of this part: of "Chicago; London" it is not both's, "London, UK" has its own."""
    if alone and not gazetteer().country_code(part.rpartition(",")[2]):
        return True
    place = place_of(StatedPlace(text=part))
    return not place or place.country in (None, gazetteer().country_code(stated.country))


def _choice(stated: StatedPlace) -> Sequence[StatedPlace]:
    """Of "Berlin / Munich" both, of "Austin, TX or Remote" the one; the whole text where one part is nobody knows what."""
    parts = [part.strip() for part in _CHOICE.split(stated.text)]
    if len(parts) == 1 or gazetteer().country_code(stated.text) or gazetteer().state_code(stated.text):
        return (stated,)
    if states := _states(parts):
        return states
    behind = parts[-1].partition(",")[2]
    found = [place for part in parts if without_mode(part).text and (place := _one_of(part, behind))]
    wanted = sum(bool(without_mode(part).text) for part in parts)
    if not found or len(found) < wanted:
        return (stated,)
    if len(found) > 1 and not found[-1].city and (joined := place_of(StatedPlace(text=", ".join(parts)))) and joined.city:
        found = [joined]  # "Springfield / Illinois"
    return [StatedPlace(city=one.city or "", state=one.state or "", country=one.country or "") for one in found]


def _one_of(part: str, behind: str) -> Place | None:
    """Of "Raleigh/Durham, NC" the state stands behind the last; it is asked where the city alone may be several."""
    place = place_of(StatedPlace(text=part))
    is_sure = place and (not place.city or place.state or place.country not in _HOME)
    return place if is_sure or not behind else place_of(StatedPlace(text=f"{part},{behind}")) or place


def _readings(stated: StatedPlace) -> Iterator[tuple[str, str, str]]:
    """Ways to read it, what says most first."""
    state, country = stated.state[:_LONGEST], gazetteer().country_code(stated.country) or ""
    if stated.city:
        city = stated.city[:_LONGEST]
        yield _around(city), state, country
        yield city, state, country
    text, is_remote = without_mode(stated.text[:_LONGEST])
    text = "" if text.lower() in _NO_TOWN else _around(text)
    if is_remote and len(text) > _LONGEST_CODE and gazetteer().state_code(text):
        yield "", text, country  # "Remote, Ontario" is no town in California
    if text:
        yield text, state, country
        yield text, "", ""
    if coded := _CODED.fullmatch(text):
        land, part, city = coded.groups()
        yield city.partition(" - ")[0], part or "", gazetteer().country_code(land) or ""
    if state or country:
        yield "", state, country


def _around(text: str) -> str:
    """ "Greater Boston, US" is "Boston, US", where a metro is named for its city; the Bay Area is not San Francisco."""
    found = _AROUND.match(text)
    if not found or found[0] == found[1] or not (metro := gazetteer().metro(found[0])):
        return text
    cities = gazetteer().cities(found[1], None, metro.country)
    named = [one for one in cities if one.name in metro.cities and one.state in metro.states]
    return found[1] + (text[found.end() :] or f", {named[0].state}") if named else text


def _is_known(text: str, spot: Spot) -> bool:
    """Whether a free text names what is on the map: a state or country by itself, a city, a metro."""
    return not spot.city or spot.latitude is not None or bool(gazetteer().cities(text))


def _state(stated: str, spot: Spot) -> str:
    """Its code where it has one; else as the source writes it, which for some is the continent or, once more, the country."""
    if gazetteer().state_code(spot.state, spot.country):
        return spot.state
    name = stated.lower()
    is_country = name not in _NATIONS and gazetteer().country_code(stated) == spot.country != ""
    return "" if name in _CONTINENTS or is_country else stated


def _name(city: str, spot: Spot) -> str:
    """The city as the map writes it, or where several may be meant as the source does."""
    if not spot.city:
        return ""
    meant = [one for one in gazetteer().cities(city) if spot.state in ("", one.state) and spot.country in ("", one.country)]
    return meant[0].name if meant else city.partition(",")[0].strip()
