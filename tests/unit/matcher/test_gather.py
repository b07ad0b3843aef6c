"""What of `postings` a preview knows: the newest of each, closed ones for as long as the weeks count them."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from schemas.posting import PostingSummary
from tests.unit.matcher.made import NOW as MOMENT
from tests.unit.matcher.made import posting
from tests.unit.matcher.previewing import DAY, Event, Previews, changed, closed, opened, previews

WEEKS = 28 * DAY
"""That are counted."""


def titles(there: Previews, filter: dict[str, Any] | None = None) -> list[str]:
    return [PostingSummary.model_validate_json(summary).title for _, summary in there.ask(filter).newest]


async def test_a_change_replaces_what_was_there() -> None:
    first = opened(posting(title="Go Engineer"))
    there = await previews(first)
    await there.take(changed(first, title="Rust Engineer"))
    assert titles(there) == ["Rust Engineer"]
    assert titles(there, {"keywords": {"all": ["go"]}}) == []


@pytest.mark.parametrize("apart", [True, False])
async def test_an_older_revision_than_known_is_ignored(apart: bool) -> None:
    first = opened(posting(title="First"))
    second = changed(first, title="Second")
    events: list[Event] = [second, first, second, opened(first.posting, revision=2)]
    there = Previews()
    for some in [[one] for one in events] if apart else [events]:
        await there.take(*some)
    assert titles(there) == ["Second"]


@pytest.mark.parametrize("opened_ago", [DAY, WEEKS + DAY])
async def test_an_older_revision_opens_nothing_that_is_closed(opened_ago: timedelta) -> None:
    first = opened(posting(), ago=opened_ago)
    there = await previews(first)
    await there.take(closed(first))
    await there.take(first, changed(first))
    assert there.ask().matching == 0


async def test_closed_postings_are_held_for_as_long_as_the_weeks_count_them() -> None:
    recent, old = opened(posting(), ago=WEEKS - DAY), opened(posting(), ago=WEEKS + DAY)
    there = await previews(recent, old, closed(recent), closed(old))
    await there.take(*map(closed, (recent, old)))
    there.gatherer.forget(MOMENT)
    assert set(there.corpus.slots) == {recent.posting.id}
    there.gatherer.forget(MOMENT + 2 * DAY)
    assert not there.corpus.slots


async def test_a_posting_that_opens_again_is_open() -> None:
    first = opened(posting(title="Again"), ago=WEEKS + DAY)
    gone = closed(first)
    there = await previews(first, gone)
    await there.take(opened(first.posting, ago=DAY, revision=gone.revision + 1))
    assert titles(there) == ["Again"]
    assert [one.opened for one in there.ask().weeks] == [0, 0, 0, 1]


async def test_revisions_are_forgotten_when_the_topic_has_forgotten_them() -> None:
    events = [opened(posting(), ago=ago) for ago in (DAY, WEEKS + DAY)]
    there = await previews(*events)
    await there.take(*map(closed, events))
    _forget(there, MOMENT + 29 * DAY)
    assert there.gatherer._revisions
    _forget(there, MOMENT + 61 * DAY)
    assert not there.gatherer._revisions
    assert not there.gatherer._gone


def _forget(there: Previews, now: datetime) -> None:
    there.gatherer.forget(now)
    assert there.ask().matching == 0


async def test_it_says_how_many_there_are() -> None:
    first, second = opened(posting()), opened(posting())
    there = await previews(first, second, closed(second))
    assert there.gatherer.told() == "1 open, 1 closed and still counted"
