"""The embedded stack as one context manager: a folder, Kafka, PostgreSQL, the inbox, the receiver, and other processes.

    with Stack() as stack:
        stack.start()
        stack.spawn("matcher", [sys.executable, "-m", "services.matcher"], {...}).wait_ready(url)

Whatever way the block is left, nothing of it remains: no process, no port, and no folder where none was given.
`python -m deploy.local.stack` runs it by hand until Ctrl-C.
"""

import os
import platform
import signal
import stat
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self, TypeVar

from deploy.local.child import Child, launch
from deploy.local.companions import Inbox, Receiver, start_inbox, start_receiver
from deploy.local.errors import NEEDED_BYTES, StackError, check_space, explained
from deploy.local.guard import Guard
from deploy.local.kafka import Kafka, start_kafka
from deploy.local.ports import HOST
from deploy.local.postgres import Postgres, start_postgres

GIVES_UP_WITHIN = 2.0
"""Seconds. Only a download takes longer, and that has nothing to do with the folder."""
PARTS = ("postgres", "kafka", "inbox", "receiver")
__all__ = ["PARTS", "Child", "Inbox", "Kafka", "Postgres", "Receiver", "Stack", "StackError"]

Say = Callable[[str], None]
Part = Kafka | Postgres | Inbox | Receiver
T = TypeVar("T")


class Stack:
    """Owns what it starts. A given folder stays and can be started in again; `durable=False` is PostgreSQL for tests."""

    def __init__(
        self, folder: Path | None = None, say: Say = print, *, durable: bool = True, cache: Path | None = None
    ) -> None:
        _check_platform()
        self._say = say
        self._durable = durable
        self._cache = cache
        self.kafka_advertised: int | None = None
        """Port that Kafka's clients are sent to, where something stands before it; set before it is started."""
        self._started: list[Part | Child] = []
        self._parts: dict[str, Part] = {}
        self._jobs: list[_Job] = []
        self.folder = _usable(folder) if folder else _temporary_folder()
        self._guard = Guard(temporary=None if folder else self.folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self, *parts: str) -> None:
        """Start the named PARTS (default: all) side by side, those that run already excepted; stop everything where one fails.

        A part that was stopped or killed comes back on its data and ports.
        """
        jobs = self._jobs = [_Job(partial(self._start, part)) for part in parts or PARTS if not self._runs(part)]
        try:
            for job in jobs:
                job.start()
            while any(job.is_alive() for job in jobs):
                for job in jobs:
                    job.join(0.02)
                    job.check()
            for job in jobs:
                job.check()
        except BaseException:
            self.stop()
            raise

    @property
    def kafka(self) -> Kafka:
        return self._part("kafka", Kafka)

    @property
    def postgres(self) -> Postgres:
        return self._part("postgres", Postgres)

    @property
    def inbox(self) -> Inbox:
        return self._part("inbox", Inbox)

    @property
    def receiver(self) -> Receiver:
        return self._part("receiver", Receiver)

    def spawn(self, name: str, argv: Sequence[str | Path], env: Mapping[str, str] | None = None) -> Child:
        """Start any other process; its output is appended to logs/<name>.log, its environment is `env` and little else."""
        log = self.folder / "logs" / f"{name}.log"
        log.parent.mkdir(exist_ok=True)
        child = launch(name, argv, log=log, cwd=self.folder, guard=self._guard, environment=env)
        self._started.append(child)
        return child

    def stop(self) -> None:
        """End everything, last started first, each within its patience; remove the folder if it is temporary."""
        self._guard.refuse()
        try:
            for job in self._jobs:
                job.join(GIVES_UP_WITHIN)
            while self._started:
                self._started.pop().stop()
        finally:
            self._parts.clear()
            self._guard.close()

    def _start(self, part: str) -> None:
        folder, say, guard = self.folder / part, self._say, self._guard
        starts: dict[str, Callable[[], Part]] = {
            "postgres": lambda: start_postgres(folder, say, durable=self._durable, guard=guard),
            "kafka": lambda: start_kafka(folder, say, advertised=self.kafka_advertised, cache=self._cache, guard=guard),
            "inbox": lambda: start_inbox(folder, say, guard=guard),
            "receiver": lambda: start_receiver(folder, say, guard=guard),
        }
        started = starts[part]()
        self._parts[part] = started
        self._started.append(started)

    def _runs(self, part: str) -> bool:
        return part in self._parts and self._parts[part].child.exit_code is None

    def _part(self, part: str, kind: type[T]) -> T:
        found = self._parts.get(part)
        if not isinstance(found, kind):
            raise StackError(f'{part} is not started: call start("{part}") first')
        return found


class _Job(threading.Thread):
    """A start that runs beside others. A daemon: Ctrl-C during a download must not wait for its end."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001  # raised again by `check`, in the thread that waits
            self._error = error

    def check(self) -> None:
        if self._error:
            raise self._error


def _usable(folder: Path) -> Path:
    with explained("use the folder", folder):
        folder.mkdir(parents=True, exist_ok=True)
        check_space(folder)
        return _passable(folder.resolve())


def _passable(folder: Path) -> Path:
    """Let others through the stack's own folder where the owner is root: PostgreSQL then runs as nobody."""
    if os.geteuid() == 0:
        folder.chmod(folder.stat().st_mode | stat.S_IXGRP | stat.S_IXOTH)
    return folder


def _temporary_folder() -> Path:
    """Make one where there is room; /tmp is a small memory disk on some systems."""
    parents = [Path(tempfile.gettempdir()), Path("/var/tmp")]  # noqa: S108  # mkdtemp makes the folder
    for parent in parents:
        with suppress(StackError, OSError):
            check_space(parent)
            folder = Path(tempfile.mkdtemp(prefix="jobalerts-", dir=parent)).resolve()
            return _passable(folder)
    raise StackError(
        f"neither {parents[0]} nor {parents[1]} has {NEEDED_BYTES // 1024**3} GB free: name another folder in TMPDIR"
    )


def _check_platform() -> None:
    if os.name != "posix":
        raise StackError(f"{platform.system()} cannot run the embedded stack: use WSL 2 there, or `docker compose up`")


def _leave(*_: object) -> NoReturn:
    sys.exit(0)


def main() -> None:
    signal.signal(signal.SIGTERM, _leave)
    try:
        with Stack() as stack:
            stack.start()
            print(f"Kafka       {stack.kafka.bootstrap}")
            print(f"PostgreSQL  {stack.postgres.dsn()}")
            print(f"SMTP        {HOST}:{stack.inbox.smtp_port}")
            print(f"inbox       {stack.inbox.url}/")
            print(f"webhooks    {stack.receiver.url}/")
            print(f"logs        {stack.folder}", "Ctrl-C ends it.", sep="\n", flush=True)
            threading.Event().wait()
    except StackError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        print("\nstopped; nothing is left running")


if __name__ == "__main__":
    main()
