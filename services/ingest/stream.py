"""Records a stream of postings: lines enter as fast as they are recorded, a batch in a transaction; receipts leave in order.

What was told of is kept, whatever happens then. Memory holds one batch and one line, however long the stream is, however fast
its sender and however slow the reader of the receipts.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from datetime import UTC, datetime
from typing import Final

from runtime.errors import Permanent
from runtime.postgres import Pool
from services.ingest import metrics
from services.ingest.domain.batch import Item
from services.ingest.domain.lines import MOST_LINES, Gunzip, Line, Lines, Together
from services.ingest.domain.publisher import Publisher
from services.ingest.domain.receipt import Answer, Counts, Receipt
from services.ingest.record import announce, record_batch, sort_items
from services.ingest.store import transaction
from services.ingest.take import TooFast, look, take

PAUSE: Final = 0.2
"""Seconds without a byte after which what is there is recorded: its sender may wait for the receipts."""
LINGER: Final = 1.0
"""Seconds after which a batch is recorded though it is not full."""
IDLE: Final = 60.0
"""Seconds without a byte after which a stream is ended."""
Read = Callable[[float], Awaitable[bytes | None]]
"""The next bytes; none where nothing came within so many seconds, None at the end."""
Write = Callable[[bytes], Awaitable[None]]


class TooManyStreams(Permanent):
    """As many streams as may be are open already."""

    def __init__(self, *, own: bool) -> None:
        super().__init__(
            "you have as many streams open as you may: end one first"
            if own
            else "too many streams are open: try again in a moment"
        )
        self.own = own


class Idle(Permanent):
    """No byte came for a minute: the stream is ended. What was told of is kept."""


class Slots:
    """How many streams are open in this process, of each publisher and in all."""

    def __init__(self, *, own: int, total: int) -> None:
        self._own = own
        self._total = total
        self._open: Counter[int] = Counter()

    @contextmanager
    def held(self, publisher: Publisher) -> Iterator[None]:
        """Raises `TooManyStreams`."""
        if self._open[publisher.id] >= self._own:
            raise TooManyStreams(own=True)
        if self._open.total() >= self._total:
            raise TooManyStreams(own=False)
        self._open[publisher.id] += 1
        metrics.streams.inc()
        try:
            yield
        finally:
            metrics.streams.dec()
            self._open[publisher.id] -= 1
            self._open += Counter()  # forgets those at 0


class Streaming:
    """One stream. `line` is the first of which nothing was told yet: from there it is to be sent again."""

    def __init__(
        self,
        pool: Pool,
        wake: Callable[[], None],
        *,
        publisher: Publisher,
        owner: Callable[[], Awaitable[Publisher]],
        write: Write,
    ) -> None:
        """`owner` tells whose stream it is, before each batch: a key that no longer counts ends it."""
        self.line = 1
        self.counts = Counts()
        self._pool = pool
        self._wake = wake
        self._owner = owner
        self._write = write
        self._lines = Lines()
        self._since = 0.0
        self._most = _most_lines(publisher)
        self._batch = Together(self._most)

    async def run(self, read: Read, *, packed: bool) -> None:
        """To its end. Raises `Idle`, `BadGzip` and all that `authenticate` and `record_batch` raise."""
        async with aclosing(_pieces(read, self._is_waiting, packed=packed)) as pieces:
            async for piece in pieces:
                if not piece or (self._is_waiting() and time.monotonic() - self._since > LINGER):
                    await self._record()
                for line in self._lines.feed(piece):
                    await self._add(line)
        for line in self._lines.last():
            await self._add(line)
        await self._record()
        told = f'{{"lines":{self._lines.number},"counts":{self.counts.model_dump_json()}}}\n'
        await self._write(told.encode())

    def _is_waiting(self) -> bool:
        return bool(self._batch.items)

    async def _add(self, line: Line) -> None:
        """A posting that is in the batch already begins the next one: in a stream the later line holds."""
        item = line.item
        if self._batch.has(item):
            await self._record()
        if not self._is_waiting():
            self._since = time.monotonic()
        self._batch.add(line, item)
        if self._batch.is_full:
            await self._record()

    async def _record(self) -> None:
        if not self._is_waiting():
            return
        answer = await self._recorded(self._batch.items)
        self.counts = self.counts.plus(answer.items)
        numbers, self._batch = self._batch.numbers, Together(self._most)
        self.line = numbers[-1] + 1
        await self._write(b"".join(_told(numbers[receipt.index], receipt) for receipt in answer.items))

    async def _recorded(self, items: Sequence[Item]) -> Answer:
        """Once there is quota for it. Nothing is read meanwhile, so the sender waits too."""
        while True:
            publisher = await self._owner()
            self._most = _most_lines(publisher)
            try:
                return await self._try(publisher, items)
            except TooFast as error:
                await asyncio.sleep(min(error.wait.total_seconds(), IDLE))

    async def _try(self, publisher: Publisher, items: Sequence[Item]) -> Answer:
        await look(self._pool, publisher, len(items))
        started = time.perf_counter()
        batch = await sort_items(items, publisher=publisher.name, now=datetime.now(UTC))
        async with transaction(self._pool) as connection:
            answer = await record_batch(connection, publisher, batch)
            await take(connection, publisher, len(items))
        announce(self._wake, publisher, answer)
        metrics.batch_seconds.observe(time.perf_counter() - started)
        return answer


def _most_lines(publisher: Publisher) -> int:
    """No more than a minute's quota, so that a batch leaves no debt of many minutes."""
    return min(MOST_LINES, publisher.quota.per_minute or MOST_LINES)


async def _pieces(read: Read, is_waiting: Callable[[], bool], *, packed: bool) -> AsyncGenerator[bytes, None]:
    """What is read, unpacked; an empty piece where nothing came for a while and something waits to be recorded."""
    gunzip = Gunzip() if packed else None
    while (data := await read(PAUSE if is_waiting() else IDLE)) is not None:
        if not data and not is_waiting():
            raise Idle
        if gunzip is None or not data:
            yield data
            continue
        for piece in gunzip.feed(data):
            if piece:
                yield piece
            await asyncio.sleep(0)  # a little that is packed may be much, and others want their turn
    if gunzip is not None:
        gunzip.last()


def _told(number: int, receipt: Receipt) -> bytes:
    return f'{{"line":{number},{receipt.model_dump_json(exclude={"index"})[1:]}\n'.encode()
