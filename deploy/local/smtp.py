"""The inbox's SMTP side: aiosmtpd's protocol, into a mailbox, with two short cuts that make it three times as fast.

aiosmtpd reads a mail line by line, 9 µs each, and takes 80 µs to parse an address.
"""

import asyncio
import re
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.mailbox import Mailbox

MOST_BYTES = 10 * 1024**2
MOST_BYTES_OF_A_LINE = 1000
"""RFC 5321, section 4.5.3.1.6, the line's end included."""
END = b"\r\n.\r\n"
NULL_SENDER = "<>"
_PLAIN_ADDRESS = re.compile(r"<([^\s<>\"\\(),:;]+@[^\s<>\"\\(),:;@]+)>(.*)", re.DOTALL)


class Smtp(SMTP):
    """One connection. Advertises 8BITMIME, SMTPUTF8, PIPELINING and SIZE."""

    line_length_limit = MOST_BYTES  # what the stream buffers at most; lines are measured in `smtp_DATA`

    def __init__(self, mailbox: Mailbox) -> None:
        super().__init__(
            _Hooks(mailbox),
            hostname="localhost",
            ident="jobalerts inbox",
            data_size_limit=MOST_BYTES,
            enable_SMTPUTF8=True,
            loop=asyncio.get_running_loop(),
        )

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        if plain := _PLAIN_ADDRESS.fullmatch(arg):
            return plain[1], plain[2]
        return super()._getaddr(arg)

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        if await self.check_helo_needed():
            return
        if self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("503 Error: need RCPT command")
            return
        if arg:
            await self.push("501 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        data = await self._data()
        if data is None:
            status = "552 5.3.4 Message too big"
        elif max(map(len, data.split(b"\r\n"))) + 2 > MOST_BYTES_OF_A_LINE:
            status = "500 5.6.0 Line too long"
        else:
            self.envelope.content = self.envelope.original_content = data
            status = await self._call_handler_hook("DATA")
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        await self.push(status)

    async def _data(self) -> bytes | None:
        """Read to the lone dot; return the mail, its dots unstuffed (RFC 5321, section 4.5.2), or None where it is too big."""
        data = bytearray(b"\r\n")  # as if the end of a line came before, so that an empty mail is no exception
        too_big = False
        while not data.endswith(END):
            try:
                data += await self._reader.readuntil(b".\r\n")
            except asyncio.LimitOverrunError as error:
                data += await self._reader.read(error.consumed)
            if len(data) > MOST_BYTES:
                too_big = True
                del data[: -len(END)]
        return None if too_big else bytes(data[:-3]).replace(b"\r\n.", b"\r\n")[2:]


class _Hooks:
    """What aiosmtpd calls."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_EHLO(  # noqa: N802
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [responses[0], "250-PIPELINING", *responses[1:]]

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        # aiosmtpd takes an empty sender, which bounces have, for a missing MAIL command.
        envelope.mail_from = address or NULL_SENDER
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        sender = "" if envelope.mail_from == NULL_SENDER else str(envelope.mail_from)
        peer: Any = session.peer  # aiosmtpd calls it text, and it is what the socket says: (host, port)
        try:
            self._mailbox.accept(sender, envelope.rcpt_tos, envelope.original_content or b"", port=peer[1])
        except OSError:
            return "452 4.3.1 Insufficient system storage"
        return "250 2.0.0 OK"
