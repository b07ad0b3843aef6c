"""Values of postings, a column each: equal ones are kept once, and what is asked of one is answered once for all that have it.

A slot is the number that a posting has in memory for as long as it is there.
"""

from collections.abc import Callable, Hashable
from typing import Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

V = TypeVar("V")
Mask: TypeAlias = NDArray[np.bool_]
"""For each slot, whether."""


class Values(Generic[V]):
    """Values under numbers, each for as long as somebody uses it. A number that is free again has no value."""

    def __init__(self) -> None:
        self.all: list[V | None] = []
        self._numbers: dict[Hashable, int] = {}
        self._keys: list[Hashable] = []
        self._uses: list[int] = []
        self._free: list[int] = []

    def take(self, key: Hashable, make: Callable[[], V]) -> int:
        """The number of what `key` stands for; made where it is new."""
        number = self._numbers.get(key)
        if number is None:
            value = make()
            number = self._numbers[key] = self._free.pop() if self._free else self._another()
            self.all[number], self._keys[number] = value, key
        self._uses[number] += 1
        return number

    def release(self, number: int) -> None:
        self._uses[number] -= 1
        if not self._uses[number]:
            del self._numbers[self._keys[number]]
            self.all[number] = self._keys[number] = None
            self._free.append(number)

    def ask(self, holds: Callable[[V], bool]) -> Mask:
        """By number, whether it holds; False where there is none."""
        answers = (value is not None and holds(value) for value in self.all)
        return np.fromiter(answers, np.bool_, len(self.all))

    def __len__(self) -> int:
        return len(self._numbers)

    def _another(self) -> int:
        self.all.append(None)
        self._keys.append(None)
        self._uses.append(0)
        return len(self.all) - 1


class Column(Generic[V]):
    """A value for each slot. Where a slot is empty, its answers mean nothing."""

    def __init__(self) -> None:
        self.values: Values[V] = Values()
        self._numbers: NDArray[np.int32] = np.zeros(0, np.int32)

    def put(self, slot: int, key: Hashable, make: Callable[[], V]) -> None:
        self._numbers[slot] = self.values.take(key, make)

    def drop(self, slot: int) -> V | None:
        """Empty it. Returns what it had."""
        number = int(self._numbers[slot])
        value = self.values.all[number]
        self.values.release(number)
        return value

    def where(self, holds: Callable[[V], bool]) -> Mask:
        """The slots whose value fits."""
        return self.spread(self.values.ask(holds))

    def spread(self, answers: Mask) -> Mask:
        """Answers by number to answers by slot."""
        found: Mask = answers[self._numbers] if len(answers) else np.zeros(len(self._numbers), np.bool_)
        return found

    def counted(self, slots: NDArray[np.intp]) -> list[tuple[V, int]]:
        """The values of these slots, and how many have each."""
        counts = np.bincount(self._numbers[slots])
        numbers, values = np.flatnonzero(counts), self.values.all
        counted = zip(numbers.tolist(), counts[numbers].tolist(), strict=True)
        return [(value, count) for number, count in counted if (value := values[number]) is not None]

    def resize(self, capacity: int) -> None:
        self._numbers = resized(self._numbers, capacity)


N = TypeVar("N", bound=np.generic)


def resized(numbers: NDArray[N], capacity: int) -> NDArray[N]:
    """The same, with zeros behind."""
    more = np.zeros(capacity, numbers.dtype)
    more[: len(numbers)] = numbers
    return more
