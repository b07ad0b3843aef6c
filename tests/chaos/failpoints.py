"""Every failpoint there is, found in the source, so that a new one is killed at without anybody telling the harness."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICES = ("ingest", "matcher", "notifier", "subscriptions")
_RELAYS = ("ingest", "notifier", "subscriptions")
_CONSUMERS = ("matcher", "notifier", "subscriptions")
_SHARED = {"relay": _RELAYS, "consumer": _CONSUMERS, "dead_letter": _CONSUMERS}
"""Which services pass those of `runtime`, by the first part of their name."""
COMMANDS = ("dlq.", "reshard.", "rejection.", "idempotency.")
"""Passed by commands, or by requests that a storm does not make; they have tests of their own."""


def by_service() -> dict[str, list[str]]:
    """The failpoints that each service passes, in alphabetical order."""
    found: dict[str, set[str]] = {service: set() for service in SERVICES}
    for service in SERVICES:
        found[service].update(_in(ROOT / "services" / service))
    for name in _in(ROOT / "runtime"):
        for service in _SHARED[name.partition(".")[0]]:
            found[service].add(name)
    return {service: sorted(names) for service, names in found.items()}


def _in(folder: Path) -> Iterator[str]:
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "failpoint":
                (name,) = node.args
                assert isinstance(name, ast.Constant), f"{file}:{node.lineno}: a failpoint's name is written out"
                if not str(name.value).startswith(COMMANDS):
                    yield str(name.value)
