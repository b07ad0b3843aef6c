"""Free TCP ports on 127.0.0.1, remembered in a file, so that what starts again in a folder is found where it was.

A port is only known to be free once its server listens: `on_free_ports` tries another when some process was quicker.
"""

import random
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from deploy.local.errors import PortTakenError, StackError

HOST = "127.0.0.1"
RANGE = range(20_000, 32_000)
"""Below what Linux and macOS give to outgoing connections, which could otherwise sit on a port while its server restarts."""
ATTEMPTS = 5

T = TypeVar("T")


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port in TIME_WAIT counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def free_ports(count: int) -> list[int]:
    """Return `count` different ports that nothing listens on; raise StackError where there are none."""
    found: list[int] = []
    for port in random.sample(RANGE, len(RANGE)):
        if is_free(port):
            found.append(port)
        if len(found) == count:
            return found
    raise StackError(f"no free port is left between {RANGE.start} and {RANGE.stop - 1} on {HOST}")


def check_free(port: int) -> None:
    if not is_free(port):
        raise PortTakenError(f"port {port} on {HOST} is in use: stop what listens there, or choose another")


def on_free_ports(file: Path, count: int, start: Callable[[list[int]], T]) -> T:
    """Call `start` with the ports `file` remembers, or with new ones where those are taken; PortTakenError means new ones."""
    for attempt in range(ATTEMPTS):
        ports = _remembered(file)
        if len(ports) != count or not all(map(is_free, ports)):
            ports = free_ports(count)
            file.write_text(" ".join(map(str, ports)))
        try:
            return start(ports)
        except PortTakenError:
            file.unlink(missing_ok=True)
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _remembered(file: Path) -> list[int]:
    try:
        return [int(port) for port in file.read_text().split()]
    except (FileNotFoundError, ValueError):
        return []
