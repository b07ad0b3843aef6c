"""Which slots have a word: words enter with a slot and leave with it, and what is asked for is marked.

Of each word there is one array of slots in ascending order. A posting leaves by taking its slot out of the arrays of its words,
about a microsecond each: no tombstones gather, and nothing has to be tidied up while others ask.
"""

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from services.matcher.domain.column import Mask

_FEW: Final = 1000
"""New words that are looked through one by one before they are sorted in."""


class Lexicon:
    """The words of one field."""

    def __init__(self) -> None:
        self._slots: dict[str, array[int]] = {}
        self._sorted: list[str] = []
        """Words in order; of some of them no slot may be left."""
        self._new: list[str] = []

    def add(self, slot: int, words: Iterable[str]) -> None:
        """`words`: each once."""
        for word in words:
            slots = self._slots.get(word)
            if slots is None:
                self._slots[word] = array("i", (slot,))
                self._new.append(word)
            elif slots[-1] < slot:
                slots.append(slot)
            else:
                insort(slots, slot)
        if len(self._new) > max(_FEW, len(self._sorted) // 8):
            self._sort_in()

    def remove(self, slot: int, words: Iterable[str]) -> None:
        """The words that it was added with."""
        for word in words:
            slots = self._slots[word]
            del slots[bisect_left(slots, slot)]
            if not slots:
                del self._slots[word]

    def count(self, word: str) -> int:
        return len(self._slots.get(word, ()))

    def mark(self, word: str, mask: Mask) -> None:
        """Set the slots that have it."""
        if slots := self._slots.get(word):
            mask[np.frombuffer(slots, np.intc)] = True  # the view ends here: an array that is looked at cannot grow

    def mark_beginning(self, beginning: str, mask: Mask) -> None:
        """Set the slots that have a word that begins so."""
        for word in self._beginning(beginning):
            self.mark(word, mask)

    def __len__(self) -> int:
        return len(self._slots)

    def _beginning(self, beginning: str) -> Iterator[str]:
        for place in range(bisect_left(self._sorted, beginning), len(self._sorted)):
            if not self._sorted[place].startswith(beginning):
                break
            yield self._sorted[place]
        yield from (word for word in self._new if word.startswith(beginning))

    def _sort_in(self) -> None:
        """Two runs in order are merged in linear time; a word that had gone and is back is in both."""
        self._new.sort()
        alive = [word for word in (*self._sorted, *self._new) if word in self._slots]
        alive.sort()
        self._sorted, self._new = list(dict.fromkeys(alive)), []
