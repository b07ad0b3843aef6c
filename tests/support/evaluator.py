"""What a filter means, written a second time: on plain JSON, with regular expressions, sharing no code with the matcher.

It is slow and simple on purpose; tests compare the system's answers with it. It reads the data that the language names (rates, skills,
places) in a way of its own, and takes a posting that lacks members for one that does not say.
"""

import json
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from math import acos, cos, radians, sin
from pathlib import Path
from typing import Any, NamedTuple

Json = dict[str, Any]

ROOT = Path(__file__).parents[2]
YEAR = {"hour": 2080, "day": 260, "week": 52, "month": 12, "year": 1}
DEGREES = ["none", "associate", "bachelor", "master", "doctorate"]
NOT_REFUSED = ["offered", "conditional", "contradictory", "unstated"]


def clauses_held(wanted: Json, posting: Json, *, today: date | None = None) -> dict[str, bool]:
    """For each clause of the filter whether it holds. `posting` is `schemas.posting.Posting` as JSON, `today` the day it is published.

    Raises `ValueError` where the filter asks for `posted_within` and nobody said what day it is.
    """
    asked = {name: value for name, value in wanted.items() if name != "version" and value not in (None, [], (), {})}
    if wanted.get("version", 1) > 1 and not asked.keys() & {"visa_types", "accepted_verdicts"}:
        asked["accepted_verdicts"] = NOT_REFUSED
    if "minimum_pay" in asked and wanted.get("version", 1) == 1:
        asked["minimum_pay"] = asked["minimum_pay"] | {"own currency only": True}
    if "posted_within" in asked:
        asked["posted_within"] = (asked["posted_within"], today)
    return {name: CLAUSES[name](value, posting) for name, value in asked.items()}


def matches(wanted: Json, posting: Json, *, today: date | None = None) -> bool:
    """Whether every clause holds."""
    return all(clauses_held(wanted, posting, today=today).values())


# Words


@cache
def bare(text: str) -> str:
    """Without accents, its spaces single; case is kept, as "Go" and "go" are two things."""
    letters = unicodedata.normalize("NFKD", text.replace("™", " ").replace("℠", " "))
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())


def plain(text: str) -> str:
    """Lower case without accents."""
    return bare(text).casefold()


WORD = re.compile(r"\.net\b|[a-z0-9]+(?:\.(?:js|net|io|ai)\b)?(?:\+\+|#)?")
ENDS = r"(?![a-z0-9])(?!\+\+|#|\.(?:js|net|io|ai)\b)"
COMPOUNDS = {("front", "end"), ("back", "end"), ("full", "stack")}
LANGUAGES = {
    "c": r"(?<![\w.&'’-])(?<!Objective )C(?![\w+#&'’]|-\w|\.\w)|^(?i:c)$",
    "r": r"(?<![\w.&'’-])R(?![\w&'’]|-\w|\.\w|\s?\\?&)|^(?i:r)$",
    "go": r"(?<![\w-])(?:Go(?![\w-]|\s+to\b)|(?i:golang)(?!\w))|^(?i:go)$",
}
LANGUAGES["golang"] = LANGUAGES["go"]
INITIAL = re.compile(r"(\b[A-Z][a-z]+) [CR]\. (?=[A-Z])")


@cache
def _pattern(term: str, *, prefix: bool) -> re.Pattern[str]:
    """The term with nothing of a longer word at either end: "C" is neither in "C++" nor in "scala", ".NET" not in "ASP.NET"."""
    said = plain(term)
    if said in LANGUAGES and not prefix:
        return re.compile(LANGUAGES[said])
    words = WORD.findall(said)
    inner = r"[^a-z0-9]+".join(_compounds(words[:-1] if prefix else words))
    if prefix and words:
        inner = r"[^a-z0-9]+".join(filter(None, [inner, re.escape(words[-1]) + "[a-z0-9]*"]))
    before = r"(?<![a-z0-9])(?<![a-z0-9]\.(?=js|net|io|ai))"
    return re.compile(rf"(?i:{before}(?:{inner}){'' if prefix else ENDS})" if words else r"(?!)")


def _compounds(words: list[str]) -> Iterator[str]:
    """Words as regular expressions, two that make a compound as one."""
    left = list(words)
    while left:
        first, second = left[0], left[1] if left[1:] else ""
        pair = next((pair for pair in COMPOUNDS if _singular(first) == "".join(pair)), (first, _singular(second)))
        is_pair = pair in COMPOUNDS
        yield rf"{pair[0]}[\s-]*{pair[1]}s?" if is_pair else _word(first)
        del left[: 2 if is_pair and pair[0] == first else 1]


def _word(word: str) -> str:
    """It or its plural, or what it is the plural of."""
    if word in ("nodejs", "node.js"):
        return r"node\.?js"
    if word in ("react", "reactjs", "react.js"):
        return r"react(?:\.?js)?"
    one = _singular(word)
    if not one.isalpha() or len(one) < 3:
        return re.escape(one)
    if one.endswith("y"):
        return f"{one[:-1]}(?:y|ys|ies)"
    return one + ("(?:es)?" if re.search("(?:s|x|z|ch|sh)$", one) else "s?")


