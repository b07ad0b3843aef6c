"""Which process holds the other end of a TCP connection on this machine: two ports enter, a process id leaves."""

import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_TABLE: Final = Path("/proc/net/tcp")
_LOCAL, _REMOTE, _INODE = 1, 2, 9
"""Columns of `_TABLE` (proc(5))."""


def holder(source: int, target: int, among: Iterable[int]) -> int | None:
    """The process `among` these that connected from port `source` to port `target`, over IPv4.

    None where it is none of them or has ended by now. Always None where the system has no /proc.
    """
    inode = _inode(source, target)
    return None if inode is None else next((pid for pid in among if _holds(pid, f"socket:[{inode}]")), None)


def _inode(source: int, target: int) -> str | None:
    if not _TABLE.exists():
        return None
    for line in _TABLE.read_text("ascii").splitlines()[1:]:
        columns = line.split()
        if columns[_LOCAL].endswith(f":{source:04X}") and columns[_REMOTE].endswith(f":{target:04X}"):
            return columns[_INODE]
    return None


def _holds(pid: int, socket: str) -> bool:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):  # it ended, or this file was closed
        for file in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                if str(file.readlink()) == socket:
                    return True
    return False
