"""The publishers' door for a stream: NDJSON of any length enters, one posting a line; receipts leave while it is read.

A route of its own, not another content type of `POST /v1/postings`: see docs/decisions/0020.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from starlette.types import Receive, Scope, Send

from runtime import logs
from runtime.errors import JobAlertsError
from runtime.http import Problem, problem
from runtime.postgres import Pool
from services.ingest import metrics
from services.ingest.authenticate import NotAuthenticated
from services.ingest.domain.lines import LONGEST, BadGzip
from services.ingest.domain.publisher import Publisher
from services.ingest.record import TooManyOpen
from services.ingest.store import Unavailable
from services.ingest.stream import IDLE, Idle, Slots, Streaming, TooManyStreams

log = logs.get("ingest.http_stream")

PATH: Final = "/v1/postings/stream"
Owner = Callable[[], Awaitable[Publisher]]
_TYPES: Final = ("application/x-ndjson", "application/ndjson", "application/jsonl")
_AGAIN_IN: Final = "10"
"""Seconds until a client should try again where too many streams are open."""
_LINGERS: Final = 2.0
"""Seconds without a byte for which, after an error, what is still sent is read and thrown away: closed at once, a connection
takes with it what the client has not read yet."""
_AT_MOST: Final = 10.0
"""Seconds of that in all."""
_STATUS: Final[dict[type[Exception], int]] = {
    NotAuthenticated: 401,
    Idle: 408,
    BadGzip: 400,
    TooManyOpen: 429,
    Unavailable: 503,
}
_PROBLEM: Final = {"content": {"application/problem+json": {"schema": {"type": "object"}}}}
_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": 'A receipt for each line that is not blank, in order, once it is kept: `{"line": 1, "status": ...}`. In'
        ' the end `{"lines": ..., "counts": ...}`, or `{"error": ...}`, a problem with the `line` from which to send again.',
        "content": {
            "application/x-ndjson": {
                "example": '{"line":1,"source_id":"ml-2041","id":"...","status":"accepted","what":"opened","errors":[]}\n'
                '{"lines":1,"counts":{"opened":1,"reopened":0,"changed":0,"unchanged":0,"rejected":0}}\n'
            }
        },
    },
    415: {"description": "The content type is not NDJSON, or the encoding is neither gzip nor none.", **_PROBLEM},
    429: {"description": "You have as many streams open as you may.", **_PROBLEM},
}
_BODY: Final = {
    "requestBody": {
        "required": True,
        "description": f"One posting of the push format a line, up to {LONGEST:,} bytes; may have `Content-Encoding: gzip`.",
        "content": {"application/x-ndjson": {"schema": {"$ref": "#/components/schemas/Push"}}},
    }
}


def make_stream_router(pool: Pool, wake: Callable[[], None], owner: Callable[..., Awaitable[Owner]], slots: Slots) -> APIRouter:
    """The route. `owner` gives what tells whose request it is, as often as it is asked."""
    router = APIRouter(tags=["postings"])

    @router.post(PATH.removeprefix("/v1"), status_code=200, response_class=Response, responses=_RESPONSES, openapi_extra=_BODY)
    async def stream(request: Request, whose: Annotated[Owner, Depends(owner)]) -> Response:
        """Push a stream of any length. It is read as fast as it is recorded: read the receipts while you send."""
        publisher = await whose()
        return _Stream(pool, wake, whose, slots, publisher, packed=_is_packed(request))

    return router


def _is_packed(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _TYPES:
        raise Problem(415, f"a stream is NDJSON: send it with `Content-Type: {_TYPES[0]}`")
    if "idempotency-key" in request.headers:
        raise Problem(400, "a stream takes no `Idempotency-Key`: what was answered is kept, send again from the line after it")
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("gzip", "identity"):
        raise Problem(415, f"a stream is packed with gzip or not at all, not with {encoding[:20]!r}")
    return encoding == "gzip"


class _Gone(Exception):
    """The client went away, or does not read the receipts."""


class _Body:
    """The request's body. A read that waits in vain goes on in the background, so that no byte is lost."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._next: asyncio.Task[Any] | None = None
        self._over = False

    async def read(self, within: float) -> bytes | None:
        """As `stream.Read`. Raises `_Gone`."""
        if self._over:
            return None
        if self._next is None:
            self._next = asyncio.ensure_future(_received(self._receive))
        if not (await asyncio.wait({self._next}, timeout=within))[0]:
            return b""
        message, self._next = self._next.result(), None
        if message["type"] == "http.disconnect":
            raise _Gone
        self._over = not message.get("more_body", False)
        return message.get("body") or await self.read(within)

    async def drain(self) -> None:
        """Read what comes and keep nothing."""
        with suppress(_Gone, TimeoutError):
            async with asyncio.timeout(_AT_MOST):
                while await self.read(_LINGERS):
                    pass

    def close(self) -> None:
        if self._next is not None:
            self._next.cancel()


