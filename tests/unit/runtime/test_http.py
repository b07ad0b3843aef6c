"""What every service's HTTP side does: problem details, limits, correlation ids, health, metrics, the pages of its contracts."""

import asyncio
import io
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from prometheus_client.parser import text_string_to_metric_families
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import Receive, Scope, Send

from deploy.local.ports import free_ports
from runtime import logs, process
from runtime.broker import Producer, make_broker
from runtime.consumer import BatchConsumer
from runtime.dead_letters import DeadLetters
from runtime.health import Check
from runtime.http import Problem, make_app
from runtime.process import serve_http
from schemas.match import Matched
from schemas.posting import PostingEvent, posting_event

LIMIT = 1000


class Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=5)
    number: int = 0


router = APIRouter()


@router.post("/things/{id}")
async def make_thing(id: int, wanted: Wanted) -> dict[str, str]:
    return {"correlation_id": logs.correlation_id.get()}


@router.get("/taken")
async def taken() -> None:
    raise Problem(409, "this name is taken", taken_by="another")


@router.get("/busy")
async def busy() -> None:
    raise Problem(503, "too many ask", again_in=3)


@router.get("/failing")
async def failing() -> None:
    raise ZeroDivisionError("a secret detail")


@router.get("/teapot")
async def teapot() -> None:
    raise HTTPException(418, "no coffee", headers={"x-kind": "teapot"})


@router.post("/endless")
async def endless(request: Request) -> dict[str, int]:
    return {"bytes": sum([len(piece) async for piece in request.stream()])}


class Flood(Response):
    """More than the buffers between two sockets take."""

    ended: asyncio.Event

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(1000):
            await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        self.ended.set()


@router.get("/flood")
async def flood() -> Response:
    return Flood()


@dataclass
class Service:
    url: str
    client: aiohttp.ClientSession
    health: list[Check]

    @asynccontextmanager
    async def call(self, method: str, path: str, **options: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        async with self.client.request(method, self.url + path, **options) as response:
            yield response

    async def metric(self, name: str, **labels: str) -> float:
        async with self.call("GET", "/metrics") as response:
            families = text_string_to_metric_families(await response.text())
        samples = [sample for family in families for sample in family.samples if sample.name == name]
        return sum(sample.value for sample in samples if labels.items() <= sample.labels.items())


def app_with_consumer(health: list[Check]) -> FastAPI:
    broker = make_broker("127.0.0.1:1", client="test")
    dead_letters = DeadLetters(Producer(None, ""), bootstrap="127.0.0.1:1", prefix="", group="matcher-postings")
    consumer = BatchConsumer(broker, topic="postings", group="g", prefix="", adapter=posting_event, dead_letters=dead_letters)

    async def on_postings(events: list[PostingEvent]) -> None:
        raise AssertionError(f"nothing is read here: {events}")

    consumer(on_postings)
    broker.publisher("matches", schema=Matched, title="matches")
    checks = [lambda: health[0]]
    app = make_app("example", description="An example.", broker=broker, checks=checks, body_limit=LIMIT, unlimited={"/endless"})
    app.include_router(router)
    return app


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    health = [Check("example", ready=True, detail="all is well")]
    [port] = free_ports(1)
    serving = asyncio.create_task(serve_http(app_with_consumer(health), host="127.0.0.1", port=port))
    async with aiohttp.ClientSession() as client:
        running = Service(f"http://127.0.0.1:{port}", client, health)
        await until_it_answers(running, serving)
        yield running
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def until_it_answers(running: Service, serving: "asyncio.Task[None]") -> None:
    while not serving.done():
        try:
            async with running.call("GET", "/health/live"):
                return
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.01)
    serving.result()


