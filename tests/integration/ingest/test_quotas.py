"""Quotas on real Postgres: items a minute from one bucket for all replicas, and postings open at once."""

import asyncio
import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from services.ingest.close import close
from services.ingest.domain.batch import Item
from services.ingest.domain.normalise import posting_id
from services.ingest.domain.publisher import Publisher
from services.ingest.domain.quota import Allowance, Quota
from services.ingest.record import TooManyOpen, record
from services.ingest.register import set_quota
from services.ingest.store import transaction
from services.ingest.sweep import recount
from services.ingest.take import TooFast, take
from tests.integration.ingest.board import Board, posting
from tests.integration.ingest.conftest import served
from tests.integration.ingest.test_push_door import PROBLEM
from tests.integration.ingest.test_rejections import kept_wrongly
from tests.support.processes import answer


def limited(board: Board, *, per_minute: int | None = None, most_open: int | None = None) -> Publisher:
    return Publisher(board.publisher.id, board.publisher.name, Quota(per_minute, most_open))


async def push(board: Board, publisher: Publisher, *values: object) -> Any:
    items = [Item(f"item {index}", value) for index, value in enumerate(values)]
    return await record(board.pool, board.wake, publisher=publisher, items=items, now=datetime.now(UTC))


async def taken(board: Board, publisher: Publisher, items: int) -> Allowance | None:
    async with transaction(board.pool) as connection:
        return await take(connection, publisher, items)


async def left(board: Board, *, of: int) -> int:
    """Tokens there are, without those that time has brought since."""
    number: float | None = await board.pool.fetchval("SELECT tokens FROM publisher_buckets")
    return of if number is None else int(number)


async def back(board: Board, time: timedelta) -> None:
    """As if so much time had passed for the buckets."""
    await board.pool.execute("UPDATE publisher_buckets SET at = at - $1::interval", time)


async def kept_open(board: Board) -> int:
    number: int = await board.pool.fetchval("SELECT open FROM publisher_loads")
    assert number == await board.pool.fetchval("SELECT count(*) FROM postings WHERE status = 'open'")
    return number


async def test_bucket_empties_and_fills_evenly(board: Board) -> None:
    publisher = limited(board, per_minute=60)
    left = await taken(board, publisher, 50)
    assert left is not None
    assert 10 <= left.tokens < 11
    with pytest.raises(TooFast) as refused:
        await taken(board, publisher, 30)
    assert timedelta(seconds=18) < refused.value.wait <= timedelta(seconds=20)
    await back(board, refused.value.wait)
    assert await taken(board, publisher, 30)
    await back(board, timedelta(days=3))
    full = await taken(board, publisher, 1)
    assert full is not None
    assert full.tokens == 59


async def test_push_larger_than_a_minute_leaves_a_debt(board: Board) -> None:
    publisher = limited(board, per_minute=60)
    assert await taken(board, publisher, 180)
    with pytest.raises(TooFast) as refused:
        await taken(board, publisher, 1)
    assert timedelta(seconds=120) < refused.value.wait <= timedelta(seconds=121)


async def test_clock_that_is_set_back_takes_nothing_away(board: Board) -> None:
    publisher = limited(board, per_minute=60)
    await taken(board, publisher, 10)
    await back(board, timedelta(hours=-1))
    left = await taken(board, publisher, 1)
    assert left is not None
    assert left.tokens == 49


async def test_many_at_once_get_no_more_than_the_bucket_has(board: Board) -> None:
    publisher = limited(board, per_minute=60)
    results = await asyncio.gather(*(taken(board, publisher, 7) for _ in range(20)), return_exceptions=True)
    assert sum(not isinstance(result, TooFast) for result in results) == 8


async def test_too_many_items_are_refused_whole_and_told_when_to_come_again(board: Board) -> None:
    async with served(board.pool, board.key, Quota(per_minute=60)) as http:
        async with http.post("/v1/postings", json=[posting(str(number)) for number in range(59)]) as response:
            assert response.status == 202
            assert response.headers["ratelimit-policy"] == '"items";q=60;w=60'
            assert response.headers["ratelimit"].startswith('"items";r=1;t=')
        async with http.post("/v1/postings", json=[posting("a"), posting("b", title="")]) as response:
            told = await response.json()
            assert (response.status, response.content_type) == (429, PROBLEM)
            assert response.headers["retry-after"] == "1"
            assert response.headers["ratelimit"].startswith('"items";r=1;t=')
            assert "your quota of 60 a minute" in told["detail"]
        assert await kept_open(board) == 59
        assert await board.pool.fetchval("SELECT count(*) FROM rejections") == 0
        await back(board, timedelta(seconds=int(response.headers["retry-after"])))
        async with http.post("/v1/postings", json=[posting("a"), posting("b", title="")]) as response:
            assert response.status == 202


