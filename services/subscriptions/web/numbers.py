"""Numbers as people type them: `$150k`, `150.000`, `25,5 km` enter, what the tree takes leaves. What is no number is left as it
is, for the tree to refuse.
"""

import re
from decimal import Decimal
from typing import Final, NamedTuple

from schemas.filter.money import rates

SIGNS: Final = {
    "$": "USD",
    "US$": "USD",
    "C$": "CAD",
    "CA$": "CAD",
    "A$": "AUD",
    "S$": "SGD",
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "¥": "JPY",
}
_AMOUNT: Final = re.compile(r"([^\d.,'’+-]{0,3})([\d.,'’]{1,30})(K?)([^\d.,'’+-]{0,3})")
_DISTANCE: Final = re.compile(r"([\d.,'’]{1,30})(?:(mi|miles?)|(kms?|kilomet(?:er|re)s?))?\.?")
_GROUPED: Final = re.compile(r"[1-9]\d{0,2}(?:([.,'’])\d{3})(?:\1\d{3})*|[1-9]\d?(?:,\d\d)+,\d{3}")
"""Groups of three, as in `150,000` and `1.500.000`, or as they are counted in India: `15,00,000`."""
_PLAIN: Final = re.compile(r"\d*\.\d+")
_DECIMALS: Final = re.compile(r"(.+)([.,])(\d\d?)")


class Amount(NamedTuple):
    """Money as it was typed; the currency is empty where the text has none."""

    number: str
    currency: str


class Length(NamedTuple):
    """A distance; the unit is empty where the text has none."""

    number: str
    unit: str


def amount(text: str) -> Amount:
    """`150k`, `$150,000`, `EUR 150.000`."""
    found = _AMOUNT.fullmatch("".join(text.split()).upper())
    if not found or not (number := _number(found[2])) or not _is_currency(found[1] + found[4]):
        return Amount(text.strip(), "")
    return Amount(_thousands(number) if found[3] else number, currency(found[1] + found[4]))


def currency(text: str) -> str:
    """The code of a sign; anything else in capitals, as codes are written."""
    plain = "".join(text.split()).upper()
    return SIGNS.get(plain, plain)


def distance(text: str) -> Length:
    """`25`, `25,5`, `25 miles`."""
    found = _DISTANCE.fullmatch("".join(text.split()).lower())
    if not found or not (number := _number(found[1])):
        return Length(text.strip(), "")
    return Length(number, "mi" if found[2] else "km" if found[3] else "")


def _is_currency(sign: str) -> bool:
    code = currency(sign)
    return not code or code in SIGNS.values() or code in rates().per_euro


def _number(text: str) -> str | None:
    """With a dot before its decimals and nothing between its thousands."""
    if whole := _whole(text):
        return whole
    if _PLAIN.fullmatch(text):
        return text
    if (found := _DECIMALS.fullmatch(text)) and found[2] not in found[1] and (whole := _whole(found[1])):
        return f"{whole}.{found[3]}"
    return None


def _whole(text: str) -> str | None:
    return re.sub(r"\D", "", text) if text.isdecimal() or _GROUPED.fullmatch(text) else None


def _thousands(number: str) -> str:
    return f"{(Decimal(number) * 1000).normalize():f}"
