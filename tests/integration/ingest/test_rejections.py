"""Rejections on real Postgres: each kept once, looked through, settled by the posting, tried again without overtaking anything."""

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from runtime.failpoint import VARIABLE
from schemas.provenance import Origin, Terms
from services.ingest import sweep as sweeping
from services.ingest.close import close
from services.ingest.domain.batch import Item, Refusal
from services.ingest.domain.fault import Fault
from services.ingest.domain.normalise import posting_id
from services.ingest.domain.provenance import Provenance
from services.ingest.domain.rejection import Wanted
from services.ingest.record import record
from services.ingest.retry import CannotRetry, Overtaken, Try, UnknownRejection, retry
from services.ingest.store.postings import insert_sightings
from services.ingest.store.rejections import RejectionRow, fetch_rejections, insert_rejections, mark_resolved
from services.ingest.sweep import sweep
from tests.integration.ingest.board import Board, posting
from tests.integration.ingest.test_push_door import PROBLEM, post
from tests.support.processes import ServiceProcess, answer

Client = aiohttp.ClientSession
MakeBoard = Callable[[str], Awaitable[Board]]
MIGRATIONS = Path(__file__).parents[3] / "services/ingest/migrations"


async def rows(board: Board, *, resolved: bool = True) -> list[RejectionRow]:
    async with board.pool.acquire() as connection:
        return await fetch_rejections(connection, board.publisher, Wanted(resolved=resolved), after=None, limit=100)


async def only(board: Board) -> RejectionRow:
    (row,) = await rows(board)
    return row


async def get(http: Client, path: str) -> tuple[int, Any]:
    async with http.get(path) as response:
        if response.status >= 400:
            assert response.content_type == PROBLEM
        return response.status, await response.json()


async def kept_wrongly(board: Board, item: dict[str, Any]) -> int:
    """An item that today's rules take and was kept as wrong by former ones."""
    await board.push(item | {"titel": "x"})
    row = await only(board)
    await board.pool.execute("UPDATE rejections SET raw = $1", json.dumps(item))
    return row.id


async def try_again(board: Board, identity: int, **how: Any) -> Any:
    return await retry(
        board.pool, board.wake, publisher=board.publisher, rejection_id=identity, how=Try(datetime.now(UTC), **how)
    )


async def test_same_wrong_item_is_one_row_that_counts(board: Board) -> None:
    for _ in range(3):
        await board.push(posting("1", title=""), "rubbish")
    await board.push(posting("1", title=5), "rubbish", "rubbish")
    rubbish, wrong = sorted(await rows(board), key=lambda row: row.source_id or "")
    assert (rubbish.count, wrong.count) == (5, 4)
    assert wrong.received_at < wrong.last_received_at
    assert [fault.problem for fault in wrong.errors] == ["must be text"]
    assert json.loads(wrong.raw)["title"] == 5


async def test_good_push_resolves_and_a_bad_one_opens_again(board: Board, make_board: MakeBoard) -> None:
    other = await make_board("other")
    await other.push(posting("1", title=""))
    await board.push(posting("1", title=""), posting("2", title=""))
    await board.push(posting("1"))
    (still,) = await rows(board, resolved=False)
    assert still.source_id == "2"
    (settled,) = [row for row in await rows(board) if row.source_id == "1"]
    assert settled.resolved_by == posting_id("board", "1")
    assert len(await rows(other, resolved=False)) == 1
    await board.push(posting("1", title=""))
    assert {row.source_id for row in await rows(board, resolved=False)} == {"1", "2"}


async def test_item_that_contradicts_its_neighbour_stays_open(board: Board) -> None:
    await board.push(posting("1"), posting("1", title="Other"))
    row = await only(board)
    assert row.resolved_at is None
    with pytest.raises(Overtaken):
        await try_again(board, row.id)


def refusal(source_id: str) -> Refusal:
    return Refusal(0, "item 0", source_id, "{}", (Fault(field="title", problem="is required"),))


