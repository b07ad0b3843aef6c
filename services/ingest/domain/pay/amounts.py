"""Amounts of money as people write them: a text enters, one or two amounts at a time leave with what is written right at them.

Whether they are pay is not asked here. Every repetition is bounded, so a text takes time in proportion to its length, whatever
it is.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Final, Literal, NamedTuple

from services.ingest.domain.pay.currencies import last_letters, written
from services.ingest.domain.pay.periods import WRITTEN

_NUMBER: Final = (
    r"[0-9](?:[0-9]{0,2}(?:[,.'’][0-9]{3}){1,3}(?:[.,][0-9]{1,2})?"  # 120,000.00 and 55.000,00
    r"|[0-9]{0,2}\s[0-9]{3}"  # 60 000
    r"|[0-9]{0,6}(?:[.,][0-9]{1,2})?)(?![.,]?[0-9])"
)
"""It begins with a plain set of characters, so that the engine passes over everything else at once."""
_K: Final = r"\s?[kK](?![^\W\d_])"
_SEPARATORS: Final = re.compile(r"[,.'’\s](?=\d{3}(?!\d))")
_DASH: Final = r"\s?(?:[-–—―‐‑−~]{1,3}|to|and|up to|bis|à)\s?"
_OVER: Final = re.compile(r"\+(?!\w)|\s?(?:and|or|&)\s(?:up|more|above|higher|over)\b|\s?upwards\b")
_GLUED: Final = re.compile(r"\w|%|[.,]\d")
_BETWEEN: Final = re.compile(r"(?i)\b(?:between|zwischen)\s\Z")
_MOST: Final = 200
"""Amounts that are looked at: what has more is a price list."""
_AT_MOST: Final = re.compile(r"(?i)(?:\b(?:up\s?to|maximum(?: of)?|max\.?|at most|no more than|under|bis zu)|<)\s?:?\s?\Z")
_AT_LEAST: Final = re.compile(
    r"(?i)(?:\b(?:from|at least|minimum(?: of)?|min\.?|start(?:ing|s)?(?: pay| salary)?(?: at| from)?|over|above|more than"
    r"|upwards of|ab)|[>+])\s?:?\s?\Z"
)
_VAGUE: Final = re.compile(r"(?i)(?:\b(?:about|around|approx(?:\.|imately)?|circa|ca\.?|roughly|nearly|almost)|~)\s?\Z")
_WIDEST: Final = 8
"""Characters of a currency before an amount: "(USD $) "."""
_LEAD: Final = 24
"""Characters before an amount in which such words stand."""
_THOUSAND: Final = 1000
_ACROSS: Final = 10
"""No range goes further: 7-80k is something else."""

End = Literal["both", "minimum", "maximum"]


class Stretch(NamedTuple):
    """One amount or two, the second not below the first. It begins with "up to" or the currency, and ends behind the period."""

    start: int
    end: int
    least: Decimal
    most: Decimal
    ends: End
    """Which of them the range has: "up to 90k" only a maximum."""
    marks: tuple[str, ...]
    """Currencies as they are written at it, at least one."""
    period: str
    """As it is written behind it; may be empty."""
    is_range: bool


def stretches(text: str) -> Iterator[Stretch]:
    """From left to right, at most `_MOST`; none overlaps another."""
    search, position, left = _amounts().search, 0, _MOST
    while left and (found := search(text, position)):
        position = max(found.end("low"), position + 1)
        if found.start() and _is_joined(text, found.start()):
            continue
        before = _currency_before(text, found.start())
        if before or found["mark"] or found["mark2"] or found["mark3"]:
            left -= 1
            stretch = _read(text, found, before)
            position = stretch.end if stretch else found.end()
            if stretch:
                yield stretch


@cache
def _amounts() -> re.Pattern[str]:
    mark = written()
    return re.compile(
        rf"(?P<low>{_NUMBER})(?P<low_k>{_K})?(?:\s?(?P<mark>{mark}))?(?:(?P<dash>{_DASH})(?:(?P<mark2>{mark})\s?)?"
        rf"(?P<high>{_NUMBER})(?P<high_k>{_K})?(?:\s?\(?(?P<mark3>{mark}))?\)?)?"
    )


@cache
def _before() -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W\d_])(?:\(?{written()}\)?\s?:?\s?)\Z")


@cache
def _period() -> re.Pattern[str]:
    return re.compile(rf"(?i)[,;]?\s?(?:[$€£]\s?)?\(?(?:(?:{written()}|gross|brutto|base)(?:\s|(?=/)))?(?P<period>{WRITTEN})")


def _currency_before(text: str, start: int) -> re.Match[str] | None:
    """Most numbers have none, which one character tells."""
    near = text[max(0, start - 3) : start].rstrip(" :)")
    return _before().search(text, max(0, start - _WIDEST), start) if near[-1:] in last_letters() else None


def _is_joined(text: str, start: int) -> bool:
    """A number within a word, a version or an address is none; a letter before it may be a currency's."""
    return text[start - 1] in "._#/&=@" or text[start - 1].isdigit()


def _read(text: str, found: re.Match[str], before: re.Match[str] | None) -> Stretch | None:
    start = before.start() if before else found.start()
    lead = text[max(0, start - _LEAD) : start]
    is_range, end = _extent(found, lead)
    over = _OVER.match(text, end)
    end = over.end() if over else end
    written_at = (before and before[0].strip(" ():"), found["mark"], is_range and found["mark2"], is_range and found["mark3"])
    marks = tuple(mark for mark in written_at if mark)
    least, most = _values(found, is_range=is_range)
    if not marks or _GLUED.match(text, end) or _VAGUE.search(lead) or not least <= most <= least * _ACROSS:
        return None
    at_most = None if is_range else _AT_MOST.search(lead)
    at_least = None if is_range or at_most else _AT_LEAST.search(lead)
    if at_most and over:  # "up to $600k+" says nothing
        return None
    if word := at_most or at_least:
        start -= len(lead) - word.start()
    period = _period().match(text, end)
    return Stretch(
        start,
        period.end() if period else end,
        least,
        most,
        ends="maximum" if at_most else "minimum" if at_least or over else "both",
        marks=marks,
        period=period["period"] if period else "",
        is_range=is_range,
    )


def _extent(found: re.Match[str], lead: str) -> tuple[bool, int]:
    """Whether there are two ends, and where they end: "and" joins them only behind "between"."""
    if not found["high"]:
        return False, found.end()
    if found["dash"].strip() != "and" or _BETWEEN.search(lead):
        return True, found.end()
    return False, max(found.end("low"), found.end("low_k"), found.end("mark"))


def _values(found: re.Match[str], *, is_range: bool) -> tuple[Decimal, Decimal]:
    """Of "90-140k" both ends are thousands; so they are of "90k-140"."""
    ends = [(found["low"], found["low_k"])] + ([(found["high"], found["high_k"])] if is_range else [])
    k = any(letter for _, letter in ends)
    amounts = [_number(written_so) for written_so, _ in ends]
    amounts = [one * _THOUSAND if k and one < _THOUSAND else one for one in amounts]
    return amounts[0], amounts[-1]


def _number(written_so: str) -> Decimal:
    return Decimal(_SEPARATORS.sub("", written_so).replace(",", "."))
