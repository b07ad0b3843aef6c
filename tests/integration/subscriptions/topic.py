"""Reads a topic as its readers do: committed records only, from the beginning."""

import asyncio
from collections.abc import Callable
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

Records = list[Any]


async def read_topic(bootstrap: str, topic: str, *, until: Callable[[Records], bool], within: float = 30) -> Records:
    """All records in the order they arrive, as soon as they satisfy `until`; fails where they do not in time."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, isolation_level="read_committed", auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    found: Records = []
    try:
        await consumer._client.force_metadata_update()
        partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        async with asyncio.timeout(within):
            while not until(found):
                batches = await consumer.getmany(timeout_ms=50)
                found += [record for records in batches.values() for record in records]
    finally:
        await consumer.stop()
    return found
