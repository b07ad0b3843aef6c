"""Warnings about a filter as people read them: with the words of the form, and beside which field they belong."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from schemas.filter.phrases import money
from schemas.filter.tree import Filter, MinimumPay
from schemas.filter.warning import Warned, warnings
from services.subscriptions.web.labels import CLAUSES, FIELDS, in_plain, sentence

_LEAST: Final = 1000
"""In any currency; less a year is what a misread period looks like."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that can be sent as it is, and is perhaps not meant."""

    field: str
    """Of the form; empty where none is to blame."""
    label: str
    """What it is about; empty for the whole."""
    words: str
    """A sentence."""


@lru_cache(maxsize=2_000)
def doubts(filter: Filter) -> tuple[Doubt, ...]:
    """All there is to say, each once. Kept, since looking for names that were meant takes milliseconds, and pages show many."""
    found = [_doubt(warned, filter) for warned in warnings(filter)]
    if filter.minimum_pay and not any(doubt.field == FIELDS["minimum_pay"] for doubt in found):
        found += _low(filter.minimum_pay)
    return tuple(dict.fromkeys(found))


def _doubt(warned: Warned, filter: Filter) -> Doubt:
    clause, _, rest = warned.clause.partition(".")
    field = _field(clause, rest, filter)
    problem = in_plain(warned.problem)
    return Doubt(field, CLAUSES.get(clause, ""), sentence(problem if clause in CLAUSES else _of_all(problem)))


def _field(clause: str, rest: str, filter: Filter) -> str:
    number = rest.partition(".")[0]
    if clause == "places" and number.isdecimal() and int(number) < len(filter.places) and filter.places[int(number)].metro:
        return "metro"
    if clause == "companies" and rest == "exclude":
        return "companies_exclude"
    return FIELDS.get(clause, "")


def _of_all(problem: str) -> str:
    return f"It {problem}" if problem.startswith(("takes ", "never ", "hardly ", "contradicts ")) else problem


def _low(pay: MinimumPay) -> Iterator[Doubt]:
    if pay.amount < _LEAST and pay.period == "year":
        words = (
            f"{money(pay.amount, pay.currency)} a year is very little: is the period right, or do you mean thousands (150k)?"
        )
        yield Doubt(FIELDS["minimum_pay"], CLAUSES["minimum_pay"], words)
