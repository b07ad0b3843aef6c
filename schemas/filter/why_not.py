"""Why a clause does not hold, in words: what the posting says, and what was asked."""

from collections.abc import Mapping
from typing import Final

from schemas.filter import codes
from schemas.filter import description as told
from schemas.filter.phrases import DEGREES, EMPLOYMENT_TYPES, SENIORITIES, SPONSORSHIP, WORKPLACES, either, pay_range, quoted
from schemas.filter.syntax import written
from schemas.filter.tree import Companies, Filter, Keywords, Titles
from schemas.filter.why import (
    CLEARANCES,
    Words,
    approvals,
    degree,
    employment,
    experience,
    language,
    occupation,
    pay_asked,
    pay_unstated,
    posted,
    seniority,
    verdict,
    wage_level,
    within,
    workplace,
)
from schemas.posting import PostingSummary


def _no_keywords(wanted: Filter, _: PostingSummary) -> str:
    return f"does not fit the words you asked for: {written(wanted.keywords or Keywords()) or 'none'}"


def _no_title(wanted: Filter, posting: PostingSummary) -> str:
    return f'its title is "{posting.title}", you asked for {told.lists(wanted.titles or Titles(), quoted)}'


def _places_asked(wanted: Filter) -> str:
    return f"you asked for {either(map(told.place, wanted.places)) if wanted.places else 'another place'}"


def _no_place(wanted: Filter, posting: PostingSummary) -> str:
    """How the work is done is told where an alternative asks for it, too: then it may be what did not fit."""
    where = "; ".join(dict.fromkeys(place.words() for place in posting.locations())) or "another place"
    if posting.workplace == "remote":
        return f"is remote, from {where}, {_places_asked(wanted)}"
    how = ""
    if any(one.workplaces for one in wanted.places):
        how = f" ({WORKPLACES[posting.workplace]})" if posting.workplace else " (and does not say where the work is done)"
    return f"is in {where}{how}, {_places_asked(wanted)}"


def _workplaces_asked(wanted: Filter) -> str:
    return (
        f"you asked for {either(map(WORKPLACES.__getitem__, wanted.workplaces)) if wanted.workplaces else 'another workplace'}"
    )


def _visas_asked(wanted: Filter) -> str:
    return f"you asked for {either(wanted.visa_types) if wanted.visa_types else 'a visa'}"


def _no_visa(wanted: Filter, posting: PostingSummary) -> str:
    stated = posting.verdict.sponsorship
    if stated.value not in ("offered", "conditional"):
        return f"{SPONSORSHIP[stated.value]}, {_visas_asked(wanted)}"
    if stated.visas and not set(stated.visas) & set(wanted.visa_types):
        may = "may sponsor" if stated.value == "conditional" else "sponsors"
        return f"{may} {', '.join(stated.visas)}, {_visas_asked(wanted)}"
    return f"is abroad, where no US visa is needed, {_visas_asked(wanted)}"


def _no_verdict(wanted: Filter, posting: PostingSummary) -> str:
    if wanted.accepted_verdicts is None:
        return f"{verdict(wanted, posting)}, and such postings are left out where you do not ask for them"
    return (
        f"{verdict(wanted, posting)}, you asked for one that {either(map(SPONSORSHIP.__getitem__, wanted.accepted_verdicts))}"
    )


_CITIZENS: Final = {"us_citizen": "is for US citizens only", "us_person": "is for US citizens and permanent residents only"}


def _no_pay(wanted: Filter, posting: PostingSummary) -> str:
    stated = pay_range(posting.pay) if posting.pay else "too little"
    return f"pay is stated as {stated}, {pay_asked(wanted, posting)}"


def _no_pay_unstated(wanted: Filter, posting: PostingSummary) -> str:
    return f"{pay_unstated(wanted, posting)} (you drop such postings)"


def _employment_asked(wanted: Filter) -> str:
    kinds = [EMPLOYMENT_TYPES[kind] for kind in wanted.employment_types]
    return f"you asked for {either(kinds or ['another kind'])}"


def _no_company(wanted: Filter, posting: PostingSummary) -> str:
    return f"is at {posting.company}, you asked for {told.lists(wanted.companies or Companies(), list)}"


def _no_skills(wanted: Filter, _: PostingSummary) -> str:
    return f"does not mention what you asked for: {'; '.join(told.skills(wanted)) or 'your skills'}"


