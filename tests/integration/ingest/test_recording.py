"""A push on real Postgres: recorded whole, once, or not at all."""

import asyncio
import itertools
import json
import random
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from schemas.posting import PostingChanged, PostingOpened
from services.ingest.close import close
from services.ingest.domain.normalise import posting_id
from services.ingest.domain.receipt import Counts
from services.ingest.store import Unavailable
from tests.integration.ingest.board import Board, posting


async def test_new_posting_is_opened_and_told(board: Board) -> None:
    before = await board.pool.fetchval("SELECT clock_timestamp()")
    answer = await board.push(posting("1"))
    after = await board.pool.fetchval("SELECT clock_timestamp()")
    (receipt,) = answer.items
    assert (receipt.status, receipt.what, receipt.id, receipt.source_id) == (
        "accepted",
        "opened",
        posting_id("board", "1"),
        "1",
    )
    assert answer.counts == Counts(opened=1)
    (event,) = await board.told()
    assert isinstance(event, PostingOpened)
    assert (event.episode, event.posting.source, event.posting.title) == (1, "board", "Machine Learning Engineer")
    assert before <= event.published_at == event.opened_at <= after
    assert before.timestamp() * 1e6 <= event.revision <= after.timestamp() * 1e6
    assert board.woken == [1]


async def test_same_again_is_a_sighting_and_no_event(board: Board) -> None:
    await board.push(posting("1"))
    await board.told()
    answer = await board.push(posting("1", title=" Machine  Learning Engineer", description="We  sponsor H-1B\tvisas.\n"))
    assert answer.counts == Counts(unchanged=1)
    assert answer.items[0].id == posting_id("board", "1")
    assert await board.told() == []
    assert len(board.woken) == 1
    row = await board.pool.fetchrow("SELECT count, last_seen_at > first_seen_at AS later FROM sightings")
    assert row is not None
    assert (row["count"], row["later"]) == (2, True)


async def test_changed_posting_is_told_with_old_and_new(board: Board) -> None:
    await board.push(posting("1"))
    (opened,) = await board.told()
    answer = await board.push(posting("1", title="Research Engineer", skills=["Go"]))
    assert answer.items[0].what == "changed"
    (event,) = await board.told()
    assert isinstance(event, PostingChanged)
    assert {change.field for change in event.changes} == {"title", "skills"}
    assert event.previous() == opened.posting.model_copy(update={"origins": (), "sections": ()})
    assert event.revision > opened.revision
    assert (event.episode, event.opened_at) == (1, opened.opened_at)
    assert event.published_at > opened.published_at


async def test_closed_posting_that_is_pushed_opens_again(board: Board) -> None:
    await board.push(posting("1"))
    await close(board.pool, board.wake, publisher=board.publisher, posting_id=posting_id("board", "1"), reason="")
    _, closed = await board.told()
    answer = await board.push(posting("1"))
    assert answer.items[0].what == "reopened"
    (event,) = await board.told()
    assert isinstance(event, PostingOpened)
    assert event.episode == 2
    assert event.opened_at > closed.opened_at
    assert event.revision > closed.revision
    assert await board.pool.fetchval("SELECT closed_at IS NULL AND status = 'open' FROM postings")


async def test_revision_grows_though_the_clock_was_set_back(board: Board) -> None:
    await board.push(posting("1"))
    ahead = 2 * 10**16
    await board.pool.execute("UPDATE postings SET revision = $1", ahead)
    await board.told()
    await board.push(posting("1", title="Other"))
    (event,) = await board.told()
    assert event.revision == ahead + 1


async def test_good_neighbours_go_through_and_bad_items_are_kept(board: Board) -> None:
    answer = await board.push(
        posting("1"),
        posting("2", title="a\0b"),
        posting("3", description="\ud800"),
        posting("4", title="a\r\nBcc: all"),
        posting("5", pay={"minimum": -1, "currency": "USD", "period": "year"}),
        posting("6", posted_on="2999-01-01"),
        posting("7", colour="red"),
        "nonsense",
        posting("8"),
    )
    assert answer.counts == Counts(opened=2, rejected=7)
    assert [receipt.index for receipt in answer.items] == list(range(9))
    assert [event.posting.source_id for event in await board.told()] == ["1", "8"]
    rows = await board.pool.fetch("SELECT * FROM rejections ORDER BY id")
    assert [(row["place"], row["source_id"]) for row in rows] == [
        ("item 1", "2"), ("item 2", "3"), ("item 3", "4"), ("item 4", "5"), ("item 5", "6"), ("item 6", "7"), ("item 7", None),
    ]  # fmt: skip
    fields = [[fault["field"] for fault in json.loads(row["errors"])] for row in rows]
    assert fields == [["title"], ["description"], ["title"], ["pay.minimum"], ["posted_on"], ["colour"], [""]]
    assert [json.loads(row["raw"]) for row in rows[:2]] == [posting("2", title="a\0b"), posting("3", description="\ud800")]


async def test_push_of_nothing_but_rubbish_is_kept(board: Board) -> None:
    answer = await board.push(None, 1)
    assert answer.counts == Counts(rejected=2)
    assert await board.pool.fetchval("SELECT count(*) FROM rejections") == 2
    assert await board.told() == []