async def test_refusal_for_a_quota_is_no_answer_of_the_key(board: Board) -> None:
    async with served(board.pool, board.key, Quota(per_minute=60, most_open=1)) as http:
        key = {"idempotency-key": "k"}
        body = [posting("1"), posting("2")]
        async with http.post("/v1/postings", json=body, headers=key) as response:
            assert response.status == 429
        await set_quota(board.pool, "board", {"most_open": 2})
        async with http.post("/v1/postings", json=body, headers=key) as response:
            assert (response.status, response.headers.get("idempotent-replayed")) == (202, None)
        await taken(board, limited(board, per_minute=60), 60 - 2)
        async with http.post("/v1/postings", json=body, headers=key) as response:
            assert (response.status, response.headers.get("idempotent-replayed")) == (202, "true")
        async with http.post("/v1/postings", json=body) as response:
            assert response.status == 429


async def test_request_under_one_key_is_counted_once_however_many_send_it(board: Board) -> None:
    async with served(board.pool, board.key, Quota(per_minute=1000)) as http:

        async def send() -> int:
            body = [posting(str(number)) for number in range(20)]
            async with http.post("/v1/postings", json=body, headers={"idempotency-key": "k"}) as response:
                assert ("ratelimit" in response.headers) is (response.status == 202 and not is_replayed(response))
                return response.status

        assert set(await asyncio.gather(*(send() for _ in range(10)))) <= {202, 409}
    assert await left(board, of=1000) == 980


def is_replayed(response: aiohttp.ClientResponse) -> bool:
    return response.headers.get("idempotent-replayed") == "true"


async def test_what_is_refused_for_its_open_postings_is_not_counted(board: Board) -> None:
    async with served(board.pool, board.key, Quota(per_minute=60, most_open=1)) as http:
        async with http.post("/v1/postings", json=[posting(str(number)) for number in range(40)]) as response:
            assert (response.status, response.headers["ratelimit"]) == (429, '"open";r=0')
        lines = "".join(json.dumps(posting(str(number))) + "\n" for number in range(40))
        kind = {"content-type": "application/x-ndjson"}
        async with http.post("/v1/postings/stream", data=lines, headers=kind) as response:
            assert json.loads(await response.text())["error"]["status"] == 429
    assert await left(board, of=60) == 60


async def test_pushes_at_once_record_no_more_than_the_minute(board: Board) -> None:
    """Each finds enough when it looks; what is more than there was is taken back."""
    async with served(board.pool, board.key, Quota(per_minute=60)) as http:

        async def send(name: str) -> int:
            async with http.post("/v1/postings", json=[posting(f"{name}-{number}") for number in range(20)]) as response:
                return response.status

        statuses = await asyncio.gather(*(send(str(number)) for number in range(6)))
    assert sorted(statuses) == [202] * 3 + [429] * 3
    assert await kept_open(board) == 60


async def test_retry_that_is_not_made_is_not_counted(board: Board) -> None:
    await board.push(posting("1", title=""))
    identity = await board.pool.fetchval("SELECT id FROM rejections")
    async with served(board.pool, board.key, Quota(per_minute=6)) as http:
        for path, body, status, there in (
            (f"{identity + 1}", posting("1"), 404, 6),
            (f"{identity}", posting("2"), 422, 6),
            (f"{identity}", posting("1", title=""), 422, 5),
            (f"{identity}", posting("1"), 202, 4),
            (f"{identity}", posting("1"), 409, 4),
        ):
            async with http.post(f"/v1/rejections/{path}/retry", json=body) as response:
                assert response.status == status
            assert await left(board, of=6) == there


async def test_retry_counts_as_an_item(board: Board) -> None:
    identity = await kept_wrongly(board, posting("1"))
    async with served(board.pool, board.key, Quota(per_minute=1)) as http:
        await taken(board, limited(board, per_minute=1), 1)
        async with http.post(f"/v1/rejections/{identity}/retry") as response:
            assert response.status == 429


async def test_open_postings_are_counted_through_all_they_meet(board: Board) -> None:
    await board.push(posting("1"), posting("2"), posting("3", title=""))
    assert await kept_open(board) == 2
    await board.push(posting("1", title="Other"), posting("2"))
    assert await kept_open(board) == 2
    for _ in range(2):
        await close(board.pool, board.wake, publisher=board.publisher, posting_id=posting_id("board", "1"), reason="")
        assert await kept_open(board) == 1
    await board.push(posting("1"))
    assert await kept_open(board) == 2