async def problem(response: aiohttp.ClientResponse) -> dict[str, Any]:
    assert response.content_type == "application/problem+json"
    members: dict[str, Any] = await response.json(content_type=None)
    assert members["status"] == response.status
    assert members["type"] == "about:blank"
    return members


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        (b'{"name": "longer than five"}', "name", "String should have at most 5 characters"),
        (b'{"name": 7}', "name", "Input should be a valid string"),
        (b"{}", "name", "Field required"),
        (b'{"name": "x", "nmae": "y"}', "nmae", "Extra inputs are not permitted"),
        (b'{"name": ', "", "not JSON at character 9: Expecting value"),
        (b"[]", "", "Input should be a valid dictionary or object to extract fields from"),
        (b"", "", "Field required"),
    ],
)
async def test_bad_body_is_a_problem_that_names_the_field(service: Service, body: bytes, field: str, said: str) -> None:
    async with service.call("POST", "/things/1", data=body, headers={"content-type": "application/json"}) as response:
        members = await problem(response)
    assert response.status == 422
    assert members["errors"] == [{"field": field, "problem": said}]
    assert members["detail"] == f"the request is not valid: {field or 'the body'}: {said}"


async def test_problem_does_not_echo_what_was_sent(service: Service) -> None:
    async with service.call("POST", "/things/1", json={"name": "<script>secret"}) as response:
        assert "secret" not in await response.text()


async def test_body_that_is_no_text_is_a_problem(service: Service) -> None:
    for body in (b"\xff\xfe", b'{"name": "\\ud800"}', b"[" * 900):
        async with service.call("POST", "/things/1", data=body, headers={"content-type": "application/json"}) as response:
            assert response.status in (400, 422)
            await problem(response)


async def test_errors_of_handlers_and_of_routing_are_problems(service: Service) -> None:
    async with service.call("GET", "/taken") as response:
        expected = {"title": "Conflict", "status": 409, "detail": "this name is taken", "taken_by": "another"}
        assert await problem(response) == {"type": "about:blank"} | expected
        assert "retry-after" not in response.headers
    async with service.call("GET", "/busy") as response:
        assert (await problem(response))["detail"] == "too many ask"
        assert response.headers["retry-after"] == "3"
    async with service.call("GET", "/teapot") as response:
        assert (response.status, response.headers["x-kind"]) == (418, "teapot")
    async with service.call("GET", "/nothing-here") as response:
        assert (await problem(response))["detail"] == "Not Found"
    async with service.call("DELETE", "/taken") as response:
        assert (await problem(response))["title"] == "Method Not Allowed"
        assert response.headers["allow"] == "GET"


async def test_unexpected_error_tells_only_its_correlation_id_and_is_counted(service: Service) -> None:
    before = await service.metric("jobalerts_http_seconds_count", route="/failing", status="500")
    async with service.call("GET", "/failing", headers={"x-request-id": "abc-123"}) as response:
        members = await problem(response)
    assert response.status == 500
    assert members["correlation_id"] == response.headers["x-request-id"] == "abc-123"
    assert "secret" not in json.dumps(members)
    assert await service.metric("jobalerts_http_seconds_count", route="/failing", status="500") == before + 1


@pytest.mark.parametrize("chunked", [False, True])
async def test_path_that_bounds_itself_has_no_limit(service: Service, *, chunked: bool) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 1000

    async with service.call("POST", "/endless", data=parts() if chunked else io.BytesIO(b"x" * 100_000)) as response:
        assert (response.status, await response.json()) == (200, {"bytes": 100_000})


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux has it")
async def test_client_that_does_not_read_loses_its_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "UNREAD", 1.0)
    Flood.ended = asyncio.Event()
    [port] = free_ports(1)
    app = app_with_consumer([Check("example", ready=True, detail="")])
    serving = asyncio.create_task(serve_http(app, host="127.0.0.1", port=port))
    await asyncio.sleep(0)
    _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(b"GET /flood HTTP/1.1\r\nHost: x\r\n\r\n")
    async with asyncio.timeout(20):
        await Flood.ended.wait()
    writer.transport.abort()
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


