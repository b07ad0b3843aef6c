"""Hands mails to the SMTP server over a few connections that are kept: bytes enter, what the server said leaves."""

import asyncio
import re
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import aiosmtplib
from aiosmtplib import SMTP, SMTPResponse
from aiosmtplib.protocol import normalize_message_line_endings

from services.notifier.domain.retry import Attempt, IsFresh, Result, readable

_MESSAGES_EACH: Final = 500
"""Messages after which a connection is made anew: servers limit them, and a fresh one follows a changed DNS entry."""
_IDLE: Final = 20.0
"""Seconds after which a connection that did nothing is not trusted any more."""
_TIMEOUT: Final = 30.0
"""Seconds to wait for one answer."""
_GOODBYE: Final = 2.0
_LOOK_AGAIN: Final = 1.0
"""Seconds between looks for a server that could not be reached."""
_DETAIL: Final = 500
_OK: Final = 2
"""First digit of a yes (RFC 5321, 4.2.1)."""
_CLOSING: Final = 421
"""RFC 5321, 3.8: the server ends the session, whatever the command was."""
_GO_AHEAD: Final = 354
_TAKEN: Final = 250
_DOT: Final = re.compile(rb"(?m)^\.")


@dataclass(frozen=True, slots=True)
class _Answer:
    result: Result
    detail: str
    status: int | None = None
    reached: bool = True


_MISSED: Final = _Answer("deferred", "it was not to be sent any more when the server was ready for it")


class Mailer:
    """A pool of connections to one SMTP server. `aclose` says goodbye on each."""

    def __init__(self, *, host: str, port: int, connections: int) -> None:
        self.away = False
        """Whether the server could not be reached when it was last tried."""
        self._look_again = 0.0
        self._free: asyncio.LifoQueue[_Connection] = asyncio.LifoQueue()
        for _ in range(connections):
            self._free.put_nowait(_Connection(host, port))

    async def send(self, message: bytes, *, sender: str, recipient: str, is_fresh: IsFresh) -> Attempt | None:
        """One attempt; None where the message was not fresh any more when the server was ready for it.

        Never raises for what the server or the network does: that is the attempt's result.
        """
        started = time.perf_counter()
        connection = await self._free.get()
        try:
            answer = await connection.send(message, sender, recipient, is_fresh=is_fresh)
        finally:
            connection.let_go()
            self._free.put_nowait(connection)
        self.away = not answer.reached
        if answer is _MISSED:
            return None
        return Attempt(
            answer.result,
            readable(answer.detail, _DETAIL),
            timedelta(seconds=time.perf_counter() - started),
            status=answer.status,
            reached=answer.reached,
        )

    async def is_away(self) -> bool:
        """Whether there is no server to send to. One that was away is looked for again once a second."""
        if self.away and time.monotonic() >= self._look_again:
            self._look_again = time.monotonic() + _LOOK_AGAIN
            connection = await self._free.get()
            try:
                self.away = not await connection.is_reachable()
            finally:
                connection.let_go()
                self._free.put_nowait(connection)
        return self.away

    async def aclose(self) -> None:
        """End every connection that is free; call when nothing is being sent."""
        async with AsyncExitStack() as stack:
            while not self._free.empty():
                stack.push_async_callback(self._free.get_nowait().quit)


