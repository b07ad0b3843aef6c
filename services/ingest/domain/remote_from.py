"""Where a remote worker may live: words enter, codes of countries leave; none where nothing is excluded, or nothing is said.

A region is the countries that it surely holds (`regions.toml`); a state of the US is narrower than a country, and says none.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from schemas.places import gazetteer
from schemas.posting import Country
from services.ingest.domain.derived import Derived
from services.ingest.domain.header import header

_LONGEST: Final = 200
_SEPARATOR: Final = re.compile(r"(?i)[,;/|+&()\n]|\b(?:or|and)\b|\s[-–—]\s")
_ASIDE: Final = re.compile(
    r"(?i)\b(?:remote(?:ly)?|only|anywhere|within|based|residents?|timezones?|from|in|the|fully|100%|must|be|located|locations?"
    r"|live|living|candidates?|employees|people|work(?:ing)?|home|ok|of|is|are|to|reside|residing|side|preferred|team)\b|[:.!%]"
)
_NOT: Final = re.compile(
    r"(?i)\b(?:not|except|excluding|excl|outside|no|time ?zones?|hours?|gmt|utc|est|pst|preferred|ideally|or similar)\b|[±+-]\d"
)
_SAID: Final = re.compile(
    r"(?i)\bremote(?: only| ok)?(?:\s?\(\s?(?P<within>[^()|\n]{2,80})\)"
    r"|(?:\s?[-–—:,/]\s?|\s(?:from |in |within |located in |anywhere in |from anywhere in )?)"
    r"(?P<where>[^|()\n;]{2,60})(?=\||\n|\Z|;))"
)
_UNSURE: Final = frozenset(
    {"al", "ca", "co", "de", "ga", "id", "il", "in", "it", "la", "ma", "md", "me", "mo", "pa", "sc", "sd", "tn", "va"}
)
"""Codes of states or words of English, where a text and no field says them."""


class _Regions(NamedTuple):
    everywhere: frozenset[str]
    countries: Mapping[str, Sequence[str]]


def remote_from(words: Iterable[str]) -> tuple[Country, ...]:
    """What fields say: "USA Only", "anywhere in the US", "Americas, Europe, Israel"; of "Worldwide" none.

    Where anything in them is not understood ("US, EMEA", "UTC+2 ± 3 hours") none is said: part of the truth excludes people.
    """
    found: dict[Country, None] = {}
    for field in words:
        countries = _countries(field[:_LONGEST])
        if countries is None:
            return ()
        found |= dict.fromkeys(countries)
    return tuple(sorted(found))


def remote_from_in(text: str) -> Derived[tuple[Country, ...]] | None:
    """What the list that a text begins with says right behind "remote": "| Remote (US only) |", "Remote - Europe"."""
    for said in _SAID.finditer(header(text)):
        group = "within" if said["within"] else "where"
        words = said[group]
        countries = None if words.strip().lower() in _UNSURE else _countries(words)
        if countries:
            return Derived(tuple(sorted(countries)), said.start(), said.end(group))
    return None


def _countries(field: str) -> Sequence[Country] | None:
    """None where something in it is not understood; empty where it is everywhere."""
    if _NOT.search(field):
        return None
    found: list[Country] = []
    for piece in _SEPARATOR.split(field):
        name = " ".join(_ASIDE.sub(" ", piece).lower().split())
        if piece.strip().lower().strip(".!") in _regions().everywhere:
            return ()
        if not name:
            continue
        if name in _regions().everywhere:
            return ()
        if (countries := _regions().countries.get(name) or _one(name)) is None:
            return None
        found += countries
    return found


def _one(name: str) -> Sequence[Country] | None:
    code = gazetteer().country_code(name)
    return None if code is None else (code,)


@cache
def _regions() -> _Regions:
    read = tomllib.loads((Path(__file__).parent / "regions.toml").read_text("utf-8"))
    return _Regions(
        frozenset(read["everywhere"]), read["regions"] | {name: read["regions"][one] for name, one in read["also"].items()}
    )