async def test_pushes_that_settle_and_spoil_each_other_take_turns(board: Board) -> None:
    """Each settles what the other spoils: with a lock on the rows alone they would wait for each other."""
    await board.push(posting("1"), posting("2"))
    await board.push(posting("1", title=""), posting("2", title=""))
    ids = {row.source_id: row.id for row in await rows(board)}

    async def settle(connection: Any, name: str) -> None:
        await mark_resolved(connection, board.publisher, {ids[name]: posting_id("board", name)})

    async def second() -> None:
        async with board.pool.acquire() as other, other.transaction():
            await settle(other, "2")
            await insert_rejections(other, board.publisher, [refusal("1")], correlation_id="")

    async with board.pool.acquire() as first, first.transaction():
        await settle(first, "1")
        task = asyncio.create_task(second())
        await board.blocked()
        await insert_rejections(first, board.publisher, [refusal("2")], correlation_id="")
    await task
    assert sum(row.count for row in await rows(board)) == 4


async def test_what_comes_after_the_posting_was_seen_is_not_resolved_by_it(board: Board) -> None:
    """A wrong push begins and commits between the good one's sighting and its settling."""
    await board.push(posting("1"))
    await board.push(posting("1", title=""))
    key = posting_id("board", "1")
    async with board.pool.acquire() as connection, connection.transaction():
        settled = await insert_sightings(connection, board.publisher, {key: "1"})
        await board.push(posting("1", title=5))
        await mark_resolved(connection, board.publisher, settled)
    assert list(settled.values()) == [key]
    row = await only(board)
    assert (row.resolved_at, row.count) == (None, 2)
    await board.push(posting("1"))
    assert (await only(board)).resolved_by == key


async def test_kept_item_is_taken_after_a_fix_and_resolved(board: Board) -> None:
    identity = await kept_wrongly(board, posting("1"))
    receipt = await try_again(board, identity)
    assert (receipt.status, receipt.what, receipt.id) == ("accepted", "opened", posting_id("board", "1"))
    row = await only(board)
    assert (row.resolved_by, row.count) == (posting_id("board", "1"), 1)
    assert len(await board.told()) == 1
    assert board.woken == [1]
    with pytest.raises(Overtaken, match="it is resolved"):
        await try_again(board, identity)


async def test_still_wrong_item_tells_todays_faults_and_is_no_newer(board: Board) -> None:
    await board.push(posting("1", title=""))
    before = await only(board)
    await board.pool.execute("UPDATE rejections SET errors = '[]'")
    receipt = await try_again(board, before.id)
    assert receipt.status == "rejected"
    assert await only(board) == before


async def test_corrected_posting_is_taken_and_a_wrong_correction_is_not_kept(board: Board) -> None:
    await board.push({"titel": "no id"})
    row = await only(board)
    wrong = await try_again(board, row.id, item=Item("body", posting("7", title="")))
    assert wrong.errors[0].field == "title"
    assert await only(board) == row
    assert (await try_again(board, row.id, item=Item("body", posting("7")))).what == "opened"
    assert (await only(board)).resolved_by == posting_id("board", "7")


async def test_correction_keeps_the_terms_of_use_and_no_origin(board: Board) -> None:
    terms = Terms(url="https://board.example/terms", attribution="Jobs by Board", may_republish=False)
    origins = (Origin(field="title", stated_as="name"),)
    wrong = Item("posting 0", posting("1", title=""), provenance=Provenance(terms=terms, origins=origins))
    await record(board.pool, board.wake, publisher=board.publisher, items=[wrong], now=datetime.now(UTC))
    await try_again(board, (await only(board)).id, item=Item("body", posting("1")))
    (event,) = await board.told()
    assert event.posting.terms == terms
    assert not any(origin.stated_as for origin in event.posting.origins)


async def test_correction_is_of_the_same_posting(http: Client, board: Board) -> None:
    await board.push(posting("1", title=""))
    identity = (await only(board)).id
    status, problem = await post(http, posting("2"), f"/v1/rejections/{identity}/retry")
    assert (status, "what was rejected is 1, and the correction is 2" in problem["detail"]) == (422, True)
    assert (await only(board)).resolved_at is None
    assert await board.pool.fetchval("SELECT count(*) FROM postings") == 0


async def test_of_retries_at_once_one_is_taken(http: Client, board: Board) -> None:
    await board.push({"titel": "no id"})
    path = f"/v1/rejections/{(await only(board)).id}/retry"
    answers = await asyncio.gather(*(post(http, posting(str(number)), path) for number in range(8)))
    assert sorted(status for status, _ in answers) == [202] + [409] * 7
    (event,) = await board.told()
    assert (await only(board)).resolved_by == event.posting.id


