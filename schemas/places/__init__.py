"""Where places are: names as people write them enter, the spot of a posting and the area of a filter leave.

The same name always becomes the same city, whoever wrote it, and what was stated is never contradicted; only Puerto Rico, where
it is stated as a country, becomes a state of the US. Data: GeoNames (CC BY 4.0), in tables that are read at the first call.
"""

from collections import Counter
from dataclasses import replace
from functools import cache, lru_cache
from typing import Final

from schemas.places.cutting import cuts
from schemas.places.folding import fold_name
from schemas.places.lands import AMERICAN, Land, Lands
from schemas.places.metros import Metros
from schemas.places.reading import Reader, Reading
from schemas.places.shapes import NOWHERE, Area, Circle, City, Metro, Spot
from schemas.places.spelling import Spelling
from schemas.places.towns import Towns

__all__ = ["AMERICAN", "BY_FAR", "Area", "Circle", "City", "Gazetteer", "Metro", "Spot", "fold_name", "gazetteer"]

BY_FAR: Final = 10
"""A name alone means the largest city that bears it if that has so many times the people of the next."""
REMEMBERED: Final = 50_000
"""Places whose spots are kept: postings repeat a few thousand."""


class Gazetteer:
    """Cities, states, countries and metros by their names. Nothing changes after it was made."""

    def __init__(self) -> None:
        self._towns = Towns()
        self._lands = Lands()
        self._metros = Metros(self._towns)
        self._reader = Reader(self._towns, self._lands, self._metros)
        self._spelling = Spelling(self._towns.names())
        self._spot = lru_cache(maxsize=REMEMBERED)(self._find)

    def locate(self, city: str | None, state: str | None, country: str | None) -> Spot:
        """The place of a posting. State, country and coordinates that it leaves open are filled in where one city is meant.

        Else those that all cities which may be meant have in common are, without coordinates. A state or country in the city's
        field is read as such: "Seattle, WA", "California".
        """
        return self._spot(city, state, country)

    def area(self, city: str | None, state: str | None, country: str | None, *, km: float | None = None) -> Area:
        """An alternative of a filter, with `km` around each city that may be meant. What it leaves open is not narrowed.

        A state or country in the city's field is read as in a posting. A name without a letter or digit holds nowhere.
        """
        if any(text and not fold_name(text) for text in (city, state, country)):
            return NOWHERE
        read = self._reader.read(city, state, country)
        if read.cities and read.state and not self.state_code(read.state, read.country):
            read = replace(read, state="")  # of Germany no states are known, and Munich is in Bavaria without them
        circles = () if km is None else tuple(Circle(one.latitude, one.longitude, km) for one in read.cities)
        return Area(read.city, read.state, read.country, circles)

    def metro(self, name: str) -> Metro | None:
        """By its name, a usual one, or that of the city it is named for: "Seattle", "Philly", "Portland, OR"."""
        if found := self._metros.named(fold_name(name), Land("", "")):
            return found
        read = self._reader.read(name, None, None)
        return self._metros.named(read.city, read.land()) or self._metros.around(read.city, read.land())

    def metros(self) -> tuple[Metro, ...]:
        return self._metros.all

    def similar_metros(self, name: str) -> tuple[str, ...]:
        """Up to three that may have been meant by a name that none has, the likeliest first."""
        return () if self.metro(name) else self._metros.near(fold_name(name))

    def cities(self, name: str, state: str | None = None, country: str | None = None) -> tuple[City, ...]:
        """Every city of this name, its own or another, within the state and country; the largest first.

        None where the name is read as a state or country.
        """
        return self._reader.read(name, state, country).cities

    def country_code(self, text: str) -> str | None:
        """Alpha-2 by a code of two or three letters or a usual name ("UK", "U.S.A.", "Scotland"); None where unknown."""
        return self._lands.country_code(text)

    def country_name(self, code: str) -> str:
        """In English; the code itself where it is unknown."""
        return self._lands.country_name(code)

    def is_country(self, code: str) -> bool:
        return self._lands.is_country(code)

    def state_code(self, name: str, country: str | None = None) -> tuple[str, str] | None:
        """Code and country of a state of the US or a province of Canada, by code or name; None for all others."""
        return self._lands.state_code(name, country)

    def state_name(self, code: str, country: str) -> str:
        """In English, of the US and Canada; the code itself where it is unknown."""
        return self._lands.state_name(code, country)

    def similar(self, name: str) -> tuple[str, ...]:
        """Up to three cities that may have been meant by a name that none has, the likeliest first.

        None where it is a state's or a country's.
        """
        read = self._reader.read(name, None, None)
        if not read.city or read.cities or read.city in self._metros:
            return ()
        meant = self._similar_there(name) or [self._towns.named(key)[0].name for key in self._spelling.near(read.city)]
        return tuple(dict.fromkeys(meant))[:3]

    def _similar_there(self, name: str) -> list[str]:
        """Within the state and country behind it: "Seatle WA"."""
        return [
            there[0].name
            for cut in cuts(name)
            for land in self._lands.chains(cut.rest, Land("", ""))
            for key in self._spelling.near(cut.first)
            if (there := self._reader.there(key, land))
        ]

    def _find(self, city: str | None, state: str | None, country: str | None) -> Spot:
        read = self._reader.read(city, state, country)
        if one := _meant(read.cities):
            return Spot(read.city, read.state or one.state, read.country or one.country, one.latitude, one.longitude)
        if middle := self._middle(read):
            return middle
        if read.state:  # which may be one that only an unknown city of this name is in
            return Spot(read.city, read.state, read.country)
        return Spot(read.city, _common_state(read.cities), read.country or _common_country(read.cities))

    def _middle(self, read: Reading) -> Spot | None:
        """Boards write "San Francisco Bay Area" where a city belongs; "Greater Portland, ME" is not the one in Oregon."""
        if not (metro := self._metros.named(read.city, read.land())):
            return None
        state = read.state or (metro.states[0] if len(metro.states) == 1 else "")
        return Spot(read.city, state, metro.country, metro.circles[0].latitude, metro.circles[0].longitude)


def _meant(cities: tuple[City, ...]) -> City | None:
    """The only one, or the one that is by far the largest."""
    if len(cities) > 1 and cities[0].population < BY_FAR * cities[1].population:
        return None
    return cities[0] if cities else None


def _common_state(cities: tuple[City, ...]) -> str:
    """Of all of them."""
    states = {(one.state, one.country) for one in cities}
    return cities[0].state if len(states) == 1 else ""


def _common_country(cities: tuple[City, ...]) -> str:
    """Of all of them, or of nearly all the people in them."""
    people: Counter[str] = Counter()
    for one in cities:
        people[one.country] += one.population
    if not people:
        return ""
    country, most = people.most_common(1)[0]
    return country if len(people) == 1 or most >= BY_FAR * max(1, people.total() - most) else ""


@cache
def gazetteer() -> Gazetteer:
    """The one there is; the files are read at the first call."""
    return Gazetteer()
