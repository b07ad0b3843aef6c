"""Where a remote worker may live: words enter, codes of countries leave; none where nothing is excluded, or nothing is said.

A region is the countries that it surely holds (`regions.toml`); a state of the US is narrower than a country, and says none.
Georgia and CA may be states: they are countries where a country stands beside them that makes it certain ("US/CA", "CA, UK").
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from schemas.places import gazetteer
from schemas.posting import Country
from services.ingest.domain.derived import Derived
from services.ingest.domain.header import header
from services.ingest.domain.vicinity import look_for, lowered, matches_near

_LONGEST: Final = 200
_SEPARATOR: Final = re.compile(r"(?i)[,;/|+&()\n]|\b(?:or|and)\b|\s[-–—]\s")
_ASIDE: Final = re.compile(
    r"(?i)\b(?:remote(?:ly)?|only|anywhere|within|based|residents?|timezones?|from|in|the|fully|100|must|be|located|locations?"
    r"|live|living|candidates?|employees|people|work(?:ing)?|home|ok|of|is|are|to|reside|residing|side|preferred|team|jobs?|positions?|roles?)\b|[:.!%]"
)
_NOT: Final = re.compile(
    r"(?i)\b(?:not|except|excluding|excl|outside|no|time ?zones?|hours?|gmt|utc|est|pst|preferred|ideally|or similar)\b|[±+-]\d"
)
_SAID: Final = re.compile(
    r"(?i)\bremote(?: only| ok)?(?:\s?\(\s?(?P<within>[^()|\n]{2,80})\)"
    r"|(?:\s?[-–—:,/]\s?|\s(?:from |in |within |located in |anywhere in |from anywhere in )?)"
    r"(?P<where>[^|()\n;]{2,60})(?=\||\n|\Z|;))"
)
_LAND: Final = (
    r"(?P<where>(?:\bu\.s\.(?:a\.)?|\bu\.k\.|[^.;:()\n]){2,60}?)(?=\.(?![a-z]\.)|[;:()\n!]|\Z"
    r"|,? (?:to|for|as well|during|with|who|but|while|at|by|when|unless|if|on|so|only|where|because|please)\b"
    r"|,? (?:and|or) (?:be|have|are|must|can|able|legally|authori[sz]ed|eligible|hold|we|you|in our)\b)"
    r"(?!\s?\(?(?:preferred|ideally))"
)
"""What is named, up to where a sentence goes on to something else; it is believed where all of it is understood."""
_WORKERS: Final = r"(?:candidates|applicants|applications|workers|employees|fellows|people|hires|colleagues|work|working)"
_REMOTE: Final = look_for("remote")
_OPEN_TO: Final = re.compile(
    rf"\b(?:open to|accept(?:ing)?|consider(?:ing)?|welcom(?:e|ing)|hir(?:e|ing)) (?:(?:fully|all|any) )?remote {_WORKERS}"
    rf"(?:,? (?:who are )?(?:located|based|residing|living))?,? (?:from |anywhere |with)?in {_LAND}"
    rf"|\bremote(?:ly)?,? (?:(?:from )?within|(?:from )?anywhere (?:with)?in) {_LAND.replace('where', 'anywhere')}"
)
_RESIDE: Final = look_for("must reside", "must live", "must be ", "must currently", "required to reside", "required to be")
_RESIDENCE: Final = re.compile(
    r"\b(?:must|required to) (?:currently )?(?:reside|live|be (?:physically )?(?:located|based|residing|living|resident))"
    rf"(?: anywhere)? (?:with)?in {_LAND}"
)
_REFUSED: Final = re.compile(r"(?:\b(?:not|cannot|never|unable|no longer)\b|n['’]t\b)[^.\n]{0,30}\Z")
_OF_A_TEAM: Final = re.compile(r"\b(?:our (?:\w+ )?team (?:is|works?)|they|we(?: are|['’]re| work)(?: \w+)?)\s\Z")
"""Before what is remote itself: "we are remote within Europe" says nothing of who may apply."""
_OF_THE_READER: Final = re.compile(
    r"(?:\b(?:you|candidates?|applicants?|hires?|employees?|workers?|person|this (?:role|position|job))\b[^.\n]{0,25}"
    r"|(?:\A|[\n.!?•*(:-]) ?)\Z"
)
"""Before "must": data must reside somewhere, too."""
_BEFORE: Final = 40
_CODE: Final = re.compile(r"[a-z]{2}")
_SURE_CODES: Final = frozenset({"us", "uk", "gb", "eu", "nz"})
"""Others are states or words of English where a text and no field says them: "Remote, AI", "Remote (PM)"."""
_COMMA: Final = re.compile(r"[,;]")


class _Regions(NamedTuple):
    everywhere: frozenset[str]
    countries: Mapping[str, Sequence[str]]


class _Named(NamedTuple):
    """Of all that is named; `doubted` are those whose names may be something else."""

    sure: frozenset[Country]
    doubted: frozenset[Country]


def remote_from(words: Iterable[str]) -> tuple[Country, ...]:
    """What fields say: "USA Only", "anywhere in the US", "Americas, Europe, Israel"; of "Worldwide" none.

    Where anything in them is not understood ("US, EMEA", "UTC+2 ± 3 hours") none is said: part of the truth excludes people.
    """
    fields = [field[:_LONGEST] for field in words]
    named = [_named(field, _may_be_a_state) for field in fields]
    if not (known := [one for one in named if one]) or len(known) < len(named):
        return ()
    together = _Named(frozenset().union(*(one.sure for one in known)), frozenset().union(*(one.doubted for one in known)))
    return _certain(together, is_list=not any(map(_COMMA.search, fields)))


def is_everywhere(field: str) -> bool:
    """Whether it says that nobody is excluded: "Worldwide", "Anywhere in the World"."""
    return not _NOT.search(field) and any(map(_is_everywhere, _SEPARATOR.split(field[:_LONGEST])))


def remote_from_in(text: str) -> Derived[tuple[Country, ...]] | None:
    """What the list that a text begins with says right behind "remote": "| Remote (US only) |", "Remote - Europe"; or what a
    sentence says of remote workers: "open to remote candidates in the UK or France", "remote within the US".
    """
    return _in_header(text) or _agreed(_remote_workers(text))


def residence_in(text: str) -> Derived[tuple[Country, ...]] | None:
    """Where the text says that whoever works must live: "must reside in the United States". Of work on site it says nothing."""
    lower = lowered(text)
    said = matches_near(_RESIDENCE, lower, _RESIDE, before=0, after=140)
    return _agreed(_derived(text, found) for found in said if _OF_THE_READER.search(lower, *_ahead(found)))


def _remote_workers(text: str) -> Iterator[Derived[tuple[Country, ...]] | None]:
    lower = lowered(text)
    for found in matches_near(_OPEN_TO, lower, _REMOTE, before=30, after=140):
        of_a_team = found["anywhere"] and _OF_A_TEAM.search(lower, *_ahead(found))
        if not of_a_team and not _REFUSED.search(lower, *_ahead(found)):
            yield _derived(text, found)


def _ahead(found: re.Match[str]) -> tuple[int, int]:
    return max(0, found.start() - _BEFORE), found.start()


def _derived(text: str, found: re.Match[str]) -> Derived[tuple[Country, ...]] | None:
    group = str(found.lastgroup)
    where = text[found.start(group) : found.end(group)]
    named = _named(where, _may_be_a_word)
    countries = _certain(named, is_list=not _COMMA.search(where)) if named else ()
    return Derived(countries, found.start(), found.end(group)) if countries else None


def _agreed(said: Iterable[Derived[tuple[Country, ...]] | None]) -> Derived[tuple[Country, ...]] | None:
    """The first, where all say the same; where one is not understood, nothing."""
    found = list(said)
    return found[0] if len({one and one.value for one in found}) == 1 else None


def _in_header(text: str) -> Derived[tuple[Country, ...]] | None:
    for said in _SAID.finditer(header(text)):
        group = "within" if said["within"] else "where"
        named = _named(said[group], _may_be_a_word)
        if named and (countries := _certain(named, is_list=not _COMMA.search(said[group]))):
            return Derived(countries, said.start(), said.end(group))
    return None


def _certain(named: _Named, *, is_list: bool) -> tuple[Country, ...]:
    """All of them, or none: "US/CA" is a list of countries, "CA, US" a state and its country, and nobody lists US/Georgia."""
    beside = named.sure - {"US"} or (named.sure and is_list and "GE" not in named.doubted)
    return tuple(sorted(named.sure | named.doubted)) if beside or not named.doubted else ()


def _named(field: str, is_doubtful: Callable[[str], bool]) -> _Named | None:
    """None where something in it is not understood, and where it is everywhere."""
    if _NOT.search(field):
        return None
    sure, doubted = set[Country](), set[Country]()
    for piece in _SEPARATOR.split(field):
        if _is_everywhere(piece):
            return None
        if not (name := _name(piece)):
            continue
        if (countries := _regions().countries.get(name) or _one(name)) is None:
            return None
        (doubted if is_doubtful(name) else sure).update(countries)
    return _Named(frozenset(sure), frozenset(doubted - sure))


def _is_everywhere(piece: str) -> bool:
    return not _regions().everywhere.isdisjoint((piece.strip().lower().strip(".!"), _name(piece)))


def _name(piece: str) -> str:
    """Without the words around it."""
    return " ".join(_ASIDE.sub(" ", piece).lower().split())


def _may_be_a_state(name: str) -> bool:
    return name == "georgia" or bool(_CODE.fullmatch(name) and gazetteer().state_code(name, "US"))


def _may_be_a_word(name: str) -> bool:
    return name == "georgia" or bool(_CODE.fullmatch(name) and name not in _SURE_CODES)


def _one(name: str) -> Sequence[Country] | None:
    code = gazetteer().country_code(name)
    return None if code is None else (code,)


@cache
def _regions() -> _Regions:
    read = tomllib.loads((Path(__file__).parent / "regions.toml").read_text("utf-8"))
    return _Regions(
        frozenset(read["everywhere"]), read["regions"] | {name: read["regions"][one] for name, one in read["also"].items()}
    )
