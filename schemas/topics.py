"""Every topic, declared once: key, partitions, retention, cleanup. `python -m deploy.provision topics` creates them so.

Production runs 3 replicas with `min.insync.replicas` 2; a single node passes its own replication.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

DAY: Final = 24 * 60 * 60 * 1000
"""Milliseconds, the unit of every Kafka setting that ends in `.ms`."""
MAXIMUM_RECORD: Final = 4 * 1024 * 1024
"""Bytes. A changed posting has its texts three times (now, old, new), each up to 100,000 characters, as text and as HTML."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it must exist. `config` holds the settings that are checked for drift."""

    name: str
    key: str
    partitions: int
    config: Mapping[str, str] = field(default_factory=dict)


_LARGE: Final = {"max.message.bytes": str(MAXIMUM_RECORD)}


def _kept(days: int) -> dict[str, str]:
    return {"cleanup.policy": "delete", "retention.ms": str(days * DAY), **_LARGE}


POSTINGS: Final = Topic(
    "postings",
    key="posting id",
    partitions=12,
    config={
        "cleanup.policy": "compact",
        "min.compaction.lag.ms": str(7 * DAY),
        "delete.retention.ms": str(30 * DAY),
        **_LARGE,
    },
)
SUBSCRIPTIONS: Final = Topic(
    "subscriptions",
    key="id of the subscriber, subscription or endpoint; partition by subscriber",
    partitions=12,
    config={
        "cleanup.policy": "compact",
        "max.compaction.lag.ms": str(DAY),
        "segment.ms": str(DAY),
        "delete.retention.ms": str(30 * DAY),
        **_LARGE,
    },
)
MATCHES: Final = Topic("matches", key="posting id; partition by subscriber", partitions=12, config=_kept(7))
OUTCOMES: Final = Topic("outcomes", key="subscription or endpoint id", partitions=12, config=_kept(30))
REQUESTS: Final = Topic("requests", key="the id it is about", partitions=12, config=_kept(7))

MATCHER_POSTINGS: Final = "matcher-postings"
"""Where subscriptions are divided, the group of a shard has `-K-of-N` behind it, and the same topic of dead letters."""
NOTIFIER_MATCHES: Final = "notifier-matches"
NOTIFIER_POSTINGS: Final = "notifier-postings"
NOTIFIER_SUBSCRIPTIONS: Final = "notifier-subscriptions"
NOTIFIER_REQUESTS: Final = "notifier-requests"
SUBSCRIPTIONS_OUTCOMES: Final = "subscriptions-outcomes"

GROUPS: Final[Mapping[str, Topic]] = {
    MATCHER_POSTINGS: POSTINGS,
    NOTIFIER_MATCHES: MATCHES,
    NOTIFIER_POSTINGS: POSTINGS,
    NOTIFIER_SUBSCRIPTIONS: SUBSCRIPTIONS,
    NOTIFIER_REQUESTS: REQUESTS,
    SUBSCRIPTIONS_OUTCOMES: OUTCOMES,
}
"""Every consumer group and what it reads: one group a handler, so that a dead letter knows which handler to run again."""


def dead_letters(group: str) -> Topic:
    """The topic that takes what `group` could not handle."""
    return Topic(f"{group}.dlq", key="as the record", partitions=1, config=_kept(90))


def declared() -> Iterator[Topic]:
    """Every topic of the system."""
    yield from (POSTINGS, SUBSCRIPTIONS, MATCHES, OUTCOMES, REQUESTS)
    yield from (dead_letters(group) for group in GROUPS)


def partition_of(subscriber_id: UUID, partitions: int) -> int:
    """The partition of everything about one subscriber: the id's last eight bytes, big-endian, modulo `partitions`."""
    return int.from_bytes(subscriber_id.bytes[8:], "big") % partitions
