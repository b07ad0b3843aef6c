"""Posts webhooks: a signed body enters, what the endpoint answered leaves.

A request never reaches a private or reserved address: each address is checked in the moment a socket is made for it, so that
there is no second look-up between check and connection. Redirects are not followed; the time-out covers the body.
"""

import socket
import time
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

import aiohttp
from yarl import URL

from services.notifier.domain.addresses import is_refused
from services.notifier.domain.retry import Attempt, IsFresh, Result, readable
from services.notifier.domain.signature import sign

_TIMEOUT: Final = aiohttp.ClientTimeout(total=15)
_ANSWER_KEPT: Final = 20_000
"""Bytes of an answer's body that are read and kept."""
_THROTTLED: Final = (429, 502, 503, 504)
_DETAIL: Final = 500


class AddressRefused(OSError):
    """The endpoint's address is private or reserved."""


class _Missed(Exception):
    """By the time there was a connection the message was not to be sent any more."""


@dataclass(slots=True)
class _Exchange:
    """One attempt, as the connector must know it."""

    is_fresh: IsFresh
    has_begun: bool = False
    """A request may have been written: without an answer nobody knows whether it arrived."""


class _Connector(aiohttp.TCPConnector):
    """Checks at the last moment: looking up, connecting and TLS may have taken as long as the other side liked."""

    exchange: ContextVar["_Exchange"] = ContextVar("exchange")

    async def connect(self, req: Any, traces: Any, timeout: Any) -> Any:
        connection = await super().connect(req, traces, timeout)
        exchange = self.exchange.get()
        try:
            fresh = await exchange.is_fresh()
        except BaseException:
            connection.close()
            raise
        if not fresh:
            connection.release()  # nothing was written on it
            raise _Missed
        exchange.has_begun = True
        return connection


class Poster:
    """An HTTP client for webhooks. `aclose` ends its connections."""

    def __init__(self, *, insecure: bool, ports: tuple[int, ...]) -> None:
        """`insecure` allows http, every port and every address."""
        self._insecure = insecure
        self._ports = ports
        self._session = aiohttp.ClientSession(
            # Unlimited here: who sends holds a slot. Waiting for a connection would count against the endpoint's time.
            connector=_Connector(limit=0, limit_per_host=0, socket_factory=self._socket),
            timeout=_TIMEOUT,
            trust_env=False,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def post(self, url: str, body: bytes, *, message_id: str, secrets: list[str], is_fresh: IsFresh) -> Attempt | None:
        """One attempt, signed for this moment; None where the message was not fresh any more when it was connected.

        Never raises for what the endpoint or the network does.
        """
        started, timestamp = time.perf_counter(), int(time.time())
        headers = {
            "content-type": "application/json",
            "user-agent": "jobalerts-webhooks/1",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(secrets, message_id=message_id, timestamp=timestamp, body=body),
        }
        if fault := self._fault(url):
            return Attempt("failed", fault, timedelta(0))
        _Connector.exchange.set(exchange := _Exchange(is_fresh))
        stale: Exception | None = None
        while True:
            try:
                return await self._exchange(url, body, headers, started)
            except _Missed:  # where a request went out on a stale connection it may have arrived, so that was an attempt
                return _unanswered(stale, exchange, _since(started)) if stale else None
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                # A kept connection may have been closed by the endpoint: a webhook may repeat, so that costs no attempt.
                if stale or not _is_stale(error):
                    return _unanswered(error, exchange, _since(started))
                stale = error

    async def _exchange(self, url: str, body: bytes, headers: dict[str, str], started: float) -> Attempt:
        async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as response:
            answer = await _read(response)
            return _judge(response, answer, _since(started))

    async def aclose(self) -> None:
        """End all connections."""
        await self._session.close()

    def _fault(self, url: str) -> str:
        try:
            parsed = URL(url)
            port = parsed.port
        except ValueError as error:
            return f"the endpoint's URL is not one: {error}"
        if not parsed.host or parsed.scheme not in ("http", "https"):
            return "the endpoint's URL is not one of https"
        if self._insecure:
            return ""
        if parsed.scheme != "https":
            return "the endpoint is not https"
        return "" if port in self._ports else f"port {port} is not allowed, only {', '.join(map(str, self._ports))}"

    def _socket(self, info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, address = info
        if not self._insecure and is_refused(address[0]):
            raise AddressRefused("the endpoint's address is private or reserved")
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made


def _cause(error: BaseException) -> AddressRefused | None:
    """What aiohttp wrapped: its connector wraps what a socket raised, and asyncio may group what several addresses raised."""
    pending: list[BaseException] = [error]
    while pending:
        one = pending.pop()
        if isinstance(one, AddressRefused):
            return one
        pending += [inner for inner in (one.__cause__, one.__context__) if inner]
        pending += one.exceptions if isinstance(one, BaseExceptionGroup) else []
    return None


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The answer's first bytes, as far as they come in time: what the endpoint decided, its status has said."""
    answer = bytearray()
    try:
        while len(answer) < _ANSWER_KEPT and (chunk := await response.content.read(_ANSWER_KEPT - len(answer))):
            answer += chunk
    except (aiohttp.ClientError, OSError, TimeoutError):
        response.close()
    return bytes(answer)


def _judge(response: aiohttp.ClientResponse, answer: bytes, duration: timedelta) -> Attempt:
    status = response.status
    text = f"{status} {response.reason}" + (f": {answer.decode('utf-8', 'replace')}" if answer else "")
    result: Result = "sent" if 200 <= status < 300 else "failed" if status == 410 else "deferred"  # noqa: PLR2004
    wait = _retry_after(response.headers.get("retry-after", "")) if status in _THROTTLED else None
    return Attempt(result, readable(text, _ANSWER_KEPT), duration, status=status, retry_after=wait)


def _unanswered(error: Exception, exchange: _Exchange, duration: timedelta) -> Attempt:
    if refused := _cause(error):
        return Attempt("failed", str(refused), duration)
    if isinstance(error, aiohttp.InvalidURL):
        return Attempt("failed", readable(f"the endpoint's URL is not one: {error}", _DETAIL), duration)
    result: Result = "unknown" if exchange.has_begun else "deferred"
    return Attempt(result, readable(f"no answer: {type(error).__name__}: {error}", _DETAIL), duration)


def _is_stale(error: Exception) -> bool:
    broken = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)
    return isinstance(error, broken) and not isinstance(error, aiohttp.ClientConnectorError)


def _since(started: float) -> timedelta:
    return timedelta(seconds=time.perf_counter() - started)


def _retry_after(value: str) -> timedelta | None:
    """Seconds or an HTTP date (RFC 9110, 10.2.3); anything else is ignored."""
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value), 10**7))
    try:
        return max(timedelta(0), parsedate_to_datetime(value) - datetime.now(UTC))
    except (ValueError, TypeError):
        return None
