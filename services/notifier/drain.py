"""Drains one batch of leases: frozen messages enter, each is attempted once, and what came of it is settled.

What is known of a message when it is sent is at most a second old. A message whose turn does not come in time stays frozen, and
whoever leases its destination next looks at it again.
"""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import Final, Protocol
from uuid import UUID

import stamina

from runtime import logs
from runtime.failpoint import failpoint
from runtime.postgres import TRANSIENT
from services.notifier import metrics
from services.notifier.domain.delivery import Contact, Delivery, Lease
from services.notifier.domain.retry import Attempt, Handover, readable
from services.notifier.freeze import Frozen, Ready
from services.notifier.settle import Result

_TOGETHER: Final = 0.1
"""Seconds after which finished attempts are settled without waiting for slower neighbours."""
_DETAIL: Final = 500

log = logs.get("notifier.drain")


class Sends(Protocol):
    """Makes one attempt; at most `slots` at a time, and `each` for one destination."""

    slots: asyncio.Semaphore
    each: int

    async def is_away(self) -> bool: ...
    async def send(self, delivery: Delivery, contact: Contact, *, handover: Handover) -> Attempt | None: ...


class Settles(Protocol):
    """Writes results and gives leases back."""

    async def settle(self, results: Sequence[Result], *, held: Sequence[Lease], done: Sequence[Lease]) -> None: ...


def until(deadline: float) -> AsyncIterator[stamina.Attempt]:
    """Try again while Postgres is away and the lease lasts: what was sent must be written down, or it is sent again."""
    return aiter(
        stamina.retry_context(on=TRANSIENT, attempts=None, timeout=max(0.1, deadline - time.monotonic()), wait_max=5.0)
    )


class Batch:
    """Some leases and the messages frozen under them. `run` once."""

    def __init__(
        self,
        leases: Sequence[Lease],
        frozen: Frozen,
        *,
        deadline: float,
        margin: timedelta,
        look_again: Callable[[Delivery], Awaitable[float]],
        sender: Sends,
        settler: Settles,
        is_stopping: Callable[[], bool],
    ) -> None:
        """`deadline`: until then (`time.monotonic`) the leases are surely ours; `margin`: what must be left for an attempt.

        `look_again` says until when (`time.monotonic`) a message may be sent on what is known now.
        """
        self._leases = leases
        self._deadline = deadline
        self._last_start = deadline - margin.total_seconds()
        self._look_again = look_again
        self._sender = sender
        self._settler = settler
        self._is_stopping = is_stopping
        self._frozen = frozen
        self._is_broken = False
        self._missed = self._late = 0
        self._open: Counter[UUID] = Counter(one.delivery.destination_id for one in frozen.ready)
        self._lanes: dict[UUID, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(sender.each))

    async def run(self) -> bool:
        """Returns when all is settled, whether every message came to its turn. Destinations are given back as they are done."""
        pending: set[asyncio.Task[Result]] = set()
        try:
            await self._settle([], {lease.destination_id for lease in self._leases} - self._open.keys())
            pending = {asyncio.create_task(self._attempt(one)) for one in self._frozen.ready}
            while pending:
                finished, pending = await asyncio.wait(pending, timeout=_TOGETHER)
                await self._take(finished)
        finally:
            self._is_broken = True  # what cannot be written down must not go on being sent
            await asyncio.gather(*pending, return_exceptions=True)
        if missed := self._missed + self._late:
            metrics.missed.labels(self._frozen.ready[0].delivery.channel).inc(missed)
        return not self._missed

    async def _attempt(self, one: Ready) -> Result:
        """Without an attempt where its turn did not come in time."""
        async with self._lanes[one.delivery.destination_id], self._sender.slots:
            if await self._is_too_late():
                self._missed += 1
                return Result(one.delivery, one.published_at, None)
            if one.withdrawn:
                return Result(one.delivery, one.published_at, None, one.withdrawn)
            failpoint("notifier.sending")
            attempt = await self._send(one)
            if attempt is None:
                self._late += 1  # the other side's doing: to lease less would not help
            return Result(one.delivery, one.published_at, attempt)

    async def _is_too_late(self) -> bool:
        """Whether no attempt may begin any more."""
        if self._is_stopping() or await self._sender.is_away():
            return True
        now = time.monotonic()
        return self._is_broken or now >= self._frozen.known_until or now > self._last_start

    async def _is_fresh(self, delivery: Delivery) -> bool:
        """Also long after it was frozen, where what is known by now still wants it sent: a slow server must not starve."""
        if time.monotonic() < self._frozen.known_until:
            return True
        try:
            known_until = await self._look_again(delivery)
        except TRANSIENT as error:
            log.warning("not sent, since it could not be looked at again", delivery=str(delivery.id), error=repr(error))
            return False
        return time.monotonic() < known_until

    async def _send(self, one: Ready) -> Attempt | None:
        started, handover = time.monotonic(), Handover(partial(self._is_fresh, one.delivery))
        try:
            return await self._sender.send(one.delivery, one.contact, handover=handover)
        except Exception as error:  # a fault of ours in one message must not hold up its neighbours: its attempt failed
            log.exception("attempt broke", delivery=str(one.delivery.id), correlation_id=one.delivery.correlation_id)
            taken = timedelta(seconds=time.monotonic() - started)
            return Attempt(handover.unanswered, readable(f"could not be sent: {type(error).__name__}: {error}", _DETAIL), taken)

    async def _take(self, finished: Iterable[asyncio.Task[Result]]) -> None:
        results, done = [], set()
        for task in finished:
            if error := task.exception():  # its destination is not given back: it is done again when the lease has run out
                log.error("a message did not come to its turn", exc_info=error)
                continue
            results.append(result := task.result())
            destination = result.delivery.destination_id
            self._open[destination] -= 1
            if not self._open[destination]:
                done.add(destination)
        await self._settle(results, done)

    async def _settle(self, results: Sequence[Result], done: set[UUID]) -> None:
        concerned = done | {result.delivery.destination_id for result in results}
        if not concerned:
            return
        held = [lease for lease in self._leases if lease.destination_id in concerned]
        async for attempt in until(self._deadline):
            with attempt:
                await self._settler.settle(results, held=held, done=[one for one in held if one.destination_id in done])
