"""Who sent what was received: the receivers note the port it came from, and the proxy before them whose that was."""

import asyncio
import json
import os
import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
from standardwebhooks import Webhook

from deploy.local.companions import Inbox, Receiver, start_inbox, start_receiver
from deploy.local.ports import HOST, free_ports
from tests.chaos.books import hooks, mails
from tests.chaos.peer import holder
from tests.chaos.proxy import Proxy

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="no sender is known elsewhere")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MAIL = """
import smtplib, sys
sys.stdin.readline()
with smtplib.SMTP("127.0.0.1", int(sys.argv[1])) as smtp:
    smtp.sendmail("a@example.org", ["b@example.org"], f"Message-ID: <{sys.argv[2]}>\\r\\n\\r\\nhello")
"""
HOOK = """
import json, sys, urllib.request
sys.stdin.readline()
request = urllib.request.Request(f"http://127.0.0.1:{sys.argv[1]}/hooks/partner", data=b"{}", headers=json.loads(sys.argv[2]))
urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).read()
"""


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    started = start_inbox(tmp_path, print)
    yield started
    started.stop()


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    started = start_receiver(tmp_path, print)
    yield started
    started.stop()


class Senders:
    """Processes with names, and a proxy that knows them."""

    def __init__(self, target: int) -> None:
        self._names: dict[int, str] = {}
        [self.port] = free_ports(1)
        self.proxy = Proxy(self.port, target, lambda port: self._names.get(holder(port, self.port, self._names) or 0, ""))

    async def run(self, name: str, program: str, argument: str) -> None:
        """Until it has ended, and well; nobody knows it where it has no name."""
        argv = [sys.executable, "-c", program, str(self.port), argument]
        process = await asyncio.create_subprocess_exec(*argv, stdin=asyncio.subprocess.PIPE)
        if name:
            self._names[process.pid] = name
        await process.communicate(b"\n")
        assert process.returncode == 0


async def test_sender_of_each_mail_is_known(inbox: Inbox) -> None:
    senders = Senders(inbox.smtp_port)
    await senders.proxy.start()
    await asyncio.gather(*(senders.run(name, MAIL, f"of-{name}") for name in ("first", "second", "")))
    await senders.proxy.aclose()
    found = {message_id: [copy.sender for copy in copies] for message_id, copies in mails(inbox.journal, senders.proxy).items()}
    assert found == {"<of-first>": ["first"], "<of-second>": ["second"], "<of->": [""]}


async def test_sender_of_each_webhook_is_known(receiver: Receiver) -> None:
    async with aiohttp.ClientSession() as session:
        (await session.put(f"{receiver.url}/secrets/partner", json={"secret": SECRET})).raise_for_status()
    senders = Senders(urlsplit(receiver.url).port or 0)
    await senders.proxy.start()
    await asyncio.gather(*(senders.run(name, HOOK, json.dumps(_headers(f"of-{name}"))) for name in ("first", "second", "")))
    await senders.proxy.aclose()
    found = {
        message_id: [copy.sender for copy in copies] for message_id, copies in hooks(receiver.journal, senders.proxy).items()
    }
    assert found == {"of-first": ["first"], "of-second": ["second"], "of-": [""]}


def _headers(message_id: str) -> dict[str, str]:
    now = datetime.now(UTC)
    signature = Webhook(SECRET).sign(message_id, now, "{}")
    return {"webhook-id": message_id, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}


def test_holder_of_a_connection_is_the_process_that_made_it() -> None:
    with socket.create_server((HOST, 0)) as server, socket.create_connection(server.getsockname()) as client:
        source, target = client.getsockname()[1], server.getsockname()[1]
        assert holder(source, target, [os.getppid(), os.getpid()]) == os.getpid()
        assert holder(source, target, [os.getppid()]) is None
        assert holder(source, target + 1, [os.getpid()]) is None
