"""The enumerated clauses as bits: what a posting has, what a filter refuses or wants, so that one look compares them all."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from typing import Any, Final, get_args

from schemas.filter import codes
from schemas.posting import Degree, EmploymentType, Seniority, SponsorshipValue, VisaType, Workplace
from services.matcher.domain.facts import Facts
from services.matcher.domain.kernels.bits import EMPLOYMENTS, SINGLES, VISAS
from services.matcher.domain.wanted import Wanted

Value = tuple[str, str | int]
"""A clause and what a posting may say to it."""

_DEGREES: Final = get_args(Degree)
_CLAUSES: Final[tuple[tuple[str, tuple[str | int, ...]], ...]] = (
    (codes.WORKPLACE, (*get_args(Workplace), "")),
    (codes.VERDICT, get_args(SponsorshipValue)),
    (codes.CITIZENSHIP, (True,)),
    (codes.CLEARANCE, (True,)),
    (codes.SENIORITY, (*get_args(Seniority), "")),
    (codes.DEGREE, (*_DEGREES, "")),
    (codes.WAGE_LEVEL, (1, 2, 3, 4, 0)),
    (codes.EMPLOYMENT, (*get_args(EmploymentType), "any")),
    (codes.VISA, (*get_args(VisaType), "any")),
)
BITS: Final[dict[Value, int]] = {
    value: 1 << number for number, value in enumerate((code, value) for code, values in _CLAUSES for value in values)
}
assert sum(BITS.values()) == SINGLES | EMPLOYMENTS | VISAS
_ANY: Final = BITS[codes.EMPLOYMENT, "any"] | BITS[codes.VISA, "any"]
_EVERY_VISA: Final = VISAS ^ BITS[codes.VISA, "any"]


def profile(posting: Facts) -> int:
    """The bits a posting has."""
    found = (
        _ANY
        | BITS[codes.WORKPLACE, posting.workplace]
        | BITS[codes.VERDICT, posting.sponsorship]
        | BITS[codes.SENIORITY, posting.seniority]
        | BITS[codes.DEGREE, posting.degree or ""]
        | BITS[codes.WAGE_LEVEL, posting.wage_level or 0]
    )
    if posting.citizens_only:
        found |= BITS[codes.CITIZENSHIP, True]
    if posting.needs_clearance:
        found |= BITS[codes.CLEARANCE, True]
    for kind in posting.employment_types:
        found |= BITS[codes.EMPLOYMENT, kind]
    if posting.sponsors:
        found |= _of(codes.VISA, posting.visas) if posting.visas else _EVERY_VISA
    return found


def mask(asked: Wanted) -> int:
    """The bits a filter refuses, and of employment and visas those it wants; of these none where it wants any."""
    found = 0
    if asked.workplaces:
        found |= _but(codes.WORKPLACE, frozenset(workplaces(asked.workplaces)))
    if asked.verdicts:
        found |= _but(codes.VERDICT, asked.verdicts)
    if asked.hides_citizens_only:
        found |= BITS[codes.CITIZENSHIP, True]
    if asked.hides_clearance:
        found |= BITS[codes.CLEARANCE, True]
    if asked.seniorities:
        found |= _but(codes.SENIORITY, asked.seniorities)
    if asked.degree is not None:
        found |= _but(codes.DEGREE, frozenset(("", *_DEGREES[: _DEGREES.index(asked.degree) + 1])))
    if asked.wage_level is not None:
        found |= _but(codes.WAGE_LEVEL, frozenset(range(asked.wage_level, 5)))
    return found | _of(codes.EMPLOYMENT, asked.employment_types) | _of(codes.VISA, asked.visas)


def whole(mask: int) -> int:
    """With the bits that stand for any, where it wants none in particular."""
    if not mask & EMPLOYMENTS:
        mask |= BITS[codes.EMPLOYMENT, "any"]
    return mask if mask & VISAS else mask | BITS[codes.VISA, "any"]


def workplaces(wanted: Iterable[str]) -> Iterator[str]:
    """With what a posting that does not say is taken for."""
    return chain.from_iterable((one, "") if one == "on_site" else (one,) for one in wanted)


def predicate(code: str, value: str | int) -> int:
    """The predicate that a posting satisfies which has this bit."""
    return BITS[code, value].bit_length()


@lru_cache(maxsize=4096)
def _of(code: str, values: frozenset[Any]) -> int:
    return sum(BITS[code, value] for value in values)


def _but(code: str, accepted: frozenset[Any]) -> int:
    return _ALL[code] ^ _of(code, accepted)


_ALL: Final = {code: _of(code, frozenset(values)) for code, values in _CLAUSES}
