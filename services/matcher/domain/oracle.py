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


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of the language. `code` is what it is called in `reasons` where pay plays no part."""

    code: str
    is_asked: Callable[[Wanted], bool]
    holds: Callable[[Wanted, Facts], bool]


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
    for clause in clauses(asked):
        yield ClauseVerdict(_code(clause, asked, posting), clause.holds(asked, posting))


def held(asked: Wanted, posting: Facts) -> tuple[str, ...] | None:
    """The codes of the clauses if all of them held, else None."""
    codes = []
    for verdict in judge(asked, posting):
        if not verdict.held:
            return None
        codes.append(verdict.code)
    return tuple(codes) or (reasons.EVERYTHING,)


def clauses(asked: Wanted) -> tuple[Clause, ...]:
    """The clauses the filter has."""
    return tuple(clause for clause in CLAUSES if clause.is_asked(asked))


def pay_compares(asked: Wanted, posting: Facts) -> bool:
    """Whether the posting says what it pays, in the currency that the filter names."""
    return posting.pay is not None and posting.currency == asked.currency


def _code(clause: Clause, asked: Wanted, posting: Facts) -> str:
    return reasons.PAY_UNSTATED if clause.code == reasons.PAY and not pay_compares(asked, posting) else clause.code


def _term(term: str) -> str:
    return f" {' '.join(words(term))} "


def _keywords(asked: Wanted, posting: Facts) -> bool:
    return (
        all(map(posting.has, asked.keywords_all))
        and (not asked.keywords_any or any(map(posting.has, asked.keywords_any)))
        and not any(map(posting.has, asked.keywords_none))
    )


def _place(asked: Wanted, posting: Facts) -> bool:
    return any(_within(place, one) for place in posting.places for one in asked.places)


def _within(place: FoldedPlace, asked: FoldedPlace) -> bool:
    return (
        (not asked.country or asked.country == place.country)
        and (not asked.state or asked.state == place.state)
        and (not asked.city or asked.city == place.city)
    )


def _workplace(asked: Wanted, posting: Facts) -> bool:
    return posting.workplace in asked.workplaces


def _visa(asked: Wanted, posting: Facts) -> bool:
    return posting.sponsors and (not posting.visas or bool(asked.visas & posting.visas))


def _pay(asked: Wanted, posting: Facts) -> bool:
    if not pay_compares(asked, posting):
        return asked.pay_unstated_keeps
    return posting.pay is not None and asked.pay is not None and posting.pay >= asked.pay


def _employment(asked: Wanted, posting: Facts) -> bool:
    return not asked.employment_types.isdisjoint(posting.employment_types)


def _company(asked: Wanted, posting: Facts) -> bool:
    return (not asked.companies or posting.company in asked.companies) and posting.company not in asked.companies_excluded


CLAUSES: Final = (  # cheapest and most selective first: `held` stops at the first that fails
    Clause(reasons.VISA, lambda asked: bool(asked.visas), _visa),
    Clause(reasons.WORKPLACE, lambda asked: bool(asked.workplaces), _workplace),
    Clause(reasons.EMPLOYMENT, lambda asked: bool(asked.employment_types), _employment),
    Clause(reasons.COMPANY, lambda asked: bool(asked.companies or asked.companies_excluded), _company),
    Clause(reasons.PAY, lambda asked: asked.pay is not None, _pay),
    Clause(reasons.PLACE, lambda asked: bool(asked.places), _place),
    Clause(reasons.KEYWORDS, lambda asked: bool(asked.keywords_all or asked.keywords_any or asked.keywords_none), _keywords),
)
