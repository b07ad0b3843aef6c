"""What is read again, and since when: on assignment, for filters that come too late, and after Kafka was away."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from runtime import telemetry
from services.matcher.domain.late import Late
from services.matcher.match import WINDOW, Event
from tests.unit.matcher.recalling import LATEST, Topic, assign, recalling, soon
from tests.unit.matcher.world import World, opened, subscription

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOW = datetime.now(UTC)


def late(age: timedelta, *, arrived: datetime | None = None) -> dict[UUID, Late]:
    return {uuid4(): Late(NOW - age, arrived or NOW)}


async def test_what_the_group_compared_before_an_assignment_is_read_again_for_the_length_of_the_window() -> None:
    topic = Topic()
    topic.committed = {2: 7}
    with recalling(World().matcher, topic) as recaller:
        await assign(recaller, 1, 2)
        await topic.read_times(2)
    assert topic.asked == [dict.fromkeys((1, 2), NOW - back) for back in (LATEST, WINDOW)]
    assert topic.until == [{1: 10, 2: 7}] * 2


async def test_the_latest_of_an_assignment_do_not_wait_for_the_rest_of_another() -> None:
    topic, world = Topic(opened()), World()
    topic.open.clear()
    with recalling(world.matcher, topic) as recaller:
        await assign(recaller, 1)
        await topic.read_times(2)
        await assign(recaller, 1, 2)
        await topic.read_times(3)
        await soon(lambda: world.matcher.recalls == 2)  # the rest of both
    assert [since.keys() for since in topic.asked] == [{1}, {1}, {1, 2}]
    assert topic.asked[2] == dict.fromkeys((1, 2), NOW - LATEST)


async def test_partitions_that_come_back_are_read_again_too() -> None:
    """Others may have had them, where this process was paused for longer than its session."""
    topic = Topic()
    with recalling(World().matcher, topic) as recaller:
        await assign(recaller, 1, 2)
        await topic.read_times(2)
        await assign(recaller, 1, 2)
        await topic.read_times(4)
    assert [since.keys() for since in topic.asked] == [{1, 2}] * 4


async def test_it_reads_back_from_the_last_posting_compared_however_long_ago_that_was() -> None:
    """Everybody who compares was away for three hours."""
    topic = Topic()
    topic.stamps = {1: NOW - 3 * HOUR}
    topic.fails = 1
    with recalling(World().matcher, topic) as recaller:
        await assign(recaller, 1, 2)
        topic.committed = {1: 1000}  # this process goes on meanwhile
        await topic.read_times(3)
    assert topic.asked == [{1: NOW - 3 * HOUR - back, 2: NOW - back} for back in (LATEST, LATEST, WINDOW)]
    assert topic.until == [{1: 10, 2: 10}] * 3


async def test_nothing_is_read_where_the_group_has_compared_nothing() -> None:
    topic = Topic()
    topic.committed = {1: 0}
    with recalling(World().matcher, topic) as recaller:
        await assign(recaller, 1)
        await assign(recaller, 2)
        await topic.read_times(2)
    assert [since.keys() for since in topic.asked] == [{2}] * 2


async def test_filters_that_come_too_late_have_all_that_is_held_read_since_the_oldest_was_saved() -> None:
    topic, world = Topic(), World()
    with recalling(world.matcher, topic) as recaller:
        await assign(recaller, 1, 2)
        await topic.read_times(2)
        states = [subscription(saved=NOW - HOUR), subscription(saved=NOW - 2 * HOUR)]
        topic.events = [opened(published_at=NOW - HOUR * 3 / 2), opened(published_at=NOW - HOUR / 2)]
        await world.follow(*states)
        recaller.reach_back(world.late)
        await topic.read_times(3)
        await soon(lambda: world.count() == 3)
        await assign(recaller, 1, 2, 3)  # of another process, which may have died over the same
        await topic.read_times(5)
    oldest = min(one.since for one in world.late.values())
    assert topic.asked[2:] == [
        dict.fromkeys((1, 2), oldest),
        *(dict.fromkeys((1, 2, 3), since) for since in (NOW - LATEST, oldest)),
    ]
    assert topic.until[2] == {}


async def test_at_a_start_those_are_late_that_came_to_their_topic_late() -> None:
    """Another process knew of it, and may have died before it had read all that the filter had missed."""
    topic = Topic()
    with recalling(World().matcher, topic) as recaller:
        recaller.reach_back(late(2 * HOUR) | late(3 * HOUR, arrived=NOW - 3 * HOUR + MINUTE))
        await assign(recaller, 1)
        await topic.read_times(2)
    assert topic.asked[1] == {1: NOW - 2 * HOUR}


async def test_late_filters_of_long_ago_have_been_seen_to() -> None:
    topic = Topic()
    topic.stamps = {1: NOW - 2 * HOUR}
    with recalling(World().matcher, topic) as recaller:
        recaller.reach_back(late(5 * HOUR, arrived=NOW - HOUR))
        await assign(recaller, 1, 2)
        await topic.read_times(2)
    assert topic.asked[1] == {1: NOW - 5 * HOUR, 2: NOW - WINDOW}


async def test_late_filter_that_changes_again_has_missed_what_the_former_one_did() -> None:
    topic = Topic()
    [(id, first)] = late(5 * HOUR).items()
    with recalling(World().matcher, topic) as recaller:
        recaller.reach_back({id: first})
        recaller.reach_back({id: Late(NOW - HOUR, NOW)})
        await assign(recaller, 1)
        await topic.read_times(2)
    assert topic.asked[1] == {1: first.since}


async def test_no_more_is_read_than_the_topic_surely_keeps() -> None:
    topic = Topic()
    with recalling(World().matcher, topic) as recaller:
        await assign(recaller, 1)
        await topic.read_times(2)
        recaller.reach_back(late(timedelta(days=365)))
        await topic.read_times(3)
    assert topic.asked[2][1] >= NOW - timedelta(days=7)


async def test_posting_that_cannot_be_compared_is_counted_and_its_neighbours_are_recalled() -> None:
    broken: Event = opened().model_copy(update={"opened_at": None})
    world, topic = World(), Topic(opened(), broken, opened())
    await world.follow(subscription(saved=NOW - MINUTE))
    topic.open.clear()  # or the rest of the window, where it is found too, may count it again
    before = telemetry.refused.labels("postings")._value.get()
    with recalling(world.matcher, topic) as recaller:
        await assign(recaller, 1)
        await soon(lambda: world.count() == 2)
    assert telemetry.refused.labels("postings")._value.get() == before + 1


async def test_it_begins_anew_where_kafka_went_away_meanwhile() -> None:
    topic = Topic()
    topic.fails = 1
    with recalling(World().matcher, topic) as recaller:
        await assign(recaller, 1, 2)
        await topic.read_times(3)
    assert topic.asked[0] == topic.asked[1]
