"""How values are said in English: lists, amounts, and the words for codes. What pages, mails and reasons share."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from schemas.posting import Degree, EmploymentType, Pay, Period, Seniority, SponsorshipValue, Workplace

WORKPLACES: Final[Mapping[Workplace, str]] = {"remote": "remote", "hybrid": "hybrid", "on_site": "on site"}
EMPLOYMENT_TYPES: Final[Mapping[EmploymentType, str]] = {
    "full_time": "full time",
    "part_time": "part time",
    "contract": "contract",
    "temporary": "temporary",
    "intern": "internship",
    "volunteer": "volunteer",
    "per_diem": "per diem",
    "other": "other",
}
PERIODS: Final[Mapping[Period, str]] = {
    "year": "a year",
    "month": "a month",
    "week": "a week",
    "day": "a day",
    "hour": "an hour",
}
SENIORITIES: Final[Mapping[Seniority, str]] = {
    "intern": "intern",
    "entry": "entry level",
    "mid": "mid level",
    "senior": "senior",
    "staff": "staff or principal",
    "manager": "manager",
    "director": "director",
    "executive": "executive",
}
DEGREES: Final[Mapping[Degree, str]] = {
    "none": "no degree",
    "associate": "an associate degree",
    "bachelor": "a bachelor's degree",
    "master": "a master's degree",
    "doctorate": "a doctorate",
}
SPONSORSHIP: Final[Mapping[SponsorshipValue, str]] = {
    "offered": "sponsors a visa",
    "conditional": "sponsors case by case or for some roles",
    "contradictory": "contradicts itself on sponsorship",
    "unstated": "says nothing of sponsorship",
    "not_offered": "refuses to sponsor",
}
LANGUAGES: Final[Mapping[str, str]] = {
    "ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
    "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian", "id": "Indonesian", "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sv": "Swedish", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
"""ISO 639-1: those that postings are written in. Any other is shown by its code."""


def joined(items: Sequence[str], word: str) -> str:
    """ "a", "a or b", "a, b or c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {word} {items[-1]}"


def either(items: Iterable[str]) -> str:
    return joined(list(items), "or")


def quoted(terms: Iterable[str]) -> list[str]:
    return [f'"{term}"' for term in terms]


def money(amount: Decimal, currency: str) -> str:
    """ "170,000 USD", "61.50 USD"."""
    return f"{amount:,.2f}".removesuffix(".00") + f" {currency}"


def count(number: int, noun: str) -> str:
    """ "1 year", "2,000 years"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def pay_range(pay: Pay) -> str:
    """ "170,000 to 216,000 USD a year"."""
    ends = [money(end, pay.currency) for end in (pay.minimum, pay.maximum) if end is not None]
    amount = ends[0] if len(set(ends)) == 1 else f"{ends[0].removesuffix(f' {pay.currency}')} to {ends[1]}"
    if len(ends) == 1:
        amount = f"{'from' if pay.maximum is None else 'up to'} {amount}"
    return f"{amount} {PERIODS[pay.period]}"
