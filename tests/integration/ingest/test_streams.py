"""Streams of postings on a real server over real Postgres: receipts in order, while it is read, and no faster than it is recorded."""

import asyncio
import gzip
import io
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from runtime.failpoint import VARIABLE
from services.ingest import http_stream, stream
from services.ingest.domain.lines import LONGEST
from services.ingest.domain.quota import Quota
from services.ingest.register import revoke
from services.ingest.stream import Slots
from tests.integration.ingest.board import Board, posting
from tests.integration.ingest.conftest import served
from tests.integration.ingest.test_process import free_port, ready
from tests.integration.ingest.test_push_door import PROBLEM, post
from tests.integration.ingest.wire import Wire
from tests.support.processes import ServiceProcess
from tests.support.until import until

Client = aiohttp.ClientSession
NDJSON = {"content-type": "application/x-ndjson"}


def line(source_id: object, **fields: Any) -> bytes:
    return json.dumps(posting(str(source_id), **fields)).encode() + b"\n"


def sending(http: Client, body: bytes | AsyncIterator[bytes], **headers: str) -> Any:
    return http.post(http_stream.PATH, data=io.BytesIO(body) if isinstance(body, bytes) else body, headers=NDJSON | headers)


async def send(http: Client, body: bytes | AsyncIterator[bytes], **headers: str) -> list[Any]:
    async with sending(http, body, **headers) as response:
        assert (response.status, response.content_type) == (200, "application/x-ndjson")
        return [json.loads(told) for told in (await response.read()).splitlines()]


class Sender:
    """A body that a test gives out piece by piece."""

    def __init__(self) -> None:
        self.pieces: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def body(self) -> AsyncIterator[bytes]:
        while (piece := await self.pieces.get()) is not None:
            yield piece


async def test_each_line_is_answered_in_order_and_all_are_counted(http: Client, board: Board) -> None:
    body = line("1") + b"\n" + line("2", title="") + b"{rubbish\r\n  \n" + line("1") + line("3").rstrip()
    *receipts, end = await send(http, body)
    assert [(told["line"], told["source_id"], told["status"]) for told in receipts] == [
        (1, "1", "accepted"), (3, "2", "rejected"), (4, None, "rejected"), (6, "1", "unchanged"), (7, "3", "accepted"),
    ]  # fmt: skip
    assert "index" not in receipts[0]
    assert receipts[2]["errors"][0]["problem"].startswith("is not JSON")
    assert end == {"lines": 7, "counts": {"opened": 2, "reopened": 0, "changed": 0, "unchanged": 1, "rejected": 2}}
    assert len(await board.told()) == 2
    assert await board.pool.fetchval("SELECT place FROM rejections WHERE source_id = '2'") == "line 3"


async def test_empty_stream_is_complete(http: Client) -> None:
    for body in (b"", b"\n \n"):
        (end,) = await send(http, body)
        assert end["counts"]["opened"] == 0


async def test_stream_longer_than_a_push_may_be_is_taken_and_a_push_is_not(http: Client, board: Board) -> None:
    body = b"".join(line(number, description="<p>We build robots.</p>" * 1000) for number in range(450))
    assert len(body) > 8 * 1024 * 1024
    *receipts, end = await send(http, body)
    assert (len(receipts), end["counts"]["opened"]) == (450, 450)
    assert (await post(http, body))[0] == 413


async def test_later_line_holds_wherever_batches_end(http: Client, board: Board) -> None:
    *receipts, _ = await send(http, line("1", title="A") + line("1", title="B") + line("1", title="B"))
    assert [told["what"] for told in receipts] == ["opened", "changed", None]
    assert [event.posting.title for event in await board.told()] == ["A", "B"]


async def test_receipts_come_when_the_sender_pauses(http: Client, board: Board) -> None:
    sender = Sender()
    await sender.pieces.put(line("1") + line("2")[:20])
    async with sending(http, sender.body()) as response:
        assert json.loads(await response.content.readline())["line"] == 1
        assert await board.pool.fetchval("SELECT count(*) FROM postings") == 1
        await sender.pieces.put(line("2")[20:])
        assert json.loads(await response.content.readline())["source_id"] == "2"
        await sender.pieces.put(None)
        assert json.loads(await response.content.readline())["lines"] == 2


async def test_line_that_is_too_long_is_a_rejection_and_skipped(http: Client, board: Board) -> None:
    *receipts, _ = await send(http, line("1") + line("2", description="x" * LONGEST) + line("3"))
    assert [told["status"] for told in receipts] == ["accepted", "rejected", "accepted"]
    assert receipts[1]["errors"][0]["problem"] == f"is longer than {LONGEST:,} bytes"
    assert await board.pool.fetchval("SELECT length(raw) < 2000 FROM rejections")


