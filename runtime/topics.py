"""Creates topics as they are declared, and refuses to run on ones that drifted from their declaration."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Final, Protocol

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaConnectionError, TopicAlreadyExistsError, for_code

from runtime.errors import Fatal, Unreachable

_VISIBLE_WITHIN: Final = 15.0
"""Seconds in which a broker must know of a topic that the controller has created."""


class TopicDrift(Fatal):
    """A topic is not as it was declared."""


class Declared(Protocol):
    """What a declaration tells of a topic."""

    @property
    def name(self) -> str: ...
    @property
    def partitions(self) -> int: ...
    @property
    def config(self) -> Mapping[str, str]: ...


async def create_topics(
    bootstrap: str, topics: Iterable[Declared], *, prefix: str, replication: int, minimum_in_sync: int
) -> list[str]:
    """Create what is missing, then check all. Returns the names created now; raises `TopicDrift` naming every difference."""
    declared = list(topics)
    async with _admin(bootstrap) as admin:
        present = set(await admin.list_topics())
        missing = [topic for topic in declared if prefix + topic.name not in present]
        extra = {"min.insync.replicas": str(minimum_in_sync)}
        new = [
            NewTopic(prefix + topic.name, topic.partitions, replication, topic_configs=dict(topic.config) | extra)
            for topic in missing
        ]
        response = await admin.create_topics(new) if new else None
        for name, code, *message in response.topic_errors if response else []:
            if (
                code and for_code(code) is not TopicAlreadyExistsError
            ):  # another provisioner was faster: fine, it is checked below
                raise Fatal(f"topic {name} could not be created: {for_code(code).__name__} {message}")
        await _visible(admin, {prefix + topic.name for topic in declared})
        await _check(admin, declared, prefix)
        return [topic.name for topic in missing]


async def _visible(admin: AIOKafkaAdminClient, names: set[str]) -> None:
    """The controller has created them; a broker tells of them a moment later, when its copy of the metadata has caught up.

    Returns after `_VISIBLE_WITHIN` in any case: the check that follows names what is missing.
    """
    deadline = time.monotonic() + _VISIBLE_WITHIN
    while not names <= set(await admin.list_topics()) and time.monotonic() < deadline:  # noqa: ASYNC110 -- no event tells it
        await asyncio.sleep(0.05)


async def check_topics(bootstrap: str, topics: Iterable[Declared], *, prefix: str) -> None:
    """Raise `TopicDrift` where a topic is missing or differs from its declaration."""
    async with _admin(bootstrap) as admin:
        await _check(admin, list(topics), prefix)


@asynccontextmanager
async def _admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        yield admin
    except KafkaConnectionError as error:
        raise Unreachable(f"cannot reach Kafka at {bootstrap}") from error
    finally:
        await admin.close()


async def _check(admin: AIOKafkaAdminClient, declared: list[Declared], prefix: str) -> None:
    names = [prefix + topic.name for topic in declared]
    partitions = {
        found["topic"]: len(found["partitions"]) for found in await admin.describe_topics(names) if not found["error_code"]
    }
    configs = await _configs(admin, [name for name in names if name in partitions])
    faults = [fault for topic in declared for fault in _faults(topic, prefix + topic.name, partitions, configs)]
    if faults:
        raise TopicDrift(
            "topics differ from schemas/topics.py: "
            + "; ".join(faults)
            + ". Run `python -m deploy.provision topics` for missing ones; alter the others, or the declaration."
        )


def _faults(
    topic: Declared, name: str, partitions: Mapping[str, int], configs: Mapping[str, Mapping[str, str]]
) -> Iterable[str]:
    if name not in partitions:
        yield f"{name} is missing"
        return
    if partitions[name] != topic.partitions:
        yield f"{name} has {partitions[name]} partitions, declared are {topic.partitions}"
    for key, value in topic.config.items():
        if (found := configs[name].get(key)) != value:
            yield f"{name} has {key}={found}, declared is {value}"


async def _configs(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found: dict[str, dict[str, str]] = {}
    for response in await admin.describe_configs(resources) if resources else []:
        for _, _, _, name, entries in response.resources:
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found
