"""Forks services off a process that has imported all of them: a start costs 50 ms instead of four seconds of imports.

What is forked is a process like any other, with the command line, environment and log it is given; only its imports are made.

    python -m tests.chaos.zygote SOCKET

One connection; each line in is `{"number", "argv", "env", "log"}`, each line out `{"number", "pid"}`, or `{"pid", "status"}` when
it has ended (as `os.waitstatus_to_exitcode` gives it). When the connection ends, whatever still runs is killed.
"""

import contextlib
import gc
import importlib
import json
import os
import random
import runpy
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Any, NoReturn

from tests.chaos.failpoints import SERVICES


def main(path: str) -> None:
    for service in SERVICES:
        importlib.import_module(f"services.{service}.main")
        importlib.import_module(f"services.{service}.__main__")
    importlib.import_module("uvloop")
    importlib.import_module("uvicorn.protocols.http.httptools_impl")
    gc.freeze()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        connection, _ = server.accept()
        Zygote(connection, woken, [woken, wake, server.fileno(), connection.fileno()]).run()


class Zygote:
    """The loop. `descriptors` are closed in what is forked."""

    def __init__(self, connection: socket.socket, woken: int, descriptors: list[int]) -> None:
        self._connection = connection
        self._woken = woken
        self._descriptors = descriptors
        self._running: set[int] = set()

    def run(self) -> None:
        rest = b""
        while True:
            readable, _, _ = select.select([self._connection.fileno(), self._woken], [], [])
            if self._woken in readable:
                os.read(self._woken, 4096)
                self._reap()
            if self._connection.fileno() in readable:
                data = self._connection.recv(65536)
                if not data:
                    break
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self._start(json.loads(line))
        for pid in self._running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _start(self, wanted: dict[str, Any]) -> None:
        pid = os.fork()
        if pid == 0:
            self._become(wanted)
        self._running.add(pid)
        self._say({"number": wanted["number"], "pid": pid})

    def _become(self, wanted: dict[str, Any]) -> NoReturn:
        code: Any = 1
        try:
            os.setsid()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for descriptor in self._descriptors:
                os.close(descriptor)
            log = os.open(wanted["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            os.dup2(log, 1)
            os.dup2(log, 2)
            os.environ.clear()
            os.environ.update(wanted["env"])
            random.seed()
            module, *arguments = wanted["argv"]
            sys.argv = [module, *arguments]
            runpy.run_module(module, run_name="__main__", alter_sys=True)
            code = 0
        except SystemExit as end:
            code = end.code
            if isinstance(code, str):
                print(code, file=sys.stderr)
        except BaseException:  # noqa: BLE001 -- as the interpreter does with what nobody caught
            sys.excepthook(*sys.exc_info())
        finally:
            with contextlib.suppress(OSError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code if isinstance(code, int) else 0 if code is None else 1)

    def _reap(self) -> None:
        while self._running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            self._running.discard(pid)
            self._say({"pid": pid, "status": os.waitstatus_to_exitcode(status)})

    def _say(self, what: dict[str, int]) -> None:
        self._connection.sendall(json.dumps(what).encode() + b"\n")


if __name__ == "__main__":
    Path(sys.argv[1]).unlink(missing_ok=True)
    main(sys.argv[1])