async def test_gzip_is_taken_and_bad_gzip_is_told(http: Client, board: Board) -> None:
    body = b"".join(line(number) for number in range(300))
    *receipts, end = await send(http, gzip.compress(body), **{"content-encoding": "gzip"})
    assert (len(receipts), end["lines"]) == (300, 300)
    *receipts, end = await send(
        http, gzip.compress(body + os.urandom(70_000).hex().encode())[:-20_000], **{"content-encoding": "gzip"}
    )
    assert end["error"]["status"] == 400
    assert end["error"]["line"] == len(receipts) + 1
    (end,) = await send(http, body, **{"content-encoding": "gzip"})
    assert "cannot be unpacked" in end["error"]["detail"]
    (end,) = await send(http, gzip.compress(b"\n" * 300_000_000), **{"content-encoding": "gzip"})
    assert "500 times" in end["error"]["detail"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "application/json"}, 415),
        ({"content-encoding": "br"}, 415),
        ({"idempotency-key": "k"}, 400),
        ({"authorization": "Bearer none"}, 401),
    ],
)
async def test_stream_of_another_kind_is_refused(http: Client, board: Board, headers: dict[str, str], status: int) -> None:
    async with sending(http, line("1"), **headers) as response:
        assert (response.status, response.content_type) == (status, PROBLEM)
    assert await board.told() == []


async def test_streams_at_once_are_limited_for_each_and_in_all(
    board: Board, make_board: Callable[[str], Awaitable[Board]]
) -> None:
    other, third, sender, silent = await make_board("other"), await make_board("third"), Sender(), Sender()
    for one in (sender, silent):
        await one.pieces.put(b"\n")  # the client sends its head with the first piece
    slots = Slots(own=1, total=2)
    async with served(board.pool, board.key, slots=slots) as http:
        theirs = {"authorization": f"Bearer {other.key}"}
        held = [sending(http, silent.body()), sending(http, sender.body(), **theirs)]
        running = [asyncio.ensure_future(one.__aenter__()) for one in held]
        await until(lambda: asyncio.sleep(0, slots._open.total() == 2), within=5)
        async with sending(http, line("1")) as response:
            assert (response.status, response.headers["retry-after"], response.content_type) == (429, "10", PROBLEM)
        async with sending(http, line("1"), authorization=f"Bearer {third.key}") as response:
            assert (response.status, response.headers["retry-after"]) == (503, "10")
        assert (await post(http, posting("9")))[0] == 202, "pushes go on"
        await sender.pieces.put(None)
        assert (await running[1]).status == 200
        assert (await send(http, line("1"), authorization=f"Bearer {third.key}"))[-1]["counts"]["opened"] == 1
        running[0].cancel()
        await until(lambda: asyncio.sleep(0, slots._open.total() == 0), within=5)


async def test_silent_sender_is_told_and_cut(http: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "IDLE", 0.5)
    sender = Sender()
    await sender.pieces.put(line("1") + b'{"source_id')
    async with sending(http, sender.body()) as response:
        receipt, end = [json.loads(told) for told in (await response.read()).splitlines()]
    assert (receipt["line"], end["error"]["status"], end["error"]["line"]) == (1, 408, 2)


