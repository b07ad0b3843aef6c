"""A stable code for each clause of a filter, as they travel on `matches` and stay in the ledger."""

from collections.abc import Mapping
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

CLAUSE_OF: Final[Mapping[str, str]] = {
    KEYWORDS: "keywords",
    TITLE: "titles",
    PLACE: "places",
    WORKPLACE: "workplaces",
    VISA: "visa_types",
    VERDICT: "accepted_verdicts",
    CITIZENSHIP: "hide",
    CLEARANCE: "hide",
    PAY: "minimum_pay",
    EMPLOYMENT: "employment_types",
    COMPANY: "companies",
    SKILLS: "skills",
    OCCUPATION: "occupations",
    SENIORITY: "seniorities",
    DEGREE: "maximum_degree",
    EXPERIENCE: "maximum_experience",
    APPROVALS: "employer_approvals",
    WAGE_LEVEL: "minimum_wage_level",
    SOURCE: "sources",
    LANGUAGE: "languages",
    POSTED: "posted_within",
}
"""The filter's member that each tells of."""
