"""New filters see what is new: each posting meets the filter in force when it was published, whatever dies or comes late.

What must be told is worked out by `tests/support/evaluator.py`, which shares no code with the matcher.
"""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.filter.tree import Filter
from schemas.posting import PostingOpened
from schemas.subscription import SubscriptionEnded, SubscriptionState
from tests.integration.matcher.running import (
    WITHIN,
    Told,
    all_matches,
    compared,
    matcher,
    opened,
    publish,
    publish_at,
    revision,
    subscription,
    told,
)
from tests.support import evaluator
from tests.support.until import until, until_true
from tests.unit.matcher.made import posting

SECOND = timedelta(seconds=1)
WORDS = ("Python", "Rust", "Java", "Kubernetes", "C++")


def changed(state: SubscriptionState, at: datetime, filter: dict[str, Any]) -> SubscriptionState:
    """As `subscriptions` saves a new filter."""
    new = Filter.model_validate(filter)
    return state.model_copy(update={"revision": revision(at), "effective_from": at, "filter": new})


def expected(states: Iterable[SubscriptionState], events: Iterable[PostingOpened]) -> Told:
    """By the state of each subscription that was in force at the posting's publication; `states` in order."""
    found: Told = set()
    for event in events:
        in_force = {one.subscription_id: one for one in states if one.effective_from < event.published_at}
        content = event.posting.model_dump(mode="json")
        for state in in_force.values():
            if evaluator.matches(state.filter.model_dump(mode="json"), content):
                found.add((event.posting.id, state.subscription_id, "opened"))
    return found


async def settled(kafka: str, prefix: str, wanted: Told) -> Told:
    """What has been told once it includes all that is wanted."""

    async def there() -> Told | None:
        found = told(await all_matches(kafka, prefix))
        return found if wanted <= found else None

    return await until(there, within=WITHIN) or set()


def stream(start: datetime, count: int, *, first: int = 0) -> list[PostingOpened]:
    """One posting every tenth of a second, each with two words."""
    numbers = range(first, first + count)
    return [
        opened(
            posting(title=f"{WORDS[n % 5]} and {WORDS[n // 5 % 5]} Engineer {n}"),
            published_at=start + timedelta(seconds=n / 10),
        )
        for n in numbers
    ]


def crowd(start: datetime, count: int) -> list[SubscriptionState]:
    """One filter saved every second, each for one word."""
    return [subscription({"keywords": {"all": [WORDS[n % 5]]}}, saved=start + n * SECOND) for n in range(count)]


async def test_promise_4_a_filter_that_arrives_late_meets_what_was_published_after_its_saving_and_nothing_before(
    kafka: str, prefix: str
) -> None:
    saved = datetime.now(UTC) - SECOND
    early, late = subscription({}, saved=saved - 60 * SECOND), subscription({"keywords": {"all": ["rust"]}}, saved=saved)
    before = opened(posting(title="Rust before"), published_at=saved - timedelta(milliseconds=1))
    same = opened(posting(title="Rust in the same moment"), published_at=saved)
    after = opened(posting(title="Rust after"), published_at=saved + timedelta(milliseconds=1))
    await publish(kafka, prefix, [early])
    with matcher(kafka, prefix):
        await publish(kafka, prefix, [before, same, after])
        await compared(kafka, prefix, 3)
        await publish(kafka, prefix, [late])
        wanted = expected([early, late], [before, same, after])
        assert len(wanted) == 4
        assert await settled(kafka, prefix, wanted) == wanted


async def test_promise_4_a_filter_that_changed_between_publication_and_comparison_judges_nothing_older(
    kafka: str, prefix: str
) -> None:
    saved = datetime.now(UTC) - 60 * SECOND
    first = subscription({"keywords": {"all": ["python"]}}, saved=saved)
    second = changed(first, saved + 20 * SECOND, {"keywords": {"all": ["rust"]}})
    events = [
        opened(posting(title=title), published_at=saved + seconds * SECOND)
        for title in ("Python", "Rust", "Python and Rust")
        for seconds in (-1, 10, 30)
    ]
    await publish(kafka, prefix, [first, second, *events])
    with matcher(kafka, prefix):
        wanted = expected([first, second], events)
        assert len(wanted) == 4
        assert await settled(kafka, prefix, wanted) == wanted
        await compared(kafka, prefix, len(events))
        assert told(await all_matches(kafka, prefix)) == wanted