def _occupations_asked(wanted: Filter) -> str:
    return f"you asked for {either(wanted.occupations) if wanted.occupations else 'another'}"


def _seniorities_asked(wanted: Filter) -> str:
    return (
        f"you asked for {either(map(SENIORITIES.__getitem__, wanted.seniorities)) if wanted.seniorities else 'another level'}"
    )


def _no_degree(wanted: Filter, posting: PostingSummary) -> str:
    yours = DEGREES[wanted.maximum_degree] if wanted.maximum_degree else "less"
    return f"{degree(wanted, posting)}, you have {yours}"


def _no_experience(wanted: Filter, posting: PostingSummary) -> str:
    return (
        f"{experience(wanted, posting)}, you have {'less' if wanted.maximum_experience is None else wanted.maximum_experience}"
    )


def _approvals_asked(wanted: Filter) -> str:
    asked = wanted.employer_approvals
    return f"you asked for at least {asked.at_least:,}" if asked else "you asked for more"


def _wage_level_asked(wanted: Filter) -> str:
    return f"you asked for at least level {wanted.minimum_wage_level or 1}"


WHY_NOT: Final[Mapping[str, Words]] = {
    codes.KEYWORDS: _no_keywords,
    codes.TITLE: _no_title,
    codes.PLACE: _no_place,
    codes.PLACE + codes.UNSTATED: lambda wanted, _: f"names no place, {_places_asked(wanted)}",
    codes.WORKPLACE: lambda wanted, posting: f"{workplace(wanted, posting)}, {_workplaces_asked(wanted)}",
    codes.WORKPLACE + codes.UNSTATED: lambda wanted, _: f"does not say where the work is done, {_workplaces_asked(wanted)}",
    codes.VISA: _no_visa,
    codes.VISA + codes.UNSTATED: lambda wanted, _: f"says nothing of sponsorship, {_visas_asked(wanted)}",
    codes.VERDICT: _no_verdict,
    codes.VERDICT + codes.UNSTATED: _no_verdict,
    codes.CITIZENSHIP: lambda _, posting: _CITIZENS.get(posting.verdict.work_status.value, "is for citizens only"),
    codes.CLEARANCE: lambda _, posting: CLEARANCES[posting.verdict.clearance.value],
    codes.PAY: _no_pay,
    codes.PAY + codes.UNSTATED: _no_pay_unstated,
    codes.EMPLOYMENT: lambda wanted, posting: f"{employment(wanted, posting)}, {_employment_asked(wanted)}",
    codes.EMPLOYMENT + codes.UNSTATED: lambda wanted, _: (
        f"does not say what kind of employment it is, {_employment_asked(wanted)}"
    ),
    codes.COMPANY: _no_company,
    codes.SKILLS: _no_skills,
    codes.OCCUPATION: lambda wanted, posting: f"{occupation(wanted, posting)}, {_occupations_asked(wanted)}",
    codes.OCCUPATION + codes.UNSTATED: lambda wanted, _: f"its occupation is not known, {_occupations_asked(wanted)}",
    codes.SENIORITY: lambda wanted, posting: f"{seniority(wanted, posting)}, {_seniorities_asked(wanted)}",
    codes.SENIORITY + codes.UNSTATED: lambda wanted, _: f"does not say its level, {_seniorities_asked(wanted)}",
    codes.DEGREE: _no_degree,
    codes.EXPERIENCE: _no_experience,
    codes.APPROVALS: lambda wanted, posting: f"{approvals(wanted, posting)}, {_approvals_asked(wanted)}",
    codes.APPROVALS + codes.UNSTATED: lambda wanted, _: (
        f"of its employer's H-1B petitions nothing is known, {_approvals_asked(wanted)}"
    ),
    codes.WAGE_LEVEL: lambda wanted, posting: f"{wage_level(wanted, posting)}, {_wage_level_asked(wanted)}",
    codes.WAGE_LEVEL + codes.UNSTATED: lambda wanted, _: f"its prevailing-wage level is not known, {_wage_level_asked(wanted)}",
    codes.SOURCE: lambda wanted, posting: (
        f"comes from {posting.source}, you asked for {either(wanted.sources or ('another',))}"
    ),
    codes.LANGUAGE: lambda wanted, posting: (
        f"{language(wanted, posting)}, you asked for {either(map(told.language, wanted.languages or ('other',)))}"
    ),
    codes.POSTED: lambda wanted, posting: f"{posted(wanted, posting)}, you asked for {within(wanted)}",
}
