"""Webhooks on the wire: what each answer comes to, and what is never reached."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final

import aiohttp
import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook

from deploy.local.ports import free_ports
from services.notifier import poster as module
from services.notifier.domain.retry import Attempt
from services.notifier.poster import Poster
from tests.integration.notifier.outside import Hook
from tests.integration.notifier.world import SECRET, always, until

BODY: Final = json.dumps({"type": "posting.opened", "data": {"title": "Ingénieur 🚀"}}, ensure_ascii=False).encode()


@asynccontextmanager
async def posting(*, insecure: bool = True, ports: tuple[int, ...] = (443, 80)) -> AsyncIterator[Poster]:
    poster = Poster(insecure=insecure, ports=ports)
    try:
        yield poster
    finally:
        await poster.aclose()


async def post(poster: Poster, url: str) -> Attempt:
    attempt = await poster.post(url, BODY, message_id="msg_1", secrets=[SECRET], is_fresh=always)
    assert attempt is not None
    return attempt


def answering(status: int, text: str = "", **headers: str) -> Callable[[web.Request], Any]:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(
            status=status, text=text, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    return answer


async def test_the_endpoint_gets_exactly_the_signed_bytes(endpoint: Hook) -> None:
    async with posting() as poster:
        attempt = await post(poster, f"{endpoint.url}/hooks/one?partner=7")
    assert (attempt.result, attempt.status) == ("sent", 204)
    [(headers, body)] = endpoint.posts
    assert body == BODY
    assert Webhook(SECRET).verify(body, headers) == json.loads(BODY)
    assert headers["webhook-id"] == "msg_1"
    assert headers["content-type"] == "application/json"
    assert headers["path"] == "/hooks/one"
    assert "cookie" not in headers


async def test_each_attempt_is_signed_for_its_own_moment(endpoint: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    async with posting() as poster:
        for moment in (1_800_000_000.9, 1_800_000_300.1):
            monkeypatch.setattr("services.notifier.poster.time.time", lambda moment=moment: moment)
            await post(poster, endpoint.url)
    stamps = [headers["webhook-timestamp"] for headers, _ in endpoint.posts]
    signatures = {headers["webhook-signature"] for headers, _ in endpoint.posts}
    assert stamps == ["1800000000", "1800000300"]
    assert len(signatures) == 2


# fmt: off
ANSWERS: Final[list[tuple[int, str, dict[str, str], timedelta | None]]] = [
    (200, "sent",     {},                          None),
    (201, "sent",     {},                          None),
    (299, "sent",     {},                          None),
    (301, "deferred", {"location": "/elsewhere"},  None),
    (302, "deferred", {"location": "/elsewhere"},  None),
    (307, "deferred", {"location": "/elsewhere"},  None),
    (400, "deferred", {},                          None),
    (401, "deferred", {},                          None),
    (404, "deferred", {},                          None),
    (410, "failed",   {},                          None),
    (429, "deferred", {"retry_after": "120"},      timedelta(seconds=120)),
    (500, "deferred", {"retry_after": "120"},      None),
    (502, "deferred", {"retry_after": "7"},        timedelta(seconds=7)),
    (503, "deferred", {"retry_after": "soon"},     None),
    (503, "deferred", {"retry_after": "-5"},       None),
    (503, "deferred", {"retry_after": "9" * 400},  timedelta(seconds=10**7)),
    (504, "deferred", {},                          None),
]
# fmt: on


@pytest.mark.parametrize(("status", "result", "headers", "wait"), ANSWERS, ids=[f"{row[0]} {row[2]}"[:40] for row in ANSWERS])
async def test_answers(endpoint: Hook, status: int, result: str, headers: dict[str, str], wait: timedelta | None) -> None:
    endpoint.behave = answering(status, **headers)
    async with posting() as poster:
        attempt = await post(poster, endpoint.url)
    assert (attempt.result, attempt.status, attempt.retry_after) == (result, status, wait)
    assert len(endpoint.posts) == 1  # redirects are never followed


async def test_retry_after_may_be_a_date(endpoint: Hook) -> None:
    endpoint.behave = answering(503, retry_after=format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True))
    async with posting() as poster:
        wait = (await post(poster, endpoint.url)).retry_after
    assert wait is not None
    assert timedelta(minutes=9) < wait <= timedelta(minutes=10)


async def test_a_date_in_the_past_is_no_negative_wait(endpoint: Hook) -> None:
    endpoint.behave = answering(503, retry_after="Wed, 21 Oct 2015 07:28:00 GMT")
    async with posting() as poster:
        assert (await post(poster, endpoint.url)).retry_after == timedelta(0)


async def test_what_the_endpoint_said_is_kept_up_to_a_limit(endpoint: Hook) -> None:
    endpoint.behave = answering(500, "Ä\0" + "x" * 100_000)
    async with posting() as poster:
        attempt = await post(poster, endpoint.url)
    assert attempt.detail.startswith("500 Internal Server Error: Ä�xxx")
    assert len(attempt.detail) <= 20_000


async def test_an_answer_in_pieces_is_read_to_its_end(endpoint: Hook) -> None:
    async def in_pieces(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=400)
        await response.prepare(request)
        for piece in (b"one ", b"two ", b"three"):
            await response.write(piece)
            await asyncio.sleep(0.02)
        return response

    endpoint.behave = in_pieces
    async with posting() as poster:
        assert (await post(poster, endpoint.url)).detail == "400 Bad Request: one two three"


async def test_a_body_that_trickles_ends_with_the_time_out(endpoint: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time-out covers the body; what the status said holds."""
    monkeypatch.setattr(module, "_TIMEOUT", aiohttp.ClientTimeout(total=0.3))

    async def trickle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=int(request.path[1:]))
        await response.prepare(request)
        while True:
            await response.write(b".")
            await asyncio.sleep(0.02)

    endpoint.behave = trickle
    async with posting() as poster:
        for status, result in ((200, "sent"), (500, "deferred")):
            attempt = await post(poster, f"{endpoint.url}/{status}")
            assert (attempt.result, attempt.status) == (result, status)
            assert attempt.duration < timedelta(seconds=2)


