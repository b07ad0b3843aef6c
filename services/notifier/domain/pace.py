"""How long things take at the most, and how they follow from each other."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final


@dataclass(frozen=True, slots=True)
class Pace:
    """One attempt decides how long a lease lasts; only tests and demos have another than the default."""

    attempt: timedelta = timedelta(seconds=60)
    """The longest that one attempt may take in all."""
    retries: float = 1.0
    """Multiplies every pause before a retry."""

    @property
    def lease(self) -> timedelta:
        """How long a destination is ours: for an attempt late in its batch, its settling, and Postgres away in between."""
        return 3 * self.attempt

    @property
    def margin(self) -> timedelta:
        """What must be left of a lease for an attempt to begin: longer than the longest attempt and its settling."""
        return 1.25 * self.attempt


USUAL: Final = Pace()
