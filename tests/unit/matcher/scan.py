"""What the index must agree with."""

from collections.abc import Iterator
from typing import Generic, TypeVar

from services.matcher.domain.facts import Facts
from services.matcher.domain.oracle import held
from services.matcher.domain.wanted import Wanted

K = TypeVar("K")


class Scan(Generic[K]):
    """The oracle over every filter."""

    def __init__(self) -> None:
        self._filters: dict[K, Wanted] = {}

    def add(self, id: K, asked: Wanted) -> None:
        self._filters[id] = asked

    def remove(self, id: K) -> None:
        self._filters.pop(id, None)

    def matching(self, posting: Facts) -> Iterator[tuple[K, tuple[str, ...]]]:
        for key, asked in self._filters.items():
            if (codes := held(asked, posting)) is not None:
                yield key, codes

    def __len__(self) -> int:
        return len(self._filters)
