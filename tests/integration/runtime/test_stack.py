"""The ground that other tests stand on."""

import asyncpg
import pytest

from runtime.topics import TopicDrift, check_topics
from schemas.topics import Topic, declared


async def test_each_service_sees_only_its_own_schema(databases: dict[str, str]) -> None:
    notifier = await asyncpg.connect(databases["notifier"])
    try:
        assert await notifier.fetchval("SELECT count(*) FROM alerts") == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await notifier.fetchval("SELECT count(*) FROM ingest.outbox")
    finally:
        await notifier.close()


async def test_declared_topics_pass_and_a_drifted_one_is_named(kafka: str, prefix: str) -> None:
    await check_topics(kafka, declared(), prefix=prefix)
    with pytest.raises(TopicDrift, match=r"matches has 12 partitions, declared are 3.*gone is missing"):
        await check_topics(kafka, [Topic("matches", "", 3), Topic("gone", "", 1)], prefix=prefix)
    with pytest.raises(TopicDrift, match=r"matches has retention.ms=604800000, declared is 1"):
        await check_topics(kafka, [Topic("matches", "", 12, {"retention.ms": "1"})], prefix=prefix)
