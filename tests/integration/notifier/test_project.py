"""Projections: the newest state stays, in whatever order, however often and by however many it is brought."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any, Final

import pytest

from schemas.filter.tree import Filter
from schemas.posting import PostingChanged, PostingClosed, PostingOpened
from schemas.subscription import (
    Destination,
    EndpointEnded,
    EndpointState,
    Heartbeat,
    SubscriberEnded,
    SubscriberState,
    SubscriptionEnded,
    SubscriptionState,
)
from services.notifier.project import project_postings
from tests.integration.notifier.world import OPENED_AT, World, whole_posting
from tests.unit.notifier.made import uid

ONE, OTHER = uid("one"), uid("other")
SUBSCRIBERS: Final = (
    SubscriberState(subscriber_id=ONE, revision=1, address="k1.first"),
    SubscriberState(subscriber_id=ONE, revision=2, address="k1.second"),
    SubscriberEnded(subscriber_id=ONE, revision=3),
)


def _subscription(revision: int, name: str, status: Any) -> SubscriptionState:
    return SubscriptionState(
        subscription_id=ONE,
        subscriber_id=OTHER,
        revision=revision,
        name=name,
        filter=Filter(visa_types=("H-1B",)),
        destination=Destination(kind="email", id=OTHER),
        status=status,
        effective_from=OPENED_AT,
    )


SUBSCRIPTIONS: Final = (
    _subscription(1, "first", "active"),
    _subscription(2, "second", "paused"),
    SubscriptionEnded(subscription_id=ONE, subscriber_id=OTHER, revision=3),
)
ENDPOINTS: Final = (
    EndpointState(endpoint_id=ONE, subscriber_id=OTHER, revision=1, url="https://a.example/", secrets=("k1.a", "k1.b")),
    EndpointState(
        endpoint_id=ONE, subscriber_id=OTHER, revision=2, url="https://b.example/", secrets=("k1.b",), status="disabled"
    ),
    EndpointEnded(endpoint_id=ONE, subscriber_id=OTHER, revision=3),
)


def _posting(kind: type[Any], revision: int, **more: Any) -> Any:
    return kind(revision=revision, episode=1, opened_at=OPENED_AT, published_at=OPENED_AT, posting=whole_posting("p"), **more)


POSTINGS: Final = (
    _posting(PostingOpened, 1),
    _posting(PostingChanged, 2, changes=()),
    _posting(PostingClosed, 3, closed_at=OPENED_AT),
)


async def _bring(world: World, events: Sequence[Any]) -> None:
    if events[0] in POSTINGS:
        await project_postings(world.pool, world.due, events)
    else:
        await world.hear(*events)


@pytest.mark.parametrize(
    ("events", "table", "last"),
    [
        (SUBSCRIBERS, "subscribers", {"address": None, "status": "ended"}),
        (SUBSCRIBERS[:2], "subscribers", {"address": "k1.second", "status": "active"}),
        (SUBSCRIPTIONS, "subscriptions", {"name": "", "filter": "{}", "status": "ended"}),
        (SUBSCRIPTIONS[:2], "subscriptions", {"name": "second", "status": "paused"}),
        (ENDPOINTS, "endpoints", {"url": "", "secrets": [], "status": "ended"}),
        (ENDPOINTS[:2], "endpoints", {"url": "https://b.example/", "secrets": ["k1.b"], "status": "disabled"}),
        (POSTINGS, "postings", {"status": "closed", "revision": 3}),
        (POSTINGS[:2], "postings", {"status": "open", "revision": 2}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_the_newest_state_stays_in_every_order(
    world: World, events: Sequence[Any], table: str, last: dict[str, Any]
) -> None:
    for together in (True, False):
        for order in permutations((*events, events[0])):
            await world.pool.execute(f"TRUNCATE {table}")
            for batch in [order] if together else [[event] for event in order]:
                await _bring(world, batch)
            [row] = await world.pool.fetch(f"SELECT * FROM {table}")
            assert {name: row[name] for name in last} == last


async def test_many_consumers_of_one_batch_do_not_stand_in_each_others_way(world: World) -> None:
    events = [
        SubscriberState(subscriber_id=uid(f"subscriber {number}"), revision=revision, address=f"k1.{revision}")
        for revision in range(1, 6)
        for number in range(40)
    ]
    orders = [sorted(events, key=lambda event: uid(f"{order}{event}")) for order in range(6)]
    await asyncio.gather(*(world.hear(*order) for order in orders))
    rows = await world.pool.fetch("SELECT DISTINCT revision, address FROM subscribers")
    assert [tuple(row) for row in rows] == [(5, "k1.5")]


async def test_a_heartbeat_never_goes_back(world: World) -> None:
    first, second = datetime(2020, 11, 24, 9, tzinfo=UTC), datetime(2020, 11, 24, 10, tzinfo=UTC)
    await world.hear(Heartbeat(partition=3, stamped_at=second), Heartbeat(partition=3, stamped_at=first))
    await world.hear(Heartbeat(partition=3, stamped_at=first - timedelta(hours=1)))
    assert await world.pool.fetchval("SELECT stamped_at FROM heartbeats WHERE partition = 3") == second


async def test_a_heartbeat_from_the_future_or_of_no_partition_vouches_for_nothing(world: World) -> None:
    await world.beat()
    before = await world.pool.fetch("SELECT * FROM heartbeats ORDER BY partition")
    later = await world.pool.fetchval("SELECT clock_timestamp() + interval '1 hour'")
    await world.hear(Heartbeat(partition=3, stamped_at=later), Heartbeat(partition=12, stamped_at=before[0]["stamped_at"]))
    after = await world.pool.fetch("SELECT *, stamped_at > clock_timestamp() AS is_ahead FROM heartbeats ORDER BY partition")
    assert [row["partition"] for row in after] == [row["partition"] for row in before]
    assert not any(row["is_ahead"] for row in after)


async def test_a_heartbeat_of_before_the_clock_was_set_back_vouches_for_nothing_and_gives_way(world: World) -> None:
    await world.beat()
    assert not await world.freezer().is_silent()
    await world.pool.execute("UPDATE heartbeats SET stamped_at = clock_timestamp() + interval '1 hour' WHERE partition = 3")
    assert await world.freezer().is_silent()
    await world.beat()
    assert not await world.freezer().is_silent()
    assert not await world.pool.fetchval("SELECT bool_or(stamped_at > clock_timestamp()) FROM heartbeats")


async def test_a_heartbeat_is_known_together_with_what_stood_before_it(world: World) -> None:
    """A state that cannot be stored takes the heartbeat behind it along: it must not vouch for what is not here."""
    bad = SubscriberState.model_construct(subscriber_id=ONE, revision=2**70, address="k1.x", type="subscriber_state")
    with pytest.raises(Exception, match="out of int64 range"):
        await world.hear(bad, Heartbeat(partition=0, stamped_at=OPENED_AT))
    assert await world.pool.fetchval("SELECT count(*) FROM heartbeats") == 0
