"""Any number of labels for each slot, such as the places of a posting: what is asked of a label is answered once for all that
have it, and counts are made for all slots at once.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from services.matcher.domain.column import Column, Mask, Values

L = TypeVar("L")
Numbers = NDArray[np.intp]


class Labels(Generic[L]):
    """Sets of labels. Equal sets are kept once, too: most postings share theirs with others."""

    def __init__(self) -> None:
        self.labels: Values[L] = Values()
        self._sets: Column[tuple[int, ...]] = Column()

    def put(self, slot: int, labels: Mapping[Any, L]) -> None:
        """`labels`: by what makes them the same."""
        numbers = tuple(sorted(self.labels.take(key, partial(_same, label)) for key, label in labels.items()))
        self._sets.put(slot, numbers, partial(_same, numbers))

    def drop(self, slot: int) -> None:
        for number in self._sets.drop(slot) or ():
            self.labels.release(number)

    def having(self, holds: Callable[[L], bool]) -> Mask:
        """The slots of which one of the labels fits."""
        flat, lengths = _flat([numbers or () for numbers in self._sets.values.all])
        fits = self.labels.ask(holds)[flat]
        owners = np.repeat(np.arange(len(lengths)), lengths)
        return self._sets.spread(np.bincount(owners[fits], minlength=len(lengths)) > 0)

    def most_frequent(self, slots: Numbers, most: int) -> list[tuple[L, int]]:
        """Of these slots the labels that most have, each with how many; of two that as many have the lesser label first."""
        counted = self._sets.counted(slots)
        flat, lengths = _flat([numbers for numbers, _ in counted])
        having = np.fromiter((count for _, count in counted), np.intp, len(counted))
        counts = np.bincount(flat, np.repeat(having, lengths)).astype(np.intp)
        least = max(1, int(np.partition(counts, -most)[-most]) if len(counts) > most else 1)
        labels = self.labels.all
        top = [
            (-int(counts[number]), label) for number in np.flatnonzero(counts >= least) if (label := labels[number]) is not None
        ]
        return [(label, -count) for count, label in sorted(top)[:most]]

    def resize(self, capacity: int) -> None:
        self._sets.resize(capacity)

    def __len__(self) -> int:
        """How many sets and labels there are."""
        return len(self._sets.values) + len(self.labels)


def _flat(sets: Sequence[tuple[int, ...]]) -> tuple[Numbers, Numbers]:
    """The numbers of all sets in a row, and how many each has."""
    lengths = np.fromiter(map(len, sets), np.intp, len(sets))
    return np.fromiter(chain.from_iterable(sets), np.intp, int(lengths.sum())), lengths


def _same(value: Any) -> Any:
    return value
