"""Settling: what attempts came to is written once, with outcomes, by who holds the lease; destinations are given back."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from runtime.outbox import listening
from services.notifier import metrics
from services.notifier.domain.delivery import Lease
from services.notifier.domain.retry import Attempt
from services.notifier.freeze import Ready
from services.notifier.main import DUE
from services.notifier.settle import Result
from services.notifier.store.leases import lock_leases, release_leases
from services.notifier.store.ledger import mark_due
from tests.integration.notifier.world import World, matched, subscriber
from tests.unit.notifier.made import uid

SENT = Attempt("sent", "2.0.0 OK", timedelta(milliseconds=12), status=250)
DEFERRED = Attempt("deferred", "451 4.7.1 try again", timedelta(milliseconds=12), status=451)
REFUSED = Attempt("failed", "550 5.1.1 no such user", timedelta(milliseconds=12), status=550)
UNKNOWN = Attempt("unknown", "no answer after DATA", timedelta(seconds=30))
AWAY = Attempt("deferred", "the mail server cannot be reached", timedelta(0), reached=False)


async def frozen(world: World, *names: str) -> tuple[list[Lease], list[Ready]]:
    await world.subscribe(*names)
    await world.beat()
    await world.record(matched(*names))
    leases = await world.claim()
    return leases, (await world.freezer().freeze(leases)).ready


async def settle(world: World, leases: Sequence[Lease], ready: Sequence[Ready], attempt: Attempt | None, why: str = "") -> None:
    results = [Result(one.delivery, one.published_at, attempt, why) for one in ready]
    await world.settler().settle(results, held=leases, done=leases)


async def leased(world: World) -> bool:
    return bool(await world.pool.fetchval("SELECT EXISTS (SELECT FROM destinations WHERE leased_until > now())"))


async def test_sent(world: World) -> None:
    leases, ready = await frozen(world, "a/first", "a/second")
    await settle(world, leases, ready, SENT)
    assert await world.states() == ["sent", "sent"]
    [delivery] = await world.deliveries()
    assert (delivery["state"], delivery["attempts"], delivery["untold"]) == ("sent", 1, False)
    assert delivery["finished_at"] is not None
    assert await world.attempts() == [(1, "sent", 250)]
    outcomes = await world.told()
    assert {one.subscription_id for one in outcomes} == {uid("subscription a/first"), uid("subscription a/second")}
    assert {(one.outcome, one.reason, one.delivery_id) for one in outcomes} == {("sent", "", delivery["id"])}
    assert not await leased(world)
    assert await world.pool.fetchval("SELECT due_at = 'infinity' FROM destinations")


@pytest.mark.parametrize(
    ("attempt", "state", "attempts", "pause"),
    [
        (DEFERRED, "waiting", 1, timedelta(seconds=10)),
        (UNKNOWN, "unknown", 1, timedelta(seconds=10)),
        (AWAY, "waiting", 0, timedelta(seconds=15)),
    ],
    ids=["deferred", "unknown", "nobody there"],
)
async def test_what_may_still_succeed_waits(
    world: World, attempt: Attempt, state: str, attempts: int, pause: timedelta
) -> None:
    leases, ready = await frozen(world, "a")
    before = datetime.now(UTC)
    await settle(world, leases, ready, attempt)
    assert await world.states() == ["frozen"]
    [delivery] = await world.deliveries()
    assert (delivery["state"], delivery["attempts"], delivery["finished_at"]) == (state, attempts, None)
    assert before + pause <= delivery["due_at"] <= datetime.now(UTC) + pause * 1.25
    assert await world.pool.fetchval("SELECT due_at FROM destinations") == delivery["due_at"]
    assert [(one.outcome, one.reason) for one in await world.told()] == [("deferred", attempt.detail)]
    assert not await leased(world)


async def test_attempts_are_numbered_and_counted_until_the_schedule_ends(world: World) -> None:
    leases, ready = await frozen(world, "a")
    for attempt in (DEFERRED, UNKNOWN, AWAY):
        await settle(world, leases, ready, attempt)
        await world.make_due()
        leases = await world.claim()
        await world.beat()
        ready = (await world.freezer().freeze(leases)).ready
    assert await world.attempts() == [(1, "deferred", 451), (2, "unknown", None), (3, "deferred", None)]
    assert ready[0].delivery.attempts == 2
    await world.pool.execute("UPDATE deliveries SET attempts = 23")
    await world.expire_leases()
    leases = await world.claim()
    ready = (await world.freezer().freeze(leases)).ready
    await settle(world, leases, ready, DEFERRED)
    assert await world.states() == ["failed: given up after 24 attempts: 451 4.7.1 try again"]


async def test_a_refusal_fails_at_once_with_what_was_said(world: World) -> None:
    leases, ready = await frozen(world, "a")
    await settle(world, leases, ready, REFUSED)
    assert await world.states() == ["failed: 550 5.1.1 no such user"]
    assert [(one.outcome, one.reason) for one in await world.told()] == [("failed", "550 5.1.1 no such user")]


async def test_withdrawn_is_suppressed_without_an_attempt(world: World) -> None:
    leases, ready = await frozen(world, "a")
    await settle(world, leases, ready, None, "the subscription had ended or was paused")
    assert await world.states() == ["suppressed: the subscription had ended or was paused"]
    assert await world.attempts() == []


MISSED: Final = "its turn did not come"
DIED: Final = "whoever held it died before anything of it was written"
WITHDRAWN: Final = "withdrawn"


@pytest.mark.parametrize(
    ("turns", "untold"),
    [
        ([REFUSED], True),
        ([DEFERRED, REFUSED], True),
        ([UNKNOWN, REFUSED], False),
        ([UNKNOWN, WITHDRAWN], False),
        ([DEFERRED, WITHDRAWN], True),
        ([WITHDRAWN], True),
        ([DIED, REFUSED], False),
        ([DIED, WITHDRAWN], False),
        ([DEFERRED, DIED, WITHDRAWN], False),
        ([DIED, DEFERRED, WITHDRAWN], False),
        ([DIED, MISSED, WITHDRAWN], False),
        ([MISSED, WITHDRAWN], True),
        ([DEFERRED, MISSED, REFUSED], True),
    ],
    ids=str,
)
async def test_only_what_surely_never_arrived_may_be_told_by_another_message(
    world: World, turns: list[Attempt | str], untold: bool
) -> None:
    leases, ready = await frozen(world, "a")
    for turn in turns:
        if turn == DIED:
            await world.expire_leases()
        elif isinstance(turn, Attempt):
            await settle(world, leases, ready, turn)
        else:
            await settle(world, leases, ready, None, WITHDRAWN if turn == WITHDRAWN else "")
        await world.make_due()
        await world.beat()
        leases = await world.claim()
        ready = (await world.freezer().freeze(leases)).ready
    assert [row["untold"] for row in await world.deliveries()] == [untold]


@pytest.mark.parametrize("is_done", [True, False])
async def test_what_is_settled_again_since_nobody_answered_the_commit_is_written_once(world: World, is_done: bool) -> None:
    await world.subscribe("a")
    await world.beat()
    await world.record(*(matched("a", posting=name) for name in ("sent", "deferred", "withdrawn", "missed")))
    leases = await world.claim()
    ready = (await world.freezer().freeze(leases)).ready
    became = [(SENT, ""), (DEFERRED, ""), (None, "withdrawn"), (None, "")]
    results = [Result(one.delivery, None, attempt, why) for one, (attempt, why) in zip(ready, became, strict=True)]
    lost = metrics.leases_lost._value.get()
    for _ in range(2):
        await world.settler().settle(results, held=leases, done=leases if is_done else [])
    assert sorted(result for _, result, _ in await world.attempts()) == ["deferred", "sent"]
    assert sorted(one.outcome for one in await world.told()) == ["deferred", "sent", "suppressed"]
    assert metrics.leases_lost._value.get() == lost
    assert await leased(world) is not is_done


async def test_who_lost_the_lease_records_nothing(world: World) -> None:
    leases, ready = await frozen(world, "a", "b")
    await world.pool.execute("UPDATE destinations SET leased_until = '-infinity' WHERE id = $1", subscriber("a"))
    [successor] = await world.claim()
    await settle(world, leases, ready, SENT)
    assert {name: state for name, _, state in await world.alerts()} == {"a": "frozen", "b": "sent"}
    assert len(await world.attempts()) == len(await world.told()) == 1
    assert await world.pool.fetchval("SELECT lease FROM destinations WHERE leased_until > now()") == successor.number


async def test_what_came_while_a_destination_was_leased_makes_it_due_and_wakes(world: World) -> None:
    leases, ready = await frozen(world, "a")
    await world.record(matched("a", posting="q"))
    assert await world.claim() == []
    await world.due.settle()
    async with listening(world.dsn, DUE, application="test") as listener:
        await settle(world, leases, ready, SENT)
        async with asyncio.timeout(5):
            await listener.wait(60)
    assert [lease.destination_id for lease in await world.claim()] == [subscriber("a")]


@pytest.mark.parametrize("waiting", ["INSERT INTO destinations", "SELECT id FROM destinations"])
async def test_a_match_that_comes_while_a_lease_is_given_back_is_not_overlooked(world: World, waiting: str) -> None:
    """Giving back has seen nothing more to do, and is not committed yet: the recorder waits for it, whatever it is at."""
    leases, _ = await frozen(world, "a")
    await world.pool.execute("UPDATE deliveries SET state = 'sent', finished_at = now()")
    async with world.pool.acquire() as connection:
        giving_back = connection.transaction()
        await giving_back.start()
        assert await lock_leases(connection, leases) == {subscriber("a")}
        await release_leases(connection, [subscriber("a")])
        if waiting == "SELECT id FROM destinations":
            await world.pool.execute("UPDATE alerts SET state = 'waiting'")  # as if recorded just before
            recording = asyncio.create_task(mark_due(world.pool, [subscriber("a")]))
        else:
            recording = asyncio.create_task(world.record(matched("a", posting="q")))
        await world.waits_for_a_lock(waiting)
        await giving_back.commit()
    await recording
    assert [lease.destination_id for lease in await world.claim()] == [subscriber("a")]


async def test_a_match_committed_after_a_lease_was_taken_is_seen_when_it_is_given_back(world: World) -> None:
    leases, ready = await frozen(world, "a")
    await world.record(matched("a", posting="q"))
    await settle(world, leases, ready, SENT)
    assert [lease.destination_id for lease in await world.claim()] == [subscriber("a")]


async def test_a_destination_with_something_left_stays_leased_until_it_is_done(world: World) -> None:
    await world.subscribe("a")
    await world.beat()
    await world.record(matched("a"), matched("a", posting="q"))
    leases = await world.claim()
    first, second = (await world.freezer().freeze(leases)).ready
    await world.settler().settle([Result(first.delivery, None, SENT)], held=leases, done=[])
    assert await world.claim() == []
    await world.settler().settle([Result(second.delivery, None, SENT)], held=leases, done=leases)
    assert await world.claim() == []
    assert not await leased(world)


async def test_what_the_other_side_said_is_kept_whole_once_and_short_in_the_ledger(world: World) -> None:
    leases, ready = await frozen(world, "a")
    await settle(world, leases, ready, Attempt("failed", "x" * 20_000, timedelta(0), status=500))
    assert await world.pool.fetchval("SELECT length(detail) FROM attempts") == 20_000
    assert await world.states() == ["failed: " + "x" * 400]


async def test_a_finished_message_keeps_what_it_told(world: World) -> None:
    leases, ready = await frozen(world, "a")
    await settle(world, leases, ready, SENT)
    [delivery] = await world.deliveries()
    content: dict[str, Any] = json.loads(delivery["content"])
    assert content["posting"]["title"] == "Machine Learning Engineer"
