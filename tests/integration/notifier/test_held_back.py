"""Corrections: told once, and not while another subscription of the same mailbox matches the posting."""

import asyncio

import pytest

from schemas.filter.tree import Filter, Keywords
from schemas.subscription import SubscriptionState
from services.notifier.domain.gate import AGAIN, HELD
from services.notifier.store.ledger import fetch_due_alerts, mark_alerts
from services.notifier.store.situation import fetch_matching
from tests.integration.notifier.freezing import TOLD, as_if_not_taken, as_if_sent, freeze, frozen, last_told
from tests.integration.notifier.world import OPENED_AT, World, destination, matched, subscriber
from tests.unit.notifier.made import uid


def state(world: World, name: str, *, wanted: Filter, called: str) -> SubscriptionState:
    return SubscriptionState(
        subscription_id=uid(f"subscription {name}"),
        subscriber_id=subscriber(name),
        revision=world.next(),
        name=called,
        filter=wanted,
        destination=destination(name),
        effective_from=OPENED_AT,
    )


async def test_what_was_told_and_no_longer_matches_is_corrected_with_reference_to_the_first(world: World) -> None:
    await world.subscribe("a")
    await world.beat()
    await world.record(matched("a"))
    [first] = await frozen(world)
    await as_if_sent(world)
    await world.record(matched("a", kind="no_longer", revision=2), matched("a", kind="no_longer", revision=2))
    await world.beat()
    [correction] = await freeze(world)
    assert correction.delivery.content["in_reply_to"] == first
    assert correction.delivery.content["template"] == "no_longer"


async def test_nobody_is_told_that_a_posting_is_not_for_them_while_another_of_their_subscriptions_matches_it(
    world: World,
) -> None:
    await world.subscribe("a/first", "a/second", "b/other")
    await world.beat()
    await world.record(matched("a/first", "a/second", "b/other"))
    assert len(await frozen(world)) == 2
    await as_if_sent(world)
    await world.record(
        matched("a/first", "b/other", kind="no_longer", revision=2), matched("a/second", kind="changed", revision=2)
    )
    await world.beat()
    await frozen(world)
    assert [one.delivery.subscriber_id for one in world.ready] == [subscriber("b")]
    assert f"held: {HELD}" in await world.states()
    await as_if_sent(world)
    await world.record(matched("a/second", kind="no_longer", revision=3))
    await world.beat()
    [last] = await freeze(world)
    assert (last.delivery.subscriber_id, last.delivery.told) == (subscriber("a"), (subscriber("a"), *last_told(2)))
    assert len(last.delivery.members) == 2, "what was held back is told with it"


@pytest.mark.parametrize("news", ["closes", "matches again"])
async def test_what_was_held_back_comes_to_its_end_with_the_next_news_of_the_posting(held: World, news: str) -> None:
    if news == "closes":
        await held.close_posting(revision=3)
    else:
        await held.record(matched("a/first", revision=3).model_copy(update={"changed": True}))
    await held.beat()
    told = await freeze(held)
    await as_if_sent(held)
    if news == "closes":
        assert [one.delivery.content["template"] for one in told] == ["closed"]
        assert not [state for state in await held.states() if not state.startswith(("sent", "suppressed"))]
    else:
        assert told == []
        assert f"suppressed: {AGAIN}" in await held.states()


@pytest.mark.parametrize("since", ["ended", "changed", "paused for a while", "moved", "elsewhere"])
async def test_a_subscription_that_may_ask_for_something_else_by_now_keeps_no_correction_back(world: World, since: str) -> None:
    await world.subscribe("a/first")
    await world.subscribe("a/second", to="webhook" if since == "elsewhere" else "email")
    await world.beat()
    await world.record(matched("a/first"))
    await world.record(matched("a/second", to="webhook" if since == "elsewhere" else "email"))
    assert len(await frozen(world)) == 1
    await as_if_sent(world)
    if since == "ended":
        await world.unsubscribe("a/second")
    elif since == "changed":
        await world.later()
        await world.subscribe("a/second", wanted=Filter(keywords=Keywords(all=("astronomy",))))
    elif since == "paused for a while":
        await world.later()
        await world.subscribe("a/second", status="paused")
        await world.subscribe("a/second")
    elif since == "moved":
        await world.later()
        await world.subscribe("a/second", to="webhook")
    await world.record(matched("a/first", kind="no_longer", revision=2))
    await world.beat()
    [correction] = await freeze(world)
    assert correction.delivery.content["template"] == "no_longer"


