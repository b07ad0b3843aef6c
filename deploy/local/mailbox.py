"""Mails as they were received: raw bytes in, kept up to a limit; summaries and details as JSON out, parsed when asked for.

Addresses and bytes are kept as the SMTP dialogue had them; nothing is corrected.
"""

import email
import email.policy
import hashlib
import itertools
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import cached_property
from typing import Any

from deploy.local.journal import Journal

MOST_MAILS = 50_000
MOST_BYTES = 256 * 1024**2
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>\r\n]*>)", re.IGNORECASE | re.MULTILINE)
_LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True)
class Mail:
    """One accepted mail. Its number counts from 1 and is never given twice."""

    number: int
    received_at: str
    envelope_from: str
    to: tuple[str, ...]
    message_id: str
    raw: bytes

    @cached_property
    def summary(self) -> dict[str, Any]:
        message = self.parsed()
        return {
            "number": self.number,
            "received_at": self.received_at,
            "envelope_from": self.envelope_from,
            "to": list(self.to),
            "subject": str(message.get("Subject", "")),
            "message_id": self.message_id,
            "links": [link.rstrip(".,;:!?)]'") for link in _LINK.findall(part_of(message, "plain"))],
        }

    def details(self) -> dict[str, Any]:
        message = self.parsed()
        return {
            **self.summary,
            "headers": [[name, str(value)] for name, value in message.items()],
            "text": part_of(message, "plain"),
            "html": part_of(message, "html"),
            "bytes": len(self.raw),
        }

    def parsed(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=email.policy.default)


class Mailbox:
    """The newest mails, in memory; the journal has a line for each there ever was."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._mails: deque[Mail] = deque()
        self._bytes = 0
        self.accepted = 0

    def accept(self, envelope_from: str, to: Sequence[str], raw: bytes, *, port: int = 0) -> None:
        """Keep a mail that came from this port of its sender's; what raises OSError was not accepted."""
        head = raw.partition(b"\r\n\r\n")[0]
        found = _MESSAGE_ID.search(head)
        mail = Mail(
            number=self.accepted + 1,
            received_at=datetime.now(UTC).isoformat(timespec="microseconds"),
            envelope_from=envelope_from,
            to=tuple(to),
            message_id=found[1].decode(errors="replace") if found else "",
            raw=raw,
        )
        entry = {"received_at": mail.received_at, "message_id": mail.message_id, "to": list(to), "port": port}
        self._journal.write(entry | {"sha256": hashlib.sha256(raw).hexdigest()})
        self.accepted += 1
        self._mails.append(mail)
        self._bytes += len(raw)
        while len(self._mails) > MOST_MAILS or self._bytes > MOST_BYTES:
            self._bytes -= len(self._mails.popleft().raw)

    def after(self, number: int, to: str = "") -> Iterator[Mail]:
        """Yield the kept mails with a higher number, those for the address `to` where it is given."""
        mails = itertools.islice(self._mails, max(0, number - self._forgotten), None)
        return (mail for mail in mails if not to or to in mail.to)

    def find(self, number: int) -> Mail | None:
        index = number - self._forgotten - 1
        return self._mails[index] if 0 <= index < len(self._mails) else None

    @property
    def _forgotten(self) -> int:
        return self.accepted - len(self._mails)


def part_of(message: EmailMessage, subtype: str) -> str:
    """Return the text of the message's plain or HTML body, '' where there is none."""
    body = message.get_body((subtype,))
    return str(body.get_content()) if isinstance(body, EmailMessage) else ""
