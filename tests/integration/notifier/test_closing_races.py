"""Closings that are read twice, by several, or while others write: each corrects once."""

import asyncio

import pytest

from schemas.posting import PostingClosed, PostingOpened
from services.notifier import project
from services.notifier.domain.gate import CLOSED, TOLD
from services.notifier.project import project_postings
from tests.integration.notifier.closing import SENT, kinds, told
from tests.integration.notifier.freezing import freeze, frozen
from tests.integration.notifier.sending import NOTHING
from tests.integration.notifier.world import (
    World,
    matched,
    posting_closed,
    posting_opened,
    subscriber,
)


@pytest.mark.parametrize("together", [True, False])
async def test_a_closing_of_an_opening_that_is_open_again_changes_nothing(world: World, together: bool) -> None:
    await told(world, "a")
    events: list[PostingOpened | PostingClosed] = [posting_opened(revision=7), posting_closed(revision=5)]
    for batch in [events] if together else [[event] for event in events]:
        await project_postings(world.pool, world.due, batch)
    assert await kinds(world) == [SENT]


async def test_a_closing_read_twice_corrects_once_and_makes_due_again_what_its_first_reader_died_before_marking(
    world: World,
) -> None:
    await told(world, "a", "b")
    await world.close_posting()
    assert len(await world.claim()) == 2
    await world.expire_leases()
    await world.pool.execute("UPDATE destinations SET due_at = 'infinity'")
    assert await world.claim() == []
    await world.close_posting()
    assert len(await world.claim()) == 2
    assert await kinds(world) == [SENT, SENT, ("no_longer", "waiting"), ("no_longer", "waiting")]


async def test_only_who_was_told_of_this_posting_and_opening_is_corrected(world: World) -> None:
    await told(world, "a", "b")
    await told(world, "a", posting="q")
    await world.pool.execute(
        "UPDATE alerts SET delivery_id = NULL, state = 'suppressed' WHERE destination_id = $1", subscriber("b")
    )
    await world.pool.execute("DELETE FROM deliveries WHERE destination_id = $1", subscriber("b"))
    await world.close_posting()
    assert [row for row in await world.alerts() if row[1] == "no_longer"] == [("a", "no_longer", "waiting")]


async def test_who_was_told_through_a_subscription_that_has_ended_is_corrected_through_the_other(world: World) -> None:
    await told(world, "a/first")
    await world.subscribe("a/second")
    await world.record(matched("a/second"))
    await world.beat()
    assert await frozen(world) == []
    assert (await world.states())[1] == f"suppressed: {TOLD}"
    await world.expire_leases()
    await world.unsubscribe("a/first")
    await world.close_posting()
    await world.beat()
    [correction] = await freeze(world)
    assert [one["name"] for one in correction.delivery.content["because"]] == ["Alert of a/second"]


async def test_more_told_than_fit_into_one_slice_are_all_corrected(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project, "_SLICE", 3)
    names = [f"subscriber-{number}" for number in range(10)]
    await told(world, *names)
    await world.close_posting()
    assert len(await world.claim()) == 10
    assert [kind for _, kind, _ in await world.alerts()].count("no_longer") == 10


# With others at the same posting


async def test_closing_waits_for_a_message_that_is_being_frozen_and_corrects_it(world: World) -> None:
    await world.subscribe("a")
    await world.beat()
    await world.record(matched("a"))
    async with world.pool.acquire() as connection:
        freezing = connection.transaction()
        await freezing.start()
        await connection.execute("SELECT FROM postings FOR SHARE")  # as freezing does
        await connection.execute("UPDATE alerts SET state = 'frozen', delivery_id = gen_random_uuid()")
        closing = asyncio.create_task(world.close_posting())
        await world.waits_for_a_lock("INSERT INTO postings")
        await freezing.commit()
    await closing
    assert await kinds(world) == [("opened", "frozen"), ("no_longer", "waiting")]


async def test_a_match_that_is_being_recorded_while_the_posting_closes_is_not_told(world: World) -> None:
    await world.subscribe("a")
    await world.record(matched("b"))
    async with world.pool.acquire() as connection:
        closing = connection.transaction()
        await closing.start()
        await connection.execute("UPDATE postings SET status = 'closed', revision = 9")
        recording = asyncio.create_task(world.record(matched("a")))
        await world.waits_for_a_lock("INSERT INTO postings")
        await closing.commit()
    await recording
    await world.beat()
    assert await frozen(world) == []
    assert [row for row in await world.alerts() if row[0] == "a"] == [("a", "opened", f"suppressed: {CLOSED}")]


async def test_readers_of_one_closing_do_not_stand_in_each_others_way(world: World) -> None:
    names = [f"subscriber-{number}" for number in range(40)]
    await told(world, *names)
    await told(world, *names, posting="q")
    await asyncio.gather(*(world.close_posting(posting) for posting in ("p", "q") * 4))
    assert [kind for _, kind, _ in await world.alerts()].count("no_longer") == 80
    assert await world.pool.fetchval("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == 0


async def test_a_change_and_a_closing_that_come_before_the_first_word_leave_nothing_to_tell(world: World) -> None:
    await world.subscribe("a", "b")
    await world.record(matched("a", "b"), matched("a", kind="no_longer", revision=2))
    await world.close_posting(revision=3)
    await world.beat()
    assert await frozen(world) == []
    assert sorted(await kinds(world)) == [
        ("no_longer", f"suppressed: {NOTHING}"),
        ("opened", f"suppressed: {CLOSED}"),
        ("opened", f"suppressed: {CLOSED}"),
    ]