async def test_retries_and_pushes_of_the_same_postings_never_wait_for_each_other(board: Board) -> None:
    """Each settles, spoils or tries again what the others have locked: a deadlock would be an error of one of them."""
    await board.push(posting("1", title=""), posting("2", title=""))
    found = await rows(board)
    for number in range(5):
        results = await asyncio.gather(
            *(try_again(board, row.id, item=Item("b", posting(row.source_id or "")), force=True) for row in found),
            board.push(posting("1", title=f"T{number}"), posting("2", title="")),
            board.push(posting("2", title=f"T{number}"), posting("1", title="")),
            return_exceptions=True,
        )
        assert {type(result) for result in results if isinstance(result, BaseException)} <= {Overtaken}


async def test_retry_of_what_is_resolved_says_so_though_it_is_still_wrong(http: Client, board: Board) -> None:
    await board.push(posting("1", title=""))
    await board.push(posting("1"))
    status, problem = await post(http, b"", f"/v1/rejections/{(await only(board)).id}/retry")
    assert (status, problem["detail"].startswith("it is resolved")) == (409, True)


@pytest.mark.parametrize("newer", ["pushed", "seen", "closed"])
async def test_retry_does_not_overtake_what_came_after(board: Board, newer: str) -> None:
    if newer != "pushed":
        await board.push(posting("1", title="New"))
    identity = await kept_wrongly(board, posting("1", title="Old"))
    if newer == "closed":
        await close(board.pool, board.wake, publisher=board.publisher, posting_id=posting_id("board", "1"), reason="")
    else:
        await board.push(posting("1", title="New"))
    await board.pool.execute("UPDATE rejections SET resolved_at = NULL, resolved_by = NULL")
    await board.told()
    with pytest.raises(Overtaken):
        await try_again(board, identity)
    assert await board.told() == []
    assert (await try_again(board, identity, force=True)).what in ("changed", "reopened")
    assert (await only(board)).resolved_at is not None


async def test_push_that_is_under_way_is_not_overtaken(board: Board) -> None:
    """The newer push holds the posting's place and has not committed when the retry begins."""
    identity = await kept_wrongly(board, posting("1", title="Old"))
    async with board.pool.acquire() as holder, holder.transaction():
        await holder.execute("SELECT FROM publishers FOR UPDATE")
        push = asyncio.create_task(board.push(posting("1", title="New")))
        await board.blocked()
        retrying = asyncio.create_task(try_again(board, identity))
        await asyncio.sleep(0.2)
    assert (await push).counts.opened == 1
    with pytest.raises(Overtaken):
        await retrying
    (event,) = await board.told()
    assert event.posting.title == "New"


async def test_retry_of_what_came_again_meanwhile_is_taken_back(board: Board) -> None:
    """It comes again, otherwise wrong, between the reading and the writing."""
    identity = await kept_wrongly(board, posting("1", title="Old"))
    async with board.pool.acquire() as holder, holder.transaction():
        await holder.execute("SELECT FROM publisher_loads FOR UPDATE")
        await holder.execute("INSERT INTO publisher_loads VALUES ($1, 0) ON CONFLICT DO NOTHING", board.publisher.id)
        retrying = asyncio.create_task(try_again(board, identity))
        await board.blocked()
        await board.push(posting("1", title=5))
    with pytest.raises(Overtaken, match="came again"):
        await retrying
    assert await board.told() == []
    assert (await only(board)).count == 2


async def test_dry_run_changes_nothing(board: Board) -> None:
    identity = await kept_wrongly(board, posting("1"))
    before = await only(board)
    assert (await try_again(board, identity, dry=True)).what == "opened"
    assert await only(board) == before
    assert (await board.told(), board.woken) == ([], [])
    assert await board.pool.fetchval("SELECT count(*) FROM postings") == 0


async def test_what_was_cut_cannot_be_tried_and_says_so(board: Board) -> None:
    await board.push(posting("1", description="x" * 1_100_000))
    with pytest.raises(CannotRetry, match="longer than 1,000,000 characters"):
        await try_again(board, (await only(board)).id)


async def test_another_publishers_rejection_is_unknown(board: Board, make_board: MakeBoard, http: Client) -> None:
    other = await make_board("other")
    await other.push(posting("1", title=""))
    identity = (await only(other)).id
    with pytest.raises(UnknownRejection):
        await try_again(board, identity)
    assert (await get(http, f"/v1/rejections/{identity}"))[0] == 404
    assert (await post(http, posting("1"), f"/v1/rejections/{identity}/retry"))[0] == 404
    assert (await only(other)).resolved_at is None