async def test_reader_who_does_not_read_holds_up_the_sender_and_is_cut(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    """Raw sockets: what is sent and not read stands in buffers of the system, until the door stops reading."""
    monkeypatch.setattr(http_stream, "IDLE", 2.0)
    slots = Slots(own=1, total=1)
    async with served(board.pool, board.key, slots=slots) as http:
        url = http._base_url
        assert url is not None
        _, writer = await asyncio.open_connection(url.host, url.port, limit=1024)
        head = f"POST {http_stream.PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {board.key}\r\n"
        writer.write(f"{head}Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        chunk = b"{}\n" * 20_000
        sent = 0
        with suppress(TimeoutError):
            while sent < 100_000_000:
                writer.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                async with asyncio.timeout(8):
                    await writer.drain()
                sent += len(chunk)
        await until(lambda: asyncio.sleep(0, slots._open.total() == 0), within=10)
        writer.transport.abort()
    assert sent < 50_000_000


async def test_stream_waits_for_its_quota(board: Board) -> None:
    async with served(board.pool, board.key, Quota(per_minute=600)) as http:
        await board.pool.execute("INSERT INTO publisher_buckets VALUES ($1, 5, clock_timestamp())", board.publisher.id)
        began = time.monotonic()
        *_, end = await send(http, b"".join(line(number) for number in range(25)))
        assert time.monotonic() - began > 1.8, "20 more items at ten a second"
    assert end["counts"]["opened"] == 25


async def test_too_many_open_end_a_stream_and_say_from_where(board: Board) -> None:
    async with served(board.pool, board.key, Quota(most_open=250)) as http:
        *receipts, end = await send(http, b"".join(line(number) for number in range(1000)))
    assert (len(receipts), end["error"]["status"], end["error"]["line"]) == (200, 429, 201)
    assert await board.pool.fetchval("SELECT count(*) FROM postings") == 200


async def test_key_that_is_revoked_ends_a_stream(http: Client, board: Board) -> None:
    sender = Sender()
    await sender.pieces.put(line("1"))
    async with sending(http, sender.body()) as response:
        assert json.loads(await response.content.readline())["status"] == "accepted"
        await revoke(board.pool, "board")
        await sender.pieces.put(line("2"))
        error = json.loads(await response.content.readline())["error"]
        await sender.pieces.put(None)
    assert (error["status"], error["line"]) == (401, 2)
    assert await board.pool.fetchval("SELECT count(*) FROM postings") == 1


async def test_database_that_goes_away_ends_a_stream_and_sending_again_is_harmless(
    wired: tuple[Client, Wire], board: Board
) -> None:
    http, wire = wired
    sender = Sender()
    await sender.pieces.put(line("1"))
    async with sending(http, sender.body()) as response:
        assert json.loads(await response.content.readline())["line"] == 1
        await wire.cut()
        await sender.pieces.put(line("2") + line("3"))
        error = json.loads(await response.content.readline())["error"]
        await sender.pieces.put(None)
    assert (error["status"], error["line"], error["title"]) == (503, 2, "Service Unavailable")
    await wire.mend()
    await board.quiet()
    *_, end = await send(http, line("1") + line("2") + line("3"))
    assert (end["counts"]["unchanged"], end["counts"]["opened"]) == (1, 2)


async def test_fault_of_ours_is_told_with_its_correlation(http: Client, board: Board) -> None:
    await board.pool.execute("ALTER TABLE outbox RENAME TO away")
    (end,) = await send(http, line("1"), **{"x-request-id": "mine"})
    assert (end["error"]["status"], end["error"]["correlation_id"], end["error"]["line"]) == (500, "mine", 1)
    assert await board.pool.fetchval("SELECT count(*) FROM postings") == 0


async def test_client_that_goes_away_leaves_what_was_told(board: Board) -> None:
    slots, sender = Slots(own=1, total=1), Sender()
    async with served(board.pool, board.key, slots=slots) as http:
        await sender.pieces.put(line("1") + line("2")[:30])
        async with sending(http, sender.body()) as response:
            await response.content.readline()
            response.close()
        await until(lambda: asyncio.sleep(0, slots._open.total() == 0), within=5)
    assert [event.posting.source_id for event in await board.told()] == ["1"]


@pytest.fixture
def environment(databases: dict[str, str], kafka: str, prefix: str) -> dict[str, str]:
    return os.environ | {
        "INGEST_POSTGRES": databases["ingest"],
        "INGEST_KAFKA": kafka,
        "INGEST_TOPIC_PREFIX": prefix,
        "INGEST_HTTP_PORT": str(free_port()),
    }


async def test_what_was_told_survives_the_death_of_the_process(environment: dict[str, str], board: Board) -> None:
    """Killed right after the second batch is committed and before it is told."""
    address = f"http://127.0.0.1:{environment['INGEST_HTTP_PORT']}"
    # Transactions: the key at first, and for each batch the key and the batch.
    process = ServiceProcess("ingest", "api", env={**environment, VARIABLE: "ingest.committed:5"})
    await ready(address, process)
    told = []
    async with aiohttp.ClientSession(address, headers={"authorization": f"Bearer {board.key}"}) as http:
        async with sending(http, b"".join(line(number) for number in range(600))) as response:
            with suppress(aiohttp.ClientError):
                while receipt := await response.content.readline():
                    told.append(json.loads(receipt))
    assert await process.ended(30) == -signal.SIGKILL
    await board.quiet()
    kept = {row["source_id"] for row in await board.pool.fetch("SELECT source_id FROM postings")}
    assert {receipt["source_id"] for receipt in told} == {str(number) for number in range(200)}
    assert kept == {str(number) for number in range(400)}
    assert len(await board.told()) == 400


async def test_memory_stays_flat_whatever_is_sent(environment: dict[str, str], board: Board) -> None:
    """40 MB as fast as they are taken; `docs/decisions/0020` has the figures of 200."""
    address = f"http://127.0.0.1:{environment['INGEST_HTTP_PORT']}"
    process = ServiceProcess("ingest", "api", env=environment)
    try:
        await ready(address, process)
        async with aiohttp.ClientSession(address, headers={"authorization": f"Bearer {board.key}"}) as http:
            await send(http, _padded(1_000))
            before = _peak(process.pid)
            *_, end = await send(http, _padded(4_000))
            assert end["counts"]["unchanged"] + end["counts"]["opened"] == 4_000
            assert _peak(process.pid) - before < 10_000
    finally:
        process.terminate()
        await process.ended()


async def _padded(count: int) -> AsyncIterator[bytes]:
    for number in range(count):
        yield line(number).replace(b'", "', b'",' + b" " * 10_000 + b'"', 1)


def _peak(pid: int) -> int:
    """The most memory the process has had, in kB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])
