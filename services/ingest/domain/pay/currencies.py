"""How currencies are written: the marks beside an amount and the places of the work enter, a code of ISO 4217 leaves, or none.

"$" means the dollar of the place. Where the places are not known it means that of the US, as it nearly always does in real
texts, unless the text speaks of a country that has another: then it is anybody's guess, and none is made.
"""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

_CODE: Final = re.compile(r"[A-Z]{3}")
_PESOS: Final = frozenset({"AR", "CL", "CO", "MX", "UY"})
"""They write "$" for their own and, in jobs for foreigners, for the US dollar."""
_OTHER_DOLLARS: Final = re.compile(
    r"(?:CAD|AUD|NZD|SGD|HKD|Canad(?:a|ian)|Toronto|Vancouver|Montr[eé]al|Ottawa|Calgary|Australian?|Sydney|Melbourne|Brisbane"
    r"|New Zealand|Auckland|Singapore|Hong Kong|Taiwan|Taipei|Mexico|Argentina|Buenos Aires|Chile|Colombia|Bogot[aá]|Uruguay)\b"
)
"""It begins with one class of characters, which makes it fast: what stands before is looked at afterwards."""


class _Table(NamedTuple):
    codes: frozenset[str]
    by_the_year: frozenset[str]
    marks: Mapping[str, tuple[str, ...]]
    places: Mapping[str, str]


@cache
def _table() -> _Table:
    read = tomllib.loads((Path(__file__).parent / "currencies.toml").read_text("utf-8"))
    marks = {mark: tuple(codes) for mark, codes in read["marks"].items()} | {code: (code,) for code in read["codes"]}
    return _Table(frozenset(read["codes"]), frozenset(read["by_the_year"]), marks, read["places"])


@cache
def written() -> str:
    """A regular expression of every mark, the longest first: "US$", "USD", "USD $", "€"."""
    table = _table()
    codes = "(?:" + "|".join(sorted(table.codes)) + r")(?:\s?\$)?"
    marks = "|".join(re.escape(mark) for mark in sorted(table.marks.keys() - table.codes, key=len, reverse=True))
    return f"(?:{codes}|{marks})"


@cache
def last_letters() -> frozenset[str]:
    """Every mark ends in one of these."""
    return frozenset(mark[-1] for mark in _table().marks)


def by_the_year(currency: str) -> bool:
    """Whether pay in it is told by the year or the hour, where the text does not say."""
    return currency in _table().by_the_year


def of_places(countries: Collection[str]) -> str | None:
    """The currency that all of these countries (alpha-2) pay in."""
    paid = {_table().places.get(country) for country in countries}
    return paid.pop() if len(paid) == 1 else None


def names_another_dollar(text: str) -> bool:
    """Whether a country or city is named, or a currency, where "$" is not the US dollar."""
    return any(not text[: found.start()][-1:].isalnum() for found in _OTHER_DOLLARS.finditer(text))


def of_field(words: str, countries: Collection[str]) -> str | None:
    """What a field says, any code or a mark: "usd", "€", "$"."""
    written_so = words.strip()
    if _CODE.fullmatch(written_so.upper()):
        return written_so.upper()
    return of_marks((written_so,), countries) if written_so in _table().marks else None


def of_marks(marks: Iterable[str], countries: Collection[str], *, sure: bool = True) -> str | None:
    """What marks that stand at one amount mean together: "$" and "CAD" are Canadian dollars, "$" and "£" nothing.

    Of several that may be meant it is the one of the places, else the usual one, if nothing in the text makes that doubtful.
    """
    meant = [_meanings(mark) for mark in marks]
    possible = set.intersection(*map(set, meant)) if meant else set()
    if len(possible) == 1:
        return possible.pop() or None
    if not possible or _PESOS.intersection(countries):
        return None
    if there := possible.intersection(_table().places.get(country, "") for country in countries) - {""}:
        return there.pop() if len(there) == 1 else None
    return (meant[0][0] or None) if sure else None


def _meanings(mark: str) -> tuple[str, ...]:
    marks = _table().marks
    return marks.get(mark) or marks[mark[: len("USD")]]
