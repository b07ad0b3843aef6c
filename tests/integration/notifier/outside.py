"""The world outside: an SMTP server and a webhook endpoint that do what a test tells them to, on real sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session

Phase = Literal["MAIL", "RCPT", "DATA"]
Answer = str | bytes
"""A line; `hang up` and `never answer` are done instead. Bytes are sent as they are, and the session ends."""
OK = "250 OK"


@dataclass
class MailServer:
    """An SMTP server. `answers` has, for each phase, what the next commands are answered; then it is friendly."""

    port: int
    mails: list[tuple[str, bytes]] = field(default_factory=list)
    """(recipient, bytes) of every message whose last dot came, taken or not."""
    sessions: int = 0
    answers: dict[Phase, list[Answer]] = field(default_factory=lambda: {"MAIL": [], "RCPT": [], "DATA": []})
    on_data: Callable[[str], Awaitable[None]] | None = None
    """Awaited before a message is taken."""
    on: dict[Literal["EHLO", "RCPT", "DATA"], Callable[[], Awaitable[None]]] = field(default_factory=dict)
    """Awaited before these commands are answered."""
    _server: asyncio.Server | None = None
    _transports: set[asyncio.Transport] = field(default_factory=set)

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """As a crash: nobody listens any more, and sessions break."""
        if self._server is not None:
            self._server.close()
            self.hang_up()
            await self._server.wait_closed()
            self._server = None

    def hang_up(self) -> None:
        """End every session without a word."""
        for transport in self._transports:
            transport.abort()
        self._transports.clear()

    def _protocol(self) -> SMTP:
        self.sessions += 1
        return _Session(self, loop=asyncio.get_running_loop(), hostname="mail.example")

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, _: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        if "EHLO" in self.on:
            await self.on["EHLO"]()
        session.host_name = hostname
        self._transports.add(_transport(server))
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, _: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = await self._answer(server, "MAIL")
        if answer == OK:
            envelope.mail_from = address
        return answer

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if "RCPT" in self.on:
            await self.on["RCPT"]()
        answer = await self._answer(server, "RCPT")
        if answer == OK:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:  # noqa: N802
        [recipient] = envelope.rcpt_tos
        if self.on_data is not None:
            await self.on_data(recipient)
        self.mails.append((recipient, bytes(envelope.original_content or b"")))
        return await self._answer(server, "DATA")

    async def _answer(self, server: SMTP, phase: Phase) -> str:
        answer = self.answers[phase].pop(0) if self.answers[phase] else OK
        if isinstance(answer, bytes):
            _transport(server).write(answer)
            _transport(server).close()
        elif answer == "hang up":
            _transport(server).abort()
        elif answer != "never answer":
            return answer
        await asyncio.Event().wait()
        raise AssertionError("unreachable")


class _Session(SMTP):
    """Awaits `on` before it says that the message may follow."""

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if "DATA" in self.event_handler.on:
            await self.event_handler.on["DATA"]()
        await super().smtp_DATA(arg)


def _transport(server: SMTP) -> asyncio.Transport:
    assert isinstance(server.transport, asyncio.Transport)
    return server.transport


@dataclass
class Hook:
    """A webhook endpoint. `behave` answers each request; without it, 204."""

    url: str = ""
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    """(headers in lower case, body) of every request."""
    behave: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.posts.append((headers | {"path": request.path}, await request.read()))
        return web.Response(status=204) if self.behave is None else await self.behave(request)


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    server = MailServer(0)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def hook(port: int = 0) -> AsyncIterator[Hook]:
    receiver = Hook()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", receiver.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    assert site._server is not None
    bound: Any = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    receiver.url = f"http://127.0.0.1:{bound}"
    try:
        yield receiver
    finally:
        await runner.cleanup()


@dataclass
class FullQueue:
    """An endpoint whose queue of connections is full: who connects waits until `open`, and then a second or three more.

    The kernel leaves a SYN unanswered while the queue is full, and the other side repeats it after so long.
    """

    url: str
    _socket: socket.socket
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    async def open(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, sock=self._socket)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with closing(writer):
            while line := await reader.readline():
                self.requests.append(line)
                if line == b"\r\n":
                    writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
                    await writer.drain()
                    return


@asynccontextmanager
async def full_queue() -> AsyncIterator[FullQueue]:
    with socket.socket() as listening, socket.socket() as filling:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        filling.connect(listening.getsockname())
        listening.setblocking(False)
        yield FullQueue(f"http://127.0.0.1:{listening.getsockname()[1]}", listening)
