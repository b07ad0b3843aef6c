"""Where places are: names as people write them enter, the spot of a posting and the area of a filter leave.

The same name always becomes the same city, whoever wrote it, and what was stated is never contradicted; only Puerto Rico, where
it is stated as a country, becomes a state of the US. Data: GeoNames (CC BY 4.0), in tables that are read at the first call.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from schemas.places.files import CITIES, COUNTRIES, STATES, read_metros, read_rows, split_names
from schemas.places.folding import fold_name
from schemas.places.shapes import Area, Circle, City, Metro, Spot
from schemas.places.spelling import Spelling

__all__ = ["Area", "Circle", "City", "Gazetteer", "Metro", "Spot", "fold_name", "gazetteer"]

BY_FAR: Final = 10
"""A name alone means the largest city that bears it if that has so many times the people of the next."""
REMEMBERED: Final = 50_000
"""Places whose spots are kept: postings repeat a few thousand."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What was stated, in the gazetteer's names, and the cities that may be meant, the largest first."""

    city: str
    state: str
    country: str
    cities: tuple[City, ...]


class Gazetteer:
    """Cities, states, countries and metros by their names. Nothing changes after it was made."""

    def __init__(self) -> None:
        self._rows = read_rows(CITIES)
        self._numbers: dict[str, list[int]] = {}
        self._keys: dict[str, str] = {}
        for number, row in enumerate(self._rows):
            self._enter(number, row)
        self._made: dict[str, tuple[City, ...]] = {}
        self._states = dict(_read_states())
        self._countries = {row[:2]: row.split("\t")[1] for row in read_rows(COUNTRIES)}
        self._codes = dict(_read_codes())
        self._metros = read_metros()
        self._metro_names = {fold_name(name): metro for metro in self._metros for name in (metro.name, *metro.names)}
        self._spelling = Spelling(self._numbers)
        self._spot = lru_cache(maxsize=REMEMBERED)(self._find)

    def _enter(self, number: int, row: str) -> None:
        name, others, _ = row.split("\t", 2)
        key = fold_name(name)
        self._numbers.setdefault(key, []).append(number)
        for other in split_names(others):
            self._numbers.setdefault(other, []).append(number)
            self._keys[other] = key

    def locate(self, city: str | None, state: str | None, country: str | None) -> Spot:
        """The place of a posting. State, country and coordinates that it leaves open are filled in where one city is meant."""
        return self._spot(city, state, country)

    def area(self, city: str | None, state: str | None, country: str | None, *, km: float | None = None) -> Area:
        """An alternative of a filter, with `km` around each city that may be meant. What it leaves open is not narrowed."""
        read = self._read(city, state, country)
        circles = () if km is None else tuple(Circle(one.latitude, one.longitude, km) for one in read.cities)
        return Area(read.city, read.state, read.country, circles)

    def metro(self, name: str) -> Metro | None:
        """By its name or a usual one."""
        return self._metro_names.get(fold_name(name))

    def metros(self) -> tuple[Metro, ...]:
        return self._metros

    def cities(self, name: str, state: str | None = None, country: str | None = None) -> tuple[City, ...]:
        """Every city of this name, its own or another, within the state and country; the largest first."""
        return self._read(name, state, country).cities

    def country_name(self, code: str) -> str:
        """In English; the code itself where it is unknown."""
        return self._countries.get(code, code)

    def is_country(self, code: str) -> bool:
        return code in self._countries

    def state_code(self, name: str, country: str | None = None) -> tuple[str, str] | None:
        """Code and country of a state of the US or a province of Canada, by code or name; None for all others."""
        found = self._states.get(fold_name(name))
        return found if found and (not country or self._country(country) == found[1]) else None

    def similar(self, name: str) -> tuple[str, ...]:
        """Up to three cities that may have been meant by a name that none has, the likeliest first."""
        meant = [self._named(key)[0].name for key in self._spelling.near(fold_name(name))]
        return tuple(dict.fromkeys(meant))[:3]

    def _find(self, city: str | None, state: str | None, country: str | None) -> Spot:
        read = self._read(city, state, country)
        if one := _meant(read.cities):
            return Spot(read.city, read.state or one.state, read.country or one.country, one.latitude, one.longitude)
        return self._middle(read) or Spot(read.city, read.state, read.country)

    def _middle(self, read: _Reading) -> Spot | None:
        """Boards write "San Francisco Bay Area" where a city belongs; "Greater Portland, ME" is not the one in Oregon."""
        metro = self._metro_names.get(read.city)
        if not metro or (read.state and read.state not in metro.states) or read.country not in ("", metro.country):
            return None
        state = read.state or (metro.states[0] if len(metro.states) == 1 else "")
        return Spot(read.city, state, metro.country, metro.circles[0].latitude, metro.circles[0].longitude)

    def _read(self, city: str | None, state: str | None, country: str | None) -> _Reading:
        name, land = fold_name(city or ""), self._country(country or "")
        if land == "PR":
            state, land = "PR", "US"
        ours = self.state_code(state or "", land)
        fitting = tuple(one for one in self._named(name) if _fits(one, ours, land))
        key = self._keys.get(name, name)
        if not ours:
            return _Reading(key, fold_name(state or ""), land, fitting)
        if not land and self._is_abroad(name, fitting):
            return _Reading(key, fold_name(state or ""), "", ())
        code, its_country = ours
        return _Reading(key, code, land or its_country, fitting)

    def _is_abroad(self, name: str, fitting: tuple[City, ...]) -> bool:
        """Whether a state is not ours: no Perth is in Washington, and the largest is in Australia, whose WA it is."""
        return not fitting and bool(named := self._named(name)) and not named[0].state

    def _country(self, text: str) -> str:
        code = text.strip().upper()
        return code if code in self._countries else self._codes.get(fold_name(text)) or fold_name(text).upper()

    def _named(self, name: str) -> tuple[City, ...]:
        if name not in self._made and name in self._numbers:
            found = (self._city(self._rows[number]) for number in self._numbers[name])
            self._made[name] = tuple(sorted(found, key=lambda city: -city.population))
        return self._made.get(name, ())

    def _city(self, row: str) -> City:
        name, _, state, country, latitude, longitude, population = row.split("\t")
        key = fold_name(name)
        return City(name, self._keys.get(key, key), state, country, float(latitude), float(longitude), int(population))


def _fits(city: City, state: tuple[str, str] | None, country: str) -> bool:
    return (not state or (city.state, city.country) == state) and country in ("", city.country)


def _meant(cities: tuple[City, ...]) -> City | None:
    """The only one, or the one that is by far the largest."""
    if len(cities) > 1 and cities[0].population < BY_FAR * cities[1].population:
        return None
    return cities[0] if cities else None


def _read_states() -> list[tuple[str, tuple[str, str]]]:
    rows = (row.split("\t") for row in read_rows(STATES))
    return [
        (word, (code, country))
        for code, name, country, others in rows
        for word in (fold_name(code), fold_name(name), *split_names(others))
    ]


def _read_codes() -> list[tuple[str, str]]:
    rows = (row.split("\t") for row in read_rows(COUNTRIES))
    return [(word, code) for code, name, others in rows for word in (fold_name(name), *split_names(others))]


@cache
def gazetteer() -> Gazetteer:
    """The one there is; the files are read at the first call."""
    return Gazetteer()