async def test_repeat_within_a_push_is_one_posting(board: Board) -> None:
    answer = await board.push(posting("1"), posting("1"), posting("1", title="Other"))
    assert [(receipt.status, receipt.id) for receipt in answer.items] == [
        ("accepted", posting_id("board", "1")), ("unchanged", posting_id("board", "1")), ("rejected", None),
    ]  # fmt: skip
    assert len(await board.told()) == 1
    assert await board.pool.fetchval("SELECT count FROM sightings") == 1


async def test_same_source_id_of_two_publishers_is_two_postings(
    board: Board, make_board: Callable[[str], Awaitable[Board]]
) -> None:
    other = await make_board("other")
    await board.push(posting("1"))
    await other.push(posting("1"))
    assert len({event.posting.id for event in await board.told()}) == 2


async def test_events_are_told_in_the_order_of_the_push(board: Board) -> None:
    source_ids = [str(number) for number in range(50)]
    await board.push(*map(posting, source_ids))
    assert [event.posting.source_id for event in await board.told()] == source_ids


async def test_full_push_takes_as_many_statements_as_a_single_one(databases: dict[str, str], board: Board) -> None:
    statements: list[str] = []

    async def listen(connection: Any) -> None:
        connection.add_query_logger(lambda query: statements.append(query.query))

    async with asyncpg.create_pool(databases["ingest"], min_size=1, max_size=1, init=listen) as pool:
        counting = Board(pool, board.publisher, board.key)
        await counting.push(posting("first"), 5)  # a connection's first asks what its types are
        statements.clear()
        await counting.push(posting("single"), 5)
        single = list(statements)
        statements.clear()
        await counting.push(*(posting(str(number)) for number in range(499)), 5)
    assert statements == single
    assert len(single) == 11, "BEGIN, places, claim, sightings, write, outbox, open, lock, rejections, COMMIT, the pool's reset"


async def test_overlapping_pushes_neither_block_each_other_nor_tell_twice(board: Board) -> None:
    """Fifty pushes at once of the same postings, in every order, some known and some new."""
    source_ids = [str(number) for number in range(40)]
    await board.push(*map(posting, source_ids[::3]))
    await board.told()
    chance = random.Random(7)
    pushes = []
    for _ in range(50):
        chosen = chance.sample(source_ids, 30)
        pushes.append(board.push(*(posting(source_id, title=f"Title {chance.randrange(2)}") for source_id in chosen)))
    answers = await asyncio.gather(*pushes)
    events = await board.told()
    assert len(events) == sum(answer.counts.opened + answer.counts.changed for answer in answers)
    opened = [event.posting.source_id for event in events if isinstance(event, PostingOpened)]
    assert sorted(opened) == sorted(set(source_ids) - set(source_ids[::3]))
    for source_id in source_ids:
        told = [event for event in events if event.posting.source_id == source_id]
        by_revision = sorted(told, key=lambda event: event.revision)
        assert len({event.revision for event in told}) == len(told)
        for before, after in itertools.pairwise(by_revision):
            assert isinstance(after, PostingChanged)
            assert after.previous() == before.posting


async def test_events_of_one_posting_stand_in_the_outbox_by_revision(board: Board) -> None:
    await asyncio.gather(*(board.push(posting("1", title=f"Title {number}")) for number in range(30)))
    revisions = [event.revision for event in await board.told()]
    assert revisions == sorted(revisions)


async def test_push_that_is_cut_off_leaves_nothing(board: Board) -> None:
    await board.push(posting("1"))
    await board.told()
    async with board.pool.acquire() as holder, holder.transaction():
        await holder.execute("SELECT 1 FROM postings FOR UPDATE")
        push = asyncio.create_task(board.push(posting("1", title="Other"), posting("2"), "rubbish"))
        pid = await board.blocked()
        assert await board.pool.fetchval("SELECT pg_terminate_backend($1)", pid)
        with pytest.raises(Unavailable):
            await push
    assert await board.told() == []
    assert await board.pool.fetchval("SELECT count(*) FROM postings") == 1
    assert await board.pool.fetchval("SELECT count(*) FROM rejections") == 0
    assert await board.pool.fetchval("SELECT count FROM sightings") == 1
    assert board.woken == [1]
    assert (await board.push(posting("1", title="Other"), posting("2"))).counts == Counts(opened=1, changed=1)


async def test_push_whose_last_statement_fails_leaves_nothing(board: Board) -> None:
    await board.pool.execute("ALTER TABLE outbox RENAME TO away")
    with pytest.raises(asyncpg.UndefinedTableError):
        await board.push(posting("1"), 5)
    await board.pool.execute("ALTER TABLE away RENAME TO outbox")
    assert await board.pool.fetchval("SELECT count(*) FROM postings") == 0
    assert (await board.push(posting("1"))).counts == Counts(opened=1)


async def test_loop_answers_others_while_a_full_push_is_read(board: Board) -> None:
    push = asyncio.create_task(
        board.push(*(posting(str(number), description="<p>We build robots.</p>" * 200) for number in range(500)))
    )
    ticks = 0
    while not push.done():
        await asyncio.sleep(0.005)
        ticks += 1
    assert push.result().counts.opened == 500
    assert ticks > 10
