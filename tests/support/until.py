"""Waits for a condition, and for nothing else: the one place in the tests where time is let pass."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

_LOOKS_EVERY = 0.05


async def until(condition: Callable[[], Awaitable[T]], *, within: float) -> T:
    """The first truthy answer of `condition`; `TimeoutError` with its last answer after `within` seconds."""
    deadline = time.monotonic() + within
    while not (answer := await condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {within} s; the last answer was {answer!r}")
        await asyncio.sleep(_LOOKS_EVERY)
    return answer


def until_true(condition: Callable[[], T], *, within: float) -> T:
    """The same for tests that are no coroutines."""
    deadline = time.monotonic() + within
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {within} s; the last answer was {answer!r}")
        time.sleep(_LOOKS_EVERY)
    return answer
