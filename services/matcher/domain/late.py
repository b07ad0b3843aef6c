"""Filters that arrive later than the window holds, and how far back postings are read for them."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from services.matcher.domain.rows import micros
from services.matcher.domain.subscription import Subscription

_SLACK: Final = timedelta(minutes=1) // timedelta(microseconds=1)
"""`effective_from` and the revision are stamped one after the other."""


@dataclass(frozen=True, slots=True)
class Late:
    """Since when a filter applies that nobody knew before it arrived."""

    since: datetime
    arrived_at: datetime

    def concerns(self, moment: datetime) -> bool:
        """Whether who compared postings up to this moment may not have finished reading again for it."""
        return self.arrived_at > moment

    def and_before(self, earlier: "Late | None") -> "Late":
        """Also since its subscription's former filter applied, where that was late too."""
        return replace(self, since=min(self.since, earlier.since)) if earlier else self


def unknown_since(state: Subscription) -> int:
    """The microsecond since which postings may have missed it. A new name leaves `effective_from`, but the filter was known."""
    return max(micros(state.effective_from), state.revision - _SLACK)
