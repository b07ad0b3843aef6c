"""What a topic is, beyond its name: cluster, topic id, and how far its partitions reach.

A topic that was deleted and made again has the same name and other content; only its id tells. aiokafka asks Kafka for metadata
in a version that has none, so the request is written out here (Kafka protocol, Metadata version 12, KIP-516).
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Boolean, CompactArray, CompactString, Int16, Int32, Schema, TaggedFields

from runtime.errors import Fatal


@dataclass(frozen=True, slots=True)
class Source:
    """A topic as a reader finds it. `starts` and `ends` are offsets by partition, of those that are read; the record at an end
    is yet to come.
    """

    cluster: str
    topic: str
    id: str
    starts: Mapping[int, int]
    ends: Mapping[int, int]


def every(partition: int) -> bool:  # noqa: ARG001 -- what `find_source` takes
    """All partitions."""
    return True


async def find_source(consumer: AIOKafkaConsumer, topic: str, partitions: Callable[[int], bool] = every) -> Source:
    """Ask for these partitions. Raises `Fatal` where there is no such topic, and `KafkaError` where Kafka does not answer."""
    cluster, found, numbers = await _metadata(consumer, topic)
    wanted = [TopicPartition(topic, number) for number in sorted(numbers) if partitions(number)]
    starts, ends = await consumer.beginning_offsets(wanted), await consumer.end_offsets(wanted)
    return Source(
        cluster,
        topic,
        str(found),
        starts={partition.partition: offset for partition, offset in starts.items()},
        ends={partition.partition: offset for partition, offset in ends.items()},
    )


async def _metadata(consumer: AIOKafkaConsumer, topic: str) -> tuple[str, uuid.UUID, list[int]]:
    client = consumer._client  # noqa: SLF001 -- without a subscription nothing of the consumer's own asks for metadata
    await client.force_metadata_update()
    answer = await client.send(client.get_random_node(), _MetadataRequest(topic))
    [(error, _, id, _, partitions, *_)] = answer.topics
    if error == _UNKNOWN_TOPIC:
        raise Fatal(f"topic {topic} does not exist: run `python -m deploy.provision topics`")
    if error:
        raise for_code(error)(topic)
    return answer.cluster, id, [number for _, number, *_ in partitions]


_UNKNOWN_TOPIC = 3
"""UNKNOWN_TOPIC_OR_PARTITION."""


class _Uuid:
    """Sixteen bytes."""

    @classmethod
    def encode(cls, value: uuid.UUID) -> bytes:
        return value.bytes

    @classmethod
    def decode(cls, data: BytesIO) -> uuid.UUID:
        return uuid.UUID(bytes=data.read(16))


def _tagged(*fields: tuple[str, Any]) -> Schema:
    return Schema(*fields, ("tags", TaggedFields))


_BROKER = _tagged(("node", Int32), ("host", CompactString()), ("port", Int32), ("rack", CompactString()))
_PARTITION = _tagged(
    ("error", Int16),
    ("number", Int32),
    ("leader", Int32),
    ("leader_epoch", Int32),
    ("replicas", CompactArray(Int32)),
    ("in_sync", CompactArray(Int32)),
    ("offline", CompactArray(Int32)),
)
_TOPIC = _tagged(
    ("error", Int16),
    ("name", CompactString()),
    ("id", _Uuid),
    ("internal", Boolean),
    ("partitions", CompactArray(_PARTITION)),
    ("operations", Int32),
)


class _Metadata(Response):  # type: ignore[misc]  # has no types
    API_KEY = 3
    API_VERSION = 12
    SCHEMA = _tagged(
        ("throttle", Int32),
        ("brokers", CompactArray(_BROKER)),
        ("cluster", CompactString()),
        ("controller", Int32),
        ("topics", CompactArray(_TOPIC)),
    )


class _MetadataOfOne(RequestStruct):  # type: ignore[misc]  # has no types
    API_KEY = 3
    API_VERSION = 12
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _Metadata
    SCHEMA = _tagged(
        ("topics", CompactArray(_tagged(("id", _Uuid), ("name", CompactString())))),
        ("creates", Boolean),
        ("operations", Boolean),
    )


class _MetadataRequest(Request[_MetadataOfOne]):  # type: ignore[misc]  # has no types
    API_KEY = 3

    def __init__(self, topic: str) -> None:
        self._topic = topic

    def build(self, request_struct_class: type[_MetadataOfOne]) -> _MetadataOfOne:
        return request_struct_class([(uuid.UUID(int=0), self._topic, {})], False, False, {})
