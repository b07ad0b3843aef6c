"""Where a posting is and where a filter wants it, written a second time: on plain JSON, from the same tables, by other code."""

import json
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from math import acos, cos, radians, sin
from pathlib import Path
from typing import Any, NamedTuple

Json = dict[str, Any]
ROOT = Path(__file__).parents[2]


@cache
def bare(text: str) -> str:
    """Without accents, its spaces single; case is kept, as "Go" and "go" are two things."""
    letters = unicodedata.normalize("NFKD", text.replace("™", " ").replace("℠", " "))
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())


def plain(text: str) -> str:
    """Lower case without accents."""
    return bare(text).casefold()


class Town(NamedTuple):
    """A line of the gazetteer."""

    names: frozenset[str]
    state: str
    country: str
    at: tuple[float, float]
    people: int


WRITTEN_OUT = {"st": "saint", "sankt": "saint", "ste": "sainte", "ft": "fort", "mt": "mount"}


def _simple(name: str) -> str:
    """A name of a place as it is compared: "St. John" is "saint john", "D.C." is "dc"; the last word stays (MT is Montana)."""
    *words, last = re.findall(r"[^\W_]+", re.sub(r"\b([^\W\d_])\.(?=[^\W\d_]\b)", r"\1", plain(name))) or [""]
    return " ".join([*(WRITTEN_OUT.get(word, word) for word in words), last])


def _lines(table: str) -> Iterator[list[str]]:
    text = (ROOT / "schemas/places" / table).read_text("utf-8")
    return (line.split("\t") for line in text.split("\n") if line and not line.startswith("#"))


@cache
def _gazetteer() -> dict[str, list[Town]]:
    """Towns by each of their names."""
    found: dict[str, list[Town]] = {}
    for name, others, state, country, latitude, longitude, people in _lines("cities.tsv"):
        names = frozenset(map(_simple, [name, *others.split("|")])) - {""}
        town = Town(names, state, country, (float(latitude), float(longitude)), int(people))
        for one in names:
            found.setdefault(one, []).append(town)
    return found


@cache
def _states() -> dict[str, tuple[str, str]]:
    """Code and country by each name of a state."""
    return {
        _simple(one): (code, country)
        for code, name, country, others in _lines("states.tsv")
        for one in (code, name, *others.split("|"))
        if one
    }


@cache
def _countries() -> dict[str, str]:
    """Name by code."""
    return {line[0]: line[1] for line in _lines("countries.tsv")}


def state_of(place: Json) -> tuple[str, str]:
    """Code and country of the state that is named; its name alone where it has no code."""
    named, country = _simple(place.get("state") or ""), place.get("country") or ""
    code, its = _states().get(named, ("", ""))
    return (code, its) if code and country in ("", its) else (named, country)


def _towns(place: Json) -> list[Town]:
    """Those that may be meant, the largest first. Only states of the US and Canada have codes, which narrow the choice."""
    code, its = state_of(place)
    named = [town for town in _gazetteer().get(_simple(place.get("city") or ""), ()) if _is_in(town, place.get("country"))]
    fit = [town for town in named if not code.isupper() or (town.state, town.country) == (code, its)]
    return sorted(fit, key=lambda town: -town.people)


def _is_in(town: Town, country: str | None) -> bool:
    return not country or town.country == country


def _town(place: Json) -> Town | None:
    """The only one, or the one that is by far the largest."""
    towns = _towns(place)
    return towns[0] if len(towns) == 1 or (towns and towns[0].people >= 10 * towns[1].people) else None


def _cut(place: Json) -> Json:
    """With state and country out of the city's field: "Remote - Germany", "US-CA-Fremont (1003)"."""
    if place.get("state") or place.get("country"):
        return place
    if coded := re.match(r"([A-Z]{2})-([A-Z]{2})-([^-(]+)", place.get("city") or ""):
        return {"country": coded[1], "state": coded[2], "city": coded[3].strip()}
    found = _city_and_country(place.get("city") or "")
    return {"city": found[0], "country": found[1]} if found else place


@cache
def _city_and_country(text: str) -> tuple[str, str] | None:
    city, _, last = re.sub(r"\s[-–]\s|,", "|", text.removesuffix(" Remote")).rpartition("|")
    codes = [code for code, name in _countries().items() if last.strip() == code or _simple(name) == _simple(last)]
    return (city.strip(), codes[0]) if codes and (city or text.endswith(" Remote")) else None


def places_of(post: Json) -> list[Json]:
    """Where the work is, or may be done from."""
    remote = post.get("workplace") == "remote"
    return [*map(_cut, post.get("places") or ()), *({"country": one} for one in post.get("remote_from") or () if remote)]


def words_of(place: Json) -> list[str]:
    """As it is written, and the names of what is meant."""
    town, (state, country) = _town(place), state_of(place)
    state, country = state or (town.state if town else ""), country or (town.country if town else "")
    said = " ".join(part for part in (place.get("city"), place.get("state"), place.get("country")) if part)
    full = [name for name, found in _states().items() if found == (state, country)]
    return [said, *(town.names if town else ()), *full, _countries().get(country, "")]


def _is_named(one: Json, place: Json) -> bool:
    """Whether everything that is asked for by name is so of this place."""
    town, (state, country), (code, land) = _town(place), state_of(place), state_of(one)
    names = {_simple(place.get("city") or "")}.union(*(town.names for town in _towns(place)))
    return (
        (not one.get("city") or _simple(one["city"]) in names)
        and code in ("", state or (town.state if town else ""))
        and (one.get("country") or "") in ("", country or (town.country if town else ""))
        and (not one.get("state") or land in ("", country or (town.country if town else "")))
    )


def _miles(one: tuple[float, float], other: tuple[float, float]) -> float:
    """By the spherical law of cosines."""
    (north, east), (other_north, other_east) = map(radians, one), map(radians, other)
    angle = sin(north) * sin(other_north) + cos(north) * cos(other_north) * cos(east - other_east)
    return acos(max(-1.0, min(1.0, angle))) * 6371.0088 / 1.609344


@cache
def _metros() -> dict[str, list[tuple[tuple[float, float], float]]]:
    """Circles by each name of a metro."""
    return {
        _simple(name): [((north, east), km / 1.609344) for north, east, km in metro["circles"]]
        for metro in tomllib.loads((ROOT / "schemas/places/metros.toml").read_text("utf-8"))["metro"]
        for name in (metro["name"], *metro["names"])
    }


def _circles(one: Json) -> Iterator[tuple[tuple[float, float], float]]:
    """Middle and miles."""
    if one.get("metro"):
        yield from _metros().get(_simple(one["metro"]), ())
    elif within := one.get("within"):
        miles = float(within["distance"]) / (1.609344 if within.get("unit", "mi") == "km" else 1)
        yield from ((town.at, miles) for town in _towns(one))


@cache
def _alternative(asked: str, said: str) -> bool:
    """Both as JSON: few of them are asked again and again."""
    one, place = json.loads(asked), json.loads(said)
    town = _town(place)
    near = town and any(_miles(middle, town.at) <= miles for middle, miles in _circles(one))
    return bool(near) or (not one.get("metro") and _is_named(one, place))


def is_wanted(want: list[Json], post: Json) -> bool:
    return any(
        (not one.get("workplaces") or is_done_so(one["workplaces"], post))
        and any(_alternative(json.dumps(one), json.dumps(place)) for place in places_of(post))
        for one in want
    )


def is_done_so(want: list[str], post: Json) -> bool:
    return (post.get("workplace") or "on_site") in want
