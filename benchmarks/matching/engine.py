"""The product's index as the benchmarks use it: filters enter once, the ids that match a posting leave."""

from collections.abc import Iterable

from services.matcher.domain.facts import Facts
from services.matcher.domain.index import Index
from services.matcher.domain.wanted import Wanted


class Engine:
    """Filters under their numbers 0, 1, 2, ..."""

    def __init__(self, filters: Iterable[Wanted]) -> None:
        self._index = Index[int]()
        for number, one in enumerate(filters):
            self._index.add(number, one)

    def matching(self, posting: Facts) -> Iterable[int]:
        """All of them, in no order; nothing is left to do when it returns."""
        return [number for number, _ in self._index.matching(posting)]
