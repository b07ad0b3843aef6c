"""Delivers what is due, for one channel: lease destinations, freeze what they are told, send it, settle what came of it.

Nothing but the lease is held while SMTP or HTTP talks: no connection, no lock. A message is committed before its first
attempt, so that a repeat after a crash has the same id and bytes; who lost the lease records nothing.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final, Protocol
from uuid import UUID

import stamina

from runtime import logs
from runtime.outbox import Listener
from runtime.postgres import TRANSIENT
from services.notifier.domain.delivery import Contact, Delivery, Lease
from services.notifier.domain.retry import Attempt
from services.notifier.freeze import Ready
from services.notifier.settle import Result

LEASE: Final = timedelta(seconds=180)
_MARGIN: Final = 75.0
"""Seconds a lease must still last for an attempt to begin: longer than the longest attempt and its settling."""
_SWEEP: Final = 0.5
"""Seconds after which the dispatcher looks without being woken: for retries that fall due, and for a lost signal."""
_SILENT: Final = 0.1
"""Seconds between looks at whether the heartbeat is back."""
_TOGETHER: Final = 0.1
"""Seconds after which finished attempts are settled without waiting for slower neighbours."""

log = logs.get("notifier.deliver")


class Freezes(Protocol):
    """Decides what the destinations are told now, and commits it."""

    async def is_silent(self) -> bool: ...
    async def freeze(self, leases: Sequence[Lease]) -> list[Ready]: ...


class Sends(Protocol):
    """Makes one attempt; at most `slots` at a time."""

    slots: asyncio.Semaphore

    async def send(self, delivery: Delivery, contact: Contact) -> Attempt: ...


class Settles(Protocol):
    """Writes results and gives leases back."""

    async def settle(self, results: Sequence[Result], *, held: Sequence[Lease], done: Sequence[Lease]) -> None: ...


class Dispatcher:
    """Runs until cancelled; several batches of leases are under way at a time."""

    def __init__(
        self,
        *,
        claim: Callable[[], Awaitable[list[Lease]]],
        freezer: Freezes,
        sender: Sends,
        settler: Settles,
        batches: int = 4,
    ) -> None:
        self.last_look = time.monotonic()
        self._claim = claim
        self._freezer = freezer
        self._sender = sender
        self._settler = settler
        self._batches = asyncio.Semaphore(batches)
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self, listener: Listener) -> None:
        """Look when woken and at every sweep. At the end, what is under way is finished."""
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
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _lease(self) -> tuple[list[Lease], float]:
        """Some leases, and until when (monotonic) they are surely ours. None while Postgres is away or nothing may be sent."""
        try:
            while await self._freezer.is_silent():  # noqa: ASYNC110 -- the answer is in Postgres, written by any replica
                await asyncio.sleep(_SILENT)
            deadline = time.monotonic() + LEASE.total_seconds()
            leases = await self._claim()
        except TRANSIENT as error:
            log.warning("nothing leased, will look again", error=repr(error))
            return [], 0.0
        self.last_look = time.monotonic()
        return leases, deadline

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
        ready: list[Ready] = []
        async for attempt in _until(deadline):
            with attempt:
                ready = await self._freezer.freeze(leases)
        open_at: Counter[UUID] = Counter(one.delivery.destination_id for one in ready)
        idle = [lease for lease in leases if not open_at[lease.destination_id]]
        await self._settle([], leases, idle, deadline)
        pending = {asyncio.create_task(self._attempt(one, deadline)) for one in ready}
        while pending:
            finished, pending = await asyncio.wait(pending, timeout=_TOGETHER)
            results = [result for task in finished if (result := task.result()) is not None]
            open_at.subtract(result.delivery.destination_id for result in results)
            now_done = {result.delivery.destination_id for result in results if not open_at[result.delivery.destination_id]}
            await self._settle(results, leases, [one for one in leases if one.destination_id in now_done], deadline)

    async def _attempt(self, one: Ready, deadline: float) -> Result | None:
        """One attempt; None where the lease would not last: the message stays frozen, and whoever leases it next sends it."""
        if one.withdrawn:
            return Result(one.delivery, one.published_at, None, one.withdrawn)
        async with self._sender.slots:
            if time.monotonic() + _MARGIN > deadline:
                return None
            return Result(one.delivery, one.published_at, await self._send(one))

    async def _send(self, one: Ready) -> Attempt:
        started = time.monotonic()
        try:
            return await self._sender.send(one.delivery, one.contact)
        except Exception as error:  # a fault of ours in one message must not hold up its neighbours: its attempt failed
            log.exception("attempt broke", delivery=str(one.delivery.id), correlation_id=one.delivery.correlation_id)
            taken = timedelta(seconds=time.monotonic() - started)
            return Attempt("deferred", f"could not be sent: {type(error).__name__}: {error}"[:500], taken)

    async def _settle(self, results: Sequence[Result], held: Sequence[Lease], done: Sequence[Lease], deadline: float) -> None:
        if results or done:
            async for attempt in _until(deadline):
                with attempt:
                    await self._settler.settle(results, held=held, done=done)


def _until(deadline: float) -> AsyncIterator[stamina.Attempt]:
    """Try again while Postgres is away and the lease lasts: what was sent must be written down, or it is sent again."""
    return aiter(
        stamina.retry_context(on=TRANSIENT, attempts=None, timeout=max(0.1, deadline - time.monotonic()), wait_max=5.0)
    )
