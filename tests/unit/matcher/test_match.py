"""Postings meet subscriptions: what each is told, in which records, and what a late or ended filter gets."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from schemas.filter.tree import Filter
from schemas.match import MAXIMUM_SUBSCRIPTIONS
from schemas.posting import PostingClosed
from schemas.subscription import Destination, EndpointEnded, Heartbeat, SubscriberEnded, SubscriberState
from schemas.topics import MATCHES, partition_of
from services.matcher.match import WINDOW
from tests.unit.matcher.made import posting
from tests.unit.matcher.world import NOW, SAVED, SECOND, World, changed, ended, later, opened, subscription


@pytest.fixture
def world() -> World:
    return World()


async def test_record_carries_the_posting_its_times_and_why_each_subscription_matched(world: World) -> None:
    wants = subscription({"keywords": {"all": ["go"]}, "workplaces": ["remote"]})
    await world.follow(wants)
    content = posting(title="Go Engineer", text="Long text", html="<p>Long text</p>", workplace="remote")
    await world.matcher.match([opened(content, revision=7, episode=3, correlation_id="c1")])
    [message] = world.kept.messages
    assert (message.topic, message.key) == (MATCHES.name, str(content.id))
    assert message.partition == partition_of(wants.subscriber_id, MATCHES.partitions)
    [record] = world.records()
    assert record.posting == content.summary()
    assert (record.revision, record.episode, record.correlation_id) == (7, 3, "c1")
    assert (record.opened_at, record.published_at) == (NOW, NOW)
    [one] = record.subscriptions
    assert (one.subscription_id, one.subscriber_id, one.destination) == (
        wants.subscription_id,
        wants.subscriber_id,
        wants.destination,
    )
    assert (one.kind, set(one.clauses)) == ("opened", {"keywords", "workplace"})


async def test_change_is_seen_from_both_revisions(world: World) -> None:
    gains, keeps, loses, never = (
        subscription({"keywords": {"all": [word]}}) for word in ("rust", "engineer", "python", "cobol")
    )
    await world.follow(gains, keeps, loses, never)
    await world.matcher.match([changed(posting(title="Rust Engineer"), title="Python Engineer")])
    assert world.told() == {
        (gains.subscription_id, "opened"),
        (keeps.subscription_id, "changed"),
        (loses.subscription_id, "no_longer"),
    }


async def test_no_longer_carries_the_clauses_that_held_before(world: World) -> None:
    loses = subscription({"workplaces": ["remote"], "keywords": {"all": ["python"]}})
    await world.follow(loses)
    await world.matcher.match([changed(posting(title="Python", workplace="on_site"), workplace="remote")])
    [record] = world.records()
    assert set(record.subscriptions[0].clauses) == {"workplace", "keywords"}


async def test_closing_is_no_match(world: World) -> None:
    await world.follow(subscription())
    closed = PostingClosed(**opened().model_dump(exclude={"type"}), closed_at=NOW)
    await world.matcher.match([closed])
    assert world.kept.messages == []


async def test_filter_applies_to_what_was_published_after_it_was_saved_and_to_nothing_before(world: World) -> None:
    before, same, after = (subscription(saved=NOW + shift) for shift in (-SECOND, timedelta(0), SECOND))
    await world.follow(before, same, after)
    await world.matcher.match([opened(published_at=NOW)])
    assert world.told() == {(before.subscription_id, "opened")}


async def test_matches_are_split_by_partition_and_after_500(world: World) -> None:
    people = [UUID(int=n) for n in range(24)]
    crowd = [
        subscription(subscriber_id=people[0] if n < 1201 else people[1 + n % 23], subscription_id=UUID(int=10_000 + n))
        for n in range(1500)
    ]
    await world.follow(*crowd)
    await world.matcher.match([opened()])
    partitions = [message.partition for message in world.kept.messages]
    records = world.records()
    sizes = [len(record.subscriptions) for record in records]
    assert max(sizes) == MAXIMUM_SUBSCRIPTIONS
    assert sum(sizes) == len({one.subscription_id for record in records for one in record.subscriptions}) == 1500
    for partition, record in zip(partitions, records, strict=True):
        assert {partition_of(one.subscriber_id, MATCHES.partitions) for one in record.subscriptions} == {partition}
    assert len(records) == 12 + 2  # every partition one, and that of the first person two more


async def test_paused_and_ended_subscriptions_match_nothing(world: World) -> None:
    paused, gone = subscription(status="paused"), subscription()
    resumed = subscription(status="paused")
    await world.follow(paused, gone, ended(gone), resumed, later(resumed, status="active"))
    await world.matcher.match([opened()])
    assert world.told() == {(resumed.subscription_id, "opened")}
    await world.follow(later(resumed, status="paused", revision=resumed.revision + 2))
    await world.matcher.match([opened()])
    assert world.told() == set()


async def test_older_revision_than_known_is_ignored(world: World) -> None:
    first = subscription({"keywords": {"all": ["go"]}})
    second = later(first, filter=Filter.model_validate({"keywords": {"all": ["rust"]}}))
    await world.follow(second, first)
    await world.matcher.match([opened(posting(title="Rust")), opened(posting(title="Go"))])
    [record] = world.records()
    assert record.posting.title == "Rust"


async def test_state_that_is_repeated_after_the_end_does_not_come_back_to_life(world: World) -> None:
    gone = subscription()
    await world.follow(gone, ended(gone), gone)
    await world.matcher.match([opened()])
    assert world.told() == set()


async def test_end_that_is_older_than_the_state_is_ignored(world: World) -> None:
    state = subscription()
    await world.follow(later(state, revision=ended(state).revision + 1), ended(state))
    await world.matcher.match([opened()])
    assert world.told() == {(state.subscription_id, "opened")}


async def test_subscribers_endpoints_and_heartbeats_change_nothing(world: World) -> None:
    state = subscription()
    await world.follow(
        SubscriberState(revision=1, subscriber_id=state.subscriber_id, address="k1.AAAA"),
        Heartbeat(partition=1, stamped_at=NOW),
        state,
        EndpointEnded(revision=1, endpoint_id=uuid4(), subscriber_id=state.subscriber_id),
        SubscriberEnded(revision=1, subscriber_id=uuid4()),
    )
    await world.matcher.match([opened()])
    assert world.told() == {(state.subscription_id, "opened")}


async def test_filter_that_arrives_late_gets_what_it_should_have_met(world: World) -> None:
    python, rust = posting(title="Python"), posting(title="Rust")
    before = opened(posting(title="Python"), published_at=NOW - 2 * SECOND)
    await world.matcher.match([before, opened(python), opened(rust), changed(rust, title="Python")])
    late = subscription({"keywords": {"all": ["python"]}}, saved=NOW - SECOND)
    await world.follow(late)
    records = world.records()
    assert [(record.posting.id, record.revision, record.subscriptions[0].kind) for record in records] == [
        (python.id, 1, "opened"),
        (rust.id, 2, "no_longer"),
    ]
    assert {one.subscription_id for record in records for one in record.subscriptions} == {late.subscription_id}


async def test_filter_that_changes_gets_recent_postings_by_its_new_terms_only(world: World) -> None:
    state = subscription({"keywords": {"all": ["go"]}})
    await world.follow(state)
    await world.matcher.match([opened(posting(title="Go")), opened(posting(title="Rust"), published_at=NOW + 2 * SECOND)])
    world.records()
    rust = Filter.model_validate({"keywords": {"all": ["rust"]}})
    await world.follow(later(state, filter=rust, effective_from=NOW + SECOND))
    [record] = world.records()
    assert record.posting.title == "Rust"


async def test_new_name_or_destination_repeats_nothing(world: World) -> None:
    state = subscription()
    await world.follow(state)
    await world.matcher.match([opened()])
    world.records()
    elsewhere = Destination(kind="webhook", id=uuid4())
    await world.follow(later(state, name="Another", destination=elsewhere))
    assert world.told() == set()
    await world.matcher.match([opened()])
    [record] = world.records()
    assert record.subscriptions[0].destination == elsewhere


async def test_posting_is_forgotten_after_ten_minutes(world: World) -> None:
    now = datetime.now(UTC)  # the suite may have run for minutes since this module was read
    long_ago, lately = now - WINDOW - SECOND, now - WINDOW + timedelta(minutes=1)
    old, recent = opened(published_at=long_ago), opened(published_at=lately)
    await world.matcher.match([old, recent])
    world.matcher.forget(now)
    await world.follow(subscription(saved=SAVED))
    [record] = world.records()
    assert record.posting.id == recent.posting.id


async def test_recalled_postings_reach_only_filters_that_may_have_come_too_late_for_them(world: World) -> None:
    """Another process compared them; it may not have known what was saved shortly before, or since."""
    known_then = subscription(saved=NOW - WINDOW - SECOND)
    may_be_late = subscription(saved=NOW - SECOND)
    not_its_business = subscription(saved=NOW + SECOND)
    await world.follow(known_then, may_be_late, not_its_business)
    await world.matcher.recall([opened()])
    assert world.told() == {(may_be_late.subscription_id, "opened")}


async def test_recalled_postings_are_remembered_for_filters_that_come_later_still(world: World) -> None:
    event = opened()
    await world.matcher.recall([event, PostingClosed(**opened().model_dump(exclude={"type"}), closed_at=NOW)])
    late = subscription(saved=NOW - SECOND)
    await world.follow(late)
    assert world.told() == {(late.subscription_id, "opened")}


async def test_posting_that_is_known_already_is_not_recalled(world: World) -> None:
    event = opened()
    await world.follow(subscription(saved=NOW - SECOND))
    await world.matcher.match([event])
    world.records()
    await world.matcher.recall([event])
    assert world.told() == set()


async def test_posting_that_is_read_twice_is_told_twice_alike_and_remembered_once(world: World) -> None:
    event = opened()
    await world.follow(subscription())
    await world.matcher.match([event])
    first = [message.value for message in world.kept.messages]
    world.kept.messages.clear()
    await world.matcher.match([event])
    assert [message.value for message in world.kept.messages] == first
    world.kept.messages.clear()
    await world.follow(subscription())
    assert len(world.kept.messages) == 1
