"""A state that cannot be taken in is refused as a whole, each time it comes, and its neighbours are taken."""

from datetime import UTC, datetime
from typing import Any

import pytest

from runtime import telemetry
from runtime.reader import apply_or_refuse
from schemas.filter.tree import Filter
from schemas.subscription import SubscriptionState
from services.matcher.domain.index import Index
from services.matcher.domain.wanted import wanted
from tests.unit.matcher.made import posting, seen
from tests.unit.matcher.world import CURSED, Picky, World, arrival, later, opened, states, subscription, word

TOPIC = "followed"


async def apply(world: World, *states: SubscriptionState) -> float:
    """As the reader does it. Returns how many were refused."""
    counter = telemetry.refused.labels(TOPIC)._value
    before = counter.get()
    arrived = list(map(arrival, states))
    await apply_or_refuse(world.follower.apply, arrived, topic=TOPIC)
    return float(counter.get() - before)


async def compare(world: World, title: str) -> set[Any]:
    await world.matcher.match([opened(posting(title=title), published_at=datetime.now(UTC))])
    return {id for id, _ in world.told()}


async def test_filter_that_cannot_be_filed_is_refused_and_its_neighbours_are_taken() -> None:
    world, cursed = World(Picky()), subscription(CURSED)
    before, after = subscription(), subscription()
    assert await apply(world, before, cursed, after) == 1
    assert states(world.matcher.known).keys() == {before.subscription_id, after.subscription_id}
    assert await compare(world, "cursed") == {before.subscription_id, after.subscription_id}


async def test_refused_filter_is_taken_when_it_comes_to_a_mended_index() -> None:
    index, cursed = Picky(), subscription(CURSED)
    world = World(index)
    assert [await apply(world, cursed), await apply(world, cursed)] == [1, 1]
    index.mended = True
    assert await apply(world, cursed) == 0
    assert await compare(world, "cursed") == {cursed.subscription_id}


@pytest.mark.parametrize("change", [{"filter": word("cursed")}, {"revision": 10**18, "filter": word("rust")}])
async def test_former_filter_goes_on_where_its_change_is_refused(change: dict[str, Any]) -> None:
    world, state = World(Picky()), subscription({"keywords": {"all": ["go"]}})
    assert await apply(world, state, later(state, **change)) == 1
    assert {id: row[6] for id, row in states(world.matcher.known).items()} == {state.subscription_id: state.revision}
    assert await compare(world, "Go") == {state.subscription_id}
    assert await compare(world, "cursed rust") == set()


def test_filter_that_cannot_be_filed_leaves_the_former_one_in_the_index() -> None:
    index, asked = Index(), wanted(Filter.model_validate({"keywords": {"all": ["go"]}}))
    index.add(1, asked)
    unreadable: Any = 1
    with pytest.raises(TypeError):
        index.add(2, asked._replace(companies=unreadable))
    assert index.matching(seen(title="Go")).slots.tolist() == [1]
