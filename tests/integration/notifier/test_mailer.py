"""Every phase of SMTP and what may go wrong in it: what the attempt comes to, and that the next message is none the worse."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest

from deploy.local.ports import free_ports
from services.notifier import mailer as module
from services.notifier.domain.retry import Attempt
from services.notifier.mailer import Mailer
from tests.integration.notifier.outside import Answer, MailServer, Phase
from tests.integration.notifier.world import always, until

MAIL: Final = b"Subject: hello\r\n\r\nA line\r\n.\r\n..two dots\r\nand the end"


@asynccontextmanager
async def mailing(port: int, connections: int = 1) -> AsyncIterator[Mailer]:
    mailer = Mailer(host="127.0.0.1", port=port, connections=connections)
    try:
        yield mailer
    finally:
        await mailer.aclose()


async def send(mailer: Mailer, to: str = "anna@example.org") -> Attempt:
    attempt = await mailer.send(MAIL, sender="bounces@jobalerts.example", recipient=to, is_fresh=always)
    assert attempt is not None
    return attempt


# fmt: off
PHASES: Final[list[tuple[Phase, Answer, str, int | None, str]]] = [
    ("MAIL", "451 4.3.0 later",                "deferred", 451,  "our sender is refused"),
    ("MAIL", "550 5.7.1 sender refused",       "deferred", 550,  "our sender is refused"),
    ("MAIL", "421 4.3.2 shutting down",        "deferred", None, "hung up before it took the message"),
    ("MAIL", "hang up",                        "deferred", None, "hung up before it took the message"),
    ("RCPT", "450 4.2.1 mailbox busy",         "deferred", 450,  "450 4.2.1 mailbox busy"),
    ("RCPT", "550 5.1.1 no such user",         "failed",   550,  "550 5.1.1 no such user"),
    ("RCPT", "421 4.3.2 shutting down",        "deferred", None, "hung up before it took the message"),
    ("RCPT", "hang up",                        "deferred", None, "hung up before it took the message"),
    ("RCPT", "350 what?",                      "deferred", 350,  "350 what?"),
    ("DATA", "452 4.3.1 disk full",            "deferred", 452,  "452 4.3.1 disk full"),
    ("DATA", "554 5.6.0 looks like spam",      "failed",   554,  "554 5.6.0 looks like spam"),
    ("DATA", "421 4.3.2 shutting down",        "deferred", 421,  "421 4.3.2 shutting down"),
    ("DATA", "hang up",                        "unknown",  None, "no answer after DATA"),
    ("DATA", "this is no answer",              "unknown",  -1,   "Malformed"),
    ("DATA", b"550 Empf\xe4nger\0 weg\r\n",     "failed",   550,  "550 Empf?nger� weg"),
]
# fmt: on


@pytest.mark.parametrize(
    ("phase", "answer", "result", "status", "said"), PHASES, ids=[f"{row[0]} {row[1]!a}" for row in PHASES]
)
async def test_phases(  # noqa: PLR0917 -- a row of the table
    smtp: MailServer, phase: Phase, answer: Answer, result: str, status: int | None, said: str
) -> None:
    smtp.answers[phase] = [answer]
    async with mailing(smtp.port) as mailer:
        attempt = await send(mailer)
        assert (attempt.result, attempt.status, attempt.reached) == (result, status, True)
        assert said in attempt.detail
        assert attempt.detail.encode().decode() == attempt.detail
        assert (await send(mailer, "bert@example.org")).result == "sent"
    assert smtp.mails[-1][0] == "bert@example.org"


async def test_the_message_arrives_byte_for_byte(smtp: MailServer) -> None:
    async with mailing(smtp.port) as mailer:
        attempt = await send(mailer)
    assert (attempt.result, attempt.status) == ("sent", 250)
    assert smtp.mails == [("anna@example.org", MAIL + b"\r\n")]


async def test_one_session_is_used_for_many_messages_and_renewed(smtp: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async with mailing(smtp.port) as mailer:
        for _ in range(20):
            await send(mailer)
        assert smtp.sessions == 1
        monkeypatch.setattr(module, "_MESSAGES_EACH", 20)
        await send(mailer)
        assert smtp.sessions == 2
        monkeypatch.setattr(module, "_IDLE", 0.0)
        await send(mailer)
        assert smtp.sessions == 3


async def test_a_refusal_does_not_cost_the_session(smtp: MailServer) -> None:
    smtp.answers["RCPT"] = ["550 no", "450 later", "550 no"]
    async with mailing(smtp.port) as mailer:
        assert [(await send(mailer)).result for _ in range(4)] == ["failed", "deferred", "failed", "sent"]
    assert smtp.sessions == 1
    assert len(smtp.mails) == 1


@pytest.mark.parametrize(
    ("phase", "answer"), [("MAIL", "hang up"), ("MAIL", "421 bye"), ("RCPT", "hang up"), ("RCPT", "421 bye")]
)
async def test_a_kept_session_that_the_server_ended_costs_no_attempt(smtp: MailServer, phase: Phase, answer: Answer) -> None:
    async with mailing(smtp.port) as mailer:
        await send(mailer)
        smtp.answers[phase] = [answer]
        assert (await send(mailer)).result == "sent"
    assert (smtp.sessions, len(smtp.mails)) == (2, 2)


async def test_a_server_that_is_ready_late_is_not_given_what_is_not_to_be_sent_any_more(smtp: MailServer) -> None:
    """A message of which nothing was handed over is no attempt, and the next one gets a session that waits for none."""
    steps = []

    async def ready() -> None:
        steps.append("ready")

    async def is_fresh() -> bool:
        steps.append("asked")
        return False

    smtp.on["DATA"] = ready
    async with mailing(smtp.port) as mailer:
        args = {"sender": "bounces@jobalerts.example", "recipient": "anna@example.org"}
        assert await mailer.send(MAIL, **args, is_fresh=is_fresh) is None
        assert steps == ["ready", "asked"]
        await until(lambda: all(each.is_closing() for each in smtp._transports), "the session ended")
        assert (await send(mailer, "bert@example.org")).result == "sent"
    assert [recipient for recipient, _ in smtp.mails] == ["bert@example.org"]


async def test_a_server_that_hangs_up_before_it_is_ready_has_surely_taken_nothing(smtp: MailServer) -> None:
    async def hang_up() -> None:
        smtp.hang_up()

    async with mailing(smtp.port) as mailer:
        await send(mailer)
        smtp.on["DATA"] = hang_up
        attempt = await send(mailer)
    assert (attempt.result, attempt.detail) == ("deferred", "the mail server hung up before it took the message")


async def test_a_server_gone_between_messages_is_found_again(smtp: MailServer) -> None:
    async with mailing(smtp.port) as mailer:
        await send(mailer)
        await smtp.stop()
        await smtp.start()
        assert (await send(mailer)).result == "sent"
    assert len(smtp.mails) == 2


async def test_a_session_that_hangs_up_twice_is_not_tried_for_ever(smtp: MailServer) -> None:
    async with mailing(smtp.port) as mailer:
        await send(mailer)
        smtp.answers["MAIL"] = ["hang up"] * 3
        assert (await send(mailer)).result == "deferred"
        assert smtp.answers["MAIL"] == ["hang up"]


async def test_a_server_that_is_not_there_is_no_attempt_and_looked_for_until_it_is(
    smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOOK_AGAIN", 0.05)
    await smtp.stop()
    async with mailing(smtp.port) as mailer:
        assert not await mailer.is_away()
        attempt = await send(mailer)
        assert (attempt.result, attempt.reached) == ("deferred", False)
        assert "cannot be reached" in attempt.detail
        assert await mailer.is_away()
        await smtp.start()

        async def is_back() -> bool:
            return not await mailer.is_away()

        await until(is_back, "the server found again")
        assert (await send(mailer)).result == "sent"
    assert smtp.sessions == 1


async def test_a_port_where_nobody_ever_listened_raises_nothing() -> None:
    async with mailing(free_ports(1)[0]) as mailer:
        assert not (await send(mailer)).reached


@pytest.mark.parametrize(("phase", "result"), [("MAIL", "deferred"), ("RCPT", "deferred"), ("DATA", "unknown")])
async def test_a_server_that_does_not_answer(
    smtp: MailServer, phase: Phase, result: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_TIMEOUT", 0.3)
    smtp.answers[phase] = ["never answer"] * 2
    async with mailing(smtp.port) as mailer:
        attempt = await send(mailer)
        assert attempt.result == result
        smtp.answers[phase] = []
        assert (await send(mailer, "bert@example.org")).result == "sent"
    assert smtp.mails[-1][0] == "bert@example.org"


async def test_an_attempt_that_is_given_up_leaves_no_answer_to_the_next(smtp: MailServer) -> None:
    held = asyncio.Event()

    async def hold(recipient: str) -> None:
        if recipient == "anna@example.org":
            held.set()
            await asyncio.Event().wait()

    smtp.on_data = hold
    async with mailing(smtp.port) as mailer:
        first = asyncio.create_task(send(mailer))
        await held.wait()
        first.cancel()
        assert isinstance((await asyncio.gather(first, return_exceptions=True))[0], asyncio.CancelledError)
        assert (await send(mailer, "bert@example.org")).result == "sent"
    assert [recipient for recipient, _ in smtp.mails] == ["bert@example.org"]


async def test_connections_are_used_at_the_same_time_and_no_more_of_them(smtp: MailServer) -> None:
    gate, waiting = asyncio.Event(), 0

    async def hold(_: str) -> None:
        nonlocal waiting
        waiting += 1
        await gate.wait()

    smtp.on_data = hold
    async with mailing(smtp.port, connections=3) as mailer:
        sending = [asyncio.create_task(send(mailer)) for _ in range(10)]
        await until(lambda: waiting == 3, "three messages under way")
        assert smtp.sessions == 3
        gate.set()
        assert {(await each).result for each in sending} == {"sent"}
    assert smtp.sessions == 3


async def test_an_address_with_a_line_break_is_no_second_recipient(smtp: MailServer) -> None:
    """The renderer refuses such an address before; here is what would happen without it."""
    async with mailing(smtp.port) as mailer:
        with pytest.raises(ValueError, match="control character"):
            await send(mailer, "anna@example.org>\r\nRCPT TO:<eve@example.org")
        assert (await send(mailer)).result == "sent"
    assert [recipient for recipient, _ in smtp.mails] == ["anna@example.org"]