@pytest.mark.parametrize("place", ["matcher.published:1", "matcher.published:7", "matcher.followed:1", "matcher.followed:3"])
async def test_promise_4_no_filter_misses_what_is_new_when_the_matcher_is_killed(kafka: str, prefix: str, place: str) -> None:
    start = datetime.now(UTC) - 60 * SECOND
    states, events = crowd(start, 20), stream(start, 150)
    wanted = expected(states, events)
    await publish(kafka, prefix, states[:2])
    with matcher(kafka, prefix, ready=False, failpoint=place) as first:
        # Filters and postings side by side, each in its order: which of the two comes first is left to chance.
        await asyncio.gather(publish(kafka, prefix, states[2:8]), publish(kafka, prefix, events[:50]))
        await asyncio.to_thread(first.wait_ready_or_killed)
        for state in states[8:]:  # each a batch of its own
            await asyncio.gather(publish(kafka, prefix, [state]), publish(kafka, prefix, events[50:100:12]))
        await publish(kafka, prefix, events[50:100])
        await asyncio.to_thread(first.wait_killed)
    with matcher(kafka, prefix):
        await publish(kafka, prefix, events[100:])
        assert await settled(kafka, prefix, wanted) == wanted


async def test_promise_4_killed_while_it_recalls_it_recalls_again(kafka: str, prefix: str) -> None:
    start = datetime.now(UTC) - 60 * SECOND
    states, events = crowd(start, 10), stream(start, 60)
    with matcher(kafka, prefix) as first:
        await publish(kafka, prefix, events)
        await compared(kafka, prefix, len(events))
        first.kill()
    await publish(kafka, prefix, states)
    with matcher(kafka, prefix, ready=False, failpoint="matcher.published:3") as second:
        await asyncio.to_thread(second.wait_killed)
    with matcher(kafka, prefix, ready=False, failpoint="matcher.recalled") as third:
        await asyncio.to_thread(third.wait_killed)
    with matcher(kafka, prefix):
        wanted = expected(states, events)
        assert await settled(kafka, prefix, wanted) == wanted


async def test_promise_4_partitions_change_hands_while_filters_arrive_late(kafka: str, prefix: str) -> None:
    start = datetime.now(UTC) - 60 * SECOND
    states, events = crowd(start, 24), stream(start, 240)
    await publish(kafka, prefix, states[:2])
    with matcher(kafka, prefix) as first, matcher(kafka, prefix):
        await publish(kafka, prefix, events[:80])
        await asyncio.gather(publish(kafka, prefix, events[80:160]), publish(kafka, prefix, states[2:8]))
        await compared(kafka, prefix, 160)
        first.kill()  # the other one takes its partitions, and has never seen what it compared
        await asyncio.gather(publish(kafka, prefix, states[8:16]), publish(kafka, prefix, events[160:200]))
        with matcher(kafka, prefix):
            await asyncio.gather(publish(kafka, prefix, states[16:]), publish(kafka, prefix, events[200:]))
            wanted = expected(states, events)
            assert await settled(kafka, prefix, wanted) == wanted


async def test_promise_4_who_was_paused_while_another_compared_gives_late_filters_what_that_one_did(
    kafka: str, prefix: str
) -> None:
    """It has the same partitions again, and knows nothing of what was compared in between."""
    start = datetime.now(UTC) - 60 * SECOND
    states, events = crowd(start, 10), stream(start, 60)
    with matcher(kafka, prefix) as first:
        with first.paused():
            with matcher(kafka, prefix) as second:
                await publish(kafka, prefix, events)
                await compared(kafka, prefix, len(events))
                second.kill()
            await publish(kafka, prefix, states)
        wanted = expected(states, events)
        assert await settled(kafka, prefix, wanted) == wanted


async def test_promise_4_what_was_compared_just_before_everybody_was_away_for_hours_meets_the_filters_not_read_then(
    kafka: str, prefix: str
) -> None:
    last = datetime.now(UTC) - timedelta(hours=3)
    states, events = crowd(last - 60 * SECOND, 5), stream(last - 50 * SECOND, 20)
    for event in events:
        await publish_at(kafka, prefix, event, event.published_at)
    with matcher(kafka, prefix) as first:
        await compared(kafka, prefix, len(events))
        first.kill()
    for state in states:
        await publish_at(kafka, prefix, state, state.effective_from)
    with matcher(kafka, prefix):
        wanted = expected(states, events)
        assert await settled(kafka, prefix, wanted) == wanted


async def test_promise_4_a_filter_that_came_an_hour_late_has_the_postings_read_again_after_a_restart(
    kafka: str, prefix: str
) -> None:
    """Its relay was away, and whoever read of it first died before it had read again."""
    saved = datetime.now(UTC) - timedelta(hours=1)
    events = [opened(posting(title="Go"), published_at=saved + timedelta(minutes=minutes)) for minutes in (-1, 1, 30, 55)]
    with matcher(kafka, prefix) as first:
        await publish(kafka, prefix, events)
        await compared(kafka, prefix, len(events))
        first.kill()
    late = subscription({}, saved=saved)
    await publish(kafka, prefix, [late])
    with matcher(kafka, prefix):
        wanted = expected([late], events)
        assert len(wanted) == 3
        assert await settled(kafka, prefix, wanted) == wanted


