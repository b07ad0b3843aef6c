"""What is doubtful in single clauses, or in two that contradict each other: pay, occupations, employment, companies, visas."""

from collections.abc import Iterator, Mapping
from typing import Final

from schemas.filter.money import PERIODS_A_YEAR, rates, yearly
from schemas.filter.phrases import PERIODS, either, money
from schemas.filter.tree import Companies, Filter, Keywords, MinimumPay, ScopedTerm
from schemas.filter.warning.contradiction import contradiction
from schemas.filter.warning.extent import is_abroad
from schemas.filter.warning.literal import Some, company, formula
from schemas.filter.warning.warned import Warned
from schemas.words.company import company_key

_HIGHEST: Final = 1_000_000
"""Euros a year that hardly any posting states."""
_MAJOR_GROUPS: Final = frozenset(range(11, 56, 2))
"""Of SOC 2018: the first two digits of a code."""
_SINCE_2018: Final[Mapping[str, str]] = {
    "15-1100": "15-1200", "15-1110": "15-1220", "15-1111": "15-1221", "15-1120": "15-1210", "15-1121": "15-1211",
    "15-1122": "15-1212", "15-1130": "15-1250", "15-1131": "15-1251", "15-1132": "15-1252", "15-1133": "15-1252",
    "15-1134": "15-1254", "15-1140": "15-1240", "15-1141": "15-1242", "15-1142": "15-1244", "15-1143": "15-1241",
    "15-1150": "15-1230", "15-1151": "15-1232", "15-1152": "15-1231", "15-1190": "15-1290", "15-1199": "15-1299",
}  # fmt: skip
"""Computer occupations of SOC 2010 that are no codes any more (BLS, crosswalk of 2010 to 2018; of several the first)."""


def doubts(filter: Filter) -> Iterator[Warned]:
    """In the order of the clauses."""
    if filter.visa_types and filter.places and all(map(is_abroad, filter.places)):
        problem = "hardly matches: a job abroad, as all these are, sponsors no US visa unless it is in the US too"
        yield Warned(clause="places", problem=problem)
    if filter.minimum_pay and (problem := _pay(filter.minimum_pay)):
        yield Warned(clause="minimum_pay", problem=problem)
    yield from _intern(filter)
    if problem := _companies(filter.keywords or Keywords(), filter.companies or Companies()):
        yield Warned(clause="companies", problem=problem)
    if filter.sources and not any(map(_has_a_sign, filter.sources)):
        yield Warned(clause="sources", problem=f'hardly matches: "{filter.sources[0]}" has no letter and no digit of a name')
    yield from _occupations(filter.occupations)


def _pay(pay: MinimumPay) -> str:
    if pay.currency not in rates().per_euro:
        if pay.unstated == "drop":
            return f"hardly matches: there is no rate for {pay.currency}, so only postings that pay in {pay.currency} do"
        return (
            f"keeps nearly all: there is no rate for {pay.currency}, so postings that pay in another currency count as silent"
            " on their pay, and are kept"
        )
    year = yearly(pay.amount, pay.currency, pay.period)
    if year.amount <= _HIGHEST:
        return ""
    shown = pay.amount * PERIODS_A_YEAR[pay.period]
    total = "" if pay.period == "year" else f", which is {money(shown, pay.currency)} a year"
    return f"hardly any posting pays {money(pay.amount, pay.currency)} {PERIODS[pay.period]}{total}: is the period right?"


def _intern(filter: Filter) -> Iterator[Warned]:
    levels, types = set(filter.seniorities), set(filter.employment_types)
    if levels == {"intern"} and types and "intern" not in types:
        problem = "contradicts itself: the level is intern, and internships are not among the employment types"
        yield Warned(clause="employment_types", problem=problem)
    if types == {"intern"} and levels and not levels & {"intern", "entry"}:
        problem = "contradicts itself: only internships are wanted, and neither intern nor entry is among the levels"
        yield Warned(clause="seniorities", problem=problem)


def _companies(keywords: Keywords, companies: Companies) -> str:
    if companies.include and not any(map(company_key, companies.include)):
        return f'hardly matches: "{companies.include[0]}" has no letter and no digit of a name'
    excluded = set(map(company_key, companies.exclude))
    if excluded and (name := _excluded(keywords, excluded)) is not None:
        return f'contradicts itself: keywords ask for "{name}" in company, and `exclude` leaves it out'
    if companies.include and contradiction(formula(keywords)) is None:
        problem = contradiction(formula(keywords), Some(tuple(map(company, companies.include))))
        return f"contradicts itself: {problem}" if problem else ""
    return ""


def _excluded(keywords: Keywords, keys: set[str]) -> str | None:
    """A company that must be, and is one of these; of alternatives all have to be."""
    found = (_excluded_entry(entry, keys) for entry in keywords.all)
    if (name := next((name for name in found if name is not None), None)) is not None:
        return name
    alternatives = [_excluded_entry(entry, keys) for entry in keywords.any]
    return alternatives[0] if alternatives and all(name is not None for name in alternatives) else None


def _excluded_entry(entry: str | ScopedTerm | Keywords, keys: set[str]) -> str | None:
    if isinstance(entry, Keywords):
        return _excluded(entry, keys)
    if isinstance(entry, str) or entry.scope != "company" or entry.prefix:
        return None
    return entry.term if company_key(entry.term) in keys else None


def _has_a_sign(name: str) -> bool:
    return any(map(str.isalnum, name))


def _occupations(codes: tuple[str, ...]) -> Iterator[Warned]:
    unknown = [code for code in codes if int(code[:2]) not in _MAJOR_GROUPS]
    if unknown:
        begin = "never matches" if len(unknown) == len(codes) else "finds less than it seems"
        problem = f"{begin}: {either(unknown)} is in no major group of SOC 2018, which are 11, 13 and so on to 55"
        yield Warned(clause="occupations", problem=problem)
    for code in codes:
        if code in _SINCE_2018:
            yield Warned(clause="occupations", problem=f"{code} is of SOC 2010; in 2018 it is {_SINCE_2018[code]}")
