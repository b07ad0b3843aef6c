"""How likely a posting satisfies each predicate: as often as postings did, and as filters ask for it while few have come."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from schemas.filter import codes
from services.matcher.domain.growing import grown
from services.matcher.domain.kernels.bits import ALWAYS, COMPARES, FREE, PAY_FROM, PAY_OTHER, STEPS
from services.matcher.domain.profile import BITS

_WEIGHT: Final = 50
"""Postings that what filters ask for counts as."""
_TIMES: Final = 5.0
"""A posting has more words than a filter asks for."""
_MOST: Final = 1_000_000
"""Postings counted, after which older ones count half: boards change."""
_USUAL: Final = {codes.WORKPLACE: 0.3, codes.VERDICT: 0.5, codes.EMPLOYMENT: 0.4, codes.VISA: 0.1}
_ELSE: Final = 0.2
_USUAL_PAY: Final = 60_000
"""Euros a year; of the half of postings that state what they pay."""


class Odds:
    """Counts what postings satisfy (`seen`) and what filters ask for (`asked`); kernels count both up."""

    def __init__(self) -> None:
        self.seen = np.zeros(FREE, np.int32)
        self.asked = np.zeros(FREE, np.int32)
        self.postings = 0
        """That are counted in `seen`."""
        self.told = 0
        """Postings since the start."""
        self._filters = 0
        self._chances, self._known_at = np.zeros(0, np.float32), 0

    def reserve(self, size: int) -> None:
        """Room for predicates below this."""
        self.seen, self.asked = grown(self.seen, size), grown(self.asked, size)

    def restore(self, seen: NDArray[np.int32], postings: int) -> None:
        """What was counted before."""
        self.reserve(len(seen))
        self.seen[: len(seen)], self.postings = seen, postings

    def count_posting(self) -> None:
        self.postings += 1
        self.told += 1
        if self.postings >= _MOST:
            self.postings //= 2
            self.seen //= 2

    def count_filters(self, many: int) -> None:
        """What they ask for is counted in `asked`."""
        self._filters += many

    def refresh(self) -> None:
        """Have the chances be worked out anew."""
        self._known_at = 0

    def chances(self, size: int) -> NDArray[np.float32]:
        """Of the predicates below `size`. They are worked out anew when there are twice as many filters; what is asked for
        since is rare till then.
        """
        if self._filters >= 2 * self._known_at:
            self._chances, self._known_at = self._worked_out(size), max(1, self._filters)
        if size > len(self._chances):
            rare = np.full(size - len(self._chances), _TIMES / self._known_at, np.float32)
            self._chances = np.concatenate((self._chances, rare))
        return self._chances[:size]

    def _worked_out(self, size: int) -> NDArray[np.float32]:
        before = np.minimum(0.5, _TIMES * self.asked[:size] / max(1, self._filters)).astype(np.float32)
        before[:FREE] = _FIXED
        found = (self.seen[:size] + _WEIGHT * before) / (self.postings + _WEIGHT)
        chances: NDArray[np.float32] = np.minimum(found, 1.0).astype(np.float32)
        return chances


def _fixed() -> NDArray[np.float32]:
    found = np.zeros(FREE, np.float32)
    for (code, _), bit in BITS.items():
        found[bit.bit_length()] = _USUAL.get(code, _ELSE)
    found[ALWAYS], found[COMPARES], found[PAY_OTHER] = 1.0, 0.5, 0.5
    found[PAY_FROM : PAY_FROM + len(STEPS)] = np.minimum(0.5, 0.5 * _USUAL_PAY / STEPS)
    return found


_FIXED: Final = _fixed()
