"""What a publisher may do, and how it is told (draft-ietf-httpapi-ratelimit-headers): items a minute, postings open at once.

Items are counted by a bucket that holds a minute's and fills evenly. A push that is larger than the bucket needs a full one and
leaves a debt, so that no size of push is impossible, and none is faster in the long run.
"""

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Quota:
    """None: no limit, or, as it is kept of a publisher, what holds for all."""

    per_minute: int | None = None
    most_open: int | None = None

    def or_else(self, default: "Quota") -> "Quota":
        """With what holds for all where nothing is said."""
        return Quota(
            default.per_minute if self.per_minute is None else self.per_minute,
            default.most_open if self.most_open is None else self.most_open,
        )


UNLIMITED: Final = Quota()


@dataclass(frozen=True, slots=True)
class Allowance:
    """A bucket after it was asked. `tokens` below 0 are a debt."""

    per_minute: int
    tokens: float

    def wait(self, items: int) -> timedelta:
        """Until as many items may be pushed."""
        missing = min(items, self.per_minute) - self.tokens
        return max(missing, 0) / self.per_minute * MINUTE

    def fields(self) -> dict[str, str]:
        """The header fields: what is left, and in how many seconds the bucket is full again."""
        full = math.ceil(self.wait(self.per_minute).total_seconds())
        return {
            "ratelimit-policy": f'"items";q={self.per_minute};w=60',
            "ratelimit": f'"items";r={max(0, math.floor(self.tokens))};t={full}',
        }


def open_fields(most_open: int) -> dict[str, str]:
    """The header fields where no more may be open. It has no time of its own: closing makes room."""
    return {"ratelimit-policy": f'"open";q={most_open}', "ratelimit": '"open";r=0'}
