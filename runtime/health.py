"""Live: the process answers. Ready: it has its partitions, moves when there is something to move, and its outbox drains.

A check returns what it saw; `ready` is false where any of them is.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runtime import telemetry

if TYPE_CHECKING:
    from runtime.consumer import BatchConsumer
    from runtime.outbox import Relay

STUCK = 60.0
"""Seconds without progress after which something that has work is taken for stuck."""


@dataclass(frozen=True, slots=True)
class Check:
    """What one part of the service says of itself."""

    name: str
    ready: bool
    detail: str


Checker = Callable[[], Check]


def consumer_check(consumer: "BatchConsumer[Any]") -> Check:
    """Ready with partitions assigned, unless records wait or are being handled and none was done with for a minute.

    Not ready at once where dead letters have reached the ceiling.
    """
    quiet, lag = time.monotonic() - consumer.last_progress, consumer.lag
    telemetry.lag.labels(consumer.group).set(lag)
    if consumer.halted:
        return Check(consumer.group, ready=False, detail=consumer.halted)
    ready = consumer.assigned > 0 and not (lag and quiet > STUCK)
    return Check(consumer.group, ready, f"{consumer.assigned} partitions, lag {lag}, last progress {quiet:.1f} s ago")


def relay_check(relay: "Relay") -> Check:
    """Ready while the oldest outbox row is young and the leader gets to publish. A follower that waits to lead is ready."""
    quiet = time.monotonic() - relay.last_progress
    if not relay.leading:
        waits = relay.leading is False
        detail = f"another relay leads, last look {quiet:.1f} s ago" if waits else "has not reached Postgres yet"
        return Check("outbox", ready=waits and quiet < STUCK, detail=detail)
    age = telemetry.outbox_age._value.get()  # noqa: SLF001 -- the gauge is where the relay puts it; no second copy
    ready = age < STUCK and quiet < STUCK  # without Kafka there is no look at the rows, and so no age
    return Check("outbox", ready, f"oldest row {age:.1f} s, last look {quiet:.1f} s ago")


def ready(checkers: Sequence[Checker]) -> tuple[bool, dict[str, dict[str, object]]]:
    """All checks together."""
    checks = [check() for check in checkers]
    details: dict[str, dict[str, object]] = {check.name: {"ready": check.ready, "detail": check.detail} for check in checks}
    return all(check.ready for check in checks), details