async def test_rejections_are_filtered(http: Client, board: Board) -> None:
    await board.push(posting("1", title=""), posting("2", pay={"minimum": -1, "currency": "USD", "period": "year"}))
    between = datetime.now(UTC).isoformat()
    await board.push(posting("3", payment=1), posting("4", title=""))
    await board.push(posting("4"))

    async def found(query: str) -> set[str]:
        status, page = await get(http, f"/v1/rejections?limit=1&{query}")
        names = {row["source_id"] for row in page["rejections"]}
        while page["next"]:
            status, page = await get(http, page["next"])
            names |= {row["source_id"] for row in page["rejections"]}
        assert status == 200
        return names

    assert await found("") == {"1", "2", "3"}
    assert await found("all=true") == {"1", "2", "3", "4"}
    assert await found("source_id=2") == {"2"}
    assert await found("field=pay") == {"2"}
    assert await found("field=title&all=true") == {"1", "4"}
    assert await found("since=" + between.replace("+", "%2B")) == {"3"}
    assert await found("since=2999-01-01T00:00:00") == set()
    assert (await get(http, "/v1/rejections?source_id=%00"))[0] == 422
    for since in ("yesterday", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00%2B14:00"):
        assert (await get(http, f"/v1/rejections?since={since}"))[0] == 422
    for ends in (
        "since=0001-01-01T00:00:00Z",
        "since=9999-12-31T23:59:59Z",
        "after=0-0",
        "after=99999999999999999-999999999999999999",
    ):
        assert (await get(http, f"/v1/rejections?{ends}"))[0] == 200


async def test_list_shows_the_beginning_of_what_is_long_and_one_shows_all(http: Client, board: Board) -> None:
    await board.push(posting("1", title="", description="x" * 50_000))
    (row,) = (await get(http, "/v1/rejections"))[1]["rejections"]
    whole = (await get(http, f"/v1/rejections/{row['id']}"))[1]["raw"]
    assert (len(row["raw"]), whole[:10_000]) == (10_000, row["raw"])
    assert json.loads(whole)["description"] == "x" * 50_000


async def test_rejection_is_read_and_tried_over_http(http: Client, board: Board) -> None:
    await post(http, [posting("1", title=""), posting("2")])
    identity = (await only(board)).id
    status, row = await get(http, f"/v1/rejections/{identity}")
    assert (status, row["source_id"], row["count"], row["resolved_at"]) == (200, "1", 1, None)
    path = f"/v1/rejections/{identity}/retry"
    status, problem = await post(http, b"", path)
    assert (status, problem["errors"]) == (422, [{"field": "title", "problem": "must not be empty"}])
    assert (await post(http, b"{", path))[0] == 400
    status, problem = await post(http, [posting("1")], path)
    assert (status, problem["errors"][0]["problem"]) == (422, "must be an object")
    status, receipt = await post(http, posting("1"), path)
    assert (status, receipt["what"], receipt["id"]) == (202, "opened", str(posting_id("board", "1")))
    assert (await get(http, f"/v1/rejections/{identity}"))[1]["resolved_by"] == receipt["id"]
    assert (await post(http, posting("1"), path))[0] == 409
    assert (await post(http, posting("1", title="Forced"), path + "?force=true"))[0] == 202
    assert (await get(http, f"/v1/rejections/{2**63}"))[0] == 422


async def test_old_rejections_are_swept_past_one_that_is_being_written(board: Board) -> None:
    await board.push(*(posting(str(number), title="") for number in range(4)))
    await board.pool.execute(
        "UPDATE rejections SET last_received_at = clock_timestamp() - $1::interval WHERE source_id <> '3'", timedelta(days=30)
    )
    async with board.pool.acquire() as holder, holder.transaction():
        await holder.execute("SELECT FROM rejections WHERE source_id = '0' FOR UPDATE")
        async with asyncio.timeout(5):
            assert await sweep(board.pool) == 2
    assert {row.source_id for row in await rows(board)} == {"0", "3"}


async def test_no_more_than_the_newest_are_kept_of_each_publisher(
    board: Board, make_board: MakeBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "MOST_REJECTIONS", 3)
    monkeypatch.setattr(sweeping, "_BATCH", 2)
    other = await make_board("other")
    await other.push(*(posting(str(number), title="") for number in range(3)))
    await board.push(*(posting(str(number), title="") for number in range(8)))
    await board.push(posting("0", title=""))
    assert await sweep(board.pool) == 5
    assert {row.source_id for row in await rows(board)} == {"0", "6", "7"}
    assert len(await rows(other)) == 3
    assert await sweep(board.pool) == 0


async def test_rows_of_before_become_one_for_each_thing(board: Board) -> None:
    tables = await board.pool.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> 'migrations'"
    )
    await board.pool.execute("DROP TABLE " + ", ".join(row["tablename"] for row in tables))
    await board.pool.execute((MIGRATIONS / "0001_postings.sql").read_text())
    await board.pool.execute(
        """INSERT INTO publishers (name) VALUES ('a'), ('b');
           INSERT INTO rejections (publisher_id, place, source_id, raw, errors, correlation_id) VALUES
             (1, 'item 0', '1', 'old', '[]', ''), (1, 'item 0', NULL, 'rubbish', '[]', ''), (1, 'item 0', '1', 'new', '[]', ''),
             (2, 'item 0', '1', 'theirs', '[]', ''), (1, 'item 1', NULL, 'rubbish', '[]', '')"""
    )
    await board.pool.execute((MIGRATIONS / "0002_rejections.sql").read_text())
    kept = await board.pool.fetch("SELECT raw, count, last_received_at > received_at AS later FROM rejections ORDER BY id")
    assert [tuple(row) for row in kept] == [("new", 2, True), ("theirs", 1, False), ("rubbish", 2, True)]
    for later in sorted(MIGRATIONS.glob("000[3-9]_*.sql")):
        await board.pool.execute(later.read_text())
    await board.push("rubbish", posting("1", title=""))
    assert await board.pool.fetchval("SELECT sum(count) FROM rejections WHERE publisher_id = 1") == 6


