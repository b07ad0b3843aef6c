"""Reads topics without a group: a whole compacted one that is then followed, or the latest of some partitions once more.

For state that is rebuilt at every start; every replica reads for itself. A record that cannot be decoded is counted and logged
and stays in the topic, where the group that also stores it sets it aside as a dead letter.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final, Generic, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from pydantic import TypeAdapter

from runtime import logs, telemetry
from runtime.broker import CONSUMER_SETTINGS
from runtime.decoding import BadRecord, decode
from runtime.source import Source, find_source

E = TypeVar("E")
Resume = Callable[[Source], Awaitable[Mapping[int, int]]]
"""Given the topic as it is, the offset by partition before which everything is known already; empty for nothing."""
AWAY: Final = (KafkaError, TimeoutError)
"""What a reader meets while Kafka cannot be reached."""
_QUIET: Final = 2.0
"""Seconds without a record after which Kafka is asked whether it is there: aiokafka waits for it in silence. Twice this without
an answer is an interruption."""
log = logs.get("runtime.reader")


async def from_beginning(source: Source) -> Mapping[int, int]:  # noqa: ARG001 -- a `Resume`
    """Nothing is known."""
    return {}


class CompactedReader(Generic[E]):
    """Awaits `apply` with the events of each fetch, again with the same ones where it raised because Kafka was away.

    Sets `caught_up` when it first reached the end that it saw; `following` tells whether it has reached it at present.
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        topic: str,
        adapter: TypeAdapter[E],
        apply: Callable[[list[E]], Awaitable[None]],
        client: str,
        resume: Resume = from_beginning,
    ) -> None:
        self.caught_up = asyncio.Event()
        self.following = False
        self.last_progress = time.monotonic()
        self.source: Source | None = None
        """The topic as it was at the start."""
        self.offsets: dict[int, int] = {}
        """By partition: everything before it has been applied."""
        self._bootstrap = bootstrap
        self._topic = topic
        self._adapter = adapter
        self._apply = apply
        self._client = client
        self._resume = resume

    async def run(self) -> None:
        """Read until cancelled. Survives Kafka going away, and goes on where it was."""
        failures = 0
        while True:
            before = self.last_progress
            try:
                async with _reading(self._bootstrap, self._client) as consumer:
                    await self._follow(consumer)
            except AWAY as error:
                failures = 1 if self.last_progress > before else failures + 1
                await pause_after(error, failures, topic=self._topic)

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        await self._begin(consumer)
        ends = await self._ask_ends(consumer)
        try:
            while True:
                events, offsets = await _fetch(consumer, self._adapter)
                if events:
                    await self._apply(events)
                self.offsets |= offsets
                if offsets:
                    self.last_progress = time.monotonic()
                elif time.monotonic() - self.last_progress > _QUIET:
                    ends = await self._ask_ends(consumer)
                    self.following = await _reached(consumer, ends)
                if not self.following and await _reached(consumer, ends):
                    self.following = True
                    self.caught_up.set()
        finally:
            self.following = False

    async def _begin(self, consumer: AIOKafkaConsumer) -> None:
        """Stand where it was; at the first time, where `resume` says or at the beginning."""
        if self.source is None:
            source = await find_source(consumer, self._topic)
            self.offsets = dict(source.starts) | dict(await self._resume(source))
            self.source = source
        consumer.assign(self._partitions())
        for partition in self._partitions():
            consumer.seek(partition, self.offsets[partition.partition])

    async def _ask_ends(self, consumer: AIOKafkaConsumer) -> Mapping[TopicPartition, int]:
        async with asyncio.timeout(_QUIET):
            ends: Mapping[TopicPartition, int] = await consumer.end_offsets(self._partitions())
        self.last_progress = time.monotonic()
        return ends

    def _partitions(self) -> list[TopicPartition]:
        return [TopicPartition(self._topic, number) for number in self.offsets]


async def pause_after(error: BaseException, failures: int, *, topic: str) -> None:
    """Say that reading was interrupted, and wait: longer each time, at most five seconds."""
    pause = min(5.0, 0.1 * 2**failures)
    log.warning("reading interrupted, will take up again", topic=topic, error=repr(error), pause=pause)
    await asyncio.sleep(pause)


async def read_since(
    bootstrap: str, *, topic: str, partitions: Iterable[int], since: datetime, adapter: TypeAdapter[E], client: str
) -> AsyncIterator[list[E]]:
    """The events of these partitions that are stamped `since` or later, up to the end seen at the start, in batches."""
    async with _reading(bootstrap, client) as consumer:
        wanted = [TopicPartition(topic, number) for number in partitions]
        consumer.assign(wanted)
        starts = await consumer.offsets_for_times(dict.fromkeys(wanted, int(since.timestamp() * 1000)))
        ends = await consumer.end_offsets(wanted)
        for partition, start in starts.items():  # None where nothing is that late
            consumer.seek(partition, start.offset if start else ends[partition])
        while not await _reached(consumer, ends):
            events, _ = await _fetch(consumer, adapter)
            yield events


@asynccontextmanager
async def _reading(bootstrap: str, client: str) -> AsyncIterator[AIOKafkaConsumer]:
    settings = CONSUMER_SETTINGS | {"group_id": None, "enable_auto_commit": False}
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, client_id=client, **settings)
    try:
        await consumer.start()
        yield consumer
    finally:
        await _stop(consumer)


async def _stop(consumer: AIOKafkaConsumer) -> None:
    """Stop it in a task of its own: where Kafka is away, the cancellation of one of its fetches comes out of it (aiokafka 0.14,
    `Fetcher.close`), which would pass for ours, and its connections stay open.
    """
    stopping = asyncio.create_task(consumer.stop())
    await asyncio.wait({stopping})
    if stopping.cancelled():
        await consumer._client.close()  # noqa: SLF001 -- `stop` does nothing the second time
    else:
        stopping.result()


async def _fetch(consumer: AIOKafkaConsumer, adapter: TypeAdapter[E]) -> tuple[list[E], dict[int, int]]:
    """The events, and by partition the offset after the last record: bad ones and tombstones are passed too."""
    batches = await consumer.getmany(timeout_ms=100, max_records=5000)
    events: list[E] = []
    for partition, records in batches.items():
        for record in records:
            if record.value is not None:
                _decode(record.value, adapter, partition.topic, events)
    return events, {partition.partition: records[-1].offset + 1 for partition, records in batches.items() if records}


def _decode(value: bytes, adapter: TypeAdapter[E], topic: str, into: list[E]) -> None:
    try:
        into.append(decode(adapter, value))
    except BadRecord as error:
        telemetry.refused.labels(topic).inc()
        log.error("record refused, it stays in its topic", topic=topic, error=str(error))


async def _reached(consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> bool:
    for partition, end in ends.items():
        if await consumer.position(partition) < end:
            return False
    return True
