"""When a delivery is tried again. What ends it is an answer that says no, or the end of the schedule; never a server away."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

Channel = Literal["email", "webhook"]
Result = Literal["sent", "deferred", "unknown", "failed"]
IsFresh = Callable[[], Awaitable[bool]]
"""Whether a message may be handed over on what is known now. Asked at the last moment before."""


class Handover:
    """Asks that, and knows afterwards whether a message may have arrived that nobody answered for."""

    def __init__(self, is_fresh: IsFresh) -> None:
        self._is_fresh = is_fresh
        self._has_begun = False

    async def __call__(self) -> bool:
        """Whether it may be handed over: then it is."""
        is_fresh = await self._is_fresh()
        self._has_begun = self._has_begun or is_fresh
        return is_fresh

    @property
    def unanswered(self) -> Result:
        """What an attempt came to that ended without an answer."""
        return "unknown" if self._has_begun else "deferred"


_SECOND, _MINUTE, _HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
SCHEDULE: Final[dict[Channel, tuple[timedelta, ...]]] = {
    # Standard Webhooks 1.0.0: about three days
    "webhook": (
        5 * _SECOND, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR, 24 * _HOUR,
    ),
    # RFC 5321, 4.5.4.1: give up after at least 4 to 5 days
    "email": (10 * _SECOND, _MINUTE, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, *(6 * _HOUR,) * 18),
}  # fmt: skip
UNREACHED: Final = 15 * _SECOND
"""The other side was not there at all: that is no attempt, and it is looked for again soon."""
LONGEST_RETRY_AFTER: Final = 24 * _HOUR


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one attempt came to."""

    result: Result
    detail: str
    """In words, for the subscriber's or partner's log."""
    duration: timedelta
    status: int | None = None
    retry_after: timedelta | None = None
    reached: bool = True
    """Whether there was anybody to answer."""


def readable(text: str, longest: int) -> str:
    """What the other side wrote, as text that can be kept: what is no character and what no table takes is replaced."""
    return text.encode("utf-8", "replace").decode().replace("\0", "�")[:longest]


def next_try(
    channel: Channel, attempts: int, attempt: Attempt, *, now: datetime, jitter: Callable[[], float], pace: float = 1.0
) -> datetime | None:
    """When to try again after the `attempts`-th attempt (1 the first); None when the schedule is at its end.

    `jitter()` gives a number in [0, 1); a pause becomes up to a quarter longer. `pace` multiplies every pause.
    """
    stretch = pace * (1 + jitter() / 4)
    if not attempt.reached:
        return now + UNREACHED * stretch
    if attempts > len(SCHEDULE[channel]):
        return None
    pause = SCHEDULE[channel][attempts - 1]
    if attempt.retry_after is not None:
        pause = max(pause, min(attempt.retry_after, LONGEST_RETRY_AFTER))
    return now + pause * stretch
