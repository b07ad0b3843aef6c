"""What was freed goes back to the system."""

import ctypes
from pathlib import Path

import pytest

from runtime.memory import give_back

LIBC = ctypes.CDLL(None)
BLOCKS, SIZE = 100_000, 1000


def resident() -> int:
    """Bytes."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096


@pytest.mark.skipif(not hasattr(LIBC, "malloc_trim"), reason="only glibc can be told: this C library has no malloc_trim")
def test_memory_between_what_stays_is_given_back() -> None:
    LIBC.malloc.restype, LIBC.malloc.argtypes, LIBC.free.argtypes = ctypes.c_void_p, (ctypes.c_size_t,), (ctypes.c_void_p,)
    blocks = [LIBC.malloc(SIZE) for _ in range(BLOCKS)]
    for block in blocks:
        ctypes.memset(block, 1, SIZE)
    stays = blocks.pop()
    for block in blocks:
        LIBC.free(block)
    before = resident()
    give_back()
    assert resident() < before - BLOCKS * SIZE / 2
    LIBC.free(stays)
