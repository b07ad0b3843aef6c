"""Where filters are filed: in one layout in the order of their pairs, and since it was made in chains; how it is made anew."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.matcher.domain.growing import grown
from services.matcher.domain.kernels import filing, program
from services.matcher.domain.kernels.anchors import LONGEST
from services.matcher.domain.kernels.bits import COUNTED, LINK, RECORD
from services.matcher.domain.programs import NONE, Programs

Ints = NDArray[np.int32]
Words = NDArray[np.uint32]
Chances = NDArray[np.float32]

_MOST_PREDICATES: Final = 1 << 32 - COUNTED
_LINE: Final = 64
"""Bytes of a cache line."""


@dataclass(frozen=True, slots=True)
class Layout:
    """`heads`: by the first predicate of a pair, where its groups begin and where its records do; `groups`: of each the second
    predicate and how many records it has (`bits.COUNTED`).
    """

    heads: Words
    groups: Words
    records: NDArray[np.void]

    @classmethod
    def empty(cls) -> "Layout":
        return cls(np.zeros((1, 2), np.uint32), np.zeros(0, np.uint32), np.zeros(0, RECORD))

    @classmethod
    def of(cls, code: Ints, starts: Ints, slots: Ints, chances: Chances) -> "Layout":
        """Of these filters; `chances`: how likely a posting satisfies each predicate."""
        many = len(chances)
        if many > _MOST_PREDICATES:
            raise OverflowError("filters ask for more words and places than groups can tell: divide the matcher into shards")
        ones, others, owners = filing.pair_up(code, starts, slots, chances)
        order = filing.rank(ones, filing.rank(others, np.arange(len(ones), dtype=np.int32), many), many)
        heads, records = np.zeros((many + 1, 2), np.uint32), _records(len(order))
        groups = filing.lay_out(code, starts, ones, others, owners, order, heads, records)
        return cls(heads, groups, records)


def _records(many: int) -> NDArray[np.void]:
    """Room for records, of which two lie in each cache line."""
    room = np.empty(many * RECORD.itemsize + _LINE, np.uint8)
    skip = -room.ctypes.data % _LINE
    return room[skip : skip + many * RECORD.itemsize].view(RECORD)


class Chains:
    """By the first predicate of a pair the filters hung last, each with the one before."""

    def __init__(self, predicates: int) -> None:
        self.heads = np.full(predicates, -1, np.int32)
        self.links, self.records = np.empty(1024, LINK), np.empty(1024, RECORD)
        self.count = 0
        self.slots: list[Ints] = []
        """As they were hung."""
        self.filters = 0

    def reserve(self, predicates: int) -> None:
        """Room for predicates below this."""
        self.heads = grown(self.heads, predicates, fill=-1)

    def hang(self, programs: Programs, slots: Ints, chances: Chances) -> None:
        done = 0
        while done < len(slots):
            done, self.count = filing.hang(
                programs.code, programs.starts, slots, done, chances, self.count, self.heads, self.links, self.records
            )
            if done < len(slots):
                self.links, self.records = grown(self.links, self.count + LONGEST), grown(self.records, self.count + LONGEST)
        self.slots.append(slots)
        self.filters += len(slots)


class Rebuild:
    """A layout of all filters that there are when it begins. `run` may be called in another thread while others come and go."""

    def __init__(self, programs: Programs, chances: Chances, hung: int) -> None:
        self.hung = hung
        """Lots of filters that hang in chains, and are part of it."""
        self._code, self._starts, self._used = programs.code, programs.starts, programs.used
        self._dead = programs.dead.copy()
        self._chances = chances
        self._moves = programs.is_wasteful()
        self.wasted = programs.wasted
        self.has_run = False

    def run(self) -> None:
        taken = np.flatnonzero((self._starts != NONE) & (self._starts < self._used)).astype(np.int32)  # not those that come now
        gone = self._dead[taken >> 3] >> (taken & 7) & 1 != 0
        slots, self.freed = taken[~gone], taken[gone]
        self.layout = Layout.of(self._code, self._starts, slots, self._chances)
        self.moved = self._move(slots) if self._moves else None
        self.chains = Chains(len(self._chances))
        self.has_run = True

    def put_in_place(self, programs: Programs) -> None:
        """Give free what was dead when it began. What came since stays where it is, or moves behind what was moved."""
        if self.moved:
            code, starts, used = self.moved
            since = np.flatnonzero(programs.starts >= self._used)
            tail = programs.code[self._used : programs.used]
            code, starts = grown(code, used + len(tail)), grown(starts, len(programs.starts), fill=NONE)
            code[used : used + len(tail)] = tail
            starts[since] = programs.starts[since] - self._used + used
            programs.code, programs.starts, programs.used = code, starts, used + len(tail)
            programs.wasted -= self.wasted
        programs.starts[self.freed] = NONE

    def _move(self, slots: Ints) -> tuple[Ints, Ints, int]:
        starts = np.full(len(self._starts), NONE, np.int32)
        code = np.zeros(max(1 << 16, self._used), np.int32)
        used = program.gather(self._code, self._starts, slots, code, starts)
        return code, starts, used
