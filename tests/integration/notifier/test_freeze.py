"""Freezing: what is decided is committed once, by who holds the lease, on knowledge that is fresh."""

import asyncio
import json
from datetime import timedelta

import pytest

from schemas.topics import SUBSCRIPTIONS
from services.notifier.domain.content import webhook_body
from services.notifier.domain.gate import AGAIN, CLOSED, GONE, OUTDATED, UNKNOWN
from services.notifier.domain.retry import Channel
from tests.integration.notifier.freezing import TOLD, as_if_not_taken, as_if_sent, freeze, frozen
from tests.integration.notifier.world import World, matched, named, renderer, subscriber, until
from tests.unit.notifier.made import uid


async def test_what_is_frozen_is_committed_with_all_that_its_bytes_are_made_of(world: World) -> None:
    await world.subscribe("a/first", "a/second", "b")
    await world.beat()
    await world.record(matched("a/first", "a/second", "b"))
    ready = await freeze(world)
    stored = await world.deliveries()
    assert {one.delivery.id: dict(one.delivery.content) for one in ready} == {
        row["id"]: json.loads(row["content"]) for row in stored
    }
    assert sorted(len(one.delivery.members) for one in ready) == [1, 2]
    assert await world.states() == ["frozen"] * 3
    assert not await world.told()


async def test_a_frozen_message_is_found_again_with_the_same_id_and_bytes(world: World) -> None:
    await world.subscribe("a")
    await world.subscribe("hooked", to="webhook", url="https://hooks.example/")
    await world.beat()
    await world.record(matched("a"), matched("hooked", to="webhook"))
    channels: tuple[Channel, ...] = ("email", "webhook")
    for channel in channels:
        freezer = world.freezer(channel)
        first = (await freezer.freeze(await world.claim(channel))).ready[0].delivery
        await world.expire_leases()
        again = (await freezer.freeze(await world.claim(channel))).ready[0].delivery
        assert (again.id, again.message_id, again.members, again.alert_ids) == (
            first.id, first.message_id, first.members, first.alert_ids,
        )  # fmt: skip
        if channel == "webhook":
            assert webhook_body(again.content) == webhook_body(first.content)
        else:
            bytes_of = [
                renderer().mail(one.content, delivery_id=one.id, message_id=one.message_id, to="a@example.org")
                for one in (first, again)
            ]
            assert bytes_of[0] == bytes_of[1]


@pytest.mark.parametrize(
    ("age", "partitions", "silent"),
    [
        (timedelta(0), range(SUBSCRIPTIONS.partitions), False),
        (timedelta(seconds=0.8), range(SUBSCRIPTIONS.partitions), False),
        (timedelta(seconds=1), range(SUBSCRIPTIONS.partitions), True),
        (timedelta(days=1), range(SUBSCRIPTIONS.partitions), True),
        (timedelta(0), range(1, SUBSCRIPTIONS.partitions), True),
        (timedelta(0), range(0), True),
    ],
)
async def test_nothing_is_frozen_on_knowledge_older_than_a_second(
    world: World, age: timedelta, partitions: range, silent: bool
) -> None:
    await world.subscribe("a")
    await world.record(matched("a"))
    await world.beat(age=age, partitions=partitions)
    assert await world.freezer().is_silent() is silent
    assert len(await frozen(world)) == (0 if silent else 1)
    assert await world.states() == ["waiting" if silent else "frozen"]


async def test_one_partition_that_is_behind_silences_all(world: World) -> None:
    await world.beat()
    await world.pool.execute("UPDATE heartbeats SET stamped_at = stamped_at - interval '2 s' WHERE partition = 7")
    assert await world.freezer().is_silent()


async def test_a_dispatcher_whose_lease_has_passed_on_freezes_nothing(world: World) -> None:
    await world.subscribe("a", "b")
    await world.beat()
    await world.record(matched("a", "b"))
    slow = await world.claim()
    await world.pool.execute("UPDATE destinations SET leased_until = '-infinity' WHERE id = $1", subscriber("a"))
    quick = await world.claim()
    assert named(quick, "destination_id") == [subscriber("a")]
    assert [one.delivery.destination_id for one in (await world.freezer().freeze(slow)).ready] == [subscriber("b")]
    assert [one.delivery.destination_id for one in (await world.freezer().freeze(quick)).ready] == [subscriber("a")]
    assert len(await world.deliveries()) == 2