async def _received(receive: Receive) -> Any:
    return await receive()


class _Stream(Response):
    """Answers while the request is read, which Starlette's own streaming response does not let one do."""

    def __init__(
        self, pool: Pool, wake: Callable[[], None], whose: Owner, slots: Slots, publisher: Publisher, *, packed: bool
    ) -> None:
        super().__init__()
        self._slots = slots
        self._publisher = publisher
        self._packed = packed
        self._pool, self._wake, self._whose = pool, wake, whose

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with self._slots.held(self._publisher):
                await self._answer(_Body(receive), _Sender(send))
        except TooManyStreams as error:
            await problem(429 if error.own else 503, str(error), headers={"retry-after": _AGAIN_IN})(scope, receive, send)

    async def _answer(self, body: "_Body", sender: "_Sender") -> None:
        streaming = Streaming(self._pool, self._wake, publisher=self._publisher, owner=self._whose, write=sender.write)
        try:
            end = await self._run(streaming, body, sender)
            await sender.end()
        except _Gone:
            end = "gone"
        finally:
            body.close()
        metrics.stream_ends.labels(end).inc()
        log.info("stream ended", publisher=self._publisher.name, end=end, line=streaming.line, **streaming.counts.model_dump())

    async def _run(self, streaming: Streaming, body: "_Body", sender: "_Sender") -> str:
        try:
            await streaming.run(body.read, packed=self._packed)
        except tuple(_STATUS) as error:
            status = next(status for kind, status in _STATUS.items() if isinstance(error, kind))
            await sender.write(_error(status, _words(error), line=streaming.line))
        except _Gone:
            raise
        except Exception as error:
            log.error("stream failed", exc_info=error)
            detail = "something went wrong on our side; it has been logged under this correlation id"
            status, correlation = 500, logs.correlation_id.get()
            await sender.write(_error(status, detail, line=streaming.line, correlation_id=correlation))
        else:
            return "complete"
        await body.drain()
        return str(status)


class _Sender:
    """The response. It begins with the first receipts."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._begun = False

    async def write(self, data: bytes) -> None:
        """Returns once the client has read nearly all of what was written before. Raises `_Gone`."""
        await self._write(data, more=True)

    async def end(self) -> None:
        await self._write(b"", more=False)

    async def _write(self, data: bytes, *, more: bool) -> None:
        try:
            async with asyncio.timeout(IDLE):
                await self._begin()
                await self._send({"type": "http.response.body", "body": data, "more_body": more})
        except TimeoutError:
            raise _Gone from None

    async def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            # Closed afterwards: where an error ended it, what its sender still sends is no next request.
            headers = [(b"content-type", _TYPES[0].encode()), (b"connection", b"close"), (b"x-accel-buffering", b"no")]
            await self._send({"type": "http.response.start", "status": 200, "headers": headers})


def _error(status: int, detail: str, **members: Any) -> bytes:
    told = json.loads(bytes(problem(status, detail, **members).body))
    return json.dumps({"error": told}).encode() + b"\n"


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, JobAlertsError) else f"the stream cannot be unpacked: {error}"
