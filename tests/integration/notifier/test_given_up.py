"""Messages that were given up though they may have arrived: whoever still wants what they tell gets the same message again."""

import pytest

from services.notifier.domain.gate import OUTDATED
from tests.integration.notifier.freezing import as_if_not_taken, as_if_sent, freeze, frozen
from tests.integration.notifier.world import World, matched

ENDED = "withdrawn: the subscription had ended or was paused"


@pytest.mark.parametrize("first", ["ends", "no longer matches"])
async def test_another_subscription_is_not_lost_with_a_message_that_may_have_arrived(world: World, first: str) -> None:
    """Its dispatcher died between freezing and sending; then the subscription it was for did not want it any more."""
    await world.subscribe("a/first", "a/second")
    await world.record(matched("a/first"))
    await world.beat()
    [message] = await frozen(world)
    await world.expire_leases()
    second = matched("a/second", revision=2).model_copy(update={"changed": True})
    if first == "ends":
        await world.record(second)
        await world.unsubscribe("a/first")
    else:
        await world.record(matched("a/first", kind="no_longer", revision=2), second)
    await world.beat()
    assert await frozen(world) == [ENDED if first == "ends" else f"withdrawn: {OUTDATED}"]
    [before] = world.ready
    await as_if_not_taken(world)
    await world.make_due()
    await world.beat()
    assert await frozen_again(world) == [message]
    assert world.ready[0].delivery.content == before.delivery.content
    await as_if_sent(world)
    assert (await world.states())[-1] == "sent"
    assert (await world.told())[-1].outcome == "sent"


async def test_a_match_that_comes_after_such_a_message_was_given_up_has_it_sent_again(world: World) -> None:
    await world.subscribe("a/first", "a/second")
    await world.record(matched("a/first"))
    await world.beat()
    [message] = await frozen(world)
    await world.expire_leases()
    await world.unsubscribe("a/first")
    await world.beat()
    assert await frozen(world) == [ENDED]
    await as_if_not_taken(world)
    await world.record(matched("a/second"))
    await world.beat()
    assert await frozen_again(world) == [message]
    await as_if_sent(world)
    assert (await world.states())[-1] == "sent"
    await world.record(matched("a/second", kind="no_longer", revision=2))
    await world.beat()
    [correction] = await freeze(world)
    assert correction.delivery.content["in_reply_to"] == message


async def test_a_correction_that_may_have_arrived_is_sent_again_for_another_subscription(world: World) -> None:
    await world.subscribe("a/first", "a/second")
    await world.record(matched("a/first", "a/second"))
    await world.beat()
    assert len(await frozen(world)) == 1
    await as_if_sent(world)
    await world.subscribe("a/first", status="paused")
    await world.record(matched("a/second", kind="no_longer", revision=2))
    await world.beat()
    [correction] = await frozen(world)
    await world.expire_leases()
    await world.subscribe("a/first")
    await world.unsubscribe("a/second")
    await world.beat()
    assert await frozen(world) == [ENDED]
    await as_if_not_taken(world)
    await world.record(matched("a/first", kind="no_longer", revision=3))
    await world.beat()
    assert await frozen_again(world) == [correction]
    await as_if_sent(world)
    assert (await world.states())[2:] == ["suppressed: the subscription had ended or was paused", "sent"]


async def test_a_correction_goes_out_for_what_was_held_back_where_the_subscription_that_held_it_ends(held: World) -> None:
    await held.record(matched("a/second", kind="no_longer", revision=3))
    await held.beat()
    [correction] = await frozen(held)
    await held.expire_leases()
    await held.unsubscribe("a/second")
    await held.beat()
    assert await frozen(held) == [correction]
    await as_if_sent(held)
    assert (await held.states())[2:] == ["sent", "sent"]


async def test_a_message_that_is_sent_again_has_the_whole_schedule_before_it(world: World) -> None:
    await world.subscribe("a/first", "a/second")
    await world.record(matched("a/first"))
    await world.beat()
    assert len(await frozen(world)) == 1
    await world.pool.execute("UPDATE deliveries SET state = 'failed', attempts = 24, finished_at = now(), due_at = 'infinity'")
    await world.pool.execute("UPDATE alerts SET state = 'failed'")
    await world.expire_leases()
    await world.record(matched("a/second"))
    await world.beat()
    assert await frozen(world) == []
    await as_if_not_taken(world)
    await world.beat()
    [again] = await freeze(world)
    assert again.delivery.attempts == 0


async def frozen_again(world: World) -> list[str]:
    """What is handed out at the next look, after one that only finds that something is to be sent again."""
    assert await frozen(world) == []
    await as_if_not_taken(world)
    await world.beat()
    return await frozen(world)
