"""Consumer groups seen from outside: who is in them, what they have committed, and offsets set for one that nobody is in."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import CommitFailedError, KafkaError, for_code

from runtime.errors import Fatal, Unreachable

_ANSWERS_WITHIN: Final = 30.0
"""Seconds in which Kafka must have taken offsets: aiokafka tries without end."""


class GroupInUse(Fatal):
    """Somebody is in the group: only its members may commit."""


@dataclass(frozen=True, slots=True)
class Group:
    """One group and one topic. `offsets`: by partition, which is read next; no entry where nothing was committed."""

    name: str
    members: int
    offsets: Mapping[int, int]


async def find_groups(bootstrap: str, topic: str, wanted: Callable[[str], bool]) -> list[Group]:
    """Those that have members or offsets and whose name is wanted. `Unreachable` where Kafka does not answer, or not yet."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        names = sorted(name for name, *_ in await admin.list_consumer_groups() if wanted(name))
        return await asyncio.gather(*(_find(admin, topic, name) for name in names))
    except KafkaError as error:
        if not error.retriable:
            raise
        raise Unreachable(f"cannot reach Kafka at {bootstrap}") from error
    finally:
        await admin.close()


async def _find(admin: AIOKafkaAdminClient, topic: str, name: str) -> Group:
    # One group a request: aiokafka 0.14 reads only the first of an answer that has several.
    [answer] = await admin.describe_consumer_groups([name])
    [(error, _, _, _, _, members)] = answer.groups
    if error:
        raise for_code(error)(name)
    offsets = await admin.list_consumer_group_offsets(name)
    of_topic = {at.partition: found.offset for at, found in offsets.items() if at.topic == topic}
    return Group(name, len(members), of_topic)


async def set_offsets(bootstrap: str, topic: str, group: str, offsets: Mapping[int, int]) -> None:
    """Commit for a group without being in it, all partitions or none. Kafka refuses it where somebody is: `GroupInUse`.

    `Unreachable` where it does not answer; it may have taken them all the same.
    """
    of_partitions = {TopicPartition(topic, number): offset for number, offset in offsets.items()}
    try:
        async with asyncio.timeout(_ANSWERS_WITHIN), _committing(bootstrap, group) as consumer:
            consumer.assign(list(of_partitions))
            await consumer.commit(of_partitions)
    except CommitFailedError as error:
        raise GroupInUse(f"somebody is in the group {group}") from error
    except TimeoutError as error:
        raise Unreachable(f"Kafka at {bootstrap} takes no offsets of the group {group}") from error


@asynccontextmanager
async def _committing(bootstrap: str, group: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()
