"""A filter made ready for judging: words folded, places looked up, pay counted for a year. Judging then only compares."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from schemas.filter.area import area
from schemas.filter.money import Yearly, yearly
from schemas.filter.tree import Approvals, Companies, Filter, Skills
from schemas.places import Area
from schemas.posting import Degree
from schemas.words import fold
from schemas.words.company import company_key
from schemas.words.skill import forms
from services.matcher.domain.group import Group, group, titles


@dataclass(frozen=True, slots=True)
class Alternative:
    """A place that would do, and how the work is to be done there; anyhow where empty."""

    area: Area
    workplaces: frozenset[str]


class Wanted(NamedTuple):
    """What the clauses of `oracle.py` compare with."""

    keywords: Group
    titles: Group
    places: tuple[Alternative, ...]
    workplaces: frozenset[str]
    visas: frozenset[str]
    verdicts: frozenset[str]
    hides_citizens_only: bool
    hides_clearance: bool
    pay: Yearly | None
    pay_in: str
    """The only currency that compares, in version 1; any where empty."""
    pay_unstated_keeps: bool
    employment_types: frozenset[str]
    companies: frozenset[str]
    companies_excluded: frozenset[str]
    skills_all: tuple[tuple[str, ...], ...]
    """Of each skill every name."""
    skills_any: tuple[tuple[str, ...], ...]
    occupations: tuple[str, ...]
    """Codes, those of groups without their zeros."""
    seniorities: frozenset[str]
    degree: Degree | None
    experience: int | None
    approvals: Approvals | None
    wage_level: int | None
    sources: frozenset[str]
    languages: frozenset[str]
    posted_within: int | None


_NO_COMPANIES, _NO_SKILLS, _NOTHING = Companies(), Skills(), Group()


def wanted(filter: Filter) -> Wanted:
    """Once for each filter."""
    companies, skills, pay = filter.companies or _NO_COMPANIES, filter.skills or _NO_SKILLS, filter.minimum_pay
    return Wanted(
        keywords=group(filter.keywords) if filter.keywords else _NOTHING,
        titles=titles(filter.titles) if filter.titles else _NOTHING,
        places=tuple(Alternative(area(place), frozenset(place.workplaces)) for place in filter.places),
        workplaces=frozenset(filter.workplaces),
        visas=frozenset(filter.visa_types),
        verdicts=frozenset(filter.verdicts_accepted()),
        hides_citizens_only="citizenship" in filter.hide,
        hides_clearance="clearance" in filter.hide,
        pay=yearly(pay.amount, pay.currency, pay.period) if pay else None,
        pay_in=pay.currency if pay and filter.version == 1 else "",
        pay_unstated_keeps=pay is None or pay.unstated == "keep",
        employment_types=frozenset(filter.employment_types),
        companies=_keys(companies.include),
        companies_excluded=_keys(companies.exclude),
        skills_all=tuple(map(forms, skills.all)),
        skills_any=tuple(map(forms, skills.any)),
        occupations=tuple(map(_occupation, filter.occupations)),
        seniorities=frozenset(filter.seniorities),
        degree=filter.maximum_degree,
        experience=filter.maximum_experience,
        approvals=filter.employer_approvals,
        wage_level=filter.minimum_wage_level,
        sources=frozenset(map(fold, filter.sources)),
        languages=frozenset(filter.languages),
        posted_within=filter.posted_within,
    )


def _keys(names: Iterable[str]) -> frozenset[str]:
    return frozenset(map(company_key, names))


def _occupation(code: str) -> str:
    """ "15-1250" is 15-125..., "15-0000" is 15-...: no code of a single occupation ends in a zero (BLS)."""
    return code.rstrip("0")
