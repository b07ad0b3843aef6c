"""What no one finished is found, once it is overdue; what somebody is going to look at is left alone."""

import asyncio
from datetime import timedelta
from typing import Final

import pytest

from services.notifier import metrics, sweep
from services.notifier.sweep import Sweeper
from tests.integration.notifier.freezing import frozen
from tests.integration.notifier.world import World, matched, subscriber
from tests.unit.notifier.made import uid

OVERDUE: Final = timedelta(seconds=61)


def sweeper(world: World) -> Sweeper:
    return Sweeper(world.pool, world.due)


async def forgotten(world: World, *, age: timedelta = OVERDUE) -> None:
    """As if what waits had been due for so long, and nobody was going to look."""
    for table in ("alerts", "deliveries"):
        await world.pool.execute(f"UPDATE {table} SET due_at = now() - $1::interval", age)
    await world.pool.execute("UPDATE destinations SET due_at = 'infinity', leased_until = '-infinity'")


async def claimed(world: World) -> int:
    return len(await world.claim()) + len(await world.claim("webhook"))


async def test_an_alert_whose_recorder_died_before_it_marked_it_due_is_found(world: World) -> None:
    await world.record(matched("a"))
    await forgotten(world)
    assert await claimed(world) == 0
    before = metrics.forgotten._value.get()
    assert await sweeper(world).sweep() == 1
    assert metrics.forgotten._value.get() == before + 1
    assert await claimed(world) == 1


@pytest.mark.parametrize("state", ["waiting", "unknown"])
async def test_a_message_that_nobody_was_going_to_try_again_is_found(world: World, state: str) -> None:
    await world.subscribe("a")
    await world.beat()
    await world.record(matched("a"))
    assert len(await frozen(world)) == 1
    await world.pool.execute("UPDATE deliveries SET state = $1", state)
    await forgotten(world)
    assert await sweeper(world).sweep() == 1
    assert await claimed(world) == 1


async def test_a_destination_that_has_no_row_at_all_gets_one_of_its_channel(world: World) -> None:
    await world.subscribe("hooked", to="webhook", url="https://hooks.example/")
    await world.record(matched("a"), matched("hooked", to="webhook"))
    await forgotten(world)
    await world.pool.execute("DELETE FROM destinations")
    assert await sweeper(world).sweep() == 2
    rows = await world.pool.fetch("SELECT id, channel FROM destinations")
    assert {row["id"]: row["channel"] for row in rows} == {subscriber("a"): "email", uid("endpoint hooked"): "webhook"}


# fmt: off
LEFT_ALONE: Final = [
    ("due",                     "UPDATE destinations SET due_at = now() - interval '61 s'"),
    ("leased",                  "UPDATE destinations SET due_at = now() - interval '61 s', leased_until = now() + interval '1 min'"),
    ("due only now",            "UPDATE alerts SET due_at = now() - interval '50 s'"),
    ("not due yet",             "UPDATE alerts SET due_at = now() + interval '1 hour'"),
    ("at its end",              "UPDATE alerts SET state = 'sent'"),
]
# fmt: on


@pytest.mark.parametrize("statement", [row[1] for row in LEFT_ALONE], ids=[row[0] for row in LEFT_ALONE])
async def test_what_somebody_is_going_to_look_at_is_left_alone(world: World, statement: str) -> None:
    await world.record(matched("a"))
    await forgotten(world)
    await world.pool.execute(statement)
    assert await sweeper(world).sweep() == 0


async def test_each_look_is_bounded_and_the_next_goes_on_where_it_ended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "_MOST", 3)
    names = [f"subscriber-{number}" for number in range(7)]
    await world.record(matched(*names), matched(*names, posting="q"))
    await forgotten(world)
    one = sweeper(world)
    assert [await one.sweep() for _ in range(4)] == [3, 3, 1, 0]
    await forgotten(world)
    assert await one.sweep() == 3  # and from the beginning again


async def test_several_at_once_count_what_they_find_once(world: World) -> None:
    names = [f"subscriber-{number}" for number in range(50)]
    await world.record(matched(*names))
    await forgotten(world)
    assert sum(await asyncio.gather(*(sweeper(world).sweep() for _ in range(5)))) == 50
