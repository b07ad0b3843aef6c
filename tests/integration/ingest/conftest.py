"""A publisher with its key, a pool of ingest's own role, and the publishers' door on a real server."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from urllib.parse import urlsplit

import aiohttp
import pytest
import uvicorn

from runtime.broker import make_broker
from runtime.http import make_app
from runtime.outbox import CHANNEL, Signal
from runtime.postgres import Pool, open_pool
from services.ingest.domain.quota import UNLIMITED, Quota
from services.ingest.http import add_api
from services.ingest.http_stream import PATH
from services.ingest.register import create, find
from services.ingest.stream import Slots
from tests.integration.ingest.board import Board
from tests.integration.ingest.wire import Wire, through

MakeBoard = Callable[[str], Awaitable[Board]]


@pytest.fixture
async def pool(databases: dict[str, str]) -> AsyncIterator[Pool]:
    async with open_pool(databases["ingest"], size=5, application="test") as opened:
        yield opened


@pytest.fixture
async def make_board(pool: Pool) -> MakeBoard:
    async def make(name: str) -> Board:
        key = await create(pool, name)
        return Board(pool, await find(pool, name), key.text)

    return make


@pytest.fixture
async def board(make_board: MakeBoard) -> Board:
    return await make_board("board")


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def served(
    pool: Pool, key: str, quota: Quota = UNLIMITED, slots: Slots | None = None
) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of the publishers' door over this pool, with this key."""
    app = make_app(
        "ingest",
        description="",
        broker=make_broker("127.0.0.1:1", client="t"),
        checks=[],
        body_limit=8 * 1024 * 1024,
        unlimited={PATH},
    )
    add_api(app, pool, Signal(pool, CHANNEL).wake, quota=quota, slots=slots or Slots(own=2, total=4))
    server = _Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    listening = socket.create_server(("127.0.0.1", 0))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    async with aiohttp.ClientSession(base, headers={"authorization": f"Bearer {key}"}) as client:
        yield client
    server.should_exit = True
    await serving


@pytest.fixture
async def http(pool: Pool, board: Board) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of the publishers' door, with the board's key."""
    async with served(pool, board.key) as client:
        yield client


@pytest.fixture
async def wired(databases: dict[str, str], board: Board) -> AsyncIterator[tuple[aiohttp.ClientSession, Wire]]:
    """The same, and the wire between the door and its database."""
    target = urlsplit(databases["ingest"])
    assert target.hostname
    assert target.port
    wire = Wire(target.hostname, target.port)
    await wire.mend()
    async with open_pool(through(wire, databases["ingest"]), size=3, application="wired") as pool:
        async with served(pool, board.key) as client:
            yield client, wire
    await wire.cut()
