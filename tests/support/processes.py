"""Services as processes of their own, forked by `tests.support.zygote`, which lives as long as this process."""

import asyncio
import atexit
import functools
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[2]
_ENDS_WITHIN = 60.0
"""Seconds, for a command."""


class ServiceProcess:
    """`python -m services.<service> <arguments>`. Kill it, and wait for that, where it may still run in the end."""

    def __init__(
        self,
        service: str,
        *arguments: str,
        env: Mapping[str, str],
        stdin: int | IO[Any] = 0,
        stdout: int | IO[Any] = 1,
        stderr: int | IO[Any] = 2,
    ) -> None:
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(str(_zygote()))
        wanted = json.dumps({"argv": [f"services.{service}", *arguments], "env": dict(env)}).encode() + b"\n"
        files = [one if isinstance(one, int) else one.fileno() for one in (stdin, stdout, stderr)]
        sent = socket.send_fds(self._connection, [wanted], files)
        self._connection.sendall(wanted[sent:])
        self._answers = self._connection.makefile("rb")
        self.pid: int = json.loads(self._answers.readline())["pid"]
        self._status: Future[int] = Future()
        self._status.set_running_or_notify_cancel()  # so that whoever stops waiting leaves it to others
        threading.Thread(target=self._follow, daemon=True).start()

    @property
    def returncode(self) -> int | None:
        """Its exit code, or less than 0 where a signal ended it; None while it runs."""
        return self._status.result() if self._status.done() else None

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Its `returncode`, once it has ended."""
        return self._status.result(timeout)

    async def ended(self, within: float | None = None) -> int:
        """`wait`, while others go on."""
        async with asyncio.timeout(within):
            return await asyncio.wrap_future(self._status)

    def _follow(self) -> None:
        with self._connection, self._answers:
            line = self._answers.readline()
        self._status.set_result(json.loads(line)["status"] if line else -signal.SIGKILL)  # else the zygote took it along


@dataclass(frozen=True, slots=True)
class Answer:
    """Of a command that has ended."""

    code: int
    out: str
    err: str


async def answer(service: str, *arguments: str, env: Mapping[str, str], stdin: bytes = b"") -> Answer:
    """Run a command that ends by itself, and is killed where it does not."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin)
        given.seek(0)
        process = ServiceProcess(service, *arguments, env=env, stdin=given, stdout=out, stderr=err)
        try:
            code = await process.ended(_ENDS_WITHIN)
        finally:
            process.kill()
        out.seek(0)
        err.seek(0)
        return Answer(code, out.read().decode(), err.read().decode())


@functools.cache
def _zygote() -> Path:
    """Its socket. It ends when the pipe to it does, however this process ends: in a session of its own no signal ends it before that."""
    path = Path(tempfile.gettempdir()) / f"zygote-{secrets.token_hex(8)}"
    argv = [sys.executable, "-m", "tests.support.zygote", str(path)]
    process = subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
    atexit.register(process.communicate)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return path
