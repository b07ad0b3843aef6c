"""A day as people write it enters ("3 August 2026", "Aug 31, 2026", "08/31/2026"), a date leaves: only what can be no other.

Of two numbers one must be above 12, or both the same: "03/08/2026" is March to some and August to others. Libraries for dates
guess there, and fill in what is missing from today, so none of them is asked.
"""

import re
from datetime import date
from typing import Final

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONG: Final = ("uary", "ruary", "ch", "il", "", "e", "y", "ust", "tember", "ober", "ember", "ember")
_MONTH: Final = "|".join(f"{short}(?:{rest})?" if rest else short for short, rest in zip(_MONTHS, _LONG, strict=True))
_NAME: Final = rf"(?P<month>{_MONTH}|sept)\.?"
_DAY: Final = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_WEEKDAY: Final = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? )?"
_NAMED: Final = tuple(
    re.compile(rf"{_WEEKDAY}{order}", re.IGNORECASE)
    for order in (rf"{_DAY}(?: of)?[ -]{_NAME}[ ,-] ?(?P<year>[0-9]{{4}})", rf"{_NAME} {_DAY},? (?P<year>[0-9]{{4}})")
)
_NUMBERS: Final = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})")
_LAST_MONTH: Final = 12


def day_of(text: str) -> date | None:
    """The whole of the text must be a day."""
    plain = " ".join(text.split())
    try:
        return _named(plain) or _numbered(plain)
    except ValueError:  # the 31st of June
        return None


def _named(text: str) -> date | None:
    found = next((found for pattern in _NAMED if (found := pattern.fullmatch(text))), None)
    if found is None:
        return None
    return date(int(found["year"]), _MONTHS.index(found["month"][:3].lower()) + 1, int(found["day"]))


def _numbered(text: str) -> date | None:
    if not (found := _NUMBERS.fullmatch(text)):
        return None
    one, other = sorted((int(found[1]), int(found[3])))
    return date(int(found[4]), one, other) if one <= _LAST_MONTH and (other > _LAST_MONTH or one == other) else None
