"""The meaning of a filter: a plain function of (filter, posting) that gives a verdict for each clause.

It explains, and it is the truth in tests: the index comes to the same by another way.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple, get_args

from schemas.filter import codes
from schemas.posting import Degree
from services.matcher.domain.facts import Facts
from services.matcher.domain.wanted import Alternative, Wanted


class Answer(NamedTuple):
    """What a posting says to one clause; where it does not say, the language decides."""

    held: bool
    silent: bool


YES: Final = Answer(held=True, silent=False)
_NO: Final = Answer(held=False, silent=False)
_SILENT_YES: Final = Answer(held=True, silent=True)
_SILENT_NO: Final = Answer(held=False, silent=True)
_DEGREES: Final[dict[Degree, int]] = {degree: rank for rank, degree in enumerate(get_args(Degree))}


@dataclass(frozen=True, slots=True)
class ClauseVerdict:
    """Whether one clause held, under its code of `schemas.filter.codes`."""

    code: str
    held: bool


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of the language."""

    code: str
    is_asked: Callable[[Wanted], object]
    answer: Callable[[Wanted, Facts], Answer]

    def told(self, answer: Answer) -> str:
        """Its code on the wire."""
        return self.code + codes.UNSTATED if answer.silent else self.code


def judge(asked: Wanted, posting: Facts) -> Iterator[ClauseVerdict]:
    """One verdict for each clause the filter has; none for a filter without clauses."""
    for clause in clauses(asked):
        answer = clause.answer(asked, posting)
        yield ClauseVerdict(clause.told(answer), answer.held)


def held(asked: Wanted, posting: Facts) -> tuple[str, ...] | None:
    """The codes of the clauses if all of them held, else None."""
    told = []
    for clause in clauses(asked):
        answer = clause.answer(asked, posting)
        if not answer.held:
            return None
        told.append(clause.told(answer))
    return tuple(told) or (codes.EVERYTHING,)


def clauses(asked: Wanted) -> tuple[Clause, ...]:
    """The clauses the filter has."""
    return tuple([clause for clause in CLAUSES if clause.is_asked(asked)])


def _answer(holds: bool) -> Answer:
    return YES if holds else _NO


def _keywords(asked: Wanted, posting: Facts) -> Answer:
    return _answer(asked.keywords.occurs(posting))


def _titles(asked: Wanted, posting: Facts) -> Answer:
    return _answer(asked.titles.occurs(posting))


def _place(asked: Wanted, posting: Facts) -> Answer:
    if not posting.spots:
        return _SILENT_NO
    return YES if any(fits(one, posting) for one in asked.places) else _NO


def fits(one: Alternative, posting: Facts) -> bool:
    """Whether one alternative of the places holds."""
    if one.workplaces and workplace(posting) not in one.workplaces:
        return False
    return any(map(one.area.holds, posting.spots))


def workplace(posting: Facts) -> str:
    """Who does not say is taken as on site."""
    return posting.workplace or "on_site"


def _workplace(asked: Wanted, posting: Facts) -> Answer:
    if posting.workplace:
        return _answer(posting.workplace in asked.workplaces)
    return _SILENT_YES if "on_site" in asked.workplaces else _SILENT_NO


def _visa(asked: Wanted, posting: Facts) -> Answer:
    if posting.sponsorship == "unstated":
        return _SILENT_NO
    return _answer(posting.sponsors and (not posting.visas or not asked.visas.isdisjoint(posting.visas)))


def _verdict(asked: Wanted, posting: Facts) -> Answer:
    if posting.sponsorship == "unstated":
        return _SILENT_YES if "unstated" in asked.verdicts else _SILENT_NO
    return _answer(posting.sponsorship in asked.verdicts)


def _citizenship(_: Wanted, posting: Facts) -> Answer:
    return _answer(not posting.citizens_only)


def _clearance(_: Wanted, posting: Facts) -> Answer:
    return _answer(not posting.needs_clearance)


def _pay(asked: Wanted, posting: Facts) -> Answer:
    stated, minimum = posting.pay, asked.pay
    if stated and minimum and stated.currency == minimum.currency and asked.pay_in in ("", posting.pay_currency):
        return _answer(stated.amount >= minimum.amount)
    return _SILENT_YES if asked.pay_unstated_keeps else _SILENT_NO