async def test_two_that_freeze_for_one_mailbox_at_once_freeze_once(world: World) -> None:
    await world.subscribe(*(f"a/{number}" for number in range(5)))
    await world.beat()
    await world.record(matched(*(f"a/{number}" for number in range(5))))
    slow = await world.claim()
    await world.expire_leases()
    quick = await world.claim()
    both = await asyncio.gather(world.freezer().freeze(slow), world.freezer().freeze(quick))
    assert sorted(len(each.ready) for each in both) == [0, 1]
    [delivery] = await world.deliveries()
    assert len(json.loads(delivery["members"])) == 5
    assert await world.states() == ["frozen"] * 5


async def test_every_suppression_has_its_reason_and_its_outcome(world: World) -> None:
    await world.subscribe("active", "paused", "ended", "erased")
    await world.subscribe("paused", status="paused")
    await world.record(matched("active", "paused", "ended", "erased"), matched("active", posting="closed"))
    await world.unsubscribe("ended")
    await world.erase("erased")
    await world.close_posting("closed")
    await world.beat()
    assert len(await frozen(world)) == 1
    expected = {
        uid("subscription paused"): "the subscription was paused",
        uid("subscription ended"): "the subscription had ended",
        uid("subscription erased"): GONE,
        uid("subscription active"): CLOSED,
    }
    outcomes = await world.told()
    assert {one.subscription_id: one.reason for one in outcomes} == expected
    assert {one.outcome for one in outcomes} == {"suppressed"}
    rows = await world.pool.fetch("SELECT alert_id, reason FROM alerts WHERE state = 'suppressed'")
    assert {row["alert_id"]: row["reason"] for row in rows} == {one.alert_id: one.reason for one in outcomes}


async def test_a_match_that_overtook_its_subscription_waits_for_it(world: World) -> None:
    await world.beat(age=timedelta(milliseconds=100))
    await world.record(matched("late"))
    assert await frozen(world) == []
    assert await world.states() == ["waiting"]
    await world.expire_leases()
    await world.subscribe("late")
    await world.make_due()
    await world.beat()
    assert len(await frozen(world)) == 1


async def test_a_match_that_overtook_a_resumption_waits_for_it(world: World) -> None:
    await world.subscribe("a", status="paused")
    await world.beat(age=timedelta(milliseconds=100))
    await world.record(matched("a"))
    assert await frozen(world) == []
    assert await world.states() == ["waiting"]
    await world.expire_leases()
    await world.subscribe("a")
    await world.make_due()
    await world.beat()
    assert len(await frozen(world)) == 1


async def test_what_is_never_heard_of_is_suppressed_once_it_should_have_been(world: World) -> None:
    await world.record(matched("nobody"))
    await world.beat()
    assert await frozen(world) == []
    assert await world.states() == [f"suppressed: {UNKNOWN}"]


async def test_a_posting_told_before_is_not_told_again_through_another_subscription(world: World) -> None:
    await world.subscribe("a/first", "a/second")
    await world.beat()
    await world.record(matched("a/first"))
    [message_id] = await frozen(world)
    await as_if_sent(world)
    await world.record(matched("a/second"))
    await world.beat()
    assert await frozen(world) == []
    assert (await world.states())[1] == TOLD
    assert [row["message_id"] for row in await world.deliveries()] == [message_id]


async def test_what_waits_behind_a_message_on_its_way_is_told_if_that_is_withdrawn(world: World) -> None:
    """The first subscription ends before its message was ever taken: the second must not be lost with it."""
    await world.subscribe("a/first", "a/second")
    await world.beat()
    await world.record(matched("a/first"))
    [first] = await frozen(world)
    await as_if_not_taken(world)
    await world.record(matched("a/second"))
    assert await frozen(world) == [first]
    assert (await world.states())[1] == "waiting"
    await as_if_not_taken(world)
    await world.unsubscribe("a/first")
    await world.beat()
    assert await frozen(world) == ["withdrawn: the subscription had ended or was paused"]
    await as_if_not_taken(world)
    await world.make_due()
    await world.beat()
    [second] = await frozen(world)
    assert second != first
    assert (await world.states())[1] == "frozen"