@pytest.fixture
def environment(databases: dict[str, str], kafka: str, prefix: str) -> dict[str, str]:
    return os.environ | {"INGEST_POSTGRES": databases["ingest"], "INGEST_KAFKA": kafka, "INGEST_TOPIC_PREFIX": prefix}


async def test_commands_try_one_or_all_again(environment: dict[str, str], board: Board) -> None:
    await board.push(*(posting(str(number), titel="x") for number in range(45)), posting("wrong", title=""))
    await board.pool.execute("UPDATE rejections SET raw = ((raw::jsonb) - 'titel')::text")
    await board.push(posting("7"))
    await board.pool.execute("UPDATE rejections SET resolved_at = NULL, resolved_by = NULL")
    await board.told()
    every = ("rejections", "retry", "--publisher", "board")
    dry = await answer("ingest", *every, "--dry-run", env=environment)
    assert (dry.code, dry.out.splitlines()[-1]) == (0, "would be taken 44, still wrong 1, not tried 1")
    assert await board.told() == []
    one = await board.pool.fetchval("SELECT id FROM rejections WHERE source_id = '3'")
    alone = await answer("ingest", "rejections", "retry", str(one), env=environment)
    assert (alone.code, f"opened as {posting_id('board', '3')}" in alone.out) == (0, True)
    done = await answer("ingest", *every, env=environment)
    assert done.out.splitlines()[-1] == "taken 43, still wrong 1, not tried 1"
    assert "wrong item 45" in done.out
    assert "title must not be empty" in done.out
    assert "7 was pushed or closed at" in done.out
    assert len(await board.told()) == 44
    listed = await answer("ingest", "rejections", "--all", "--source-id", "3", env=environment)
    assert f"resolved by {posting_id('board', '3')}" in listed.out
    later = await answer("ingest", "rejections", "--since", "2999-01-01", "retry", "--publisher", "board", env=environment)
    assert later.out.splitlines() == ["taken 0, still wrong 0, not tried 0"]
    unknown = await answer("ingest", "rejections", "retry", "999999", env=environment)
    assert (unknown.code, "no such rejection" in unknown.err) == (1, True)


async def test_retry_that_dies_before_its_commit_leaves_nothing(environment: dict[str, str], board: Board) -> None:
    identity = await kept_wrongly(board, posting("1"))
    for failpoint, settled in (("rejection.retried", False), ("ingest.committed:3", True)):
        process = ServiceProcess("ingest", "rejections", "retry", str(identity), env={**environment, VARIABLE: failpoint})
        assert await process.ended(30) == -signal.SIGKILL
        assert ((await only(board)).resolved_at is not None) is settled
        assert len(await board.told()) == settled