async def test_promise_4_a_restart_goes_on_from_the_last_whole_snapshot(kafka: str, prefix: str, tmp_path: Path) -> None:
    start, file = datetime.now(UTC) - 60 * SECOND, tmp_path / "kept"
    states, events = crowd(start, 12), stream(start, 120)
    ended = SubscriptionEnded(
        revision=states[0].revision + 1, subscription_id=states[0].subscription_id, subscriber_id=states[0].subscriber_id
    )
    await publish(kafka, prefix, states[:4])
    kept: dict[str, Any] = {"snapshot": file, "snapshot_every": 0.2}
    with matcher(kafka, prefix, ready=False, failpoint="matcher.snapshot.written:2", **kept) as first:
        await until_exists(file)
        whole = file.read_bytes()
        await publish(kafka, prefix, states[4:6])  # so that there is a second one to write, at whose end it dies
        await asyncio.to_thread(first.wait_killed)
    assert file.read_bytes() == whole
    assert file.with_name("kept.part").exists()
    # In the tail: an end, a change, and what is new.
    latest = changed(states[1], start + 5 * SECOND, {"keywords": {"all": ["C++"]}})
    await publish(kafka, prefix, [ended, latest, *states[6:]])
    with matcher(kafka, prefix, **kept) as second:
        assert "from the snapshot of" in second.asked()[1]["checks"]["subscriptions"]["detail"]
        await publish(kafka, prefix, events)
        wanted = expected([*states[1:], latest], events)
        assert await settled(kafka, prefix, wanted) == wanted
        second.end()
    with matcher(kafka, prefix, **kept) as third:
        assert "from the snapshot of" in third.asked()[1]["checks"]["subscriptions"]["detail"]
        await publish(kafka, prefix, more := stream(start, 20, first=120))
        wanted |= expected([*states[1:], latest], more)
        assert await settled(kafka, prefix, wanted) == wanted


async def test_promise_4_a_torn_snapshot_is_refused_in_words_and_rebuilt(kafka: str, prefix: str, tmp_path: Path) -> None:
    start, file = datetime.now(UTC) - 60 * SECOND, tmp_path / "kept"
    states, events = crowd(start, 5), stream(start, 60)
    await publish(kafka, prefix, states)
    with matcher(kafka, prefix, snapshot=file, snapshot_every=0.2) as first:
        await until_exists(file)
        first.end()
    file.write_bytes(file.read_bytes()[:-10])
    with matcher(kafka, prefix, snapshot=file) as second:
        assert "the snapshot is refused: it is torn or damaged" in second.asked()[1]["checks"]["subscriptions"]["detail"]
        await publish(kafka, prefix, events)
        wanted = expected(states, events)
        assert await settled(kafka, prefix, wanted) == wanted


async def test_promise_4_a_late_filter_is_still_late_after_a_restart_from_a_snapshot_that_knows_it(
    kafka: str, prefix: str, tmp_path: Path
) -> None:
    """Written before its process has any partition, which then dies over the first that the filter missed."""
    saved, file = datetime.now(UTC) - timedelta(hours=1), tmp_path / "kept"
    events = [opened(posting(title="Go"), published_at=saved + timedelta(minutes=minutes)) for minutes in (-1, 1, 30, 55)]
    with matcher(kafka, prefix) as first:
        await publish(kafka, prefix, events)
        await compared(kafka, prefix, len(events))
        first.kill()
    late = subscription({}, saved=saved)
    await publish(kafka, prefix, [late])
    kept: dict[str, Any] = {"snapshot": file, "snapshot_every": 0.1}
    with matcher(kafka, prefix, ready=False, failpoint="matcher.published:1", **kept) as second:
        await asyncio.to_thread(second.wait_killed)
    with matcher(kafka, prefix, **kept):
        wanted = expected([late], events)
        assert len(wanted) == 3
        assert await settled(kafka, prefix, wanted) == wanted


async def test_promise_4_who_is_told_to_stop_while_it_reads_again_for_a_late_filter_does_so_after_its_restart(
    kafka: str, prefix: str, tmp_path: Path
) -> None:
    saved, file = datetime.now(UTC) - timedelta(hours=1), tmp_path / "kept"
    events, early = stream(saved + timedelta(minutes=15), 1000), subscription({"keywords": {"all": ["cobol"]}})
    late = subscription({}, saved=saved)
    kept: dict[str, Any] = {"snapshot": file, "snapshot_every": 0.2}
    await publish(kafka, prefix, [early])
    with matcher(kafka, prefix, **kept) as first:
        await until_exists(file)
        await publish(kafka, prefix, events)
        await compared(kafka, prefix, len(events))
        await publish(kafka, prefix, [late])
        await asyncio.to_thread(until_true, lambda: first.counted("matcher_late_matches_total") > 0, within=WITHIN)
        first.end()
    with matcher(kafka, prefix, **kept) as second:
        assert "from the snapshot of" in second.asked()[1]["checks"]["subscriptions"]["detail"]
        wanted = expected([early, late], events)
        assert len(wanted) == len(events)
        assert await settled(kafka, prefix, wanted) == wanted


async def until_exists(file: Path) -> None:
    await asyncio.to_thread(until_true, file.exists, within=WITHIN)
