"""Ids of sixteen bytes to slots: a table of slots, open to where an id belongs, beside the ids by slot."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.matcher.domain.kernels import kernel

Ints = NDArray[np.int32]
Rows = NDArray[Any]
"""With `id_high` and `id_low`, the words of an id."""


@kernel
def home_of(high: int, low: int, size: int) -> int:
    mixed = (np.uint64(high) ^ np.uint64(low)) * np.uint64(0x9E3779B97F4A7C15)
    return np.int64(mixed >> np.uint64(32)) & (size - 1)


@kernel
def place_of(table: Ints, rows: Rows, high: int, low: int) -> int:
    """Where the slot of an id stands in the table, or the free place where it would."""
    at = home_of(high, low, len(table))
    while table[at] >= 0:
        row = rows[table[at]]
        if row.id_high == high and row.id_low == low:
            return at
        at = (at + 1) & (len(table) - 1)
    return at


@kernel
def find(table: Ints, rows: Rows, id: NDArray[np.uint64]) -> int:
    """The slot of an id, in its two words; -1 where it has none."""
    return table[place_of(table, rows, id[0], id[1])]


@kernel
def put(table: Ints, rows: Rows, slot: int) -> bool:
    """Let the table lead to this slot's id. Returns whether it led to no other with this id before."""
    row = rows[slot]
    at = place_of(table, rows, row.id_high, row.id_low)
    is_new = table[at] < 0
    table[at] = slot
    return is_new


@kernel
def put_all(table: Ints, rows: Rows, slots: Ints) -> None:
    """Let the table lead to these slots' ids; where it led to another with the same id, to the later one."""
    for slot in slots:
        put(table, rows, slot)


@kernel
def remove(table: Ints, rows: Rows, id: NDArray[np.uint64]) -> None:
    """Take an id out, and move up those behind it that could not stand where they belong (Knuth, volume 3, algorithm 6.4R)."""
    size = len(table)
    gap = place_of(table, rows, id[0], id[1])
    table[gap] = -1
    at = (gap + 1) & (size - 1)
    while table[at] >= 0:
        row = rows[table[at]]
        home = home_of(row.id_high, row.id_low, size)
        if (at - home) & (size - 1) >= (at - gap) & (size - 1):
            table[gap], table[at] = table[at], -1
            gap = at
        at = (at + 1) & (size - 1)
