"""Which filter judges a posting: the one in force when it was published, whatever arrives first."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from aiokafka.errors import KafkaError
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.posting import FieldChange, PostingChanged, PostingOpened
from schemas.subscription import SubscriptionState
from services.matcher.domain.late import Late
from services.matcher.match import WINDOW
from tests.unit.matcher.made import posting
from tests.unit.matcher.world import World, changed_at, ended, opened, states, subscription, word


class Clock:
    start = datetime.now(UTC)


@pytest.fixture(autouse=True)
def recent() -> None:
    """A start within the window, however long the tests have run."""
    Clock.start = datetime.now(UTC) - timedelta(minutes=4)


def at(seconds: float) -> datetime:
    return Clock.start + timedelta(seconds=seconds)


def titled(title: str, seconds: float) -> PostingOpened:
    return opened(posting(title=title), published_at=at(seconds))


@dataclass(frozen=True)
class Life:
    """Go from 10 on, Rust from 20 on, paused at 30, active again from 40 on."""

    go: SubscriptionState
    rust: SubscriptionState
    paused: SubscriptionState
    resumed: SubscriptionState


@pytest.fixture
def life(recent: None) -> Life:
    go = subscription(saved=at(10)).model_copy(update={"filter": word("go")})
    rust = changed_at(go, at(20), filter=word("rust"))
    paused = changed_at(rust, at(30), status="paused")
    return Life(go, rust, paused, changed_at(paused, at(40), status="active"))


@pytest.mark.parametrize(
    ("title", "seconds", "meets"),
    [
        ("Go", 9, False),
        ("Go", 10, False),  # published in the moment of the saving: not after it
        ("Go", 10.1, True),
        ("Rust", 15, False),
        ("Go", 20, True),
        ("Rust", 20, False),
        ("Rust", 20.1, True),
        ("Go", 20.1, False),
        ("Rust", 30, True),  # until the pause was saved
        ("Rust", 30.1, False),
        ("Go", 30.1, False),
        ("Rust", 40, False),
        ("Rust", 40.1, True),
        ("Go", 40.1, False),
    ],
)
@pytest.mark.parametrize("order", ["states first", "posting first", "recalled"])
async def test_posting_is_judged_by_what_was_in_force_when_it_was_published(
    life: Life, title: str, seconds: float, meets: bool, order: str
) -> None:
    world, event = World(), titled(title, seconds)
    states = life.go, life.rust, life.paused, life.resumed
    if order == "posting first":
        await world.matcher.match([event])
    await world.follow(*states)
    if order == "states first":
        await world.matcher.match([event])
    elif order == "recalled":
        await world.matcher.recall([event])
    assert world.titles() == ([title] if meets else [])


async def test_ended_subscription_is_silent_about_what_was_published_before_too(life: Life) -> None:
    world = World()
    await world.follow(life.go, life.rust, ended(life.rust))
    await world.matcher.match([titled("Go", 15), titled("Rust", 25)])
    await world.matcher.recall([titled("Go", 15), titled("Rust", 25)])
    assert world.titles() == []


async def test_alert_by_a_former_filter_goes_where_the_subscription_sends_now(life: Life) -> None:
    world = World()
    elsewhere = life.rust.destination.model_copy(update={"kind": "webhook"})
    await world.follow(life.go, life.rust.model_copy(update={"destination": elsewhere}))
    await world.matcher.match([titled("Go", 15)])
    [record] = world.records()
    assert record.subscriptions[0].destination == elsewhere


async def test_a_match_says_by_which_state_it_was_judged(life: Life) -> None:
    world = World()
    await world.follow(life.go)
    await world.matcher.match([titled("Go", 15)])
    await world.follow(life.rust)
    await world.matcher.match([titled("Go", 16), titled("Rust", 25)])
    judged = [(record.posting.title, record.subscriptions[0].subscription_revision) for record in world.records()]
    assert judged == [("Go", life.go.revision), ("Go", life.go.revision), ("Rust", life.rust.revision)]


async def test_change_of_a_posting_is_judged_on_both_contents_by_the_former_filter(life: Life) -> None:
    world = World()
    await world.follow(life.go, life.rust)
    event = PostingChanged(
        **titled("Rust", 15).model_dump(exclude={"type"}),
        changes=(FieldChange(field="title", old="Go", new="Rust"),),
    )
    await world.matcher.match([event])
    assert world.told() == {(life.go.subscription_id, "no_longer")}


async def test_later_state_has_the_say_where_the_clock_was_set_back(life: Life) -> None:
    """Its revision grows all the same; `effective_from` is earlier than that of the state it replaces."""
    world = World()
    back = changed_at(life.rust, at(15), filter=word("ada")).model_copy(update={"revision": life.rust.revision + 1})
    await world.follow(life.go, life.rust, back)
    await world.matcher.match([titled("Rust, Go, Ada", 12), titled("Go, Rust", 17), titled("Rust, Go, Ada", 25)])
    assert world.titles() == ["Rust, Go, Ada", "Rust, Go, Ada"]


async def test_new_name_leaves_no_former_state(life: Life) -> None:
    world = World()
    await world.follow(life.go, changed_at(life.go, at(15), name="Another"))
    assert world.matcher.known.formers == {}


async def test_posting_that_comes_hours_late_is_judged_by_the_filter_of_its_time(life: Life) -> None:
    """Ingest's relay was away, or the consumer had stopped at its ceiling, or somebody replays a dead letter."""
    world = World()
    await world.follow(life.go, life.rust)
    world.matcher.forget(datetime.now(UTC) + timedelta(hours=23))
    await world.matcher.match([titled("Go", 15), titled("Rust", 15)])
    assert world.titles() == ["Go"]


