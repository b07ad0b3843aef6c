"""The programs of all filters, one behind the other, under the slots of their filters."""

from array import array
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.matcher.domain.growing import grown
from services.matcher.domain.kernels import program

Ints = NDArray[np.int32]
_MOST_WORDS: Final = 2**31 - 1
_WASTE: Final = 4
"""One word in so many may be wasted."""
NONE: Final = -1
"""Where a slot without a program begins."""


class Programs:
    """Programs are added together, and never changed; a slot is used again only when a rebuild has left it out."""

    def __init__(self) -> None:
        self.code = np.zeros(1 << 16, np.int32)
        self.used = 0
        """Words of it."""
        self.starts = np.full(1 << 12, NONE, np.int32)
        """By slot, where its program begins."""
        self.clauses = np.zeros(1 << 12, np.int32)
        """By slot, the clauses it has, as bits."""
        self.dead = np.full(1 << 9, 255, np.uint8)
        """A bit for each slot, set where nothing is to be found."""
        self.live = 0
        self.wasted = 0
        """Words of programs that are dead."""
        self._slots, self._code = array("i"), array("i")

    @property
    def pending(self) -> int:
        """Added, and not yet taken in."""
        return len(self._slots)

    def add(self, slot: int, program: "array[int]", clauses: int) -> None:
        """Into a slot that is free. It is taken in with others."""
        if slot >= len(self.starts):
            self._reserve(slot + 1)
        self.clauses[slot] = clauses
        self._code.extend(program)
        self._slots.append(slot)
        self.live += 1

    def waiting(self) -> tuple[Ints, Ints]:
        """The slots and the programs that are not yet taken in. Nothing can be added while anybody holds them; an error holds
        what its functions had.
        """
        return np.frombuffer(self._slots, np.int32), np.frombuffer(self._code, np.int32)

    def is_wasteful(self) -> bool:
        """Whether they should be moved together."""
        return _WASTE * self.wasted > self.used > len(self.code) // 4

    def take_in(self, counts: Ints) -> Ints:
        """What was added since the last time, and count what it requires. Returns its slots."""
        words = len(self._code)
        if self.used + words > _MOST_WORDS:
            raise OverflowError(
                "the programs of all filters fill what numbers of 32 bits reach: divide the matcher into shards"
            )
        self.code = grown(self.code, self.used + words)
        slots, code = self.waiting()  # not before what may fail
        program.enter(slots, code, self.used, self.code, self.starts, self.dead, counts)
        self.used += words
        self._slots, self._code = array("i"), array("i")
        return slots

    def restore(self, code: Ints, clauses: Ints) -> None:
        """These programs, and no other, in the slots from 0 on."""
        many = len(clauses)
        self._reserve(many)
        self.code = grown(self.code, len(code))
        self.code[: len(code)], self.clauses[:many] = code, clauses
        self.starts[:many] = program.begins(code, many)
        self.dead[: many >> 3] = 0
        self.dead[many >> 3] = 255 << (many & 7) & 255
        self.used, self.live = len(code), many

    def drop(self, slot: int) -> None:
        """It is found no more, and its words are wasted until a rebuild."""
        self.dead[slot >> 3] |= 1 << (slot & 7)
        self.wasted += int(self.code[self.starts[slot]])
        self.live -= 1

    def has(self, slot: int) -> bool:
        return slot >> 3 < len(self.dead) and not self.dead[slot >> 3] >> (slot & 7) & 1

    def of(self, slot: int) -> "array[int]":
        """A copy of the program of a slot."""
        start = self.starts[slot]
        return array("i", self.code[start : start + self.code[start]].tobytes())

    def _reserve(self, slots: int) -> None:
        """Room for slots below this: all of it, or none where it fails."""
        starts = grown(self.starts, slots, fill=NONE)
        clauses, dead = grown(self.clauses, len(starts)), grown(self.dead, (len(starts) >> 3) + 1, fill=255)
        self.starts, self.clauses, self.dead = starts, clauses, dead
