"""When partitions of `postings` come to this process, it reads their last ten minutes again, without comparing them anew.

Who read them before may have died before it saw a subscription that should have met them: its filter was saved before the
posting was published, but arrived after the posting was compared.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from aiokafka import ConsumerRebalanceListener

from services.matcher.match import Event, Matcher

Read = Callable[[set[int]], AsyncIterator[list[Event]]]
"""Gives the recent events of these partitions, in batches."""


class Recaller(ConsumerRebalanceListener):  # type: ignore[misc]  # has no types
    """Listens for assignments; `run` reads again what they bring."""

    def __init__(self, matcher: Matcher, read: Read) -> None:
        self._matcher = matcher
        self._read = read
        self._held: set[int] = set()
        self._new: asyncio.Queue[set[int]] = asyncio.Queue()

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """Nothing: what is remembered twice is told twice, and the ledger takes it once."""

    async def on_partitions_assigned(self, assigned: Any) -> None:
        numbers = {partition.partition for partition in assigned}
        if new := numbers - self._held:
            self._new.put_nowait(new)
        self._held = numbers

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            async for events in self._read(await self._new.get()):
                await self._matcher.recall(events)
