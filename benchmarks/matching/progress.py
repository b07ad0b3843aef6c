"""Things that are many enter and leave one by one; how many there were is said now and then."""

from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

from benchmarks.figure import Say

EVERY: Final = 100_000
T = TypeVar("T")


def counted(things: Iterable[T], what: str, say: Say) -> Iterator[T]:
    """Says "100,000 <what>" and so on."""
    for number, thing in enumerate(things, 1):
        yield thing
        if number % EVERY == 0:
            say(f"{number:,} {what}")
