"""Filters filed: each under a pair of predicates that every posting it matches satisfies, the pair that fewest postings do.

What a filter may be filed under are its anchors: lists of predicates of which one must hold. It is filed under each pair of
two of them. All filters that are filed lie in the order of their pairs; those added since hang in chains.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from services.matcher.domain.kernels import kernel
from services.matcher.domain.kernels.bits import (
    ALWAYS,
    BODY,
    COMPARES,
    COUNT_BITS,
    COUNTS,
    HAS_FORMULA,
    HAS_PAY,
    KEEPS,
    MORE,
    MOST,
    NEVER,
    OFTEN,
    PAY,
    PAY_FROM,
    PAY_OTHER,
    STEPS,
)
from services.matcher.domain.kernels.program import amount_of, mask_of

_PAIRS: Final = 16
"""Pairs one filter may be filed under, unless a single list has more."""
_LONGEST: Final = 512
"""Predicates of an anchor; a longer list anchors nothing."""
_EACH: Final = 0.1
"""By how much each pair more must be rarer: it takes memory, and a filter met twice is looked at twice."""
_KEPT: Final = 6
"""The rarest anchors that are looked at in pairs."""
_FIELDS: Final = np.array([(0, 4), (4, 9), (11, 20), (20, 26), (26, 31)], np.int64)
"""Bits of the clauses of a mask that may anchor: workplace, verdict, seniority, degree, wage level."""

Ints = NDArray[np.int32]
Chances = NDArray[np.float32]
Records = NDArray[Any]


@kernel
def offer(kept: NDArray[np.float64], where: NDArray[np.int64], chance: float, at: int, kind: int, size: int) -> None:
    """Keep an anchor among the rarest. `where`: a row each of where it is, its kind and its size."""
    place = _KEPT
    while place > 0 and chance < kept[place - 1]:
        place -= 1
    if place == _KEPT:
        return
    for later in range(_KEPT - 1, place, -1):
        kept[later] = kept[later - 1]
        where[later] = where[later - 1]
    kept[place] = chance
    where[place, 0], where[place, 1], where[place, 2] = at, kind, size


@kernel
def ids_of(code: Ints, at: int, kind: int, size: int, mask: int, into: Ints) -> int:
    """The predicates of an anchor. Its kind: words of the program, bits the mask refuses or wants, pay, or none."""
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
def anchors(code: Ints, at: int, chances: Chances, first: Ints, second: Ints) -> tuple[int, int]:
    """The two lists of predicates to file under, and how long they are."""
    kept = np.full(_KEPT, 2.0)
    where = np.zeros((_KEPT, 3), np.int64)
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
        refused = mask >> begin & ((1 << (stop - begin)) - 1)
        if refused != 0:
            chance = 0.0
            many = 0
            for bit in range(begin, stop):
                if not mask >> bit & 1:
                    chance += chances[bit + 1]
                    many += 1
            offer(kept, where, chance, begin, 1, stop - begin)
    if not mask & 1 << 39:
        chance = 0.0
        for bit in range(31, 39):
            if mask >> bit & 1:
                chance += chances[bit + 1]
        offer(kept, where, chance, 31, 2, 8)
    if not mask & 1 << 52:
        chance = 0.0
        for bit in range(40, 52):
            if mask >> bit & 1:
                chance += chances[bit + 1]
        offer(kept, where, chance, 40, 2, 12)
    return chosen(code, kept, where, mask, first, second)


@kernel
def chosen(
    code: Ints, kept: NDArray[np.float64], where: NDArray[np.int64], mask: int, first: Ints, second: Ints
) -> tuple[int, int]:
    """Of the rarest anchors the pair that is rarest, where it has not too many pairs of predicates."""
    best, one, other = kept[0] * (1 + _EACH * where[0, 2]), 0, -1
    for left in range(_KEPT):
        for right in range(left + 1, _KEPT):
            chance = kept[left] * kept[right]
            if kept[right] <= 1.0 and chance < best:
                sizes = ids_of(code, where[left, 0], where[left, 1], where[left, 2], mask, first) * ids_of(
                    code, where[right, 0], where[right, 1], where[right, 2], mask, second
                )
                if sizes <= _PAIRS and chance * (1 + _EACH * sizes) < best:
                    best, one, other = chance * (1 + _EACH * sizes), left, right
    if kept[0] > 1.0:  # nothing that would narrow it
        first[0] = second[0] = ALWAYS
        return 1, 1
    firsts = ids_of(code, where[one, 0], where[one, 1], where[one, 2], mask, first)
    if other < 0:
        second[0] = ALWAYS
        return firsts, 1
    return firsts, ids_of(code, where[other, 0], where[other, 1], where[other, 2], mask, second)


@kernel
def write_record(code: Ints, at: int, slot: int, one: int, other: int, often: bool, record: Any) -> None:
    """Lay a filter down as it is filed under one pair: what the pair proves is left out."""
    mask, counts = mask_of(code, at), np.int64(code[at + COUNTS])
    record.slot, record.first, record.second, record.denied, record.pay = slot, ALWAYS, ALWAYS, NEVER, -np.inf
    if often:
        mask |= OFTEN
    word = at + BODY
    if counts & HAS_PAY:
        if code[word + 2] == COMPARES:
            mask |= PAY
            record.pay = amount_of(code, word)
        else:
            mask |= MORE | KEEPS  # its program says whether it keeps
        word += 3
    for _ in range(counts & MOST):
        predicate = code[word]
        if predicate != one and predicate != other:
            if record.first == ALWAYS:
                record.first = predicate
            elif record.second == ALWAYS:
                record.second = predicate
            else:
                mask |= MORE
        word += 1
    for _ in range(counts >> COUNT_BITS & MOST):
        if record.denied == NEVER:
            record.denied = code[word]
        else:
            mask |= MORE
        word += 1
    for _ in range(counts >> 2 * COUNT_BITS & MOST):
        proved = False
        for which in range(word + 1, word + 1 + code[word]):
            proved = proved or code[which] == one or code[which] == other
        if not proved:
            mask |= MORE
        word += 1 + code[word]
    if counts & HAS_FORMULA:
        mask |= MORE
    record.mask = mask


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
def pair_up(code: Ints, starts: Ints, slots: Ints, chances: Chances) -> tuple[Ints, Ints, Ints]:
    """Every pair that these filters are filed under: its two predicates, and the slot; of filters with several pairs the slot's
    complement.
    """
    room, count = len(slots) + len(slots) // 4 + 1024, 0
    ones, others, owners = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int32)
    first, second = np.empty(_LONGEST, np.int32), np.empty(_LONGEST, np.int32)
    for slot in slots:
        firsts, seconds = anchors(code, starts[slot], chances, first, second)
        if count + firsts * seconds > room:
            room += room // 2 + firsts * seconds
            ones, others, owners = moved(ones, room), moved(others, room), moved(owners, room)
        for one in first[:firsts]:
            for other in second[:seconds]:
                ones[count], others[count], owners[count] = one, other, slot if firsts * seconds == 1 else ~slot
                count += 1
    return ones[:count], others[:count], owners[:count]


@kernel
def moved(some: Ints, room: int) -> Ints:
    larger = np.empty(room, np.int32)
    larger[: len(some)] = some
    return larger


@kernel
def rank(keys: Ints, order: Ints, many: int) -> Ints:
    """The order by keys below `many`; those of one key stay as they are in `order`."""
    starts = np.zeros(many + 1, np.int32)
    for which in order:
        starts[keys[which] + 1] += 1
    for key in range(many):
        starts[key + 1] += starts[key]
    found = np.empty(len(order), np.int32)
    for which in order:
        found[starts[keys[which]]] = which
        starts[keys[which]] += 1
    return found


@kernel
def lay_out(
    code: Ints, starts: Ints, ones: Ints, others: Ints, owners: Ints, order: Ints, heads: Ints, records: Records
) -> tuple[Ints, Ints]:
    """Write the records in the order of their pairs. `heads`: by the first predicate, where its groups begin. Returns the
    groups' second predicates, and where the records of each begin.
    """
    groups = 0
    for number in range(len(order)):
        which, before = order[number], order[number - 1]
        if number == 0 or ones[which] != ones[before] or others[which] != others[before]:
            groups += 1
    seconds, begins = np.empty(groups, np.int32), np.empty(groups + 1, np.int32)
    group, head = -1, 0
    for number in range(len(order)):
        which, before = order[number], order[number - 1]
        if number == 0 or ones[which] != ones[before] or others[which] != others[before]:
            group += 1
            seconds[group], begins[group] = others[which], number
            while head <= ones[which]:
                heads[head] = group
                head += 1
        owner = owners[which]
        slot = owner if owner >= 0 else ~owner
        write_record(code, starts[slot], slot, ones[which], others[which], owner < 0, records[number])
    begins[groups] = len(order)
    heads[head:] = groups
    return seconds, begins


@kernel
def hang(
    code: Ints,
    starts: Ints,
    ones: Ints,
    others: Ints,
    owners: Ints,
    count: int,
    heads: Ints,
    seconds: Ints,
    nexts: Ints,
    records: Records,
) -> None:
    """Hang filters into the chains of their pairs' first predicates, behind the `count` that hang there."""
    for which in range(len(ones)):
        owner, at = owners[which], count + which
        slot = owner if owner >= 0 else ~owner
        write_record(code, starts[slot], slot, ones[which], others[which], owner < 0, records[at])
        seconds[at], nexts[at] = others[which], heads[ones[which]]
        heads[ones[which]] = at


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
def enter(
    slots: Ints,
    clauses: Ints,
    code: Ints,
    used: int,
    into: Ints,
    starts: Ints,
    clauses_of: Ints,
    dead: NDArray[np.uint8],
) -> None:
    """Write programs behind those that are `used`, and have their slots be found."""
    into[used : used + len(code)] = code
    at = 0
    for which in range(len(slots)):
        slot = slots[which]
        starts[slot], clauses_of[slot] = used + at, clauses[which]
        dead[slot >> 3] &= ~(1 << (slot & 7))
        at += code[at]
