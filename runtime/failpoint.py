"""Named places between two durable effects, at which a test ends or pauses the process.

`JOBALERTS_FAILPOINT=NAME[:N[:SIGNAL]]` sends the process SIGNAL (KILL unless given) when it passes NAME for the N-th time (1).
Without it, which is how every deployment runs, passing one compares two strings.
"""

import os
import signal
from typing import Final

from runtime import logs
from runtime.errors import Fatal

VARIABLE: Final = "JOBALERTS_FAILPOINT"

log = logs.get("runtime.failpoint")
_armed = ""
_left = 0
_signal = signal.SIGKILL


def failpoint(name: str) -> None:
    """Say that this place is passed. Names are written out where they are passed, so that a test can list them all."""
    if name == _armed:
        _pass()


def arm(wanted: str) -> None:
    """Arm one failpoint, or none with "". Raises `Fatal` where `wanted` is not as the module says."""
    global _armed, _left, _signal
    name, _, rest = wanted.partition(":")
    times, _, what = rest.partition(":")
    try:
        _armed, _left, _signal = name, int(times or 1), signal.Signals[f"SIG{what or 'KILL'}"]
    except (ValueError, KeyError):
        raise Fatal(f"{VARIABLE}={wanted} is not NAME[:N[:SIGNAL]]") from None
    if name:
        log.warning("a failpoint is armed: this is for tests alone", failpoint=wanted)


def _pass() -> None:
    global _armed, _left  # noqa: PLW0603
    _left -= 1
    if not _left:
        _armed = ""
        os.kill(os.getpid(), _signal)