async def test_former_filters_are_forgotten_a_day_after_the_last_was_replaced(life: Life) -> None:
    world, other = World(), subscription(saved=at(1))
    await world.follow(life.go, life.rust, other, changed_at(other, at(2), filter=word("ada")))
    world.matcher.forget(datetime.now(UTC) + timedelta(days=1, seconds=1))
    assert not world.matcher.known.formers
    assert not list(world.matcher.known.formers_at(at(1.5)))


async def test_of_one_that_changes_in_a_loop_the_last_hundred_filters_are_kept() -> None:
    world, state = World(), subscription(saved=at(0))
    await world.follow(state)
    for second in range(1, 151):
        await world.follow(state := changed_at(state, at(second), filter=word(f"word{second}")))
    assert len(world.matcher.known.formers[state.subscription_id]) == 100
    await world.matcher.match([titled("Word49", 49.5), titled("Word50", 50.5), titled("Word149", 149.5)])
    assert world.titles() == ["Word50", "Word149"]


async def test_posting_older_than_the_window_is_not_held() -> None:
    world = World()
    await world.matcher.match([opened(published_at=datetime.now(UTC) - WINDOW - timedelta(seconds=1))])
    await world.follow(subscription())
    assert world.titles() == []


async def test_window_empties_without_postings_coming(life: Life) -> None:
    world = World()
    await world.matcher.match([titled("Go", 15)])
    world.matcher.forget(at(15) + WINDOW + timedelta(seconds=1))
    await world.follow(life.go)
    assert world.titles() == []


async def test_posting_stamped_ahead_of_time_does_not_hold_what_came_after_it(life: Life) -> None:
    world, now = World(), datetime.now(UTC)
    await world.matcher.match([opened(posting(title="Ahead"), published_at=now + timedelta(days=365)), titled("Go", 15)])
    world.matcher.forget(datetime.now(UTC) + WINDOW + timedelta(seconds=1))
    await world.follow(life.go)
    assert world.titles() == []


async def test_posting_whose_matches_kafka_did_not_take_is_recalled_after_another_process_compared_it(life: Life) -> None:
    """The other one, which had not seen the filter yet, has committed it: it does not come again."""
    world, event = World(), titled("Go", 15)
    await world.follow(life.go)
    world.kept.away = True
    with pytest.raises(KafkaError):
        await world.matcher.match([event])
    world.kept.away = False
    await world.matcher.recall([event])
    assert world.titles() == ["Go"]


async def test_filter_that_comes_later_than_the_window_holds_is_named_once() -> None:
    world, saved, now = World(), datetime.now(UTC) - WINDOW - timedelta(seconds=1), datetime.now(UTC).replace(microsecond=0)
    late = subscription(saved=saved)
    await world.follow(late, subscription(saved=now), arrived=now)
    assert world.late == {late.subscription_id: Late(saved, now)}
    world.late.clear()
    await world.follow(changed_at(late, now, name="Another"))
    assert world.late == {}


async def test_of_a_new_name_that_comes_late_only_the_time_since_its_saving_was_missed() -> None:
    """Its filter has been known for a year; this process begins with the latest state."""
    world, saved, now = World(), datetime.now(UTC) - 2 * WINDOW, datetime.now(UTC).replace(microsecond=0)
    renamed = subscription(saved=saved, effective_from=saved - timedelta(days=365))
    await world.follow(renamed, arrived=now)
    assert world.late == {renamed.subscription_id: Late(saved - timedelta(minutes=1), now)}


async def test_late_filter_is_named_where_its_neighbour_is_refused() -> None:
    world, now = World(), datetime.now(UTC)
    late, bad = subscription(saved=now - 2 * WINDOW), subscription(revision=10**18)
    with pytest.raises(ValueError, match="no moment"):
        await world.follow(late, bad)
    assert world.late.keys() == {late.subscription_id}
    assert states(world.matcher.known).keys() == {late.subscription_id}


