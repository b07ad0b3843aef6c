"""Topics are created as declared, once, and one that drifted stops whoever would use it."""

import asyncio
import secrets

import pytest

from runtime.broker import MAXIMUM_RECORD
from runtime.errors import Fatal
from runtime.topics import TopicDrift, check_topics, create_topics
from schemas import topics
from schemas.topics import Topic, declared


@pytest.fixture
def fresh() -> str:
    """A prefix under which there is nothing yet."""
    return f"t{secrets.token_hex(4)}."


async def create(kafka: str, prefix: str, *declarations: Topic) -> list[str]:
    return await create_topics(kafka, declarations, prefix=prefix, replication=1, minimum_in_sync=1)


async def test_missing_topics_are_created_and_present_ones_left(kafka: str, fresh: str) -> None:
    one, two = Topic("one", "k", 3, {"cleanup.policy": "compact"}), Topic("two", "k", 1)
    assert await create(kafka, fresh, one) == ["one"]
    assert await create(kafka, fresh, one, two) == ["two"]
    assert await create(kafka, fresh, one, two) == []
    await check_topics(kafka, [one, two], prefix=fresh)


async def test_two_that_create_at_the_same_time_agree(kafka: str, fresh: str) -> None:
    await asyncio.gather(*(create(kafka, fresh, *declared()) for _ in range(3)))
    await check_topics(kafka, declared(), prefix=fresh)


async def test_creating_refuses_a_drifted_topic_and_says_every_difference(kafka: str, fresh: str) -> None:
    await create(kafka, fresh, Topic("one", "k", 3, {"retention.ms": "1000"}))
    changed = Topic("one", "k", 4, {"retention.ms": "2000", "cleanup.policy": "compact"})
    with pytest.raises(TopicDrift) as drift:
        await create(kafka, fresh, changed)
    for said in (
        "has 3 partitions, declared are 4",
        "retention.ms=1000, declared is 2000",
        "cleanup.policy=delete, declared is",
    ):
        assert said in str(drift.value)


async def test_topic_that_kafka_cannot_make_is_named_with_the_reason(kafka: str, fresh: str) -> None:
    with pytest.raises(Fatal, match=rf"topic {fresh}one could not be created: InvalidConfig"):
        await create(kafka, fresh, Topic("one", "k", 1, {"retention.ms": "soon"}))


async def test_unreachable_kafka_is_one_sentence() -> None:
    with pytest.raises(Fatal, match=r"^cannot reach Kafka at 127.0.0.1:1$"):
        await check_topics("127.0.0.1:1", declared(), prefix="")


def test_producers_and_topics_agree_on_the_largest_record() -> None:
    assert topics.MAXIMUM_RECORD == MAXIMUM_RECORD
    assert {topic.config["max.message.bytes"] for topic in declared()} == {str(MAXIMUM_RECORD)}
