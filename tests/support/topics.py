"""Reads what stands on a topic, committed records only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition


async def read_all(bootstrap: str, topic: str) -> list[bytes]:
    """Every value from the beginning to the end as it is now, tombstones left out."""
    return [record.value for record in await read_records(bootstrap, topic) if record.value is not None]


async def read_records(bootstrap: str, topic: str) -> list[ConsumerRecord]:
    """Every record from the beginning to the end as it is now.

    The end is that of all records: the committed ones' lags behind while a transaction is being committed.
    """
    async with _consuming(bootstrap, "read_uncommitted") as consumer:
        await consumer._client.force_metadata_update()  # without a subscription nothing else asks for it
        partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        ends = await consumer.end_offsets(partitions)
    async with _consuming(bootstrap, "read_committed") as consumer:
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        found: list[ConsumerRecord] = []
        while any([await consumer.position(one) < end for one, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += records
        return found


@asynccontextmanager
async def _consuming(
    bootstrap: str, isolation: Literal["read_committed", "read_uncommitted"]
) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level=isolation, enable_auto_commit=False)
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()
