"""A process of the stack: launched in a session of its own, its output in a log file, ended within a bound.

A session of its own keeps Ctrl-C in the terminal for the owner alone, which then stops its parts in their order.
"""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

from deploy.local.environment import inherited
from deploy.local.errors import PortTakenError, StackError, explained, full_disk
from deploy.local.guard import Guard

LAST_LINES = 20
# A proxy named in the environment must not be asked for 127.0.0.1.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class User:
    """Whom a process runs as; only root may choose."""

    uid: int
    gid: int


@dataclass
class Child:
    """A launched process. `stop` sends `ending`, waits for `patience` seconds, and kills what is left of its group."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    ending: signal.Signals
    patience: float
    guard: Guard | None

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; -9 when it was killed."""
        return self.process.poll()

    def stop(self, patience: float | None = None) -> None:
        if self.process.poll() is not None:
            return
        self.process.send_signal(self.ending)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(self.patience if patience is None else patience)
        self._kill_group()

    def kill(self) -> None:
        """End it as a crash would (SIGKILL), with the processes of its group."""
        if self.process.poll() is None:
            self._kill_group()

    def wait_ready(self, url: str, timeout: float = 30.0) -> None:
        """Return once `url` answers 200; else raise StackError with the process's name, exit code and last lines."""
        self.wait_until(lambda: _answers(url), timeout)

    def wait_until(self, ready: Callable[[], bool], timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while True:
            ended = self.process.poll() is not None  # looked at first: `ready` may be about the end itself
            if ready():
                return
            if ended:
                raise self._failure(f"ended with exit code {self.process.returncode} before it was ready")
            if self.guard:
                self.guard.check()
            if time.monotonic() > deadline:
                raise self._failure(f"was not ready within {timeout:g} s (it still runs)")
            time.sleep(0.02)

    def last_lines(self) -> str:
        with suppress(FileNotFoundError), self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - 16_384))
            return "\n".join(log.read().decode(errors="replace").splitlines()[-LAST_LINES:])
        return ""

    def _failure(self, what: str) -> StackError:
        lines = self.last_lines()
        if "no space left on device" in lines.lower():
            return full_disk(self.log.parent)
        error = PortTakenError if "address already in use" in lines.lower() else StackError
        return error(f"{self.name} {what}; the end of {self.log}:\n{lines}")

    def _kill_group(self) -> None:
        # Called at once after the leader was seen alive or was reaped: its number is not yet given to another group.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()


def launch(
    name: str,
    argv: Sequence[str | Path],
    *,
    log: Path,
    cwd: Path,
    guard: Guard | None,
    environment: Mapping[str, str] | None = None,
    user: User | None = None,
    ending: signal.Signals = signal.SIGTERM,
    patience: float = 10.0,
) -> Child:
    """Start `argv`, its output appended to `log`; raise StackError where it cannot be started."""
    env = inherited() | (guard.environment if guard else {}) | dict(environment or {})
    with (
        explained(f"start {name}", cwd),
        guard.starting() if guard else nullcontext(),
        log.open("ab") as output,
    ):
        process = subprocess.Popen(
            [str(part) for part in argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            start_new_session=True,
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
        )
        child = Child(name, process, log, ending, patience, guard)
        if guard:
            try:
                guard.watches(process.pid, ending)
            except StackError:
                child.kill()
                raise
    return child


def _answers(url: str) -> bool:
    try:
        with _direct.open(url, timeout=2) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004
    except (urllib.error.URLError, OSError):
        return False
