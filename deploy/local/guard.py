"""What was started ends with its owner, also when the owner is killed with -9.

The owner tells a small process of its own session, through a pipe, what it started. When the pipe closes, for whatever reason,
that process ends what still runs, removes the owner's temporary folders, and goes. It writes nothing.
PR_SET_PDEATHSIG was refused: it fires when the *thread* that started the child ends, and exists on Linux only.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from deploy.local.environment import inherited
from deploy.local.errors import StackError

MARK = "JOBALERTS_STACK"
"""Environment variable of everything a guard watches: finds what the owner had started and not yet told when it died."""
PATIENCE = 10.0
CLOCK_DRIFT = 1.0
"""Seconds. A start time is counted from boot, and the clock may be set meanwhile; no process number comes back that quickly."""


class Guard:
    """The owner's side: open while the owner lives. With `temporary`, that folder goes when the owner does."""

    def __init__(self, temporary: Path | None) -> None:
        self.environment = {MARK: secrets.token_hex(16)}
        self._temporary = temporary is not None
        self._lock = threading.Lock()
        self._refuses = False
        self._closed = False
        read, self._pipe = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "deploy.local.guard", self.environment[MARK]],
            stdin=read,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=inherited(),
            cwd="/",
            start_new_session=True,
        )
        os.close(read)
        # A fork (not an exec) of the owner would hold the pipe open beyond the owner's death.
        os.register_at_fork(after_in_child=self._forget)
        if temporary is not None:
            self.removes(temporary)

    def refuse(self) -> None:
        """Let no more be started, and what is being started give up."""
        with self._lock:
            self._refuses = True

    def check(self) -> None:
        """Raise StackError once the guard refuses."""
        if self._refuses:
            raise StackError("the stack is being stopped")

    @contextmanager
    def starting(self) -> Iterator[None]:
        """Hold the guard open while a process is started; raise StackError once it refuses."""
        with self._lock:
            self.check()
            yield

    def watches(self, pid: int, ending: signal.Signals) -> None:
        with suppress(psutil.NoSuchProcess):
            self._tell({"pid": pid, "start_time": psutil.Process(pid).create_time(), "signal": int(ending)})

    def removes(self, folder: Path) -> None:
        """Let `folder` go with the guard's temporary folder, if it has one."""
        if self._temporary:
            self._tell({"folder": str(folder)})

    def close(self) -> None:
        """End what still runs and remove what is temporary; return when that is done."""
        with self._lock:
            self._refuses = True
            if not self._closed:
                self._closed = True
                os.close(self._pipe)
        # Ends processes within PATIENCE; how long removing takes depends on how much was written.
        self._process.wait()

    def _tell(self, line: dict[str, object]) -> None:
        # Shorter than PIPE_BUF: lines of two threads do not mix, and a dying owner leaves none cut in half.
        try:
            os.write(self._pipe, json.dumps(line).encode() + b"\n")
        except BrokenPipeError as error:
            raise StackError("the stack's guard was killed: stop the stack and start it again") from error

    def _forget(self) -> None:
        if not self._closed:
            self._closed = True
            os.close(self._pipe)


def main(mark: str) -> None:
    for ignored in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    watched: list[tuple[psutil.Process, int]] = []
    folders: list[str] = []
    for line in sys.stdin.buffer:
        told = json.loads(line)
        if "folder" in told:
            folders.append(told["folder"])
        elif process := _recognised(told["pid"], told["start_time"]):
            watched.append((process, told["signal"]))
    _end(watched, mark)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _recognised(pid: int, start_time: float) -> psutil.Process | None:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        if abs(process.create_time() - start_time) < CLOCK_DRIFT:
            return process
    return None


def _marked(mark: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(MARK) == mark:
                yield process


def _end(watched: list[tuple[psutil.Process, int]], mark: str) -> None:
    """Signal all at once, then kill what is left after PATIENCE; psutil signals no process whose number was given away."""
    families = {relative for process, _ in watched for relative in (process, *_children(process))}
    untold = [process for process in _marked(mark) if process not in families]
    for process, ending in (*watched, *((process, signal.SIGTERM) for process in untold)):
        with suppress(psutil.Error):
            process.send_signal(ending)
    families.update(untold)
    deadline = time.monotonic() + PATIENCE
    while any(map(_alive, families)) and time.monotonic() < deadline:
        time.sleep(0.02)
    for process in families:
        with suppress(psutil.Error):
            process.kill()


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        children: list[psutil.Process] = process.children(recursive=True)
        return children
    except psutil.Error:
        return []


def _alive(process: psutil.Process) -> bool:
    # A zombie has ended; only its parent, the owner, can clear it away.
    with suppress(psutil.Error):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


if __name__ == "__main__":
    main(sys.argv[1])
