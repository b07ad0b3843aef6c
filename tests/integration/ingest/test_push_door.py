"""The publishers' HTTP door, on a real server over real Postgres."""

import asyncio
import io
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from services.ingest.domain.normalise import posting_id
from services.ingest.register import renew, revoke
from tests.integration.ingest.board import Board, posting
from tests.integration.ingest.wire import Wire

PROBLEM = "application/problem+json"
Client = aiohttp.ClientSession


async def post(http: Client, body: object, path: str = "/v1/postings", **headers: str) -> tuple[int, Any]:
    """Send a body, bytes as they are and anything else as JSON; status and answer."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with http.post(path, data=io.BytesIO(data), headers={"content-type": "application/json"} | headers) as response:
        answer = await response.json()
        if response.status >= 400:
            assert response.content_type == PROBLEM
            assert answer["status"] == response.status
            assert answer["detail"]
        return response.status, answer


async def test_one_posting_is_accepted(http: Client, board: Board) -> None:
    status, answer = await post(http, posting("1"))
    assert status == 202
    assert answer["counts"] == {"opened": 1, "reopened": 0, "changed": 0, "unchanged": 0, "rejected": 0}
    assert answer["items"] == [
        {
            "index": 0,
            "source_id": "1",
            "id": str(posting_id("board", "1")),
            "status": "accepted",
            "what": "opened",
            "errors": [],
        }
    ]
    assert len(await board.told()) == 1


async def test_each_item_of_an_array_is_answered_for_itself(http: Client, board: Board) -> None:
    status, answer = await post(http, [posting("1"), posting("2", title=5), posting("1")])
    assert status == 202
    assert [(item["status"], item["what"]) for item in answer["items"]] == [
        ("accepted", "opened"), ("rejected", None), ("unchanged", None),
    ]  # fmt: skip
    assert answer["items"][1]["errors"] == [{"field": "title", "problem": "must be text"}]
    assert len(await board.told()) == 1


async def test_push_of_which_nothing_is_taken_is_a_problem_with_the_same_list(http: Client) -> None:
    status, answer = await post(http, [posting("1", title=""), 7])
    assert status == 422
    assert answer["counts"]["rejected"] == 2
    assert [item["errors"][0]["problem"] for item in answer["items"]] == ["must not be empty", "must be an object"]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "line 1, column 1"),
        (b'[{"source_id": "1"},\n {"title": }]', "line 2, column 12"),
        (b"\xff\xfe", "line 1, column 1"),
        (b"[" * 50_000, "nested too deeply"),
    ],
)
async def test_malformed_json_says_where(http: Client, body: bytes, detail: str) -> None:
    status, answer = await post(http, body)
    assert status == 400
    assert detail in answer["detail"]


async def test_body_of_ten_megabytes_is_refused(http: Client, board: Board) -> None:
    status, answer = await post(http, b" " * 10_000_000)
    assert status == 413
    assert "8,388,608 bytes" in answer["detail"]
    assert (await post(http, posting("1")))[0] == 202


async def test_body_that_grows_beyond_the_limit_is_refused(http: Client) -> None:
    async def chunks() -> Any:
        for _ in range(100):
            yield b" " * 100_000

    async with http.post("/v1/postings", data=chunks()) as response:
        assert (response.status, response.content_type) == (413, PROBLEM)


@pytest.mark.parametrize("count", [0, 501])
async def test_array_of_none_or_too_many_is_refused(http: Client, board: Board, count: int) -> None:
    status, answer = await post(http, [posting(str(number)) for number in range(count)])
    assert (status, answer["detail"]) == (422, f"the array has {count} items: send 1 to 500")
    assert await board.told() == []


async def test_array_of_the_limit_is_taken(http: Client) -> None:
    status, answer = await post(http, [posting(str(number)) for number in range(500)])
    assert (status, answer["counts"]["opened"]) == (202, 500)


async def test_nul_surrogates_and_bad_bytes_spoil_only_their_item(http: Client, board: Board) -> None:
    spoilt = [
        posting("nul", title="a\0b"),
        posting("surrogate", title="a\ud800b"),
        posting("name", **{"\udc00": 1}),
    ]
    body = json.dumps([*spoilt, posting("bytes", title="BAD"), posting("good", title="Café 🚀")], ensure_ascii=True).encode()
    status, answer = await post(http, body.replace(b"BAD", b"a\xffb"))
    assert status == 202
    assert [item["status"] for item in answer["items"]] == ["rejected"] * 4 + ["accepted"]
    assert [item["errors"][0]["field"] for item in answer["items"][:4]] == ["title", "title", "\\udc00", "title"]
    (event,) = await board.told()
    assert event.posting.title == "Café 🚀"


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer nonsense", "Basic eDp5", "Bearer jai_0000000000000000_" + "A" * 43]
)
async def test_request_without_a_key_that_counts_is_refused(http: Client, authorization: str) -> None:
    for method, path in (
        ("POST", "/v1/postings"), ("POST", f"/v1/postings/{uuid4()}/close"), ("GET", f"/v1/postings/{uuid4()}"), ("GET", "/v1/rejections"),
    ):  # fmt: skip
        async with http.request(method, path, headers={"authorization": authorization}) as response:
            assert (response.status, response.content_type) == (401, PROBLEM)
            assert response.headers["www-authenticate"].startswith("Bearer")


async def test_revoked_and_renewed_keys_no_longer_count(http: Client, board: Board) -> None:
    assert (await post(http, posting("1")))[0] == 202
    fresh = await renew(board.pool, "board")
    assert (await post(http, posting("1")))[0] == 401
    assert (await post(http, posting("1"), authorization=f"Bearer {fresh.text}"))[0] == 202
    await revoke(board.pool, "board")
    assert (await post(http, posting("1"), authorization=f"Bearer {fresh.text}"))[0] == 401
    again = await renew(board.pool, "board")
    assert (await post(http, posting("1"), authorization=f"Bearer {again.text}"))[0] == 202


async def test_posting_is_closed_once(http: Client, board: Board) -> None:
    await post(http, posting("1"))
    path = f"/v1/postings/{posting_id('board', '1')}/close"
    assert await post(http, {"reason": "filled"}, path) == (202, {"id": str(posting_id("board", "1")), "status": "accepted"})
    assert await post(http, b"", path) == (200, {"id": str(posting_id("board", "1")), "status": "unchanged"})
    _, closed = await board.told()
    assert (closed.type, closed.posting.source_id) == ("posting_closed", "1")


async def test_only_own_postings_are_closed_and_read(http: Client, make_board: Callable[[str], Awaitable[Board]]) -> None:
    other = await make_board("other")
    await other.push(posting("1"))
    for identity in (posting_id("other", "1"), uuid4()):
        status, answer = await post(http, b"", f"/v1/postings/{identity}/close")
        assert (status, answer["detail"]) == (404, "There is no such posting of yours.")
        async with http.get(f"/v1/postings/{identity}") as response:
            assert response.status == 404


@pytest.mark.parametrize("body", [{"reason": "a\r\nb"}, {"reason": 5}, {"why": "x"}, b"{"])
async def test_closing_with_a_bad_body_is_refused(http: Client, board: Board, body: object) -> None:
    await post(http, posting("1"))
    assert (await post(http, body, f"/v1/postings/{posting_id('board', '1')}/close"))[0] == 422
    assert len(await board.told()) == 1


async def test_posting_is_read_as_it_is_kept(http: Client) -> None:
    await post(http, posting("1", description="<p>We sponsor <b>H-1B</b> visas.</p><script>alert(1)</script>"))
    await post(http, posting("1", title="Staff Engineer"))
    async with http.get(f"/v1/postings/{posting_id('board', '1')}") as response:
        kept = await response.json()
    assert response.status == 200
    assert (kept["status"], kept["episode"], kept["sightings"], kept["closed_at"]) == ("open", 1, 2, None)
    assert kept["posting"]["title"] == "Staff Engineer"
    assert kept["revision"] > 1e15
    assert kept["first_seen_at"] < kept["last_seen_at"]


async def test_rejections_are_listed_newest_first_page_by_page(
    http: Client, make_board: Callable[[str], Awaitable[Board]]
) -> None:
    await (await make_board("other")).push(1)
    for number in range(5):
        await post(http, [posting(f"a{number}", title="\ud800"), posting(f"b{number}", titel="x")])
    seen: list[dict[str, Any]] = []
    path: str | None = "/v1/rejections?limit=4"
    while path:
        async with http.get(path) as response:
            page = await response.json()
        assert response.status == 200
        seen += page["rejections"]
        path = page["next"]
    assert [row["source_id"] for row in seen] == [f"{letter}{number}" for number in (4, 3, 2, 1, 0) for letter in "ba"]
    assert {row["publisher"] for row in seen} == {"board"}
    assert json.loads(seen[1]["raw"]) == posting("a4", title="\ud800")
    assert seen[0]["errors"] == [{"field": "titel", "problem": "is not a field of the push format; did you mean title?"}]
    assert len({row["correlation_id"] for row in seen}) == 5


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "after=x", "after=99999999999999999999"])
async def test_bad_page_is_refused(http: Client, query: str) -> None:
    async with http.get(f"/v1/rejections?{query}") as response:
        assert (response.status, response.content_type) == (422, PROBLEM)


async def test_request_id_follows_the_posting(http: Client, board: Board) -> None:
    await post(http, posting("1"), **{"x-request-id": "from-the-publisher"})
    (event,) = await board.told()
    assert event.correlation_id == "from-the-publisher"


async def test_database_that_is_away_is_answered_with_503_and_nothing_is_half_done(
    wired: tuple[Client, Wire], board: Board
) -> None:
    http, wire = wired
    assert (await post(http, posting("1")))[0] == 202
    async with board.pool.acquire() as holder, holder.transaction():
        await holder.execute("SELECT 1 FROM postings FOR UPDATE")
        under_way = asyncio.create_task(post(http, [posting("1", title="Other"), posting("2")]))
        await board.blocked()
        await wire.cut()
        assert (await under_way)[0] == 503
    async with http.post("/v1/postings", json=posting("3")) as response:
        assert (response.status, response.headers["retry-after"]) == (503, "2")
        assert "send the same again" in (await response.json())["detail"]
    await wire.mend()
    await board.quiet()
    assert [event.posting.source_id for event in await board.told()] == ["1"]
    status, answer = await post(http, [posting("1", title="Other"), posting("2")])
    assert (status, answer["counts"]["opened"], answer["counts"]["changed"]) == (202, 1, 1)


async def test_push_format_and_answers_are_documented(http: Client) -> None:
    async with http.get("/openapi.json") as response:
        document = await response.json()
    schemas = document["components"]["schemas"]
    assert {"Push", "PushedPay", "PushedSponsorship", "Answer", "Receipt", "Fault"} <= schemas.keys()
    assert schemas["Push"]["required"] == ["source_id", "title", "company", "url", "description"]
    push = document["paths"]["/v1/postings"]["post"]
    assert push["requestBody"]["content"]["application/json"]["schema"]["oneOf"][0] == {"$ref": "#/components/schemas/Push"}
    assert {"202", "400", "401", "409", "413", "422", "429", "503"} <= push["responses"].keys()
    (key,) = push["parameters"]
    assert (key["in"], key["name"], key["required"]) == ("header", "Idempotency-Key", False)
    described = {
        ("/v1/postings/{posting_id}/close", "post"): {"200", "202", "404", "409", "422"},
        ("/v1/postings/stream", "post"): {"200", "415", "429", "503"},
        ("/v1/rejections", "get"): {"200"},
        ("/v1/rejections/{rejection_id}", "get"): {"200", "404"},
        ("/v1/rejections/{rejection_id}/retry", "post"): {"202", "400", "404", "409", "422", "429"},
    }
    for (path, method), statuses in described.items():
        operation = document["paths"][path][method]
        assert statuses <= operation["responses"].keys(), path
        assert operation["description"]
        assert all(
            parameter.get("description")
            for parameter in operation.get("parameters", ())
            if parameter["in"] != "path" and parameter["name"] != "limit"
        )
    for schema in ("Rejections", "RejectionRow", "Closed", "PostingRow"):
        assert schema in schemas
    text = json.dumps(document)
    for reference in set(text.split('"$ref": "')[1:]):
        assert reference.split('"')[0].removeprefix("#/components/schemas/") in schemas


async def test_example_of_the_documentation_is_accepted(http: Client) -> None:
    async with http.get("/openapi.json") as response:
        document = await response.json()
    examples = document["paths"]["/v1/postings"]["post"]["requestBody"]["content"]["application/json"]["examples"]
    for example in examples.values():
        assert (await post(http, example["value"]))[0] == 202
