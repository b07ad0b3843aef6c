"""A posting that opens again: which of its closings are still corrected, and which are not."""

import pytest

from services.notifier.domain.gate import CLOSED, REOPENED
from services.notifier.project import project_postings
from tests.integration.notifier.closing import SENT, kinds, told
from tests.integration.notifier.freezing import as_if_sent, freeze, frozen
from tests.integration.notifier.world import (
    World,
    matched,
    posting_closed,
    posting_opened,
)

# Open again


@pytest.mark.parametrize("order", ["in order", "in one batch", "the other way round"])
async def test_an_opening_that_is_over_is_corrected_where_the_next_one_is_not_told(world: World, order: str) -> None:
    [first] = await told(world, "a")
    closing, opening = posting_closed(revision=5), posting_opened(revision=6, episode=2)
    if order == "in one batch":
        await project_postings(world.pool, world.due, [closing, opening])
    else:
        for event in (closing, opening) if order == "in order" else (opening, closing):
            await project_postings(world.pool, world.due, [event])
    await world.beat()
    [correction] = await freeze(world)
    assert correction.delivery.content["in_reply_to"] == first
    assert correction.delivery.content["template"] == "closed"
    await as_if_sent(world)
    await project_postings(world.pool, world.due, [closing])
    assert await kinds(world) == [SENT, ("no_longer", "sent")]


async def test_who_is_told_that_it_is_open_again_is_not_told_that_it_had_closed(world: World) -> None:
    await told(world, "a")
    await world.record(matched("a", revision=6, episode=2))
    await world.close_posting(revision=5)
    await world.beat()
    [again] = await frozen(world)
    assert (await kinds(world))[1:] == [("opened", "frozen"), ("no_longer", "waiting")]
    await world.expire_leases()
    await world.make_due()
    await world.beat()
    assert await frozen(world) == [again], "what is on its way may yet be withdrawn"
    await as_if_sent(world)
    await world.make_due()
    await world.beat()
    assert await frozen(world) == []
    assert (await kinds(world))[1:] == [SENT, ("no_longer", f"suppressed: {REOPENED}")]


async def test_who_is_not_told_after_all_that_it_is_open_again_is_told_that_it_had_closed(world: World) -> None:
    await told(world, "a")
    await world.record(matched("a", revision=6, episode=2))
    await world.close_posting(revision=5)
    await world.close_posting(revision=7, episode=2)
    await world.beat()
    assert await frozen(world) == []
    await world.expire_leases()
    await world.make_due()
    await world.beat()
    assert len(await frozen(world)) == 1
    assert (await kinds(world))[1:] == [("opened", f"suppressed: {CLOSED}"), ("no_longer", "frozen")]


async def test_a_correction_that_could_not_be_sent_is_withdrawn_when_the_next_opening_was_told_meanwhile(world: World) -> None:
    await told(world, "a")
    await world.close_posting(revision=5)
    await world.beat()
    assert len(await frozen(world)) == 1
    await world.pool.execute("UPDATE deliveries SET due_at = 'infinity' WHERE kind = 'no_longer'")
    await world.expire_leases()
    await world.record(matched("a", revision=6, episode=2))
    await world.beat()
    assert len(await frozen(world)) == 1
    await world.pool.execute("UPDATE deliveries SET finished_at = now(), state = 'sent' WHERE episode = 2")
    await world.pool.execute("UPDATE deliveries SET due_at = now() WHERE kind = 'no_longer'")
    await world.expire_leases()
    await world.beat()
    assert await frozen(world) == [f"withdrawn: {REOPENED}"]
