"""A stable code for each clause of a filter, as they travel on `matches` and stay in the ledger."""

from typing import Final

KEYWORDS: Final = "keywords"
TITLE: Final = "title"
PLACE: Final = "place"
WORKPLACE: Final = "workplace"
VISA: Final = "visa"
VERDICT: Final = "verdict"
CITIZENSHIP: Final = "citizenship"
CLEARANCE: Final = "clearance"
PAY: Final = "pay"
EMPLOYMENT: Final = "employment"
COMPANY: Final = "company"
SKILLS: Final = "skills"
OCCUPATION: Final = "occupation"
SENIORITY: Final = "seniority"
DEGREE: Final = "degree"
EXPERIENCE: Final = "experience"
APPROVALS: Final = "approvals"
WAGE_LEVEL: Final = "wage_level"
SOURCE: Final = "source"
LANGUAGE: Final = "language"
POSTED: Final = "posted"
EVERYTHING: Final = "everything"
"""The filter has no clause."""
UNSTATED: Final = ".unstated"
"""Behind a code: the posting does not say, and the language decided."""

CLAUSES: Final = (
    VISA, VERDICT, CITIZENSHIP, CLEARANCE, WORKPLACE, EMPLOYMENT, SENIORITY, OCCUPATION, SOURCE, LANGUAGE, POSTED, DEGREE,
    EXPERIENCE, WAGE_LEVEL, APPROVALS, COMPANY, PAY, PLACE, TITLE, SKILLS, KEYWORDS,
)  # fmt: skip
"""In the order in which they are told."""
