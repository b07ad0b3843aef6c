"""What explains that a message came twice: its two copies and what broke enter, the reason leaves.

Only what left the first copy's result unknown explains another one, and that is the trouble of whoever sent it, of whoever took
it, of the way between them, or of PostgreSQL, where the result is written down.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from tests.chaos.books import Copy, Disturbed

KILLED: Final = "notifier was killed"
PAUSED: Final = "notifier was paused"
_SENDER: Final = frozenset({KILLED, PAUSED, "crash postgres", "cut postgres", "slow postgres"})
_UNKNOWN: Final = {
    "email": _SENDER | {"kill inbox", "cut smtp", "slow smtp"},
    "webhook": _SENDER | {"kill receiver", "cut webhooks", "slow webhooks"},
}
"""What may leave it unknown whether a message arrived, or keep it from being written down, by channel."""
_WRITTEN_WITHIN: Final = 4.0
"""Seconds in which what came of an attempt is written down: the longest attempt of a storm, and a little."""
_SAME_MOMENT: Final = 0.5
"""Seconds by which something may have broken before it was noticed, or after."""


def why_again(channel: str, attempts: Counter[str], copies: tuple[Copy, Copy], disturbed: Iterable[Disturbed]) -> str | None:
    """What left the first copy's answer unknown: it broke after that came, before its result was written down.

    `attempts` counts the message's attempts by their results.
    """
    if attempts["sent"] > 1:
        return None  # it was written down that it had arrived, and it was sent again
    first, second = copies
    for one in disturbed:
        is_near = one.began < min(second.at, first.at + _WRITTEN_WITHIN) and first.at < one.ended + _SAME_MOMENT
        if one.what in _UNKNOWN[channel] and is_near and one.concerns(first.sender) and not _is_survived(one, first, second):
            return one.what
    return None


def _is_survived(one: Disturbed, first: Copy, second: Copy) -> bool:
    """Whether the same life sent both, so that it was killed after the second copy, if at all."""
    return one.what == KILLED and first.sender != "" and first.sender == second.sender
