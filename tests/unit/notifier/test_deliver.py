"""How much a dispatcher takes upon itself: as much as is sent while what it knows is fresh."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import pytest

from services.notifier.deliver import Dispatcher, dispatch_check
from services.notifier.domain.delivery import Contact, Delivery, Lease
from services.notifier.domain.retry import Attempt, Handover
from services.notifier.freeze import Frozen, Ready
from services.notifier.settle import Result
from tests.support.until import until
from tests.unit.notifier.made import NOW, uid


class World:
    """Destinations without end, each with one message; `fresh_for` seconds it may be sent after it was frozen."""

    def __init__(self, *fresh_for: float) -> None:
        self.asked_for: list[int] = []
        self.given_back: list[int] = []
        self.slots, self.each = asyncio.Semaphore(1000), 1
        self.silences = 0
        self._fresh_for = list(fresh_for)
        self.done = asyncio.Event()

    async def claim(self, limit: int) -> list[Lease]:
        if len(self.asked_for) == len(self._fresh_for):
            self.done.set()
            await asyncio.Event().wait()
        self.asked_for.append(limit)
        return [Lease(uid(f"{len(self.asked_for)} {number}"), 1, NOW) for number in range(limit)]

    async def is_silent(self) -> bool:
        self.silences -= 1
        return self.silences >= 0

    async def freeze(self, leases: Sequence[Lease]) -> Frozen:
        ready = [Ready(_delivery(lease), Contact(), None, "") for lease in leases]
        return Frozen(ready, time.monotonic() + self._fresh_for[len(self.asked_for) - 1])

    async def look_again(self, delivery: Delivery) -> float:  # noqa: ARG002
        return 0.0

    async def is_away(self) -> bool:
        return False

    async def send(self, delivery: Delivery, contact: Contact, *, handover: Handover) -> Attempt:  # noqa: ARG002
        return Attempt("sent", "", timedelta(0))

    async def settle(self, results: Sequence[Result], *, held: Sequence[Lease], done: Sequence[Lease]) -> None:  # noqa: ARG002
        self.given_back.append(len(done))


def _delivery(lease: Lease) -> Delivery:
    plain: dict[str, Any] = {
        "told": None,
        "message_id": "",
        "content": {},
        "members": (),
        "alert_ids": (),
        "correlation_id": "",
    }
    return Delivery(
        id=lease.destination_id,
        channel="email",
        purpose="alert",
        destination_id=lease.destination_id,
        subscriber_id=uid("subscriber"),
        frozen_at=NOW,
        **plain,
    )


async def test_it_leases_less_while_messages_miss_their_turn_and_more_again_when_they_do_not() -> None:
    late, fresh = -1.0, 60.0
    world = World(fresh, late, late, late, fresh, fresh, late)
    dispatcher = Dispatcher(claim=world.claim, freezer=world, sender=world, settler=world, most=40, batches=1)
    running = asyncio.create_task(dispatcher.run(listener=None))  # type: ignore[arg-type]  # something is always due
    async with asyncio.timeout(10):
        await world.done.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert world.asked_for == [40, 40, 20, 10, 5, 10, 15]
    assert world.given_back == world.asked_for  # sent or not, all are given back


def dispatcher_of(world: World) -> Dispatcher:
    return Dispatcher(claim=world.claim, freezer=world, sender=world, settler=world, batches=1)


# fmt: off
CHECKS: Final[list[tuple[float, float | None, bool, str]]] = [
    (0,  None, True,  "last look 0.0 s ago"),
    (59, None, True,  "last look 59.0 s ago"),
    (61, None, False, "has not looked for what is due for 61 s"),
    (0,  30,   True,  "nothing is sent for 30 s: the heartbeat of subscriptions is missing or older than a second"),
    (0,  61,   False, "nothing is sent for 61 s: the heartbeat of subscriptions is missing or older than a second"),
    (61, 61,   False, "has not looked for what is due for 61 s"),
]
# fmt: on


@pytest.mark.parametrize(("quiet", "silent", "ready", "said"), CHECKS)
def test_a_dispatcher_is_ready_while_it_looks_and_is_not_silent_for_long(
    quiet: float, silent: float | None, ready: bool, said: str
) -> None:
    dispatcher, now = dispatcher_of(World()), time.monotonic()
    dispatcher.last_look = now - quiet
    dispatcher.silent_since = None if silent is None else now - silent
    check = dispatch_check("email", dispatcher)
    assert (check.name, check.ready, check.detail) == ("dispatch email", ready, said)


async def test_a_look_that_finds_silence_is_a_look_and_the_silence_lasts_from_the_first_to_the_last() -> None:
    world = World(60.0, 60.0)
    dispatcher, before = dispatcher_of(world), time.monotonic()
    dispatcher.last_look = before - 100
    world.silences = 10_000
    running = asyncio.create_task(dispatcher.run(listener=None))  # type: ignore[arg-type]

    async def is_silent_still() -> bool:
        return world.silences <= 9_997

    await until(is_silent_still, within=10)
    since = dispatcher.silent_since
    assert since is not None
    assert before <= since < dispatcher.last_look
    world.silences = 0
    async with asyncio.timeout(10):
        await world.done.wait()
    assert dispatcher.silent_since is None
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
