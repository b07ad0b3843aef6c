"""Reads topics without a group: a whole compacted one that is then followed, or the latest of some partitions once more.

For state that is rebuilt at every start; every replica reads for itself. A record that cannot be decoded is counted and logged
and stays in the topic, where the group that also stores it sets it aside as a dead letter.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Generic, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import TypeAdapter

from runtime import logs, telemetry
from runtime.broker import CONSUMER_SETTINGS
from runtime.decoding import BadRecord, decode

E = TypeVar("E")
log = logs.get("runtime.reader")


class CompactedReader(Generic[E]):
    """Awaits `apply` with the events of each fetch; sets `caught_up` when it reached the end it saw at the start."""

    def __init__(
        self,
        bootstrap: str,
        *,
        topic: str,
        adapter: TypeAdapter[E],
        apply: Callable[[list[E]], Awaitable[None]],
        client: str,
    ) -> None:
        self.caught_up = asyncio.Event()
        self.last_progress = time.monotonic()
        self._bootstrap = bootstrap
        self._topic = topic
        self._adapter = adapter
        self._apply = apply
        self._client = client

    async def run(self) -> None:
        """Read until cancelled."""
        async with _reading(self._bootstrap, self._client) as consumer:
            partitions = [TopicPartition(self._topic, number) for number in await self._partitions(consumer)]
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            ends = {partition: end for partition, end in (await consumer.end_offsets(partitions)).items() if end}
            while True:
                events = await _fetch(consumer, self._adapter)
                self.last_progress = time.monotonic()
                if events:
                    await self._apply(events)
                if not self.caught_up.is_set() and await _reached(consumer, ends):
                    self.caught_up.set()

    async def _partitions(self, consumer: AIOKafkaConsumer) -> set[int]:
        await consumer._client.force_metadata_update()  # noqa: SLF001 -- without a subscription nothing else asks for it
        found: set[int] | None = consumer.partitions_for_topic(self._topic)
        if not found:
            raise RuntimeError(f"topic {self._topic} does not exist: run `python -m deploy.provision topics`")
        return found


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
            yield await _fetch(consumer, adapter)


@asynccontextmanager
async def _reading(bootstrap: str, client: str) -> AsyncIterator[AIOKafkaConsumer]:
    settings = CONSUMER_SETTINGS | {"group_id": None, "enable_auto_commit": False}
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, client_id=client, **settings)
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def _fetch(consumer: AIOKafkaConsumer, adapter: TypeAdapter[E]) -> list[E]:
    batches = await consumer.getmany(timeout_ms=100, max_records=5000)
    events: list[E] = []
    for partition, records in batches.items():
        for record in records:
            if record.value is not None:
                _decode(record.value, adapter, partition.topic, events)
    return events


def _decode(value: bytes, adapter: TypeAdapter[E], topic: str, into: list[E]) -> None:
    try:
        into.append(decode(adapter, value))
    except BadRecord as error:
        telemetry.refused.labels(topic).inc()
        log.error("record refused, it stays in its topic", topic=topic, error=str(error))


async def _reached(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> bool:
    for partition, end in ends.items():
        if await consumer.position(partition) < end:
            return False
    return True