async def test_one_too_many_open_leaves_nothing_and_closing_makes_room(board: Board) -> None:
    publisher = limited(board, most_open=2)
    await push(board, publisher, posting("1"), posting("2"))
    await board.told()
    with pytest.raises(TooManyOpen, match="would have 3 postings open, and your quota is 2"):
        await push(board, publisher, posting("1", title="Other"), posting("3"), "rubbish")
    assert await board.told() == []
    assert await board.pool.fetchval("SELECT count(*) FROM rejections") == 0
    assert (await push(board, publisher, posting("1", title="Other"), posting("2"))).counts.changed == 1
    await close(board.pool, board.wake, publisher=publisher, posting_id=posting_id("board", "1"), reason="")
    assert (await push(board, publisher, posting("3"))).counts.opened == 1
    assert await kept_open(board) == 2


async def test_pushes_at_once_open_no_more_than_the_quota(board: Board) -> None:
    publisher = limited(board, most_open=5)
    results = await asyncio.gather(*(push(board, publisher, posting(str(n))) for n in range(20)), return_exceptions=True)
    assert sum(not isinstance(result, TooManyOpen) for result in results) == 5
    assert await kept_open(board) == 5


async def test_too_many_open_are_answered_with_429(board: Board) -> None:
    async with served(board.pool, board.key, Quota(most_open=1)) as http:
        async with http.post("/v1/postings", json=[posting("1"), posting("2")]) as response:
            assert (response.status, response.content_type) == (429, PROBLEM)
            assert (response.headers["ratelimit"], response.headers["retry-after"]) == ('"open";r=0', "60")
        async with http.post("/v1/postings", json=posting("1")) as response:
            assert response.status == 202


async def test_miscount_is_found_and_mended(board: Board) -> None:
    await board.push(posting("1"), posting("2"))
    assert await recount(board.pool) == 0
    await board.pool.execute("UPDATE publisher_loads SET open = 7")
    assert await recount(board.pool) == 1
    assert await kept_open(board) == 2
    await board.pool.execute("DELETE FROM publisher_loads")
    assert await recount(board.pool) == 1
    assert await kept_open(board) == 2


async def test_recount_waits_for_who_opens_and_counts_them_once(board: Board) -> None:
    await board.push(posting("1"))
    await board.pool.execute("UPDATE publisher_loads SET open = 7")
    async with board.pool.acquire() as holder, holder.transaction():
        await holder.execute("UPDATE postings SET status = 'closed'")
        await holder.execute("UPDATE publisher_loads SET open = open - 1")
        counting = asyncio.create_task(recount(board.pool))
        await board.blocked()
    assert await counting == 1
    assert await kept_open(board) == 0


async def test_command_sets_and_shows_quotas(databases: dict[str, str], kafka: str, prefix: str, board: Board) -> None:
    environment = os.environ | {"INGEST_POSTGRES": databases["ingest"], "INGEST_KAFKA": kafka, "INGEST_TOPIC_PREFIX": prefix}

    async def quota(*arguments: str) -> tuple[int, str, str]:
        told = await answer("ingest", "publisher", "quota", *arguments, env=environment)
        return told.code, told.out, told.err

    both = "board: 90 items a minute, 1,000 postings open at once\n"
    assert await quota("board", "--per-minute", "90", "--open", "1000") == (0, both, "")
    assert (await quota("board"))[1] == both
    assert (await quota("board", "--per-minute", "default"))[1].startswith("board: default items a minute, 1,000")
    listed = await answer("ingest", "publisher", "list", env=environment)
    assert "0 of 1,000" in listed.out
    assert (await quota("board", "--open", "0"))[0] == 2
    assert "no such publisher" in (await quota("nobody", "--open", "1"))[2]
    async with served(board.pool, board.key, Quota(most_open=1)) as http:
        async with http.post("/v1/postings", json=[posting("1"), posting("2")]) as response:
            assert response.status == 202, "its own quota goes before that of all"


async def test_database_that_is_away_is_told_as_always(wired: tuple[aiohttp.ClientSession, Any], board: Board) -> None:
    http, wire = wired
    await set_quota(board.pool, "board", {"per_minute": 60})
    await wire.cut()
    async with http.post("/v1/postings", json=posting("1")) as response:
        assert response.status == 503
    await wire.mend()