async def test_postings_read_again_for_a_late_filter_reach_it_however_long_ago_it_was_saved() -> None:
    world, saved = World(), datetime.now(UTC) - 6 * WINDOW
    late, other = subscription(saved=saved), subscription(saved=saved)
    await world.follow(late, other)
    events = [opened(published_at=saved + step * WINDOW) for step in (-1, 1, 3, 5)]
    await world.matcher.recall(events, {late.subscription_id})
    assert [record.posting.id for record in world.records()] == [event.posting.id for event in events[1:]]


async def test_late_matches_that_kafka_did_not_take_are_given_again(life: Life) -> None:
    world = World()
    await world.matcher.match([titled("Go", 15)])
    world.kept.away = True
    with pytest.raises(KafkaError):
        await world.follow(life.go)
    world.kept.away = False
    await world.follow(life.go)
    assert world.titles() == ["Go"]
    await world.follow(life.go)
    assert world.titles() == []


async def test_recalled_posting_that_kafka_did_not_take_is_recalled_again(life: Life) -> None:
    world, event = World(), titled("Go", 15)
    await world.follow(life.go)
    world.kept.away = True
    with pytest.raises(KafkaError):
        await world.matcher.recall([event])
    world.kept.away = False
    await world.matcher.recall([event])
    assert world.titles() == ["Go"]


@dataclass(frozen=True)
class Story:
    """States of one subscription and postings, in the order of their arrival; None is a death of the process."""

    states: tuple[SubscriptionState, ...]
    arrivals: tuple[tuple[SubscriptionState, ...] | PostingOpened | None, ...]


CHANGES: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{"filter": word("go")}, {"filter": word("rust")}, {"status": "paused"}, {"status": "active"}]
)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    states = [subscription(saved=at(1)).model_copy(update={"filter": word("go")})]
    for moment in sorted(draw(st.sets(st.integers(2, 20), max_size=4))):
        states.append(changed_at(states[-1], at(moment), **draw(CHANGES)))
    titles = st.sampled_from(["Go", "Rust", "Go and Rust", "Ada"])
    events = draw(st.lists(st.builds(titled, titles, st.integers(0, 22)), max_size=6))
    order = draw(st.permutations([True] * len(states) + [False] * len(events) + [None] * draw(st.integers(0, 2))))
    arrivals: list[tuple[SubscriptionState, ...] | PostingOpened | None] = []
    coming, postings = iter(states), iter(events)
    for kind in order:
        if kind is None:
            arrivals.append(None)
        elif not kind:
            arrivals.append(next(postings))
        elif arrivals and isinstance(arrivals[-1], tuple) and draw(st.booleans()):
            arrivals[-1] = (*arrivals[-1], next(coming))
        else:
            arrivals.append((next(coming),))
    return Story(tuple(states), tuple(arrivals))


def verdict(states: tuple[SubscriptionState, ...], event: PostingOpened) -> bool:
    """What the state in force at the posting's publication says: written apart from the code under test."""
    in_force = None
    for state in states:
        since = state.effective_from.timestamp() if state.status == "active" else state.revision / 1_000_000
        if since < event.published_at.timestamp():
            in_force = state
    if in_force is None or in_force.status != "active" or in_force.filter.keywords is None:
        return False
    return str(in_force.filter.keywords.all[0]) in event.posting.title.lower()


@settings(deadline=None, max_examples=300)
@given(stories())
def test_every_order_of_arrival_and_every_death_ends_with_the_verdict_in_force(story: Story) -> None:
    asyncio.run(_tell(story))


async def _tell(story: Story) -> None:
    world, told = World(), set[UUID]()
    known: tuple[SubscriptionState, ...] = ()
    seen: list[tuple[PostingOpened, int]] = []
    for arrival in story.arrivals:
        if arrival is None:
            world = World()  # all it knew is gone; the topics are not
            await world.follow(*known)
            await world.matcher.recall([event for event, _ in seen])
        elif isinstance(arrival, tuple):
            known += arrival
            await world.follow(*arrival)
        else:
            seen.append((arrival, len(known)))
            await world.matcher.match([arrival])
        told |= {record.posting.id for record in world.records()}
    for event, known_then in seen:
        if verdict(story.states, event):
            assert event.posting.id in told
        elif event.posting.id in told:  # only what nobody could know better then
            prefixes = range(known_then, len(story.states))
            assert any(verdict(story.states[:count], event) for count in prefixes)


@settings(deadline=None, max_examples=100)
@given(stories())
def test_when_all_states_came_first_each_posting_gets_exactly_one_verdict(story: Story) -> None:
    async def tell() -> None:
        world = World()
        await world.follow(*story.states)
        events = [arrival for arrival in story.arrivals if isinstance(arrival, PostingOpened)]
        await world.matcher.match(events)
        assert [record.posting.id for record in world.records()] == [
            event.posting.id for event in events if verdict(story.states, event)
        ]

    asyncio.run(tell())
