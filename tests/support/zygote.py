"""Forks services off a process that has imported all of them: a start costs 50 ms instead of two seconds of imports.

What is forked is a process like any other, with the command line, environment and files it is given; only its imports are made.

    python -m tests.support.zygote SOCKET

It says `ready` once it listens. Each connection is one process. In: a line of JSON, `{"argv", "env"}`, with descriptors of its standard input, output and errors
(`socket.send_fds`). Out: a line `{"pid"}`, and when it has ended a line `{"status"}`, as `os.waitstatus_to_exitcode` gives it. A
process whose connection ends is killed, and so are all of them when the standard input of this one ends.
"""

import contextlib
import gc
import importlib
import json
import os
import random
import runpy
import selectors
import signal
import socket
import sys
from pathlib import Path
from typing import Any, NoReturn

_MODULES = (
    *(f"services.{service}.main" for service in ("ingest", "matcher", "notifier", "subscriptions")),
    "runtime.dlq",
    "uvicorn.protocols.http.httptools_impl",
    "uvloop",
)


def main(path: str) -> None:
    for module in _MODULES:
        importlib.import_module(module)
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen(128)
        print("ready", flush=True)
        Zygote(server).run()
    Path(path).unlink()


class Zygote:
    """The loop."""

    def __init__(self, server: socket.socket) -> None:
        self._server = server
        self._woken, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake)
        self._running: dict[int, socket.socket] = {}
        """By pid."""
        self._selector = selectors.DefaultSelector()
        for readable in (server, self._woken, sys.stdin):
            self._selector.register(readable, selectors.EVENT_READ)

    def run(self) -> None:
        while True:
            for key, _ in self._selector.select():
                match key.fileobj:
                    case self._server:
                        self._start(self._server.accept()[0])
                    case self._woken:
                        os.read(self._woken, 4096)
                        self._reap()
                    case sys.stdin:
                        for pid in self._running:
                            os.kill(pid, signal.SIGKILL)
                        return
                    case connection:  # which ended: nobody cares for its process any more
                        self._selector.unregister(connection)
                        os.kill(key.data, signal.SIGKILL)

    def _start(self, connection: socket.socket) -> None:
        data, descriptors, _, _ = socket.recv_fds(connection, 65536, 3)
        while not data.endswith(b"\n"):
            data += connection.recv(65536)
        pid = os.fork()
        if pid == 0:
            _become(json.loads(data), descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        self._running[pid] = connection
        self._selector.register(connection, selectors.EVENT_READ, data=pid)
        _say(connection, {"pid": pid})

    def _reap(self) -> None:
        while self._running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            connection = self._running.pop(pid)
            with contextlib.suppress(KeyError):
                self._selector.unregister(connection)
            _say(connection, {"status": os.waitstatus_to_exitcode(status)})
            connection.close()


def _say(connection: socket.socket, what: dict[str, int]) -> None:
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # whoever started it has gone
        connection.sendall(json.dumps(what).encode() + b"\n")


def _become(wanted: dict[str, Any], descriptors: list[int]) -> NoReturn:
    code: Any = 1
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number, descriptor in enumerate(descriptors):
            os.dup2(descriptor, number)
        os.closerange(3, 1024)
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


if __name__ == "__main__":
    main(sys.argv[1])
