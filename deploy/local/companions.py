"""The two servers of our own that complete the stack: the inbox that catches mail, and the receiver of webhooks."""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from deploy.local.child import Child, launch
from deploy.local.errors import explained
from deploy.local.guard import Guard
from deploy.local.ports import HOST, on_free_ports

Say = Callable[[str], None]
T = TypeVar("T")


@dataclass(frozen=True)
class Inbox:
    """`url` has no slash at its end; `journal` has one JSON line for each accepted mail."""

    child: Child
    smtp_port: int
    url: str
    journal: Path

    def stop(self) -> None:
        self.child.stop()


@dataclass(frozen=True)
class Receiver:
    """`url` has no slash at its end; `journal` has one JSON line for each delivery."""

    child: Child
    url: str
    journal: Path

    def stop(self) -> None:
        self.child.stop()


def start_inbox(folder: Path, say: Say, *, guard: Guard | None = None) -> Inbox:
    """Start the inbox where it was last in `folder`, or on free ports; its mails begin anew, its journal goes on."""
    journal = folder / "mails.jsonl"

    def start(ports: list[int]) -> Inbox:
        smtp, http = ports
        options = ["--smtp-port", str(smtp), "--http-port", str(http), "--log", str(journal)]
        return Inbox(_start("inbox", options, folder, http, guard), smtp, f"http://{HOST}:{http}", journal)

    return _timed("the inbox", folder, 2, start, say)


def start_receiver(folder: Path, say: Say, *, guard: Guard | None = None) -> Receiver:
    """Start the receiver where it was last in `folder`, or on a free port; its list begins anew, its journal goes on."""
    journal = folder / "deliveries.jsonl"

    def start(ports: list[int]) -> Receiver:
        options = ["--port", str(ports[0]), "--log", str(journal)]
        return Receiver(_start("receiver", options, folder, ports[0], guard), f"http://{HOST}:{ports[0]}", journal)

    return _timed("the webhook receiver", folder, 1, start, say)


def _timed(name: str, folder: Path, ports: int, start: Callable[[list[int]], T], say: Say) -> T:
    began = time.monotonic()
    with explained(f"prepare the folder of {name}", folder):
        folder.mkdir(parents=True, exist_ok=True)
        started = on_free_ports(folder / "ports", ports, start)
    say(f"{name} is up ({time.monotonic() - began:.1f} s)")
    return started


def _start(name: str, options: Sequence[str], folder: Path, port: int, guard: Guard | None) -> Child:
    argv = [sys.executable, "-m", f"deploy.local.{name}", *options]
    child = launch(name, argv, log=folder / f"{name}.log", cwd=folder, guard=guard, patience=5)
    try:
        child.wait_ready(f"http://{HOST}:{port}/health")
    except BaseException:
        child.kill()
        raise
    return child
