"""A file that is read, gzipped or not, or standard input: a path enters, its bytes leave, unpacked; what is wrong is said."""

import gzip
import os
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from typing import Final, Protocol

from runtime.errors import Fatal

_GZIP: Final = b"\x1f\x8b"


class _Bytes(Protocol):
    def read(self, size: int, /) -> bytes: ...

    def read1(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Opened:
    """`size`: bytes of the file as it is, None where that is not known; `position`: how many of them are read."""

    bytes: _Bytes
    size: int | None
    position: Callable[[], int]


@contextmanager
def opened(path: str, *, advice: str = "") -> Iterator[Opened]:
    """Standard input for `-`. Raises `Fatal`, with the advice, where it cannot be opened, or within not be read to its end."""
    try:
        with _open(path) as file:
            size = os.fstat(file.fileno()).st_size if file.seekable() else None
            stream = gzip.GzipFile(fileobj=file) if file.peek(2)[:2] == _GZIP else file
            yield Opened(stream, size, (lambda: 0) if size is None else file.tell)
    except (OSError, EOFError, zlib.error) as error:
        raise Fatal(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}{advice}") from None


def _open(path: str) -> BufferedReader:
    try:
        return open(sys.stdin.fileno() if path == "-" else path, "rb", closefd=path != "-")
    except ValueError as error:  # a path may have a NUL
        raise OSError(str(error)) from None
