"""The product's index as the benchmarks use it: filters enter once, the ids that match a posting leave."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from services.matcher.domain.facts import Facts
from services.matcher.domain.index import Index
from services.matcher.domain.wanted import Wanted


class Engine:
    """Filters under their numbers 0, 1, 2, ..."""

    def __init__(self, filters: Iterable[Wanted]) -> None:
        self.index = Index()
        for number, one in enumerate(filters):
            self.index.add(number, one)
        self.index.rebuild()

    def settle(self) -> None:
        """Rebuild where that is due, as the service does beside its matching."""
        if self.index.is_due():
            self.index.rebuild()

    def matching(self, posting: Facts) -> NDArray[np.int32]:
        """All of them, in no order; nothing is left to do when it returns."""
        return self.index.matching(posting).slots
