"""How filters and postings are laid out for the kernels: the bits of a profile, the words of a program, what a record has."""

from typing import Final

import numpy as np

ALWAYS: Final = 0
"""The predicate that every posting satisfies."""
SINGLES: Final = (1 << 31) - 1
"""Bits of clauses of which a posting has one value each: those it has. In a filter's mask those it refuses."""
EMPLOYMENTS: Final = ((1 << 9) - 1) << 31
"""Employment types; the last of them stands for any. In a mask those wanted. A posting has the last beside its own."""
VISAS: Final = ((1 << 13) - 1) << 40
"""Visa types in the same way."""
PAY: Final = 1 << 53
"""The filter asks for pay, in a currency that is converted."""
KEEPS: Final = 1 << 54
"""Postings whose pay does not compare are kept; all are where it asks for none."""
MORE: Final = 1 << 55
"""A record's filter asks for more than the record says: its program tells."""
OFTEN: Final = 1 << 56
"""The filter is filed under several pairs: a posting may meet it more than once."""
FIXED: Final = 53
"""Bits that are predicates too: bit n is predicate n + 1."""
NEVER: Final = 60
"""The predicate that no posting satisfies."""
COMPARES: Final = 61
"""The posting states its pay, in a currency that is converted."""
PAY_FROM: Final = 64
"""The first of the predicates "pays at least" for each of `STEPS`."""
STEPS: Final = np.geomspace(1_000, 1_000_000, 63)
"""Euros a year, for finding filters; what they ask for is compared itself."""
PAY_OTHER: Final = PAY_FROM + len(STEPS)
"""No pay that compares."""
FREE: Final = 128
"""The first predicate that is not fixed."""

MASK: Final = 1
"""A program is a row of 32-bit words: their number, the mask in two words, counts, and what they count: pay (its amount in two
words, the predicate that says whether it compares), predicates required, predicates denied, lists of which one must hold (with
their length in front), and a formula."""
COUNTS: Final = 3
BODY: Final = 4
COUNT_BITS: Final = 10
"""Of each count: required, denied, lists. A filter has at most 400 predicates in one of them."""
MOST: Final = (1 << COUNT_BITS) - 1
HAS_PAY: Final = 1 << 30
HAS_FORMULA: Final = 1 << 31

COUNTED: Final = 8
"""A group is its second predicate, and in so many bits how many records there are. More than that are several groups."""
LARGEST: Final = (1 << COUNTED) - 1

RECORD: Final = np.dtype(
    [("slot", "u4"), ("first", "u4"), ("second", "u4"), ("denied", "u4"), ("mask", "i8"), ("pay", "f8")], align=True
)
"""A filter as it lies where a posting looks for it: two predicates it requires beyond those it is filed under, one it denies,
its mask and pay, which is endlessly little where it asks for none. In a layout two share a cache line. Without signs: numba
would ask of each whether it counts from the end.
"""
LINK: Final = np.dtype([("second", "i4"), ("next", "i4")])
"""Of a record in a chain: the second predicate of its pair, and the record before it; -1 where there is none."""