@pytest.mark.parametrize("since", ["ended", "changed", "paused", "moved"])
async def test_what_was_held_back_is_told_when_the_other_subscription_does_not_want_it_any_more(
    held: World, since: str
) -> None:
    match since:
        case "ended":
            await held.unsubscribe("a/second")
        case "changed":
            await held.subscribe("a/second", wanted=Filter(keywords=Keywords(all=("astronomy",))))
        case "paused":
            await held.subscribe("a/second", status="paused")
        case "moved":
            await held.subscribe("a/second", to="webhook")
    [correction] = await freeze(held)
    assert correction.delivery.content["template"] == "no_longer"
    assert [key.subscription_id for key in correction.delivery.members] == [uid("subscription a/first")]
    await as_if_sent(held)
    assert await held.states() == ["sent", "sent", "sent"]


async def test_what_was_held_back_stays_so_when_the_other_subscription_still_wants_it(held: World) -> None:
    await held.subscribe("a/second", called="another name")
    await held.unsubscribe("b/of somebody else")
    assert await frozen(held) == []
    assert (await held.states())[-1] == f"held: {HELD}"


async def test_what_was_held_back_and_matched_again_is_not_told_later(held: World) -> None:
    await held.record(matched("a/first", revision=3).model_copy(update={"changed": True}))
    await held.unsubscribe("a/second")
    assert await frozen(held) == []
    assert await held.states() == ["sent", "sent", f"suppressed: {AGAIN}", TOLD]


async def test_what_was_held_back_and_matched_again_is_not_told_later_whatever_became_of_its_filter(held: World) -> None:
    await held.record(matched("a/first", revision=3).model_copy(update={"changed": True}))
    await held.subscribe("a/first", wanted=Filter(keywords=Keywords(all=("machine",))))
    assert await frozen(held) == []
    await as_if_not_taken(held)
    await held.unsubscribe("a/second")
    assert await frozen(held) == []
    assert (await held.states())[2] == f"suppressed: {AGAIN}"


async def test_what_was_held_back_is_told_where_the_other_subscription_was_changed_and_renamed_at_once(held: World) -> None:
    other = Filter(keywords=Keywords(all=("astronomy",)))
    changed, renamed = (state(held, "a/second", wanted=other, called=name) for name in ("as it was", "renamed"))
    await held.hear(changed, renamed)
    [correction] = await freeze(held)
    assert correction.delivery.content["template"] == "no_longer"


async def test_what_is_held_back_is_left_alone_by_subscriptions_that_have_nothing_to_do_with_it(held: World) -> None:
    before = await held.told()
    for number in range(3):
        await held.subscribe(f"a/new {number}")
        assert await frozen(held) == []
    assert await held.told() == before


async def test_a_match_by_a_former_filter_that_is_recorded_late_keeps_no_correction_back(world: World) -> None:
    """Compared with what it asked for before: the filter of today was never asked."""
    await world.subscribe("a/first", "a/second")
    await world.beat()
    await world.later()
    await world.subscribe("a/second", wanted=Filter(keywords=Keywords(all=("astronomy",))))
    await world.record(matched("a/first", "a/second"))
    await world.beat()
    assert len(await frozen(world)) == 1
    await as_if_sent(world)
    await world.record(matched("a/first", kind="no_longer", revision=2))
    await world.beat()
    [correction] = await freeze(world)
    assert correction.delivery.content["template"] == "no_longer"


async def test_who_ends_a_subscription_while_a_correction_is_held_back_for_it_is_told(world: World) -> None:
    """The end waits for the transaction that counts on the subscription, and then sees what that one held back."""
    await world.subscribe("a/first", "a/second")
    await world.beat()
    await world.record(matched("a/first", "a/second"))
    assert len(await frozen(world)) == 1
    await as_if_sent(world)
    await world.record(matched("a/first", kind="no_longer", revision=2))
    async with world.pool.acquire() as connection, connection.transaction():
        [held] = await fetch_due_alerts(connection, [subscriber("a")], each=10)
        assert (await fetch_matching(connection, [held]))[0]
        ending = asyncio.create_task(world.unsubscribe("a/second"))
        await world.waits_for_a_lock("INSERT INTO subscriptions")
        await mark_alerts(connection, [held.key], state="held", reasons=[HELD], deliveries=[None])
    await ending
    await world.beat()
    [correction] = await freeze(world)
    assert correction.delivery.content["template"] == "no_longer"


async def test_a_subscription_that_has_another_name_since_still_wants_what_it_matched(world: World) -> None:
    await world.subscribe("a/first", "a/second")
    await world.beat()
    await world.record(matched("a/first", "a/second"))
    assert len(await frozen(world)) == 1
    await as_if_sent(world)
    await world.later()
    await world.subscribe("a/second", called="another name")
    await world.record(matched("a/first", kind="no_longer", revision=2))
    await world.beat()
    assert await frozen(world) == []
    assert (await world.states())[-1] == f"held: {HELD}"
