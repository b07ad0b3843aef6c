"""Hands mails to the SMTP server over a few connections that are kept: bytes enter, what the server said leaves."""

import asyncio
import time
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Final

import aiosmtplib
from aiosmtplib import SMTP

from services.notifier.domain.retry import Attempt, Result

_MESSAGES_EACH: Final = 500
"""Messages after which a connection is made anew: servers limit them, and a fresh one follows a changed DNS entry."""
_IDLE: Final = 20.0
"""Seconds after which a connection that did nothing is not trusted any more."""
_TIMEOUT: Final = 30.0
"""Seconds to wait for one answer."""


class Mailer:
    """A pool of connections to one SMTP server. `aclose` says goodbye on each."""

    def __init__(self, *, host: str, port: int, connections: int) -> None:
        self._host = host
        self._port = port
        self._free: asyncio.LifoQueue[_Connection | None] = asyncio.LifoQueue()
        for _ in range(connections):
            self._free.put_nowait(None)

    async def send(self, message: bytes, *, sender: str, recipient: str) -> Attempt:
        """One attempt. Never raises for what the server or the network does: that is the attempt's result."""
        started = time.perf_counter()
        connection = await self._free.get()
        keep: _Connection | None = None
        try:
            if connection is None or connection.stale:
                connection = await self._renew(connection)
            result = await connection.send(message, sender, recipient)
            keep = connection if connection.usable else None
        except (OSError, aiosmtplib.SMTPException) as error:
            result = ("deferred", f"the mail server cannot be reached: {error}", None)
            return _attempt(result, started, reached=False)
        finally:
            if keep is None and connection is not None:
                connection.close()
            self._free.put_nowait(keep)
        return _attempt(result, started, reached=True)

    async def aclose(self) -> None:
        """End every connection that is free; call when nothing is being sent."""
        async with AsyncExitStack() as stack:
            while not self._free.empty():
                if connection := self._free.get_nowait():
                    stack.push_async_callback(connection.quit)

    async def _renew(self, old: "_Connection | None") -> "_Connection":
        if old is not None:
            await old.quit()
        client = SMTP(hostname=self._host, port=self._port, timeout=_TIMEOUT, start_tls=None)
        await client.connect()
        return _Connection(client)


class _Connection:
    def __init__(self, client: SMTP) -> None:
        self._client = client
        self._sent = 0
        self._used = time.monotonic()

    @property
    def stale(self) -> bool:
        return not self.usable or time.monotonic() - self._used > _IDLE

    @property
    def usable(self) -> bool:
        return self._client.is_connected and self._sent < _MESSAGES_EACH

    async def send(self, message: bytes, sender: str, recipient: str) -> tuple[Result, str, int | None]:
        self._sent += 1
        self._used = time.monotonic()
        try:
            await self._client.mail(sender, encoding="utf-8")
            await self._client.rcpt(recipient, encoding="utf-8")
        except aiosmtplib.SMTPResponseException as error:
            await self._reset()
            return _refused(error)
        try:
            response = await self._client.data(message)
        except aiosmtplib.SMTPResponseException as error:
            await self._reset()
            return _refused(error)
        except (OSError, aiosmtplib.SMTPException) as error:
            # Past DATA, no answer: it may have been accepted. It goes again with the same Message-ID and bytes.
            self._client.close()
            return "unknown", f"no answer after DATA: {type(error).__name__}: {error}", None
        return "sent", response.message, response.code

    async def quit(self) -> None:
        try:
            await self._client.quit()
        except (OSError, aiosmtplib.SMTPException):
            self._client.close()  # it is gone already, which is what was wanted

    def close(self) -> None:
        """Drop it without a goodbye."""
        self._client.close()

    async def _reset(self) -> None:
        try:
            await self._client.rset()
        except (OSError, aiosmtplib.SMTPException):
            self._client.close()  # an unusable connection is not put back


def _refused(error: aiosmtplib.SMTPResponseException) -> tuple[Result, str, int | None]:
    permanent = error.code // 100 == 5  # noqa: PLR2004 -- RFC 5321, 4.2.1: 5yz is a permanent refusal
    return "failed" if permanent else "deferred", f"{error.code} {error.message}", error.code


def _attempt(result: tuple[Result, str, int | None], started: float, *, reached: bool) -> Attempt:
    kind, detail, status = result
    duration = timedelta(seconds=time.perf_counter() - started)
    return Attempt(kind, detail[:500], duration, status=status, reached=reached)
