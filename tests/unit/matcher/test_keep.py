"""When the file is written and when it is not, and what a start makes of the one it finds."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from aiokafka.errors import KafkaConnectionError
from structlog.testing import capture_logs

from runtime.reader import apply_or_refuse
from runtime.source import Source
from schemas.subscription import SubscriptionState
from services.matcher import metrics
from services.matcher.domain import vocabulary
from services.matcher.domain.index import Index
from services.matcher.keep import Keeper
from services.matcher.recall import Recaller
from tests.unit.matcher.recalling import Topic, assign, recalling, soon
from tests.unit.matcher.world import CURSED, Picky, World, arrival, later, opened, source, states, subscription

OFFSETS, MORE = {0: 4, 1: 10}, {0: 5, 1: 10}
MOMENT = datetime.now(UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


class Kept:
    """A matcher with its file, and the offsets it has applied."""

    def __init__(self, path: Path, index: Index | None = None) -> None:
        self.path = path
        self.world = World(index)
        self.offsets: Mapping[int, int] = OFFSETS
        self.keeper = Keeper(path, self.world.matcher, offsets=lambda: self.offsets, every=1)

    async def apply(self, found: Source, *states: SubscriptionState) -> None:
        """As the reader does it: what cannot be taken in is refused."""
        arrived = list(map(arrival, states))
        await apply_or_refuse(self.world.follower.apply, arrived, topic=found.topic)

    def active(self) -> set[UUID]:
        return set(states(self.world.matcher.known))


async def test_restart_goes_on_from_the_file(tmp_path: Path) -> None:
    first, second = Kept(tmp_path / "kept"), Kept(tmp_path / "kept")
    assert await first.keeper.resume(source()) == {}
    await first.world.follow(subscription())
    await first.keeper.write()
    assert await second.keeper.resume(source()) == OFFSETS
    assert second.active() == first.active()
    assert second.keeper.origin.startswith("from the snapshot of ")
    await second.world.matcher.match([opened(published_at=datetime.now(UTC))])
    assert len(second.world.told()) == 1


async def test_refused_file_leaves_nothing_behind_and_says_why(tmp_path: Path) -> None:
    first, second = Kept(tmp_path / "kept"), Kept(tmp_path / "kept")
    await first.keeper.resume(source())
    await first.world.follow(subscription())
    await first.keeper.write()
    before = metrics.snapshot_refused.labels("topic")._value.get()
    assert await second.keeper.resume(source(id="made again")) == {}
    assert second.active() == set()
    assert "the snapshot is refused: it is of topic subscriptions with id topic1" in second.keeper.origin
    assert metrics.snapshot_refused.labels("topic")._value.get() == before + 1


async def test_file_is_written_again_only_where_something_came(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "kept")
    await kept.keeper.resume(source())
    await kept.keeper.write()
    (tmp_path / "kept").unlink()
    await kept.keeper.write()
    assert not (tmp_path / "kept").exists()
    kept.offsets = {0: 5, 1: 10}
    await kept.keeper.write()
    assert (tmp_path / "kept").exists()


async def test_nothing_is_written_before_the_topic_was_found(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "kept")
    await kept.keeper.write()
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("part", ["/dev/full", "/nowhere/at/all"])
async def test_disk_that_is_full_or_cannot_be_written_is_counted_and_matching_goes_on(tmp_path: Path, part: str) -> None:
    (tmp_path / "kept.part").symlink_to(part)
    kept = Kept(tmp_path / "kept")
    await kept.keeper.resume(source())
    before = metrics.snapshot_failures._value.get()
    await kept.keeper.write()
    assert metrics.snapshot_failures._value.get() == before + 1
    await kept.world.follow(subscription())
    await kept.world.matcher.match([opened()])
    assert len(kept.world.told()) == 1


async def test_file_that_cannot_be_read_is_no_reason_to_stop(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    kept = Kept(tmp_path / "kept")
    assert await kept.keeper.resume(source()) == {}
    assert "refused: " in kept.keeper.origin


# What stands against writing


async def test_nothing_is_written_while_a_filter_has_yet_to_be_given_what_the_window_holds(tmp_path: Path) -> None:
    kept, late = Kept(tmp_path / "kept"), subscription(saved=MOMENT - MINUTE)
    await kept.keeper.resume(source())
    await kept.world.matcher.match([opened(published_at=datetime.now(UTC))])
    kept.world.kept.away = True
    with pytest.raises(KafkaConnectionError):
        await kept.world.follow(late)
    await kept.keeper.write()
    assert not kept.path.exists()
    kept.world.kept.away = False
    await kept.world.follow(late)
    await kept.keeper.write()
    assert kept.path.exists()


async def test_nothing_is_written_while_postings_are_read_again_and_that_is_said_once(tmp_path: Path) -> None:
    kept, topic = Kept(tmp_path / "kept"), Topic()
    await kept.keeper.resume(source())
    with recalling(kept.world.matcher, topic) as recaller, capture_logs() as logged:
        await assign(recaller, 1)
        await soon(lambda: not kept.world.matcher.owes)
        await kept.keeper.write()
        before = kept.path.read_bytes()
        topic.open.clear()
        await kept.world.follow(subscription(saved=MOMENT - HOUR))
        recaller.reach_back(kept.world.late)
        kept.offsets = MORE
        await kept.keeper.write()  # it is asked for, and not begun
        await topic.read_times(3)
        await kept.keeper.write()
        assert kept.path.read_bytes() == before
        topic.open.set()
        await soon(lambda: not kept.world.matcher.owes)
        await kept.keeper.write()
        assert kept.path.read_bytes() != before
    said = [line["why"] for line in logged if line["event"] == "no snapshot is written, the one before stays"]
    assert said == ["filters have yet to be given what they missed"]


async def test_what_was_not_read_again_when_the_process_is_told_to_stop_is_still_owed(tmp_path: Path) -> None:
    kept, topic = Kept(tmp_path / "kept"), Topic()
    await kept.keeper.resume(source())
    topic.open.clear()
    recaller = Recaller(kept.world.matcher, topic, topic.find_committed)
    running = asyncio.create_task(recaller.run())
    await assign(recaller, 1)
    await topic.read_times(1)
    running.cancel()
    await asyncio.wait({running})
    await kept.keeper.write()
    assert not kept.path.exists()


async def test_late_filter_of_a_snapshot_is_recalled_where_partitions_come_whose_reader_may_have_died_over_it(
    tmp_path: Path,
) -> None:
    """The first process held none of them, so nothing was owed there, and what it knew is all that the second one has."""
    first, second = Kept(tmp_path / "kept"), Kept(tmp_path / "kept")
    arrived = datetime.now(UTC)
    late, topic = subscription(saved=arrived - HOUR), Topic(opened(published_at=arrived - HOUR / 2))
    await first.keeper.resume(source())
    with recalling(first.world.matcher, Topic()) as recaller:
        await first.world.follow(late, arrived=arrived)
        recaller.reach_back(first.world.late)
        await first.keeper.write()
    await second.keeper.resume(source())
    with recalling(second.world.matcher, topic) as recaller:
        await second.world.follow(late, arrived=arrived)  # also where it is read again, it is no longer new
        await assign(recaller, 1)
        await soon(lambda: not second.world.matcher.owes)
    assert second.world.told() == {(late.subscription_id, "opened")}


async def test_who_refused_a_record_writes_nothing_so_that_a_mended_version_reads_it_again(tmp_path: Path) -> None:
    path, found, cursed = tmp_path / "kept", source(topic="with-a-cursed-filter"), subscription(CURSED)
    kept = Kept(path, Picky())
    await kept.keeper.resume(found)
    await kept.apply(found, subscription())
    await kept.keeper.write()
    before = path.read_bytes()
    with capture_logs() as logged:
        await kept.apply(found, cursed, subscription())
        kept.offsets = MORE
        await kept.keeper.write()
        await kept.keeper.write()
    assert path.read_bytes() == before
    said = [line["why"] for line in logged if line["event"] == "no snapshot is written, the one before stays"]
    assert said == ["records of the topic were refused, and a mended version has to read them again"]


async def test_snapshot_of_predicates_that_are_not_known_has_the_topic_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = Kept(tmp_path / "kept"), Kept(tmp_path / "kept")
    await first.keeper.resume(source())
    await first.world.follow(subscription({"keywords": {"all": ["go"]}}))
    await first.keeper.write()
    monkeypatch.setattr(vocabulary, "_KINDS", frozenset({"company"}))
    assert await second.keeper.resume(source()) == {}
    why = "it cannot be read: there are no predicates of the kind 'term'"
    assert second.keeper.origin == f"from the topic, the snapshot is refused: {why}"
    assert second.active() == set()
    await second.world.matcher.match([opened(published_at=datetime.now(UTC))])
    assert second.world.told() == set()


@pytest.mark.parametrize("part", ["/nowhere/at/all", "/dev/full"])
async def test_slots_are_used_again_where_the_file_could_not_be_written(tmp_path: Path, part: str) -> None:
    kept, state = Kept(tmp_path / "kept"), subscription()
    await kept.keeper.resume(source())
    await kept.world.follow(state)
    (tmp_path / "kept.part").symlink_to(part)
    failures = metrics.snapshot_failures._value.get()
    await kept.keeper.write()
    assert metrics.snapshot_failures._value.get() == failures + 1
    known = kept.world.matcher.known
    for _ in range(10):
        state = later(state)
        await kept.world.follow(state)
        known.index.rebuild()
    assert known._slots <= 3