def _singular(word: str) -> str:
    if re.search("[a-z]{2}ies$", word):
        return word[:-3] + "y"
    if re.search("(?:ss|x|z|ch|sh)es$", word):
        return word[:-2]
    return word[:-1] if re.search("[a-z]{3}(?<!s)(?<!u)(?<!i)(?<!ic)s$", word) else word


@cache
def _occurs(term: str, fields: tuple[str, ...], *, prefix: bool = False) -> bool:
    """Whether the term stands in one of the fields: it never spans two."""
    pattern = _pattern(term, prefix=prefix)
    return any(pattern.search(_readable(field)) for field in fields)


@cache
def _readable(field: str) -> str:
    """Without middle initials, which are not the languages."""
    return INITIAL.sub(r"\1 ", bare(field))


def _fields(post: Json, scope: str | None) -> tuple[str, ...]:
    title, company, skills = post["title"], post["company"], post.get("skills", ())
    if scope == "location":
        return (*(name for place in _places(post) for name in _words_of(place)), post.get("workplace") or "")
    scoped = {"title": (title,), "company": (company,), "skill": tuple(skills)}
    return scoped[scope] if scope else (title, company, *skills, post.get("text", ""))


def _entry(entry: Any, post: Json) -> bool:
    if isinstance(entry, str):
        return _occurs(entry, _fields(post, None))
    if entry.get("scope") == "skill" and not entry.get("prefix"):
        return any(_occurs(name, _fields(post, "skill")) for name in _names(entry["term"]))
    if "term" in entry:
        return _occurs(entry["term"], _fields(post, entry.get("scope")), prefix=entry.get("prefix", False))
    return _keywords(entry, post)


def _keywords(want: Json, post: Json) -> bool:
    return (
        all(_entry(entry, post) for entry in want.get("all", ()))
        and (not want.get("any") or any(_entry(entry, post) for entry in want["any"]))
        and not any(_entry(entry, post) for entry in want.get("none", ()))
    )


def _titles(want: Json, post: Json) -> bool:
    included = not want.get("include") or any(_occurs(term, (post["title"],)) for term in want["include"])
    return included and not any(_occurs(term, (post["title"],)) for term in want.get("exclude", ()))


@cache
def _names(skill: str) -> frozenset[str]:
    """Every name of a skill, itself among them."""
    table = tomllib.loads((ROOT / "services/matcher/domain/skills.toml").read_text("utf-8"))
    groups = [{plain(name), *map(plain, others)} for field in table.values() for name, others in field.items()]
    return frozenset({skill}.union(*(group for group in groups if plain(skill) in group)))


def _skills(want: Json, post: Json) -> bool:
    fields = (post["title"], *post.get("skills", ()), post.get("text", ""))

    def has(skill: str) -> bool:
        return any(_occurs(name, fields) for name in _names(skill))

    return all(map(has, want.get("all", ()))) and (not want.get("any") or any(map(has, want["any"])))


# Places


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


def _state(place: Json) -> tuple[str, str]:
    """Code and country of the state that is named; its name alone where it has no code."""
    named, country = _simple(place.get("state") or ""), place.get("country") or ""
    code, its = _states().get(named, ("", ""))
    return (code, its) if code and country in ("", its) else (named, country)


def _towns(place: Json) -> list[Town]:
    """Those that may be meant, the largest first. Only states of the US and Canada have codes, which narrow the choice."""
    code, its = _state(place)
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
    if text == "US Remote":
        return "", "US"
    city, _, last = re.sub(r"\s[-–]\s|,", "|", text).rpartition("|")
    codes = [code for code, name in _countries().items() if _simple(name) == _simple(last)]
    return (city.strip(), codes[0]) if city and codes else None


def _places(post: Json) -> list[Json]:
    """Where the work is, or may be done from."""
    remote = post.get("workplace") == "remote"
    return [*map(_cut, post.get("places") or ()), *({"country": one} for one in post.get("remote_from") or () if remote)]


def _words_of(place: Json) -> list[str]:
    """As it is written, and the names of what is meant."""
    town, (state, country) = _town(place), _state(place)
    state, country = state or (town.state if town else ""), country or (town.country if town else "")
    said = " ".join(part for part in (place.get("city"), place.get("state"), place.get("country")) if part)
    full = [name for name, found in _states().items() if found == (state, country)]
    return [said, *(town.names if town else ()), *full, _countries().get(country, "")]


def _is_named(one: Json, place: Json) -> bool:
    """Whether everything that is asked for by name is so of this place."""
    town, (state, country), (code, land) = _town(place), _state(place), _state(one)
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


def _place(want: list[Json], post: Json) -> bool:
    return any(
        (not one.get("workplaces") or _workplace(one["workplaces"], post))
        and any(_alternative(json.dumps(one), json.dumps(place)) for place in _places(post))
        for one in want
    )


def _workplace(want: list[str], post: Json) -> bool:
    return (post.get("workplace") or "on_site") in want


