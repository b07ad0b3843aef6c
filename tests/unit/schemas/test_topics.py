"""Topics and who reads them; the partition of a subscriber."""

from collections import Counter
from uuid import UUID, uuid5

from schemas.topics import GROUPS, MATCHES, POSTINGS, SUBSCRIPTIONS, declared, partition_of

NAMESPACE = UUID("7d0f3b0a-3a51-4c57-9a39-7f6f3b6d2a10")


def test_every_topic_is_declared_once_and_every_group_has_its_dead_letters() -> None:
    names = [topic.name for topic in declared()]
    assert len(names) == len(set(names))
    assert {f"{group}.dlq" for group in GROUPS} <= set(names)


def test_topics_that_are_read_back_are_compacted_and_the_others_end() -> None:
    policies = {topic.name: topic.config["cleanup.policy"] for topic in declared()}
    assert {name for name, policy in policies.items() if policy == "compact"} == {POSTINGS.name, SUBSCRIPTIONS.name}
    assert all("retention.ms" in topic.config for topic in declared() if policies[topic.name] == "delete")


def test_all_about_one_subscriber_is_in_the_same_partition_number() -> None:
    """Heartbeats vouch for what stands before them in a partition; matches are as many."""
    assert SUBSCRIPTIONS.partitions == MATCHES.partitions


def test_partition_of_a_subscriber_does_not_change_between_releases() -> None:
    assert partition_of(UUID("00000000-0000-0000-0000-00000000000d"), 12) == 1
    assert partition_of(UUID("ffffffff-ffff-ffff-ffff-ffffffffffff"), 12) == 3
    assert partition_of(UUID("9b2d7e61-3c48-4a95-b0f7-15e6d8c2a394"), 12) == 0xB0F715E6D8C2A394 % 12


def test_subscribers_are_spread_evenly() -> None:
    counts = Counter(partition_of(uuid5(NAMESPACE, str(n)), 12) for n in range(12_000))
    assert set(counts) == set(range(12))
    assert max(counts.values()) < 1.15 * min(counts.values())
