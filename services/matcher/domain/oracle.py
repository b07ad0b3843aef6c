"""The meaning of a filter: a plain function of (filter, posting) that gives a verdict for each clause.

It is the truth in tests and the last word in the index, which only saves it from looking at filters that cannot match.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from schemas.filter import reasons
from schemas.filter.tree import Companies, Filter, Keywords
from services.matcher.domain.facts import PERIODS_A_YEAR, Facts, FoldedPlace
from services.matcher.domain.text import fold, words


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter with its words folded, so that judging compares and never folds. Words are `spaced` as in `Facts.text`."""

    keywords_all: tuple[str, ...]
    keywords_any: tuple[str, ...]
    keywords_none: tuple[str, ...]
    places: tuple[FoldedPlace, ...]
    workplaces: frozenset[str]
    visas: frozenset[str]
    pay: Decimal | None
    currency: str
    pay_unstated_keeps: bool
    employment_types: frozenset[str]
    companies: frozenset[str]
    companies_excluded: frozenset[str]


@dataclass(frozen=True, slots=True)
class ClauseVerdict:
    """Whether one clause held, under its code of `schemas.filter.reasons`."""

    code: str
    held: bool


def wanted(filter: Filter) -> Wanted:
    """Fold a filter once. A term without any word in it ("!!!") can hold in no posting."""
    keywords, companies, pay = filter.keywords or Keywords(), filter.companies or Companies(), filter.minimum_pay
    return Wanted(
        keywords_all=tuple(map(_term, keywords.all)),
        keywords_any=tuple(map(_term, keywords.any)),
        keywords_none=tuple(map(_term, keywords.none)),
        places=tuple(FoldedPlace(fold(p.city or ""), fold(p.state or ""), fold(p.country or "")) for p in filter.places),
        workplaces=frozenset(filter.workplaces),
        visas=frozenset(filter.visa_types),
        pay=pay.amount * PERIODS_A_YEAR[pay.period] if pay else None,
        currency=pay.currency if pay else "",
        pay_unstated_keeps=pay is None or pay.unstated == "keep",
        employment_types=frozenset(filter.employment_types),
        companies=frozenset(" ".join(words(name)) for name in companies.include),
        companies_excluded=frozenset(" ".join(words(name)) for name in companies.exclude),
    )


def judge(asked: Wanted, posting: Facts) -> Iterator[ClauseVerdict]:
    """One verdict for each clause the filter has; none for a filter without clauses."""
    for has_clause, verdict in _CLAUSES:
        if has_clause(asked):
            yield verdict(asked, posting)


def held(asked: Wanted, posting: Facts) -> tuple[str, ...] | None:
    """The codes of the clauses if all of them held, else None."""
    codes = []
    for verdict in judge(asked, posting):
        if not verdict.held:
            return None
        codes.append(verdict.code)
    return tuple(codes) or (reasons.EVERYTHING,)


def _term(term: str) -> str:
    return f" {' '.join(words(term))} "


def _keywords(asked: Wanted, posting: Facts) -> ClauseVerdict:
    def occurs(term: str) -> bool:
        return term in posting.text

    return ClauseVerdict(
        reasons.KEYWORDS,
        all(map(occurs, asked.keywords_all))
        and (not asked.keywords_any or any(map(occurs, asked.keywords_any)))
        and not any(map(occurs, asked.keywords_none)),
    )


def _place(asked: Wanted, posting: Facts) -> ClauseVerdict:
    return ClauseVerdict(reasons.PLACE, any(_within(place, one) for place in posting.places for one in asked.places))


def _within(place: FoldedPlace, asked: FoldedPlace) -> bool:
    return (
        (not asked.country or asked.country == place.country)
        and (not asked.state or asked.state == place.state)
        and (not asked.city or asked.city == place.city)
    )


def _workplace(asked: Wanted, posting: Facts) -> ClauseVerdict:
    return ClauseVerdict(reasons.WORKPLACE, posting.workplace in asked.workplaces)


def _visa(asked: Wanted, posting: Facts) -> ClauseVerdict:
    named = bool(asked.visas & posting.visas) if posting.visas else True
    return ClauseVerdict(reasons.VISA, posting.sponsors and named)


def _pay(asked: Wanted, posting: Facts) -> ClauseVerdict:
    if posting.pay is None or posting.currency != asked.currency:
        return ClauseVerdict(reasons.PAY_UNSTATED, asked.pay_unstated_keeps)
    return ClauseVerdict(reasons.PAY, asked.pay is not None and posting.pay >= asked.pay)


def _employment(asked: Wanted, posting: Facts) -> ClauseVerdict:
    return ClauseVerdict(reasons.EMPLOYMENT, bool(asked.employment_types & posting.employment_types))


def _company(asked: Wanted, posting: Facts) -> ClauseVerdict:
    included = not asked.companies or posting.company in asked.companies
    return ClauseVerdict(reasons.COMPANY, included and posting.company not in asked.companies_excluded)


_Has = Callable[[Wanted], bool]
_Verdict = Callable[[Wanted, Facts], ClauseVerdict]
_CLAUSES: Final[
    tuple[tuple[_Has, _Verdict], ...]
] = (  # cheapest and most selective first: `held` stops at the first that fails
    (lambda asked: bool(asked.visas), _visa),
    (lambda asked: bool(asked.workplaces), _workplace),
    (lambda asked: bool(asked.employment_types), _employment),
    (lambda asked: bool(asked.companies or asked.companies_excluded), _company),
    (lambda asked: asked.pay is not None, _pay),
    (lambda asked: bool(asked.places), _place),
    (lambda asked: bool(asked.keywords_all or asked.keywords_any or asked.keywords_none), _keywords),
)