class _Connection:
    """A place in the pool: a session with the server, opened when there is something to send."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._client: SMTP | None = None
        self._is_clean = True
        self._sent = 0
        self._used = 0.0

    async def is_reachable(self) -> bool:
        try:
            await self._session()
        except (OSError, aiosmtplib.SMTPException):
            return False
        self._is_clean = True
        return True

    async def send(self, message: bytes, sender: str, recipient: str, *, is_fresh: IsFresh) -> _Answer:
        try:
            client, is_new = await self._session()
            answer = await self._exchange(client, message, sender, recipient, is_fresh=is_fresh)
            if answer is None and not is_new:
                # The server had ended a session that was kept. Nothing was handed over, and a new one is as good.
                client, _ = await self._session()
                answer = await self._exchange(client, message, sender, recipient, is_fresh=is_fresh)
        except (OSError, aiosmtplib.SMTPException) as error:
            return _Answer("deferred", f"the mail server cannot be reached: {error}", reached=False)
        return answer or _Answer("deferred", "the mail server hung up before it took the message")

    def let_go(self) -> None:
        """Drop a session that was left in the middle of something: its answer must not be taken for the next message's."""
        if not self._is_clean:
            self._drop()

    async def quit(self) -> None:
        if self._client is not None:
            try:
                await self._client.quit(timeout=_GOODBYE)
            except (OSError, aiosmtplib.SMTPException):
                self._drop()  # it is gone already, which is what was wanted
        self._client = None

    async def _session(self) -> tuple[SMTP, bool]:
        """A session for one message, and whether it is new. Raises what aiosmtplib does where no server can be reached."""
        is_worn = self._sent >= _MESSAGES_EACH or time.monotonic() - self._used > _IDLE
        if self._client is not None and (is_worn or not self._client.is_connected):
            await self.quit()
        client, is_new, self._is_clean = self._client, self._client is None, False
        if client is None:
            client = SMTP(hostname=self._host, port=self._port, timeout=_TIMEOUT, start_tls=None)
            await client.connect()
            self._client, self._sent = client, 0
        self._sent += 1
        self._used = time.monotonic()
        return client, is_new

    async def _exchange(
        self, client: SMTP, message: bytes, sender: str, recipient: str, *, is_fresh: IsFresh
    ) -> _Answer | None:
        """None where the session ended before the message was handed over."""
        try:
            refused = await _envelope(client, sender, recipient)
        except (OSError, aiosmtplib.SMTPException):
            self._drop()
            return None
        if refused is not None and refused.status == _CLOSING:
            self._drop()
            return None
        if refused is None and not await is_fresh():
            # The server waits for a message, and without its last dot delivers none (RFC 5321, 4.1.1.4): not clean, so dropped.
            return _MISSED
        answer = refused or await _hand_over(client, message)
        if answer.result in ("deferred", "failed"):
            self._is_clean = await _is_reset(client)
        else:
            self._is_clean = answer.result == "sent"
        return answer

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None


async def _envelope(client: SMTP, sender: str, recipient: str) -> _Answer | None:
    """What was refused; None where the server waits for the message. Raises where the session broke: nothing was handed over.

    DATA goes by itself: the server may take its time before it is ready. Both addresses are plain ones: `SMTP.mail` and `rcpt`
    would parse each again, for half the time of a mail.
    """
    response = await client.execute_command(b"MAIL", b"FROM:<%b>" % sender.encode("ascii"))
    if response.code // 100 != _OK:
        # The sender is ours and the same for all: its refusal says nothing of this recipient, so it ends nothing.
        return _Answer("deferred", f"our sender is refused: {response.code} {response.message}", response.code)
    response = await client.execute_command(b"RCPT", b"TO:<%b>" % recipient.encode("ascii"))
    if response.code // 100 != _OK:
        return _refused(response.code, response.message, otherwise="deferred")
    response = await client.execute_command(b"DATA")
    if response.code != _GO_AHEAD:
        return _refused(response.code, response.message, otherwise="deferred")
    return None


async def _hand_over(client: SMTP, message: bytes) -> _Answer:
    try:
        response = await _message(client, message)
    except aiosmtplib.SMTPResponseException as error:
        return _refused(error.code, error.message, otherwise="unknown")
    except (OSError, aiosmtplib.SMTPException) as error:
        # Past DATA, no answer: it may have been accepted. It goes again with the same Message-ID and bytes.
        return _Answer("unknown", f"no answer after DATA: {type(error).__name__}: {error}")
    if response.code != _TAKEN:
        return _refused(response.code, response.message, otherwise="unknown")
    return _Answer("sent", response.message, response.code)


async def _message(client: SMTP, message: bytes) -> SMTPResponse:
    """The second half of `SMTP.data`, which sends DATA and the message in one go."""
    if client.protocol is None:
        raise aiosmtplib.SMTPServerDisconnected("Connection lost")
    client.protocol.write(_DOT.sub(b"..", normalize_message_line_endings(message)) + b".\r\n")
    return await client.protocol.read_response(timeout=_TIMEOUT)


async def _is_reset(client: SMTP) -> bool:
    """Only a refusal leaves something to be reset."""
    try:
        await client.rset()
    except (OSError, aiosmtplib.SMTPException):
        return False
    return True


def _refused(code: int, message: str, *, otherwise: Result) -> _Answer:
    """By the first digit (RFC 5321, 4.2.1); `otherwise` where the answer is out of all order."""
    results: dict[int, Result] = {4: "deferred", 5: "failed"}
    return _Answer(results.get(code // 100, otherwise), f"{code} {message}", code)
