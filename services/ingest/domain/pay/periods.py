"""The time that pay is for, as texts and fields write it; where nobody says, from its size, if no other can be meant."""

import re
from decimal import Decimal
from typing import Final

from schemas.filter.money import yearly
from schemas.posting import Period
from services.ingest.domain.pay.currencies import by_the_year

WRITTEN: Final = (
    r"(?:(?:per|an?|each)[\s-]|/\s?)(?:calendar\s|fiscal\s)?(?:hour|hr|h|day|d|week|wk|w|month|mon|mo|mth|m|year|yr|y|annum)\b"
    r"|(?:pro|im|je)\s(?:Stunde|Tag|Woche|Monat|Jahr)\b"
    r"|(?:hourly|daily|weekly|monthly|yearly|annually|annual|p\.a\b|pa\b|pcm\b)"
)
"""Behind an amount: "/ hour", "per annum", "annually", "p.a."."""
AHEAD: Final = r"annual(?:ly|ised|ized)?|yearly|per year|hourly|per hour|daily|day rate|weekly|monthly|per month"
"""In the words before it: "the annual base salary range is"."""
_STEMS: Final[dict[str, Period]] = {
    "hour": "hour", "hr": "hour", "h": "hour", "ph": "hour", "stunde": "hour",
    "day": "day", "dai": "day", "d": "day", "pd": "day", "tag": "day",
    "week": "week", "wk": "week", "w": "week", "woche": "week", "pw": "week",
    "month": "month", "mon": "month", "mo": "month", "mth": "month", "m": "month", "pm": "month", "pcm": "month",
    "monat": "month",
    "year": "year", "yr": "year", "y": "year", "annu": "year", "annum": "year", "pa": "year", "jahr": "year",
}  # fmt: skip
_WORD: Final = re.compile(r"[a-z]+|\d+")
_FILLERS: Final = frozenset(
    {"per", "a", "an", "each", "pro", "im", "je", "the", "salary", "wage", "wages", "pay", "rate", "1", "calendar", "fiscal"}
)
_STATED_ENDS: Final = re.compile(r"(?:al(?:ly|ised|ized)?|ly|s)\Z")

_LEAST_A_YEAR: Final = 1_500
"""Euros of a full-time year: less is a voucher or a part of something, more a budget."""
_MOST_A_YEAR: Final = 3_000_000
_YEAR_FROM: Final = 20_000
"""In a currency of `by_the_year`: as a month's pay it were 240,000 a year and more, and such pay is not told by the month."""
_YEAR_TO: Final = 1_000_000
_HOUR_FROM: Final = Decimal("7.25")
_HOUR_BELOW: Final = 58
"""US dollars: eight hours at the federal minimum wage (7.25 since 2009-07-24, 29 U.S.C. 206) are 58: less is no day's pay."""


def period_of(words: str) -> Period | None:
    """What a field or a stretch of text says: "PA", "1 YEAR", "per-year-salary", "HOUR", "/ hr". None of two weeks."""
    found: set[Period] = set()
    for word in _WORD.findall(words.lower().replace(".", "")):
        period = _STEMS.get(word) or _STEMS.get(_STATED_ENDS.sub("", word))
        if period:
            found.add(period)
        elif word not in _FILLERS:
            return None
    return found.pop() if len(found) == 1 else None


def period_by_size(least: Decimal, most: Decimal, currency: str) -> Period | None:
    """Of what no word says: a year from 20,000, an hour between 7.25 and 58 US dollars; all others may be several."""
    if by_the_year(currency) and least >= _YEAR_FROM and most <= _YEAR_TO:
        return "year"
    if currency == "USD" and least >= _HOUR_FROM and most < _HOUR_BELOW:
        return "hour"
    return None


def can_be(amount: Decimal, currency: str, period: Period) -> bool:
    """Whether somebody may be paid so much for so long."""
    a_year = yearly(amount, currency, period)
    return a_year.currency != "EUR" or _LEAST_A_YEAR <= a_year.amount <= _MOST_A_YEAR
