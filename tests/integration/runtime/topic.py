"""What tests write to Kafka and read back, besides the code they test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from pydantic import TypeAdapter

from schemas.contract import Event

PATIENCE = 60.0
"""Seconds after which what a test waits for is taken for lost."""


class Fact(Event):
    """An event without a meaning."""

    type: Literal["fact"] = "fact"
    n: int


fact: TypeAdapter[Fact] = TypeAdapter(Fact)


def encoded(n: int) -> bytes:
    return Fact(n=n).model_dump_json().encode()


@dataclass(frozen=True, slots=True)
class Record:
    """What is written, or was read."""

    value: bytes | None
    key: bytes | None = None
    partition: int = 0
    headers: tuple[tuple[str, bytes | None], ...] = ()


async def until(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait for something that other tasks and processes bring about."""
    async with asyncio.timeout(PATIENCE):
        while True:
            met = condition()
            if met is True or (not isinstance(met, bool) and await met):
                return
            await asyncio.sleep(0.01)  # none of the libraries tells it


@asynccontextmanager
async def producing(bootstrap: str, **settings: Any) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, **settings)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def write(bootstrap: str, topic: str, records: Iterable[Record]) -> None:
    async with producing(bootstrap, acks="all") as producer:
        for record in records:
            await producer.send_and_wait(
                topic, record.value, key=record.key, partition=record.partition, headers=list(record.headers)
            )


async def read(bootstrap: str, topic: str, *, isolation: str = "read_committed") -> list[Record]:
    """All that is in the topic now, partition by partition. Waits for transactions that are open, or just being committed."""
    async with _consuming(bootstrap, "read_uncommitted") as consumer:  # to its ends: those of committed ones lag behind
        await consumer._client.force_metadata_update()
        partitions = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
        assert partitions, f"there is no topic {topic}"
        ends = await consumer.end_offsets(partitions)
    async with _consuming(bootstrap, isolation) as consumer, asyncio.timeout(PATIENCE):
        consumer.assign(partitions)
        found: list[Record] = []
        while [tp for tp in partitions if await consumer.position(tp) < ends[tp]]:
            for records in (await consumer.getmany(timeout_ms=50)).values():
                found += [Record(r.value, r.key, r.partition, tuple(r.headers)) for r in records]
        return sorted(found, key=lambda record: record.partition)


@asynccontextmanager
async def _consuming(bootstrap: str, isolation: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False, isolation_level=isolation
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def committed(bootstrap: str, group: str) -> dict[int, int]:
    """Partition to the offset that the group reads next, where that is not the first."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(group)
        return {partition.partition: offset.offset for partition, offset in offsets.items() if offset.offset > 0}
    finally:
        await admin.close()
