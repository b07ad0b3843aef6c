"""Memory that a process no longer needs goes back to the system."""

import ctypes
from typing import Final

_trim: Final = getattr(ctypes.CDLL(None), "malloc_trim", None)
"""Of glibc; other C libraries give back by themselves what they can."""
if _trim:
    _trim.argtypes = (ctypes.c_size_t,)


def give_back() -> None:
    """What was freed between what stays, which may be a quarter after much was read. May be called in any thread; whoever asks
    for memory waits meanwhile, some milliseconds for each hundred megabytes.
    """
    if _trim:
        _trim(0)
