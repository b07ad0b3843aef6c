"""Under which predicates a filter is filed: the pair of its anchors that fewest postings satisfy.

What a filter may be filed under are its anchors: lists of predicates of which one must hold.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.matcher.domain.kernels import kernel
from services.matcher.domain.kernels.bits import (
    ALWAYS,
    BODY,
    COMPARES,
    COUNT_BITS,
    COUNTS,
    HAS_PAY,
    KEEPS,
    MOST,
    PAY_FROM,
    PAY_OTHER,
    STEPS,
)
from services.matcher.domain.kernels.program import amount_of, mask_of

_PAIRS: Final = 16
"""Pairs one filter may be filed under, unless a single list has more."""
LONGEST: Final = 512
"""Predicates of an anchor; a longer list anchors nothing."""
_EACH: Final = 0.1
"""By how much each pair more must be rarer: it takes memory, and a filter met twice is looked at twice."""
_KEPT: Final = 6
"""The rarest anchors that are looked at in pairs."""
_FIELDS: Final = np.array([(0, 4), (4, 9), (11, 20), (20, 26), (26, 31)], np.int64)
"""Bits of the clauses of a mask that may anchor: workplace, verdict, seniority, degree, wage level."""

Ints = NDArray[np.int32]
Chances = NDArray[np.float32]


@kernel
def offer(kept: NDArray[np.float64], where: NDArray[np.int64], chance: float, at: int, kind: int, size: int) -> None:
    """Keep an anchor among the rarest. `where`: where each is, its kind and its size, in one number."""
    place = _KEPT
    while place > 0 and chance < kept[place - 1]:
        place -= 1
    if place == _KEPT:
        return
    for later in range(_KEPT - 1, place, -1):
        kept[later] = kept[later - 1]
        where[later] = where[later - 1]
    kept[place] = chance
    where[place] = np.int64(at) << 32 | kind << 16 | size


@kernel
def ids_of(code: Ints, anchor: int, mask: int, into: Ints) -> int:
    """The predicates of an anchor. Its kind: words of the program, bits the mask refuses or wants, pay, or none."""
    at, kind, size = anchor >> 32, anchor >> 16 & 0xFFFF, anchor & 0xFFFF
    if kind == 0:
        for which in range(size):
            into[which] = code[at + which]
        return size
    if kind == 1 or kind == 2:
        count, wanted = 0, kind - 1
        for bit in range(at, at + size):
            if (mask >> bit & 1) == wanted:
                into[count] = bit + 1
                count += 1
        return count
    if kind == 3:
        into[0] = at
        into[1] = PAY_OTHER
        return size
    into[0] = ALWAYS
    return 1


@kernel
def chance_of(chances: Chances, mask: int, begin: int, stop: int, bit: int) -> float:
    """That a posting satisfies one of the predicates whose bits in the mask are this."""
    found = 0.0
    for at in range(begin, stop):
        if mask >> at & 1 == bit:
            found += chances[at + 1]
    return found


@kernel
def anchors(code: Ints, at: int, chances: Chances, first: Ints, second: Ints) -> tuple[int, int]:
    """The two lists of predicates to file under, and how long they are."""
    kept = np.full(_KEPT, 2.0)
    where = np.zeros(_KEPT, np.int64)
    mask, counts = mask_of(code, at), np.int64(code[at + COUNTS])
    word = at + BODY
    if counts & HAS_PAY:
        if code[word + 2] == COMPARES:
            step = PAY_FROM + np.searchsorted(STEPS, amount_of(code, word), side="right") - 1
            keeps = mask & KEEPS != 0
            if step >= PAY_FROM:
                offer(kept, where, chances[step] + (chances[PAY_OTHER] if keeps else 0.0), step, 3, 2 if keeps else 1)
        word += 3
    for _ in range(counts & MOST):
        offer(kept, where, chances[code[word]], word, 0, 1)
        word += 1
    word += counts >> COUNT_BITS & MOST
    for _ in range(counts >> 2 * COUNT_BITS & MOST):
        size = code[word]
        chance = 0.0
        for which in range(word + 1, word + 1 + size):
            chance += chances[code[which]]
        if size <= len(first):
            offer(kept, where, chance, word + 1, 0, size)
        word += 1 + size
    for field in range(len(_FIELDS)):
        begin, stop = _FIELDS[field]
        if mask >> begin & ((1 << (stop - begin)) - 1) != 0:  # it refuses some
            offer(kept, where, chance_of(chances, mask, begin, stop, 0), begin, 1, stop - begin)
    for begin, stop in ((31, 39), (40, 52)):  # employment, visas: the bit behind them stands for any
        if not mask >> stop & 1:
            offer(kept, where, chance_of(chances, mask, begin, stop, 1), begin, 2, stop - begin)
    return chosen(code, kept, where, mask, first, second)


@kernel
def chosen(
    code: Ints, kept: NDArray[np.float64], where: NDArray[np.int64], mask: int, first: Ints, second: Ints
) -> tuple[int, int]:
    """Of the rarest anchors the pair that is rarest, where it has not too many pairs of predicates."""
    best, one, other = kept[0] * (1 + _EACH * (where[0] & 0xFFFF)), 0, -1
    for left in range(_KEPT):
        for right in range(left + 1, _KEPT):
            chance = kept[left] * kept[right]
            if kept[right] <= 1.0 and chance < best:
                sizes = ids_of(code, where[left], mask, first) * ids_of(code, where[right], mask, second)
                if sizes <= _PAIRS and chance * (1 + _EACH * sizes) < best:
                    best, one, other = chance * (1 + _EACH * sizes), left, right
    if kept[0] > 1.0:  # nothing that would narrow it
        first[0] = second[0] = ALWAYS
        return 1, 1
    firsts = ids_of(code, where[one], mask, first)
    if other < 0:
        second[0] = ALWAYS
        return firsts, 1
    return firsts, ids_of(code, where[other], mask, second)
