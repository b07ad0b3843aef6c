"""What the index found for one posting."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.matcher.domain import codes_held
from services.matcher.domain.facts import Facts


class Found:
    """The filters that match, by their slots, in no order."""

    def __init__(
        self,
        slots: NDArray[np.int32],
        silent_of_pay: NDArray[np.bool_],
        clauses: NDArray[np.int32],
        posting: Facts,
    ) -> None:
        """Copies the first two. `clauses`: by slot, those that the filter has."""
        self.slots = slots.copy()
        self._silent_of_pay = silent_of_pay.copy()
        self._clauses = clauses
        self._posting = posting

    def __len__(self) -> int:
        return len(self.slots)

    def bits(self) -> NDArray[np.int64]:
        """For each slot the clauses that held, as `codes_held.told` reads them."""
        clauses: NDArray[Any] = self._clauses[self.slots].astype(np.int64)
        silent = codes_held.silent(self._posting)
        bits: NDArray[np.int64] = (
            clauses | (clauses & silent) << codes_held.SILENT | self._silent_of_pay * np.int64(codes_held.PAY)
        )
        return bits

    def items(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Each slot with the codes of the clauses that held."""
        return zip(self.slots.tolist(), map(codes_held.told, self.bits().tolist()), strict=True)