@pytest.mark.parametrize("length", [LIMIT + 1, 10_000_000])
@pytest.mark.parametrize("chunked", [False, True])
async def test_long_body_is_refused_with_413_whether_it_tells_its_length_or_not(
    service: Service, length: int, *, chunked: bool
) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for start in range(0, length, 500):
            yield b"x" * min(500, length - start)

    body = parts() if chunked else io.BytesIO(b"x" * length)
    async with service.call("POST", "/things/1", data=body, headers={"content-type": "application/json"}) as response:
        members = await problem(response)
    assert response.status == 413
    assert members["detail"] == "the body is longer than 1,000 bytes: send it in smaller parts"


@pytest.mark.parametrize("chunked", [False, True])
async def test_body_of_exactly_the_limit_is_read(service: Service, *, chunked: bool) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b'{"name": "x"'
        yield b" " * (LIMIT - 13) + b"}"

    body = parts() if chunked else b'{"name": "x"' + b" " * (LIMIT - 13) + b"}"
    async with service.call("POST", "/things/1", data=body, headers={"content-type": "application/json"}) as response:
        assert response.status == 200


async def test_given_request_id_is_kept_and_a_bad_one_replaced(service: Service) -> None:
    for given in ("from-the-caller-1", "with blank", "x" * 65, "", '{"json": 1}', "é"):
        headers = {"x-request-id": given} if given else {}
        async with service.call("POST", "/things/1", json={"name": "x"}, headers=headers) as response:
            seen = (await response.json())["correlation_id"]
            assert response.headers["x-request-id"] == seen
            assert seen == given if given == "from-the-caller-1" else (len(seen) == 16 and seen.isalnum())


async def test_live_always_and_ready_only_when_every_check_is(service: Service) -> None:
    async with service.call("GET", "/health/ready") as response:
        assert response.status == 200
        assert await response.json() == {"ready": True, "checks": {"example": {"ready": True, "detail": "all is well"}}}
    service.health[0] = Check("example", ready=False, detail="stuck")
    async with service.call("GET", "/health/ready") as response:
        assert response.status == 503
        assert await response.json() == {"ready": False, "checks": {"example": {"ready": False, "detail": "stuck"}}}
    async with service.call("GET", "/health/live") as response:
        assert (response.status, await response.json()) == (200, {"status": "live"})


async def test_metrics_count_requests_by_route_not_by_path(service: Service) -> None:
    labels = {"method": "POST", "route": "/things/{id}", "status": "200"}
    before = await service.metric("jobalerts_http_seconds_count", **labels)
    for number in (1, 2, 3):
        async with service.call("POST", f"/things/{number}", json={"name": "x"}) as response:
            assert response.status == 200
    assert await service.metric("jobalerts_http_seconds_count", **labels) == before + 3


async def test_asyncapi_shows_what_is_read_and_what_is_published_with_their_events(service: Service) -> None:
    async with service.call("GET", "/asyncapi.json") as response:
        document = await response.json()
    operations = {operation["action"]: operation["channel"]["$ref"] for operation in document["operations"].values()}
    assert document["asyncapi"].startswith("3.")
    assert "postings" in operations["receive"]
    assert "matches" in operations["send"]
    assert {"PostingOpened", "PostingChanged", "PostingClosed", "Matched"} <= set(document["components"]["schemas"])
    assert all(document["channels"][channel.removeprefix("#/channels/")]["address"] for channel in operations.values())


async def test_pages_of_both_contracts_are_served_without_the_network(service: Service) -> None:
    async with service.call("GET", "/openapi.json") as response:
        assert "/things/{id}" in (await response.json())["paths"]
    for page in ("/docs", "/asyncapi"):
        async with service.call("GET", page) as response:
            text = await response.text()
            assert (response.status, response.content_type) == (200, "text/html")
            assert "https://" not in text
    async with service.call("GET", "/asyncapi-viewer.js") as response:
        assert response.content_type == "text/javascript"
        assert len(await response.read()) > 10_000