# What it says of visas, pay and itself


def _axis(post: Json, axis: str) -> Json:
    said: Json = post.get("verdict", {}).get(axis, {})
    return said


def _visas(want: list[str], post: Json) -> bool:
    said = _axis(post, "sponsorship")
    if said.get("value") not in ("offered", "conditional") or _is_abroad(post):
        return False
    return not said.get("visas") or any(visa in said["visas"] for visa in want)


def _is_abroad(post: Json) -> bool:
    """Wholly, as far as is known."""
    countries = [place.get("country") or _state(place)[1] for place in _places(post)]
    return bool(countries) and not {"US", "PR", "GU", "VI", "MP", ""} & set(countries)


def _hide(want: list[str], post: Json) -> bool:
    for_citizens = _axis(post, "work_status").get("value") in ("us_citizen", "us_person")
    cleared = _axis(post, "clearance").get("value") in ("active_required", "must_obtain")
    return not ("citizenship" in want and for_citizens) and not ("clearance" in want and cleared)


@cache
def _rates() -> dict[str, Decimal]:
    table = tomllib.loads((ROOT / "schemas/filter/rates.toml").read_text("utf-8"))["per_euro"]
    return {currency: Decimal(str(rate)) for currency, rate in table.items()}


def _pay(want: Json, post: Json) -> bool:
    pay, currency, rates = post.get("pay") or {}, want.get("currency", "USD"), _rates()
    foreign = pay.get("currency") != currency
    if not pay or (foreign and (want.get("own currency only") or not {pay["currency"], currency} <= rates.keys())):
        return bool(want.get("unstated", "keep") == "keep")
    end = max(Decimal(str(end)) for end in (pay.get("minimum"), pay.get("maximum")) if end is not None)
    offered = end * YEAR[pay["period"]]
    least = Decimal(str(want["amount"])) * YEAR[want.get("period", "year")]
    return offered >= least if pay["currency"] == currency else offered * rates[currency] >= least * rates[pay["currency"]]


FORMS = (
    "inc incorporated llc llp lp ltd limited corp corporation co company plc gmbh mbh kg kgaa ag ug ohg gbr se sa sas sarl srl"
)
FORMS += " spa sl bv nv ab as asa oy oyj aps kk pte pty pvt private"


@cache
def _firm(name: str) -> str:
    """A company's name without what does not matter."""
    words = re.findall(r"[a-z0-9]+", re.sub(r"['’.`]", "", plain(name)))
    while len(words) > 1 and words[-1] in FORMS.split():
        words.pop()
    return " ".join(words)


def _companies(want: Json, post: Json) -> bool:
    firm = _firm(post["company"])
    included = not want.get("include") or firm in map(_firm, want["include"])
    return included and firm not in map(_firm, want.get("exclude", ()))


def _occupations(want: list[str], post: Json) -> bool:
    """A group's code is that of its occupations up to its zeros."""
    return any((post.get("occupation") or "").startswith(code[:7].rstrip("0")) for code in want)


def _seniority(want: list[str], post: Json) -> bool:
    return (post.get("seniority") or ("intern" if "intern" in post.get("employment_types", ()) else None)) in want


def _degree(want: str, post: Json) -> bool:
    return DEGREES.index(post.get("degree") or "none") <= DEGREES.index(want)


def _approvals(want: Json, post: Json) -> bool:
    history = post.get("sponsor_history")
    if not history:
        return False
    since = history["newest_year"] - want.get("years", 3)
    approved: int = sum(one["approvals"] for one in history.get("years", ()) if one["year"] > since)
    return bool(approved >= want["at_least"])


def _posted(want: tuple[int, date | None], post: Json) -> bool:
    days, today = want
    if today is None:
        raise ValueError("posted_within is asked for: say what day it is")
    posted_on = post.get("posted_on")
    return not posted_on or (today - date.fromisoformat(posted_on)).days <= days


def _one_of(member: str) -> Callable[[list[str], Json], bool]:
    return lambda want, post: post.get(member) in want


CLAUSES: dict[str, Callable[[Any, Json], bool]] = {
    "keywords": _keywords,
    "titles": _titles,
    "places": _place,
    "workplaces": _workplace,
    "visa_types": _visas,
    "accepted_verdicts": lambda want, post: _axis(post, "sponsorship").get("value", "unstated") in want,
    "hide": _hide,
    "minimum_pay": _pay,
    "employment_types": lambda want, post: bool(set(want) & set(post.get("employment_types") or ())),
    "companies": _companies,
    "skills": _skills,
    "occupations": _occupations,
    "seniorities": _seniority,
    "maximum_degree": _degree,
    "maximum_experience": lambda want, post: (post.get("experience_years") or 0) <= want,
    "employer_approvals": _approvals,
    "minimum_wage_level": lambda want, post: (post.get("wage_level") or 0) >= want,
    "sources": lambda want, post: str(post.get("source")).casefold() in [one.casefold() for one in want],
    "languages": lambda want, post: post.get("language") in [None, *want],
    "posted_within": _posted,
}
