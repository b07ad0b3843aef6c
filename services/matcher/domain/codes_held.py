"""The clauses that held, as bits while there are many of them and as codes where they are told."""

from functools import lru_cache
from typing import Final

from schemas.filter import codes
from services.matcher.domain.facts import Facts
from services.matcher.domain.oracle import CLAUSES
from services.matcher.domain.wanted import Wanted

BITS: Final = {clause.code: 1 << number for number, clause in enumerate(CLAUSES)}
SILENT: Final = len(CLAUSES)
"""By how many bits further up it stands that the posting says nothing to a clause."""
PAY: Final = BITS[codes.PAY] << SILENT
"""That it says nothing of pay that compares: which filters it is so for differs."""


def asked_for(asked: Wanted) -> int:
    """The clauses a filter has."""
    return sum([BITS[clause.code] for clause in CLAUSES if clause.is_asked(asked)])


def silent(posting: Facts) -> int:
    """The clauses to which a posting says nothing, but pay; of those that may hold all the same."""
    found = 0
    if not posting.workplace:
        found |= BITS[codes.WORKPLACE]
    if posting.sponsorship == "unstated":
        found |= BITS[codes.VERDICT]
    if posting.degree is None:
        found |= BITS[codes.DEGREE]
    if posting.experience is None:
        found |= BITS[codes.EXPERIENCE]
    if not posting.language:
        found |= BITS[codes.LANGUAGE]
    if posting.age is None:
        found |= BITS[codes.POSTED]
    return found


def bits(clauses: int, silent: int, *, of_pay: bool) -> int:
    """Of a filter that holds: its clauses, and to which of them the posting says nothing."""
    return clauses | (clauses & silent) << SILENT | (PAY if of_pay else 0)


@lru_cache(maxsize=65_536)
def told(bits: int) -> tuple[str, ...]:
    """The codes on the wire, in the order of the clauses."""
    found = [
        code + codes.UNSTATED if bits & bit << SILENT else code for code, bit in BITS.items() if bits & bit
    ]  # fmt: skip
    return tuple(found) or (codes.EVERYTHING,)
