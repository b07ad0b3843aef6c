"""Reads a whole compacted topic into memory and then follows it: for state that is rebuilt at every start, without a group.

Every replica reads every partition. A record that cannot be decoded is counted and logged and stays in the topic, where the
group that also stores it sets it aside as a dead letter.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
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
        settings = CONSUMER_SETTINGS | {"group_id": None, "enable_auto_commit": False}
        consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, client_id=self._client, **settings)
        await consumer.start()
        try:
            partitions = [TopicPartition(self._topic, number) for number in await self._partitions(consumer)]
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            ends = {partition: end for partition, end in (await consumer.end_offsets(partitions)).items() if end}
            while True:
                await self._fetch(consumer)
                if not self.caught_up.is_set() and await _reached(consumer, ends):
                    self.caught_up.set()
        finally:
            await consumer.stop()

    async def _partitions(self, consumer: AIOKafkaConsumer) -> set[int]:
        await consumer._client.force_metadata_update()  # noqa: SLF001 -- without a subscription nothing else asks for it
        found: set[int] | None = consumer.partitions_for_topic(self._topic)
        if not found:
            raise RuntimeError(f"topic {self._topic} does not exist: run `python -m deploy.provision topics`")
        return found

    async def _fetch(self, consumer: AIOKafkaConsumer) -> None:
        batches = await consumer.getmany(timeout_ms=100, max_records=5000)
        events: list[E] = []
        for records in batches.values():
            for record in records:
                if record.value is not None:
                    self._decode(record.value, events)
        self.last_progress = time.monotonic()
        if events:
            await self._apply(events)

    def _decode(self, value: bytes, into: list[E]) -> None:
        try:
            into.append(decode(self._adapter, value))
        except BadRecord as error:
            telemetry.refused.labels(self._topic).inc()
            log.error("record refused, it stays in its topic", topic=self._topic, error=str(error))


async def _reached(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> bool:
    for partition, end in ends.items():
        if await consumer.position(partition) < end:
            return False
    return True
