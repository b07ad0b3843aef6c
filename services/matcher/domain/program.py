"""A filter as a program: its parts enter, a row of 32-bit words leaves that the kernels run (its layout: `kernels/bits.py`)."""

from array import array
from collections.abc import Iterable
from struct import pack
from typing import NamedTuple

from services.matcher.domain import profile
from services.matcher.domain.formula import All, Any, Formula, Not, Part
from services.matcher.domain.kernels.bits import COUNT_BITS, HAS_FORMULA, HAS_PAY, KEEPS, MOST, NEVER
from services.matcher.domain.kernels.program import NO, YES
from services.matcher.domain.parts import NO_PAY


class Compiled(NamedTuple):
    """A whole filter as it is filed, in numbers of one vocabulary."""

    program: "array[int]"
    clauses: int
    """Those it has, as `codes_held` has them."""


def joined(parts: Iterable[Part]) -> Compiled:
    """All the parts of one filter."""
    mask, clauses, pay = 0, 0, NO_PAY
    required: list[int] = []
    denied: list[int] = []
    lists: list[list[int]] = []
    others: list[Formula] = []
    for one in parts:
        mask, clauses, pay = mask | one.mask, clauses | one.clauses, one.pay or pay
        required += one.required
        denied += one.denied
        lists += one.lists
        others += one.others
    if max(len(required), len(denied), len(lists)) > MOST:
        others += _spilt(required, denied, lists)
    steps = _steps(All(others)) if others else ()
    counts = len(required) | len(denied) << COUNT_BITS | len(lists) << 2 * COUNT_BITS
    counts |= (HAS_PAY if pay else 0) | (HAS_FORMULA if steps else 0)
    head = array("i", pack("=qI", profile.whole(mask) | (0 if pay else KEEPS), counts))
    program = array("i", (0, *head, *pay, *required, *denied))
    for some in lists:
        program.append(len(some))
        program.extend(some)
    program.extend(steps)
    program[0] = len(program)
    return Compiled(program, clauses)


def _spilt(required: list[int], denied: list[int], lists: list[list[int]]) -> list[Formula]:
    """What is more than can be counted is taken from where it stands: the formula is to say it."""
    spilt: list[Formula] = [*required[MOST:], *map(Not, denied[MOST:])]
    spilt += [Any(list(some)) for some in lists[MOST:]]
    del required[MOST:], denied[MOST:], lists[MOST:]
    return spilt


def _steps(formula: Formula) -> list[int]:
    """The formula as tests, three words each; the first is where it begins."""
    tests: list[tuple[int, int, int]] = []  # from the last on: each needs to know where it goes on

    def test(one: Formula, yes: int, no: int) -> int:
        if isinstance(one, int):
            tests.append((one, yes, no))
            return len(tests) - 1
        if isinstance(one, Not):
            return test(one.formula, no, yes)
        entry = yes if isinstance(one, All) else no
        for part in reversed(one.formulas):
            entry = test(part, entry, no) if isinstance(one, All) else test(part, yes, entry)
        return entry

    entry = test(formula, YES, NO)
    if entry < 0:  # it holds, or not, whatever the posting is
        tests.append((NEVER, entry, entry))
    last = len(tests) - 1
    return [word for at, yes, no in reversed(tests) for word in (at, _from_last(yes, last), _from_last(no, last))]


def _from_last(step: int, last: int) -> int:
    return step if step < 0 else last - step
