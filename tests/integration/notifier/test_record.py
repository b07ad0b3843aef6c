"""Recording matches: one row for each, whatever is repeated, in whatever order, by however many."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest

from runtime.outbox import listening
from services.notifier.main import DUE
from services.notifier.record import BadOpening, Recorder
from tests.integration.notifier.world import OPENED_AT, World, matched
from tests.unit.notifier.made import uid


async def count(world: World) -> int:
    number: int = await world.pool.fetchval("SELECT count(*) FROM alerts")
    return number


async def test_a_posting_with_two_thousand_matches_has_two_thousand_rows(world: World) -> None:
    names = [f"subscriber-{number}" for number in range(2000)]
    await world.record(*(matched(*names[start : start + 500]) for start in range(0, 2000, 500)))
    assert await count(world) == 2000
    assert await world.pool.fetchval("SELECT count(*) FROM destinations WHERE due_at <= now()") == 2000
    assert await world.pool.fetchval("SELECT count(*) FROM postings") == 1


async def test_a_repeated_match_changes_nothing(world: World) -> None:
    events = [matched("a", "b"), matched("b", "c", posting="q")]
    await world.record(*events)
    before = await world.pool.fetch("SELECT * FROM alerts ORDER BY alert_id")
    await world.record(*events)
    await world.record(events[1], matched("a", "b", "d"))
    after = await world.pool.fetch(
        "SELECT * FROM alerts WHERE alert_id = ANY($1) ORDER BY alert_id", [r["alert_id"] for r in before]
    )
    assert after == before
    assert await count(world) == 5


async def test_a_match_repeated_within_one_batch_has_one_row(world: World) -> None:
    await world.record(matched("a"), matched("a"), matched("a", "b"))
    assert await count(world) == 2


async def test_later_kinds_have_a_row_for_each_revision_and_opened_one_for_each_episode(world: World) -> None:
    await world.record(
        matched("a"),
        matched("a", revision=2),
        matched("a", kind="changed", revision=3),
        matched("a", kind="changed", revision=4),
        matched("a", kind="changed", revision=4),
        matched("a", kind="no_longer", revision=5),
        matched("a", revision=6, episode=2, opened_at=OPENED_AT + timedelta(days=3)),
    )
    rows = await world.pool.fetch("SELECT kind, revision, episode FROM alerts ORDER BY episode, revision")
    assert [tuple(row) for row in rows] == [
        ("opened", 0, 1),
        ("changed", 3, 1),
        ("changed", 4, 1),
        ("no_longer", 5, 1),
        ("opened", 0, 2),
    ]


async def test_several_consumers_that_record_the_same_matches_record_each_once(world: World) -> None:
    names = [f"subscriber-{number}" for number in range(300)]
    postings = [f"posting-{number}" for number in range(10)]
    batches = [
        [matched(*sorted(names, key=lambda name: uid(f"{order}{name}")), posting=posting) for posting in mixed]
        for order in range(6)
        for mixed in [sorted(postings, key=lambda posting: uid(f"{order}{posting}"))]
    ]
    await asyncio.gather(*(Recorder(world.pool, world.due).record(batch) for batch in batches))
    assert await count(world) == 3000
    assert await world.pool.fetchval("SELECT count(*) FROM destinations") == 300


async def test_the_ledger_has_a_month_for_each_opening_also_over_the_end_of_a_year(world: World) -> None:
    await world.record(
        matched("a", opened_at=datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        matched("a", posting="q", opened_at=datetime(2027, 1, 1, tzinfo=UTC)),
    )
    rows = await world.pool.fetch("SELECT tableoid::regclass::text AS month, opened_on FROM alerts ORDER BY 1")
    assert [(row["month"], str(row["opened_on"])) for row in rows] == [
        ("alerts_2026_12", "2026-12-31"),
        ("alerts_2027_01", "2027-01-01"),
    ]


async def test_the_day_of_an_opening_does_not_depend_on_the_zone_it_is_written_in(world: World) -> None:
    opened_at = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    for zone in (UTC, timezone(timedelta(hours=5)), timezone(timedelta(hours=-11))):
        await world.record(matched("a", opened_at=opened_at.astimezone(zone)))
    assert await count(world) == 1


async def test_replicas_that_need_a_new_month_at_once_all_get_it(world: World) -> None:
    later = [OPENED_AT + timedelta(days=31 * number) for number in range(8)]
    recorders = [Recorder(world.pool, world.due) for _ in range(4)]
    await asyncio.gather(
        *(
            recorder.record([matched(f"subscriber-{number}", posting=f"{at:%m}", opened_at=at) for at in later])
            for number, recorder in enumerate(recorders)
        )
    )
    assert await count(world) == 32


@pytest.mark.parametrize("year", [1, 1999, 2200, 9999])
async def test_an_opening_at_a_time_that_cannot_be_is_refused_and_leaves_nothing(world: World, year: int) -> None:
    with pytest.raises(BadOpening):
        await world.record(matched("a"), matched("b", opened_at=datetime(year, 12, 31, 12, tzinfo=UTC)))
    assert await count(world) == 0
    assert await world.pool.fetchval("SELECT count(*) FROM destinations") == 0


async def test_a_large_batch_in_which_one_part_is_refused_keeps_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The consumer then handles its records one by one: what is there already stays as it is."""
    monkeypatch.setattr("services.notifier.record._PART", 10)
    names = [f"subscriber-{number}" for number in range(10)]
    good = [matched(*names, posting=f"p{number}") for number in range(8)]
    bad = matched(*names, posting="bad", opened_at=datetime(1999, 1, 1, tzinfo=UTC))
    with pytest.raises(BadOpening):
        await world.record(*good, bad)
    await world.record(*good)
    assert await count(world) == 80
    assert len(await world.claim()) == 10


async def test_a_dispatcher_is_woken_once_the_rows_are_there(world: World) -> None:
    async with listening(world.dsn, DUE, application="test") as listener:
        await world.record(matched("a"))
        async with asyncio.timeout(5):
            await listener.wait(60)
        assert len(await world.claim()) == 1


async def test_a_match_brings_the_posting_it_is_about_but_no_older_state_of_it(world: World) -> None:
    await world.record(matched("a", revision=5))
    await world.record(matched("b", revision=3), matched("c", revision=4))
    assert await world.pool.fetchval("SELECT revision FROM postings") == 5
    await world.close_posting(revision=6)
    await world.record(matched("d", revision=5))
    assert await world.pool.fetchval("SELECT status FROM postings") == "closed"


async def test_recording_waits_for_a_posting_that_is_being_closed(world: World) -> None:
    """Both lock the posting's row, so that neither order of arrival loses the closing."""
    await world.open_posting()
    async with world.pool.acquire() as connection:
        closing = connection.transaction()
        await closing.start()
        await connection.execute("UPDATE postings SET status = 'closed', revision = 9")
        recording = asyncio.create_task(world.record(matched("a", revision=8)))
        await world.waits_for_a_lock("INSERT INTO postings")
        assert not recording.done()
        await closing.commit()
    await recording
    assert await world.pool.fetchval("SELECT status FROM postings") == "closed"
    assert await count(world) == 1


async def test_a_match_without_clauses_has_no_reason_rather_than_an_empty_one(world: World) -> None:
    await world.subscribe("a")
    await world.beat()
    await world.record(matched("a", clauses=()))
    frozen = await world.freezer().freeze(await world.claim())
    assert [one["reasons"] for one in frozen.ready[0].delivery.content["because"]] == [[]]
