"""Programs run: whether one filter holds for the posting that is seen.

A formula is a row of tests, three words each: a predicate, where to go on if it holds and where if not. `YES` and `NO` end it.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.matcher.domain.kernels import kernel
from services.matcher.domain.kernels.bits import (
    BODY,
    COUNT_BITS,
    COUNTS,
    EMPLOYMENTS,
    HAS_FORMULA,
    HAS_PAY,
    KEEPS,
    MASK,
    MOST,
    SINGLES,
    VISAS,
)

NO: Final = -2
YES: Final = -1
SILENT: Final = 2
"""It holds, and of pay the posting says nothing."""

Ints = NDArray[np.int32]


@kernel
def mask_of(code: Ints, at: int) -> int:
    return (np.int64(code[at + MASK + 1]) << 32) | (np.int64(code[at + MASK]) & 0xFFFFFFFF)


@kernel
def amount_of(code: Ints, at: int) -> float:
    """The pay a program asks for."""
    bits = (np.int64(code[at + 1]) << 32) | (np.int64(code[at]) & 0xFFFFFFFF)
    return np.int64(bits).view(np.float64)


@kernel
def any_of(code: Ints, at: int, truth: NDArray[np.uint8]) -> bool:
    """Whether one of a list holds."""
    for which in range(at + 1, at + 1 + code[at]):
        if truth[code[which]]:
            return True
    return False


@kernel
def formula_holds(code: Ints, at: int, truth: NDArray[np.uint8]) -> bool:
    step = 0
    while step >= 0:
        where = at + 3 * step
        step = code[where + 1] if truth[code[where]] else code[where + 2]
    return step == YES


@kernel
def fits(mask: int, profile: int) -> bool:
    """Whether the enumerated clauses hold."""
    both = mask & profile
    return (both & SINGLES) == 0 and (both & EMPLOYMENTS) != 0 and (both & VISAS) != 0


@kernel
def run(code: Ints, at: int, profile: int, pay: float, truth: NDArray[np.uint8]) -> int:
    """0 where the filter does not hold, 1 or `SILENT` where it does."""
    mask, counts = mask_of(code, at), np.int64(code[at + COUNTS])
    if not fits(mask, profile):
        return 0
    found, at = 1, at + BODY
    if counts & HAS_PAY:
        if truth[code[at + 2]]:
            if not pay >= amount_of(code, at):
                return 0
        elif mask & KEEPS:
            found = SILENT
        else:
            return 0
        at += 3
    for _ in range(counts & MOST):
        if not truth[code[at]]:
            return 0
        at += 1
    for _ in range(counts >> COUNT_BITS & MOST):
        if truth[code[at]]:
            return 0
        at += 1
    for _ in range(counts >> 2 * COUNT_BITS & MOST):
        if not any_of(code, at, truth):
            return 0
        at += 1 + code[at]
    return found if not counts & HAS_FORMULA or formula_holds(code, at, truth) else 0


@kernel
def count_predicates(code: Ints, starts: Ints, slots: Ints, counts: Ints) -> None:
    """Count what these programs require."""
    for slot in slots:
        many = np.int64(code[starts[slot] + COUNTS])
        word = starts[slot] + BODY + (3 if many & HAS_PAY else 0)
        for _ in range(many & MOST):
            counts[code[word]] += 1
            word += 1
        word += many >> COUNT_BITS & MOST
        for _ in range(many >> 2 * COUNT_BITS & MOST):
            for which in range(word + 1, word + 1 + code[word]):
                counts[code[which]] += 1
            word += 1 + code[word]


@kernel
def gather(code: Ints, starts: Ints, slots: Ints, into: Ints, into_starts: Ints) -> int:
    """Copy the programs of these slots, one behind the other. Returns their length."""
    at = 0
    for slot in slots:
        begin = starts[slot]
        into[at : at + code[begin]] = code[begin : begin + code[begin]]
        into_starts[slot] = at
        at += code[begin]
    return at


@kernel
def begins(code: Ints, many: int) -> Ints:
    """Where programs begin that lie one behind the other."""
    found, at = np.empty(many, np.int32), 0
    for number in range(many):
        found[number] = at
        at += code[at]
    return found


@kernel
def enter(slots: Ints, code: Ints, used: int, into: Ints, starts: Ints, dead: NDArray[np.uint8], counts: Ints) -> None:
    """Write programs behind those that are `used`, have their slots be found, and count what they require."""
    into[used : used + len(code)] = code
    at = 0
    for slot in slots:
        starts[slot] = used + at
        dead[slot >> 3] &= ~(1 << (slot & 7))
        at += code[at]
    count_predicates(into, starts, slots, counts)
