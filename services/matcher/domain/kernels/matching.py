"""A posting matched: the filters filed under the predicates it satisfies are looked at, and those that hold are written down.

In the order of their pairs the filters of one pair lie together, so that they are read one behind the other.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from services.matcher.domain.kernels import kernel
from services.matcher.domain.kernels.bits import (
    ALWAYS,
    COMPARES,
    COUNTED,
    FIXED,
    KEEPS,
    LARGEST,
    MORE,
    OFTEN,
    PAY,
    PAY_FROM,
)
from services.matcher.domain.kernels.prefetch import prefetch
from services.matcher.domain.kernels.program import SILENT, fits, run

Ints = NDArray[np.int32]
Words = NDArray[np.uint32]
Bytes = NDArray[np.uint8]
Records = NDArray[Any]
_AHEAD: Final = 16
"""Records of one pair that are fetched ahead; further on the processor sees by itself where it goes."""
_GROUPS_AHEAD: Final = 64
"""Groups of one predicate, in the same way."""
_WAITING: Final = 512
"""Filters that wait together: so much is on its way at once, and what came first is still there."""


@kernel
def satisfy(before: int, some: Ints, profile: int, steps: int, truth: Bytes, satisfied: Ints) -> int:
    """Forget what the posting before satisfied, and take in what this one does: by its profile, by what it pays, and some more.

    `before`: how many the last one satisfied. Returns how many this one does.
    """
    for which in range(before):
        truth[satisfied[which]] = 0
    truth[ALWAYS], satisfied[0], count = 1, ALWAYS, 1
    for bit in range(FIXED):
        if profile >> bit & 1:
            truth[bit + 1], satisfied[count] = 1, bit + 1
            count += 1
    for predicate in range(PAY_FROM, PAY_FROM + steps):
        truth[predicate], satisfied[count] = 1, predicate
        count += 1
    for predicate in some:
        if truth[predicate] == 0:
            truth[predicate], satisfied[count] = 1, predicate
            count += 1
    return count


@kernel
def look(
    records: Records,
    ranges: Ints,
    many: int,
    profile: int,
    pay: float,
    truth: Bytes,
    code: Ints,
    starts: Ints,
    dead: Bytes,
    met: Bytes,
    epoch: int,
    found: Ints,
    silent: NDArray[np.bool_],
    count: int,
) -> int:
    """Of the filters that lie in these ranges those that hold: their slots, and whether of pay the posting says nothing.

    Those of which a record does not say all wait until the others are through, and their programs are on their way meanwhile.
    """
    compares = truth[COMPARES] != 0
    waiting, waiting_masks, wait = np.empty(_WAITING, np.int32), np.empty(_WAITING, np.int64), 0
    for which in range(many):
        for at in range(np.uint32(ranges[2 * which]), np.uint32(ranges[2 * which + 1])):
            record = records[at]
            mask = record.mask
            if not fits(mask, profile):
                continue
            if compares:
                if not pay >= record.pay:
                    continue
            elif mask & KEEPS == 0:
                continue
            if truth[record.first] == 0 or truth[record.second] == 0 or truth[record.denied] != 0:
                continue
            if dead[record.slot >> np.uint32(3)] >> (record.slot & np.uint32(7)) & 1:
                continue
            if mask & (MORE | OFTEN) == 0:
                found[count], silent[count] = record.slot, mask & PAY != 0 and not compares
                count += 1
                continue
            if mask & MORE:
                prefetch(starts, record.slot)
            if mask & OFTEN:
                prefetch(met, record.slot)
            waiting[wait], waiting_masks[wait] = record.slot, mask
            wait += 1
            if wait == _WAITING:
                count = decide(
                    waiting, waiting_masks, wait, profile, pay, truth, code, starts, met, epoch, found, silent, count
                )
                wait = 0
    return decide(waiting, waiting_masks, wait, profile, pay, truth, code, starts, met, epoch, found, silent, count)


@kernel
def decide(
    waiting: Ints,
    masks: NDArray[np.int64],
    many: int,
    profile: int,
    pay: float,
    truth: Bytes,
    code: Ints,
    starts: Ints,
    met: Bytes,
    epoch: int,
    found: Ints,
    silent: NDArray[np.bool_],
    count: int,
) -> int:
    """Of the filters that wait those that hold, each once."""
    compares = truth[COMPARES] != 0
    for which in range(many):
        if masks[which] & MORE:
            start = starts[waiting[which]]
            prefetch(code, start)
            prefetch(code, start + 16)  # the next cache line
    for which in range(many):
        slot, mask = waiting[which], masks[which]
        if mask & OFTEN and met[slot] == epoch:
            continue
        of_pay = mask & PAY != 0 and not compares
        if mask & MORE:
            held = run(code, starts[slot], profile, pay, truth)
            if held == 0:
                continue
            of_pay = held == SILENT
        if mask & OFTEN:
            met[slot] = epoch
        found[count], silent[count] = slot, of_pay
        count += 1
    return count


@kernel
def fetch(records: Records, ranges: Ints, first: int, until: int) -> int:
    """Have the records of these ranges on their way. Returns how many they are."""
    many = 0
    for which in range(first, until):
        begin, end = ranges[2 * which], ranges[2 * which + 1]
        for line in range(begin, min(end, begin + _AHEAD), 2):  # two in a cache line
            prefetch(records, line)
        many += end - begin
    return many


@kernel
def match(
    satisfied: Ints,
    many: int,
    profile: int,
    pay: float,
    truth: Bytes,
    heads: Words,
    groups: Words,
    records: Records,
    chain_heads: Ints,
    chain_links: Records,
    chain_records: Records,
    code: Ints,
    starts: Ints,
    dead: Bytes,
    met: Bytes,
    epoch: int,
    seen: Ints,
    ranges: Ints,
    found: Ints,
    silent: NDArray[np.bool_],
) -> tuple[int, int]:
    """Match the posting that is seen. Returns how many were found, and how many were looked at. Counts what it satisfies.

    `ranges`: room. Where filters lie is found first and read then, so that the memory is on its way meanwhile.
    """
    count, looked_at, hits = 0, 0, 0
    room = len(ranges) // 2
    for which in range(many):
        predicate = satisfied[which]
        if predicate + 1 < len(heads):
            begin, end = heads[predicate, 0], heads[predicate + 1, 0]
            for line in range(begin, min(end, begin + np.uint32(_GROUPS_AHEAD)), 16):  # sixteen in a cache line
                prefetch(groups, line)
    for which in range(many):
        predicate = satisfied[which]
        seen[predicate] += 1
        if predicate + 1 < len(heads):
            begin, end, at = heads[predicate, 0], heads[predicate + 1, 0], heads[predicate, 1]
            while begin < end:
                stop, first = min(end, begin + np.uint32(room - hits)), hits
                for number in range(begin, stop):
                    group = groups[number]
                    ranges[np.uint64(2 * hits)] = at
                    at += group & np.uint32(LARGEST)
                    ranges[np.uint64(2 * hits + 1)] = at
                    hits += truth[group >> np.uint32(COUNTED)]
                begin = stop
                looked_at += fetch(records, ranges, first, hits)
                if hits == room:
                    count = look(
                        records, ranges, hits, profile, pay, truth, code, starts, dead, met, epoch, found, silent, count
                    )
                    hits = 0
    count = look(records, ranges, hits, profile, pay, truth, code, starts, dead, met, epoch, found, silent, count)
    hits = 0
    for which in range(many):
        at = chain_heads[satisfied[which]]
        while at >= 0:
            link = chain_links[at]
            if truth[link.second]:
                prefetch(chain_records, at)
                ranges[2 * hits], ranges[2 * hits + 1] = at, at + 1
                hits += 1
                if 2 * hits == len(ranges):
                    count = look(
                        chain_records, ranges, hits, profile, pay, truth, code, starts, dead, met, epoch, found, silent, count
                    )
                    looked_at, hits = looked_at + hits, 0
            at = link.next
    count = look(chain_records, ranges, hits, profile, pay, truth, code, starts, dead, met, epoch, found, silent, count)
    return count, looked_at + hits


@kernel
def run_waiting(
    slots: Ints, code: Ints, profile: int, pay: float, truth: Bytes, found: Ints, silent: NDArray[np.bool_], count: int
) -> int:
    """Run the programs of filters that are not filed, one behind the other. Returns how many are found by then."""
    at = 0
    for slot in slots:
        held = run(code, at, profile, pay, truth)
        if held:
            found[count], silent[count] = slot, held == SILENT
            count += 1
        at += code[at]
    return count


@kernel
def run_all(code: Ints, profile: int, pay: float, truth: Bytes, held: Bytes) -> None:
    """Run programs that lie one behind the other; into `held` goes what `run` says of each."""
    at = 0
    for which in range(len(held)):
        held[which] = run(code, at, profile, pay, truth)
        at += code[at]
