"""What the clauses of a filter are called where people read, and where the sign-up form has them.

Sentences that are written for programs name clauses as the API does; `in_plain` says them with the words of the form.
"""

import re
from typing import Final

CLAUSES: Final = {
    "keywords": "Words",
    "titles": "Title",
    "places": "Place",
    "workplaces": "Where the work is done",
    "visa_types": "Visa",
    "accepted_verdicts": "Sponsorship",
    "hide": "Leave out postings",
    "minimum_pay": "Pay",
    "employment_types": "Kind of work",
    "companies": "Companies",
    "skills": "Skills",
    "occupations": "Occupation",
    "seniorities": "Level",
    "maximum_degree": "Degree",
    "maximum_experience": "Experience",
    "employer_approvals": "H-1B approvals",
    "minimum_wage_level": "Wage level",
    "sources": "Sources",
    "languages": "Language",
    "posted_within": "Date",
}
FIELDS: Final = {
    "keywords": "keywords",
    "places": "city",
    "workplaces": "workplaces",
    "visa_types": "visa_types",
    "hide": "hide",
    "minimum_pay": "pay_amount",
    "employment_types": "employment_types",
    "companies": "companies_include",
    "seniorities": "seniorities",
}
"""The field of the form that stands for a clause; those that are not here can be asked for at the API only."""

_NOT_HERE: Final = frozenset(
    {
        "degrees",
        "years of experience",
        "languages",
        "the boards that postings come from",
        "the date of a posting",
        "occupations",
    }
)
"""What the reader of keywords says there is a field for, at the API."""
_LISTS: Final = {"include": "only these", "exclude": "never these"}

_INSTEAD: Final = re.compile(r"there is a field of its own for ([^;.]*?)(, or write \w+:)?$")
_QUOTED: Final = re.compile(r"`(\w+)`")
_CODED: Final = re.compile(rf"\b(?:{'|'.join(name for name in CLAUSES if '_' in name)})\b")
_BEGINNING: Final = re.compile(rf"(^|[:;] )({'|'.join(CLAUSES)})(?= (?:only|names?|takes?|keeps?|asks?|leaves?)\b)")


def in_plain(text: str) -> str:
    """The sentence without names of the API: `minimum_pay keeps postings ...` is `"Pay" keeps postings ...`."""
    text = _INSTEAD.sub(_below, text)
    text = _QUOTED.sub(lambda found: _quoted(found[1]), text)
    text = _BEGINNING.sub(lambda found: found[1] + _quoted(found[2]), text)
    return _CODED.sub(lambda found: _quoted(found[0]), text)


def _below(found: re.Match[str]) -> str:
    if found[1] in _NOT_HERE:
        return f"this form has no field for {found[1]}"
    return f"there is a field for {found[1]} below{found[2] or ''}"


def _quoted(name: str) -> str:
    return f'"{CLAUSES.get(name) or _LISTS.get(name) or name}"'


def sentence(text: str) -> str:
    """Begins with a capital and ends with a full stop, or as it ends."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")
