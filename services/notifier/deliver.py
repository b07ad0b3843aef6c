"""Delivers what is due, for one channel: lease destinations, freeze what they are told, send it, settle what came of it.

Nothing but the lease is held while SMTP or HTTP talks: no connection, no lock. A message is committed before its first
attempt, so that a repeat after a crash has the same id and bytes; who lost the lease records nothing.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

from runtime import logs
from runtime.failpoint import failpoint
from runtime.health import STUCK, Check
from runtime.outbox import Listener
from runtime.postgres import TRANSIENT
from services.notifier.domain.delivery import Delivery, Lease
from services.notifier.domain.pace import USUAL, Pace
from services.notifier.drain import Batch, Sends, Settles, until
from services.notifier.freeze import Frozen

_SWEEP: Final = 0.5
"""Seconds after which the dispatcher looks without being woken: for retries that fall due, and for a lost signal."""
_SILENT: Final = 0.1
"""Seconds between looks at whether the heartbeat, or the mail server, is back."""
_MORE: Final = 5

log = logs.get("notifier.deliver")


def dispatch_check(channel: str, dispatcher: "Dispatcher") -> Check:
    """Ready while the dispatcher looks for what is due, and may send it or will soon: a short silence is no fault."""
    name, now = f"dispatch {channel}", time.monotonic()
    if (quiet := now - dispatcher.last_look) > STUCK:
        return Check(name, ready=False, detail=f"has not looked for what is due for {quiet:.0f} s")
    if dispatcher.silent_since is None:
        return Check(name, ready=True, detail=f"last look {quiet:.1f} s ago")
    silence = now - dispatcher.silent_since
    detail = f"nothing is sent for {silence:.0f} s: the heartbeat of subscriptions is missing or older than a second"
    return Check(name, ready=silence <= STUCK, detail=detail)


class Freezes(Protocol):
    """Decides what the destinations are told now, and commits it."""

    async def is_silent(self) -> bool: ...
    async def freeze(self, leases: Sequence[Lease]) -> Frozen: ...
    async def look_again(self, delivery: Delivery) -> float: ...


class Dispatcher:
    """Runs until cancelled; several batches of leases are under way at a time."""

    def __init__(
        self,
        *,
        claim: Callable[[int], Awaitable[list[Lease]]],
        freezer: Freezes,
        sender: Sends,
        settler: Settles,
        most: int = 100,
        batches: int = 8,
        pace: Pace = USUAL,
    ) -> None:
        """`claim(n)` leases up to n destinations for `pace.lease`; `most` are leased at a time, in so many `batches`."""
        self.last_look = time.monotonic()
        self.silent_since: float | None = None
        """Since when (`time.monotonic`) nothing is sent because the heartbeat of `subscriptions` is too old."""
        self._claim = claim
        self._freezer = freezer
        self._sender = sender
        self._settler = settler
        self._most = self._size = most
        self._pace = pace
        self._batches = asyncio.Semaphore(batches)
        self._under_way: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def run(self, listener: Listener) -> None:
        """Look when woken and at every sweep. At the end, attempts under way are finished, and no other begins."""
        self._stopping = False
        try:
            while True:
                await self._batches.acquire()
                leases, deadline = await self._lease()
                if leases:
                    self._start(leases, deadline)
                else:
                    self._batches.release()
                    await listener.wait(_SWEEP)
        finally:
            self._stopping = True
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _lease(self) -> tuple[list[Lease], float]:
        """Some leases, and until when (monotonic) they are surely ours. None while Postgres is away or nothing may be sent."""
        try:
            # Polled: the answers are in Postgres, written by any replica, and in another server.
            while await self._is_silent() or await self._sender.is_away():  # noqa: ASYNC110
                await asyncio.sleep(_SILENT)
            deadline = time.monotonic() + self._pace.lease.total_seconds()
            leases = await self._claim(self._size)
        except TRANSIENT as error:
            log.warning("nothing leased, will look again", error=repr(error))
            return [], 0.0
        if leases:
            failpoint("notifier.leased")
        return leases, deadline

    async def _is_silent(self) -> bool:
        silent = await self._freezer.is_silent()
        self.last_look = time.monotonic()
        self.silent_since = (self.silent_since or self.last_look) if silent else None
        return silent

    def _start(self, leases: Sequence[Lease], deadline: float) -> None:
        task = asyncio.create_task(self._work(leases, deadline))
        self._under_way.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._batches.release()
        if not task.cancelled() and (error := task.exception()):
            log.error("a batch of deliveries failed; its leases run out and it is done again", exc_info=error)

    async def _work(self, leases: Sequence[Lease], deadline: float) -> None:
        try:
            frozen = await self._freeze(leases, deadline)
        except TRANSIENT:
            raise
        except Exception:
            if len(leases) == 1:
                raise
            log.exception("a batch could not be frozen, its destinations are done one by one")
            await self._work_apart(leases, deadline)
        else:
            came_to_turn = await Batch(
                leases,
                frozen,
                deadline=deadline,
                margin=self._pace.margin,
                look_again=self._freezer.look_again,
                sender=self._sender,
                settler=self._settler,
                is_stopping=lambda: self._stopping,
            ).run()
            self._adapt(came_to_turn=came_to_turn)

    def _adapt(self, *, came_to_turn: bool) -> None:
        """What is leased but does not come to its turn while it is fresh was read in vain: lease as much as is sent in time."""
        self._size = min(self._most, self._size + _MORE) if came_to_turn else max(1, self._size // 2)

    async def _work_apart(self, leases: Sequence[Lease], deadline: float) -> None:
        """The destination that is at fault must not keep its neighbours' alerts."""
        done = await asyncio.gather(*(self._work([lease], deadline) for lease in leases), return_exceptions=True)
        for lease, error in zip(leases, done, strict=True):
            if error is not None:
                log.error("nothing can be frozen for a destination", destination=str(lease.destination_id), exc_info=error)

    async def _freeze(self, leases: Sequence[Lease], deadline: float) -> Frozen:
        async for attempt in until(deadline):
            with attempt:
                return await self._freezer.freeze(leases)
        raise AssertionError("unreachable: the last attempt's error is raised")