async def test_an_endpoint_that_does_not_answer_may_have_taken_it(endpoint: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TIMEOUT", aiohttp.ClientTimeout(total=0.2))

    async def never(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    endpoint.behave = never
    async with posting() as poster:
        attempt = await post(poster, endpoint.url)
    assert (attempt.result, attempt.status) == ("unknown", None)
    assert attempt.detail.startswith("no answer: ")


async def test_an_endpoint_that_is_not_there_has_surely_taken_nothing() -> None:
    async with posting() as poster:
        for url in (f"http://127.0.0.1:{free_ports(1)[0]}/", "http://no-such-host.invalid/"):
            attempt = await post(poster, url)
            assert (attempt.result, attempt.status) == ("deferred", None)


async def test_an_endpoint_that_does_not_speak_tls_has_surely_taken_nothing(endpoint: Hook) -> None:
    async with posting() as poster:
        attempt = await post(poster, endpoint.url.replace("http:", "https:"))
    assert (attempt.result, attempt.status, endpoint.posts) == ("deferred", None, [])


async def test_what_went_out_on_a_kept_connection_may_have_arrived_though_the_next_one_is_refused() -> None:
    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read_request(reader)
        writer.write(b"HTTP/1.1 204 No Content\r\nconnection: keep-alive\r\n\r\n")
        await writer.drain()
        server.close()
        await _read_request(reader)
        writer.transport.abort()

    server = await asyncio.start_server(once, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with posting() as poster:
        assert [(await post(poster, url)).result for _ in range(2)] == ["sent", "unknown"]


async def test_an_answer_that_is_no_http_leaves_it_unknown() -> None:
    async def nonsense(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 this is a mail server\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(nonsense, "127.0.0.1", 0)
    async with server, posting() as poster:
        attempt = await post(poster, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    assert attempt.result == "unknown"


async def test_a_reason_that_is_no_text_is_kept_as_text() -> None:
    async def odd(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 500 Kaputt\xe4\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(odd, "127.0.0.1", 0)
    async with server, posting() as poster:
        attempt = await post(poster, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    assert attempt.detail.encode().decode().startswith("500 Kaputt")


async def test_a_kept_connection_that_the_endpoint_closed_costs_no_attempt() -> None:
    connections = 0

    async def once_each(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Says that it keeps the connection, and closes it when the next request has come."""
        nonlocal connections
        connections += 1
        await _read_request(reader)
        writer.write(b"HTTP/1.1 204 No Content\r\nconnection: keep-alive\r\n\r\n")
        await writer.drain()
        await _read_request(reader)
        writer.transport.abort()

    server = await asyncio.start_server(once_each, "127.0.0.1", 0)
    async with server, posting() as poster:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        assert [(await post(poster, url)).result for _ in range(2)] == ["sent", "sent"]
    assert connections == 2


async def _read_request(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(int(length.partition(b":")[2]))


async def test_an_endpoint_that_always_breaks_off_is_not_tried_for_ever() -> None:
    connections = 0

    async def break_off(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        writer.transport.abort()

    server = await asyncio.start_server(break_off, "127.0.0.1", 0)
    async with server, posting() as poster:
        attempt = await post(poster, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        await until(lambda: connections == 2, "two connections")
    assert attempt.result == "unknown"


# fmt: off
FAULTS: Final[list[tuple[str, str]]] = [
    ("http://hooks.example/",                "the endpoint is not https"),
    ("https://hooks.example:8443/",          "port 8443 is not allowed, only 443, 80"),
    ("ftp://hooks.example/",                 "the endpoint's URL is not one of https"),
    ("file:///etc/passwd",                   "the endpoint's URL is not one of https"),
    ("hooks.example",                        "the endpoint's URL is not one of https"),
    ("https:///path",                        "the endpoint's URL is not one"),
    ("https://hooks.example:99999/",         "the endpoint's URL is not one"),
    ("https://[::1/",                        "the endpoint's URL is not one"),
    ("",                                     "the endpoint's URL is not one of https"),
]
# fmt: on


@pytest.mark.parametrize(("url", "fault"), FAULTS, ids=[row[0] for row in FAULTS])
async def test_a_url_that_is_no_allowed_one_fails_in_words(url: str, fault: str) -> None:
    async with posting(insecure=False) as poster:
        attempt = await post(poster, url)
    assert attempt.result == "failed"
    assert attempt.detail.startswith(fault)


LOOPBACK: Final = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0x0.0x0.0x1",
    "017700000001",
    "0177.0.0.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "0.0.0.0",
    "0",
    "[::]",
    "localhost",
    "127.0.0.1.",
    "１２７.0.0.1",
]


@pytest.mark.parametrize("host", LOOPBACK)
async def test_a_private_address_is_never_connected_to_however_it_is_written(host: str) -> None:
    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.append(host)
        writer.transport.abort()

    reached: list[str] = []
    servers = [await asyncio.start_server(accept, address, 0) for address in ("127.0.0.1", "::1")]
    async with servers[0], servers[1]:
        for server in servers:
            port = server.sockets[0].getsockname()[1]
            async with posting(insecure=False, ports=(port,)) as poster:
                attempt = await post(poster, f"https://{host}:{port}/")
            assert attempt.result == "failed"
            refused = ("the endpoint's address is private or reserved", "the endpoint's URL is not one")
            assert attempt.detail.startswith(refused)
    assert reached == []


async def test_a_name_that_resolves_to_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address is checked at the socket: a resolver that says one thing now and another then gains nothing."""

    async def resolve(_: Any, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[dict[str, Any]]:
        return [
            {"hostname": host, "host": "10.1.2.3", "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0},
            {"hostname": host, "host": "fd00::1", "port": port, "family": socket.AF_INET6, "proto": 0, "flags": 0},
        ]

    monkeypatch.setattr(aiohttp.ThreadedResolver, "resolve", resolve)
    async with posting(insecure=False) as poster:
        attempt = await post(poster, "https://innocent.example/")
    assert (attempt.result, attempt.detail) == ("failed", "the endpoint's address is private or reserved")


async def test_of_several_addresses_only_public_ones_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    async def resolve(_: Any, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[dict[str, Any]]:
        return [
            {"hostname": host, "host": address, "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}
            for address in ("127.0.0.1", "192.168.0.1", "8.8.8.8")
        ]

    async def connect(_: Any, sock: socket.socket, address: tuple[str, int]) -> None:
        tried.append(address[0])
        raise OSError(111, "refused by the test")

    monkeypatch.setattr(aiohttp.ThreadedResolver, "resolve", resolve)
    monkeypatch.setattr(type(asyncio.get_running_loop()), "sock_connect", connect)
    async with posting(insecure=False) as poster:
        attempt = await post(poster, "https://mixed.example/")
    assert set(tried) == {"8.8.8.8"}
    assert attempt.result == "deferred"
