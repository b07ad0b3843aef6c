"""Requests with an `Idempotency-Key`, on a real server over real Postgres: done once, and answered the same."""

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from runtime.failpoint import VARIABLE
from services.ingest.domain.normalise import posting_id
from services.ingest.sweep import sweep
from tests.integration.ingest.board import Board, posting
from tests.integration.ingest.conftest import served
from tests.integration.ingest.test_process import free_port, ready
from tests.integration.ingest.wire import Wire
from tests.support.processes import ServiceProcess

Client = aiohttp.ClientSession
PATH = "/v1/postings"
CLOSE = f"/v1/postings/{posting_id('board', '1')}/close"


async def send(http: Client, body: object, key: str = "k", path: str = PATH, **headers: str) -> tuple[int, bytes, bool]:
    """Status, body, and whether it is said to be an old answer."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with http.post(
        path, data=sent, headers={"content-type": "application/json", "idempotency-key": key} | headers
    ) as response:
        return response.status, await response.read(), response.headers.get("idempotent-replayed") == "true"


async def test_same_request_is_done_once_and_answered_byte_for_byte(http: Client, board: Board) -> None:
    status, body, replayed = await send(http, [posting("1"), posting("2", title="")])
    assert (status, replayed) == (202, False)
    assert await send(http, [posting("1"), posting("2", title="")]) == (202, body, True)
    assert json.loads(body)["counts"]["opened"] == 1
    assert len(await board.told()) == 1
    assert await board.pool.fetchval("SELECT count FROM rejections") == 1
    assert await board.pool.fetchval("SELECT count FROM sightings") == 1


async def test_answer_that_nothing_was_taken_is_kept_too(http: Client, board: Board) -> None:
    first = await send(http, posting("1", title=""))
    assert (first[0], json.loads(first[1])["counts"]["rejected"]) == (422, 1)
    assert await send(http, posting("1", title="")) == (422, first[1], True)
    assert await board.pool.fetchval("SELECT count FROM rejections") == 1


async def test_closing_is_answered_what_it_was_answered(http: Client, board: Board) -> None:
    unknown = await send(http, b"", "early", CLOSE)
    assert unknown[0] == 404
    await board.push(posting("1"))
    closed = await send(http, {"reason": "filled"}, "k", CLOSE)
    assert closed[0] == 202
    await board.push(posting("1"))
    assert await send(http, {"reason": "filled"}, "k", CLOSE) == (202, closed[1], True)
    assert await send(http, b"", "early", CLOSE) == (404, unknown[1], True)
    assert [event.type for event in await board.told()] == ["posting_opened", "posting_closed", "posting_opened"]


@pytest.mark.parametrize("path", [PATH, CLOSE])
async def test_key_of_another_request_is_refused(http: Client, board: Board, path: str) -> None:
    await send(http, posting("1"))
    status, body, replayed = await send(http, posting("2") if path == PATH else b"", path=path)
    assert (status, replayed) == (422, False)
    assert "used for another request" in json.loads(body)["detail"]
    assert len(await board.told()) == 1


async def test_keys_of_publishers_are_their_own(
    http: Client, board: Board, make_board: Callable[[str], Awaitable[Board]]
) -> None:
    other = await make_board("other")
    await send(http, posting("1"))
    async with served(board.pool, other.key) as theirs:
        status, body, replayed = await send(theirs, posting("1"))
    assert (status, replayed) == (202, False)
    assert json.loads(body)["items"][0]["id"] == str(posting_id("other", "1"))


async def test_bad_key_and_unread_body_leave_no_answer(http: Client, board: Board) -> None:
    assert (await send(http, posting("1"), '"open'))[0] == 400
    assert (await send(http, b"{"))[0] == 400
    assert (await send(http, posting("1"), authorization="Bearer none"))[0] == 401
    assert await board.pool.fetchval("SELECT count(*) FROM answers") == 0
    assert (await send(http, posting("1")))[0] == 202


async def test_second_request_is_told_to_wait_while_the_first_is_at_work(http: Client, board: Board) -> None:
    await board.push(posting("1"))
    async with board.pool.acquire() as holder, holder.transaction():
        await holder.execute("SELECT 1 FROM postings FOR UPDATE")
        first = asyncio.create_task(send(http, posting("1", title="Other")))
        await board.blocked()
        async with http.post(PATH, json=posting("1", title="Other"), headers={"idempotency-key": "k"}) as response:
            assert (response.status, response.headers["retry-after"]) == (409, "1")
            assert "still at work" in (await response.json())["detail"]
        assert (await send(http, posting("9"), "another"))[0] == 202
    status, body, _ = await first
    assert status == 202
    assert await send(http, posting("1", title="Other")) == (202, body, True)


async def test_many_at_once_make_one_effect(http: Client, board: Board) -> None:
    answers = await asyncio.gather(*(send(http, posting("1")) for _ in range(20)))
    assert {status for status, _, _ in answers} <= {202, 409}
    assert len({body for status, body, _ in answers if status == 202}) == 1
    assert sum(not replayed for status, _, replayed in answers if status == 202) == 1
    assert await board.pool.fetchval("SELECT count FROM sightings") == 1


async def test_answer_ends_with_its_day_and_is_swept(http: Client, board: Board) -> None:
    await send(http, posting("1"))
    await send(http, posting("2"), "fresh")
    await board.pool.execute("UPDATE answers SET answered_at = answered_at - $1::interval WHERE key = 'k'", timedelta(hours=24))
    status, body, replayed = await send(http, posting("1", title="Other"))
    assert (status, replayed, json.loads(body)["counts"]["changed"]) == (202, False, 1)
    await board.pool.execute("UPDATE answers SET answered_at = answered_at - $1::interval WHERE key = 'k'", timedelta(hours=24))
    async with board.pool.acquire() as holder, holder.transaction():
        await holder.execute("SELECT 1 FROM answers WHERE key = 'k' FOR UPDATE")
        async with asyncio.timeout(5):
            assert await sweep(board.pool) == 0
    assert await sweep(board.pool) == 1
    assert await board.pool.fetchval("SELECT key FROM answers") == "fresh"


async def test_failure_of_ours_is_not_kept(wired: tuple[Client, Wire], board: Board) -> None:
    http, wire = wired
    await board.push(posting("1"))
    async with board.pool.acquire() as holder, holder.transaction():
        await holder.execute("SELECT 1 FROM postings FOR UPDATE")
        under_way = asyncio.create_task(send(http, posting("1", title="Other")))
        await board.blocked()
        await wire.cut()
        assert (await under_way)[0] == 503
    await wire.mend()
    await board.quiet()
    assert (await send(http, posting("1", title="Other")))[::2] == (202, False)


async def test_answer_of_a_full_push_is_kept_whole(http: Client, board: Board) -> None:
    items = [posting(str(number), **{f"wrong{n}": 1 for n in range(25)}) for number in range(499)] + [posting("good")]
    first = await send(http, items)
    assert first[0] == 202
    assert await send(http, items) == (202, first[1], True)


@pytest.mark.parametrize(
    ("failpoint", "done"),
    [("idempotency.worked", False), ("idempotency.kept", False), ("ingest.committed:3", True)],
)
async def test_process_that_dies_leaves_effect_and_answer_or_neither(
    *, databases: dict[str, str], kafka: str, prefix: str, board: Board, failpoint: str, done: bool
) -> None:
    """The third transaction is the push: the key is authenticated and looked for before."""
    port = str(free_port())
    environment = os.environ | {
        "INGEST_POSTGRES": databases["ingest"], "INGEST_KAFKA": kafka, "INGEST_TOPIC_PREFIX": prefix, "INGEST_HTTP_PORT": port,
    }  # fmt: skip
    address, key = f"http://127.0.0.1:{port}", {"authorization": f"Bearer {board.key}"}
    told: list[Any] = []
    async with aiohttp.ClientSession(address, headers=key) as http:
        process = ServiceProcess("ingest", "api", env={**environment, VARIABLE: failpoint})
        await ready(address, process)
        with pytest.raises(aiohttp.ClientError):
            await send(http, posting("1"))
        assert await process.ended(30) == -signal.SIGKILL
        await board.quiet()
        told += await board.told()
        assert len(told) == done
        assert await board.pool.fetchval("SELECT count(*) FROM answers") == done
        process = ServiceProcess("ingest", "api", env=environment)
        try:
            await ready(address, process)
            status, body, replayed = await send(http, posting("1"))
        finally:
            process.terminate()
            await process.ended()
    assert (status, replayed, json.loads(body)["counts"]["opened"]) == (202, done, 1)
    assert len(told + await board.told()) == 1
