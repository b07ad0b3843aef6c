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
