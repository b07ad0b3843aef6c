"""Reads a stretch of some partitions once more, without a group: since a moment, or for the moment before an offset."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from functools import partial
from typing import Final, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import TypeAdapter

from runtime.decoding import decode
from runtime.reader import fetch, moment, reading, unread

E = TypeVar("E")
_SOME: Final = 200
"""Records decoded between two looks at what else there is to do: about 10 ms."""
_BACK: Final = 16
"""Offsets by which one goes back at first to find a last record: markers of transactions have offsets too."""


async def read_since(
    bootstrap: str,
    *,
    topic: str,
    since: Mapping[int, datetime],
    until: Mapping[int, int],
    adapter: TypeAdapter[E],
    client: str,
) -> AsyncIterator[list[E]]:
    """The events of these partitions that are stamped `since` or later, in batches.

    `until`: by partition the offset before which to stop; up to the end seen at the start where none is given.
    """
    async with reading(bootstrap, client) as consumer:
        wanted = {TopicPartition(topic, number): int(stamp.timestamp() * 1000) for number, stamp in since.items()}
        consumer.assign(list(wanted))
        starts = await consumer.offsets_for_times(wanted)
        seen = await consumer.end_offsets(list(wanted))
        ends = {partition: min(end, until.get(partition.partition, end)) for partition, end in seen.items()}
        for partition, start in starts.items():  # None where nothing is that late
            consumer.seek(partition, start.offset if start else ends[partition])
        while left := await unread(consumer, ends):
            arrived, _ = await fetch(consumer, partial(decode, adapter), before=left, at_most=_SOME)
            yield [one.event for one in arrived]


async def find_stamps(bootstrap: str, *, topic: str, before: Mapping[int, int], client: str) -> dict[int, datetime]:
    """By partition, when the last record before an offset came to the topic; no entry where there is none any more."""
    left = {TopicPartition(topic, number): offset for number, offset in before.items()}
    found: dict[int, datetime] = {}
    async with reading(bootstrap, client) as consumer:
        starts: Mapping[TopicPartition, int] = await consumer.beginning_offsets(list(left))
        back = _BACK
        while left:
            consumer.assign(list(left))
            for partition, offset in left.items():
                consumer.seek(partition, max(starts[partition], offset - back))
            found |= await _last_stamps(consumer, left)
            left = {at: offset for at, offset in left.items() if at.partition not in found and offset - back > starts[at]}
            back *= _BACK
    return found


async def _last_stamps(consumer: AIOKafkaConsumer, before: Mapping[TopicPartition, int]) -> dict[int, datetime]:
    found: dict[int, datetime] = {}
    while left := await unread(consumer, before):
        for partition, records in (await consumer.getmany(*left, timeout_ms=100, max_records=_SOME)).items():
            for record in records:
                if record.offset < before[partition]:
                    found[partition.partition] = moment(record.timestamp)
    return found
