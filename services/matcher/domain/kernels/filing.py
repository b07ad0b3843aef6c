"""Filters filed: each under every pair of predicates of its two anchors.

All filters that are filed lie in the order of their pairs; those added since hang in chains.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from services.matcher.domain.kernels import kernel
from services.matcher.domain.kernels.anchors import LONGEST, anchors
from services.matcher.domain.kernels.bits import (
    ALWAYS,
    BODY,
    COMPARES,
    COUNT_BITS,
    COUNTED,
    COUNTS,
    HAS_FORMULA,
    HAS_PAY,
    KEEPS,
    LARGEST,
    MORE,
    MOST,
    NEVER,
    OFTEN,
    PAY,
)
from services.matcher.domain.kernels.prefetch import prefetch
from services.matcher.domain.kernels.program import amount_of, mask_of

Ints = NDArray[np.int32]
Words = NDArray[np.uint32]
Chances = NDArray[np.float32]
Records = NDArray[Any]
_AHEAD: Final = 16
"""Filters between one whose record is written and one whose program is fetched; twice as many to one whose program is looked
up, three times as many to one whose pair is.
"""


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
def pair_up(code: Ints, starts: Ints, slots: Ints, chances: Chances) -> tuple[Ints, Ints, Ints]:
    """Every pair that these filters are filed under: its two predicates, and the slot; of filters with several pairs the slot's
    complement.
    """
    room, count = len(slots) + len(slots) // 4 + 1024, 0
    ones, others, owners = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int32)
    first, second = np.empty(LONGEST, np.int32), np.empty(LONGEST, np.int32)
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
def fetch_ahead(code: Ints, starts: Ints, ones: Ints, others: Ints, owners: Ints, order: Ints, number: int) -> None:
    """Have on its way what `lay_out` needs for the filters that come after this one: each step leads to the next."""
    last = len(order) - 1
    far, near = order[min(number + 3 * _AHEAD, last)], owners[order[min(number + _AHEAD, last)]]
    prefetch(ones, far)
    prefetch(others, far)
    prefetch(owners, far)
    middle = owners[order[min(number + 2 * _AHEAD, last)]]
    prefetch(starts, middle if middle >= 0 else ~middle)
    start = starts[near if near >= 0 else ~near]
    prefetch(code, start)
    prefetch(code, start + 16)


@kernel
def lay_out(
    code: Ints, starts: Ints, ones: Ints, others: Ints, owners: Ints, order: Ints, heads: Words, records: Records
) -> Words:
    """Write the records in the order of their pairs. `heads`: by the first predicate, where its groups begin, and where the
    records of the first of them do. Returns the groups: the second predicate and, in the lowest bits, how many records it has.
    """
    groups, alike = 0, 0
    for number in range(len(order)):
        alike = alike + 1 if number and is_alike(ones, others, order, number) and alike < LARGEST else 1
        groups += alike == 1
    found = np.empty(groups, np.uint32)
    group, head, alike = -1, 0, 0
    for number in range(len(order)):
        fetch_ahead(code, starts, ones, others, owners, order, number)
        which = order[number]
        alike = alike + 1 if number and is_alike(ones, others, order, number) and alike < LARGEST else 1
        if alike == 1:
            group += 1
            found[group] = others[which] << COUNTED
            while head <= ones[which]:
                heads[head, 0], heads[head, 1] = group, number
                head += 1
        found[group] += 1
        owner = owners[which]
        slot = owner if owner >= 0 else ~owner
        write_record(code, starts[slot], slot, ones[which], others[which], owner < 0, records[number])
    heads[head:, 0] = groups
    heads[head:, 1] = len(order)
    return found


@kernel
def is_alike(ones: Ints, others: Ints, order: Ints, number: int) -> bool:
    """Whether a pair is the one before."""
    which, before = order[number], order[number - 1]
    return ones[which] == ones[before] and others[which] == others[before]


@kernel
def hang(
    code: Ints,
    starts: Ints,
    slots: Ints,
    done: int,
    chances: Chances,
    count: int,
    heads: Ints,
    links: Records,
    records: Records,
) -> tuple[int, int]:
    """Hang filters, but for the first that are `done`, into the chains of their pairs' first predicates, behind the `count`
    records that hang there. Returns both as they are then: it stops where there is no room for the next filter.
    """
    first, second = np.empty(LONGEST, np.int32), np.empty(LONGEST, np.int32)
    while done < len(slots):
        slot = slots[done]
        firsts, seconds = anchors(code, starts[slot], chances, first, second)
        if count + firsts * seconds > len(records):
            break
        for one in first[:firsts]:
            for other in second[:seconds]:
                write_record(code, starts[slot], slot, one, other, firsts * seconds > 1, records[count])
                links[count].second, links[count].next = other, heads[one]
                heads[one] = count
                count += 1
        done += 1
    return done, count