async def test_a_posting_that_no_longer_matches_is_taken_out_of_what_waits(world: World) -> None:
    await world.subscribe("a")
    await world.record(matched("a"), matched("a", kind="no_longer", revision=2))
    await world.beat()
    assert await frozen(world) == []
    assert await world.states() == [
        f"suppressed: {OUTDATED}",
        "suppressed: nothing had been told of this posting, so there was nothing to correct",
    ]


async def test_a_frozen_message_that_nobody_took_is_withdrawn_when_the_posting_no_longer_matches(world: World) -> None:
    await world.subscribe("a")
    await world.beat()
    await world.record(matched("a"))
    assert len(await frozen(world)) == 1
    await as_if_not_taken(world)
    await world.record(matched("a", kind="no_longer", revision=2))
    assert await frozen(world) == [f"withdrawn: {OUTDATED}"]
    assert (await world.states())[1] == "waiting"
    await as_if_not_taken(world)
    await world.make_due()
    await world.beat()
    assert await frozen(world) == []
    assert (await world.states())[1].startswith("suppressed: nothing had been told")


async def test_a_frozen_message_that_nobody_took_is_sent_after_all_when_the_posting_matches_again(world: World) -> None:
    """Whoever held it may have sent it: the same message again, and none beside it."""
    await world.subscribe("a")
    await world.beat()
    await world.record(matched("a"))
    [first] = await frozen(world)
    await world.expire_leases()
    await world.record(matched("a", kind="no_longer", revision=2))
    await world.record(matched("a", revision=3).model_copy(update={"changed": True}))
    assert await frozen(world) == [first]
    await as_if_sent(world)
    await world.make_due()
    await world.beat()
    assert await frozen(world) == []
    assert await world.states() == ["sent", f"suppressed: {AGAIN}", TOLD]


async def test_what_is_handed_out_to_be_sent_is_marked_before_whoever_holds_it_may_die(world: World) -> None:
    await world.subscribe("a", "b")
    await world.beat()
    await world.record(matched("a", "b"))
    for found in (False, True):
        ready = await freeze(world)
        assert [one.delivery.begun for one in ready] == [found, found]
        assert [row["begun"] for row in await world.deliveries()] == [True, True]
        await world.expire_leases()
    await world.pool.execute("UPDATE deliveries SET begun = false")  # as if settled, to be tried again
    await world.unsubscribe("b")
    await world.beat()
    ready = await freeze(world)
    assert [(one.delivery.begun, not one.withdrawn) for one in sorted(ready, key=lambda one: one.withdrawn)] == [
        (False, True),
        (False, False),
    ]
    assert {row["destination_id"]: row["begun"] for row in await world.deliveries()} == {
        subscriber("a"): True,
        subscriber("b"): False,
    }


async def test_freezing_waits_for_a_posting_that_is_being_closed(world: World) -> None:
    await world.subscribe("a")
    await world.record(matched("a"))
    await world.beat()
    leases = await world.claim()
    async with world.pool.acquire() as connection:
        closing = connection.transaction()
        await closing.start()
        await connection.execute("UPDATE postings SET status = 'closed', revision = 9")
        freezing = asyncio.create_task(world.freezer().freeze(leases))
        await world.waits_for_a_lock("SELECT id, status, episode")
        await closing.commit()
    assert (await freezing).ready == []
    assert await world.states() == [f"suppressed: {CLOSED}"]


async def test_recording_and_freezing_for_the_same_destinations_do_not_deadlock(world: World) -> None:
    """The one locks postings and then destinations; the other must not do it the other way round."""
    names = [f"subscriber-{number}" for number in range(30)]
    await world.subscribe(*names)

    async def record_on() -> None:
        for revision in range(2, 30):
            await world.record(matched(*names, kind="changed", revision=revision), matched(*names, posting=f"p{revision}"))

    async with world.beating():
        await world.record(matched(*names))
        recording = asyncio.create_task(record_on())
        while not recording.done():
            await world.freezer().freeze(await world.claim())
            await world.expire_leases()
        await recording
        await world.freezer().freeze(await world.claim())

        async def none_waits() -> bool:
            await world.expire_leases()
            await world.freezer().freeze(await world.claim())
            return "waiting" not in await world.states()

        await until(none_waits, "every alert frozen or suppressed")
    assert len(await world.alerts()) == 30 * (1 + 28 + 28)
    deadlocks = await world.pool.fetchval("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    assert deadlocks == 0