def _employment(asked: Wanted, posting: Facts) -> Answer:
    if not posting.employment_types:
        return _SILENT_NO
    return _answer(not asked.employment_types.isdisjoint(posting.employment_types))


def _company(asked: Wanted, posting: Facts) -> Answer:
    included = not asked.companies or posting.company_key in asked.companies
    return _answer(included and posting.company_key not in asked.companies_excluded)


def _skills(asked: Wanted, posting: Facts) -> Answer:
    return _answer(
        all(any(map(posting.says, names)) for names in asked.skills_all)
        and (not asked.skills_any or any(any(map(posting.says, names)) for names in asked.skills_any))
    )


def _occupation(asked: Wanted, posting: Facts) -> Answer:
    return _answer(posting.occupation.startswith(asked.occupations)) if posting.occupation else _SILENT_NO


def _seniority(asked: Wanted, posting: Facts) -> Answer:
    return _answer(posting.seniority in asked.seniorities) if posting.seniority else _SILENT_NO


def _degree(asked: Wanted, posting: Facts) -> Answer:
    if posting.degree is None or asked.degree is None:
        return _SILENT_YES
    return _answer(_DEGREES[posting.degree] <= _DEGREES[asked.degree])


def _experience(asked: Wanted, posting: Facts) -> Answer:
    if posting.experience is None or asked.experience is None:
        return _SILENT_YES
    return _answer(posting.experience <= asked.experience)


def _approvals(asked: Wanted, posting: Facts) -> Answer:
    if posting.history is None or asked.approvals is None:
        return _SILENT_NO
    return _answer(posting.history.approvals(asked.approvals.years) >= asked.approvals.at_least)


def _wage_level(asked: Wanted, posting: Facts) -> Answer:
    if posting.wage_level is None or asked.wage_level is None:
        return _SILENT_NO
    return _answer(posting.wage_level >= asked.wage_level)


def _source(asked: Wanted, posting: Facts) -> Answer:
    return _answer(posting.source in asked.sources)


def _language(asked: Wanted, posting: Facts) -> Answer:
    return _answer(posting.language in asked.languages) if posting.language else _SILENT_YES


def _posted(asked: Wanted, posting: Facts) -> Answer:
    if posting.age is None or asked.posted_within is None:
        return _SILENT_YES
    return _answer(posting.age <= asked.posted_within)


CLAUSES: Final = (  # cheapest and most selective first: `held` stops at the first that fails
    Clause(codes.VISA, lambda asked: asked.visas, _visa),
    Clause(codes.VERDICT, lambda asked: asked.verdicts, _verdict),
    Clause(codes.CITIZENSHIP, lambda asked: asked.hides_citizens_only, _citizenship),
    Clause(codes.CLEARANCE, lambda asked: asked.hides_clearance, _clearance),
    Clause(codes.WORKPLACE, lambda asked: asked.workplaces, _workplace),
    Clause(codes.EMPLOYMENT, lambda asked: asked.employment_types, _employment),
    Clause(codes.SENIORITY, lambda asked: asked.seniorities, _seniority),
    Clause(codes.OCCUPATION, lambda asked: asked.occupations, _occupation),
    Clause(codes.SOURCE, lambda asked: asked.sources, _source),
    Clause(codes.LANGUAGE, lambda asked: asked.languages, _language),
    Clause(codes.POSTED, lambda asked: asked.posted_within is not None, _posted),
    Clause(codes.DEGREE, lambda asked: asked.degree is not None, _degree),
    Clause(codes.EXPERIENCE, lambda asked: asked.experience is not None, _experience),
    Clause(codes.WAGE_LEVEL, lambda asked: asked.wage_level is not None, _wage_level),
    Clause(codes.APPROVALS, lambda asked: asked.approvals is not None, _approvals),
    Clause(codes.COMPANY, lambda asked: asked.companies or asked.companies_excluded, _company),
    Clause(codes.PAY, lambda asked: asked.pay is not None, _pay),
    Clause(codes.PLACE, lambda asked: asked.places, _place),
    Clause(codes.TITLE, lambda asked: asked.titles, _titles),
    Clause(codes.SKILLS, lambda asked: asked.skills_all or asked.skills_any, _skills),
    Clause(codes.KEYWORDS, lambda asked: asked.keywords, _keywords),
)
