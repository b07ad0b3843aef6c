"""Dispatchers at work: what reaches mailboxes and endpoints, when a process dies between any two steps and when nothing may go."""

import asyncio
import email
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final, Literal

import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook

from deploy.local.ports import free_ports
from schemas.posting import Verdict
from services.notifier import mailer
from services.notifier.domain.delivery import Contact, Delivery
from services.notifier.domain.gate import CLOSED
from services.notifier.domain.pace import Pace
from services.notifier.domain.retry import Attempt, IsFresh
from services.notifier.drain import Sends
from services.notifier.freeze import Ready
from services.notifier.send import MailSender
from services.notifier.settle import Result
from tests.integration.notifier.outside import Answer, Hook, MailServer, Phase, full_queue, hook
from tests.integration.notifier.world import (
    SECRET,
    World,
    always,
    mail_sender,
    matched,
    open_world,
    subscriber,
    until,
    webhook_sender,
)
from tests.unit.notifier.made import REFUSED, summary, uid
from tests.unit.notifier.test_render import html_page, parsed, part

NOTHING = "nothing had been told of this posting, so there was nothing to correct"


def recipients(smtp: MailServer) -> list[str]:
    return [recipient for recipient, _ in smtp.mails]


def message_ids(smtp: MailServer) -> list[str]:
    return [str(email.message_from_bytes(mail)["Message-ID"]) for _, mail in smtp.mails]


@asynccontextmanager
async def mailing(world: World, smtp: MailServer, *, connections: int = 4) -> AsyncIterator[None]:
    async with mail_sender(world.sealer, smtp.port, connections=connections) as sender, world.dispatching(sender):
        yield


async def test_a_match_becomes_a_mail_and_an_outcome(world: World, smtp: MailServer) -> None:
    await world.subscribe("anna/first", "anna/second", "bert")
    async with world.beating(), mailing(world, smtp):
        await world.record(matched("anna/first", "anna/second", "bert"))
        await until(world.settled)
    assert sorted(recipients(smtp)) == ["anna@example.org", "bert@example.org"]
    mails = {recipient: parsed(mail) for recipient, mail in smtp.mails}
    for text in (part(mails["anna@example.org"], "plain"), html_page(mails["anna@example.org"]).text):
        assert "Alert of anna/first" in text
        assert "Alert of anna/second" in text
    assert await world.states() == ["sent"] * 3
    assert {one.outcome for one in await world.told()} == {"sent"}
    assert len(await world.told()) == 3


async def test_a_match_becomes_a_signed_webhook_and_an_outcome(world: World, endpoint: Hook) -> None:
    await world.subscribe("hooked", to="webhook", url=endpoint.url)
    async with world.beating(), webhook_sender(world.sealer) as sender, world.dispatching(sender, "webhook"):
        await world.record(matched("hooked", to="webhook"))
        await until(world.settled)
    [(headers, body)] = endpoint.posts
    content = Webhook(SECRET).verify(body, headers)
    assert content["type"] == "posting.opened"
    assert content["data"]["posting"]["id"] == str(uid("p"))
    assert content["data"]["matches"][0]["name"] == "Alert of hooked"
    assert await world.states() == ["sent"]


async def test_a_correction_comes_after_what_it_corrects_and_answers_it(world: World, smtp: MailServer) -> None:
    await world.subscribe("anna")
    async with world.beating(), mailing(world, smtp):
        await world.record(matched("anna"))
        await until(world.settled)
        changed = summary(verdict=REFUSED)
        await world.record(matched("anna", kind="no_longer", revision=2, content=changed))
        await until(world.settled)
    first, second = (parsed(mail) for _, mail in smtp.mails)
    assert second["In-Reply-To"] == first["Message-ID"]
    assert "Does not sponsor" in part(second, "plain")


async def test_only_what_is_due_is_sent_and_only_to_whom_it_is_for(world: World, smtp: MailServer, endpoint: Hook) -> None:
    await world.subscribe("anna")
    await world.subscribe("hooked", to="webhook", url=endpoint.url)
    await world.record(matched("anna"), matched("hooked", to="webhook"))
    await world.record(matched("anna", posting="later"))
    await world.pool.execute("UPDATE alerts SET due_at = now() + interval '1 hour' WHERE posting_id = $1", uid("later"))
    async with world.beating(), mailing(world, smtp):
        await until(lambda: len(smtp.mails) == 1, "the mail that is due")
        await until(lambda: _is_given_back(world), "the lease given back")
    assert endpoint.posts == []
    assert await world.pool.fetchval("SELECT count(*) FROM alerts WHERE state = 'waiting'") == 2
    assert await world.pool.fetchval("SELECT due_at > now() + interval '50 min' FROM destinations WHERE channel = 'email'")


async def _is_given_back(world: World) -> bool:
    return not await world.pool.fetchval("SELECT EXISTS (SELECT FROM destinations WHERE leased_until > now())")


# A process dies between two steps. What it did so far is done by hand; then the lease runs out and another takes over.


async def sent(sender: MailSender, ready: Ready) -> Attempt:
    attempt = await sender.send(ready.delivery, ready.contact, is_fresh=always)
    assert attempt is not None
    return attempt


async def _claimed(world: World) -> None:
    assert len(await world.claim()) == 1


async def _frozen(world: World, sender: MailSender) -> tuple[Any, Ready]:
    leases = await world.claim()
    [ready] = (await world.freezer().freeze(leases)).ready
    return leases, ready


async def test_who_dies_after_leasing_delays_a_mail_and_loses_none(world: World, smtp: MailServer) -> None:
    await world.subscribe("anna")
    await world.record(matched("anna"))
    async with world.beating(), mail_sender(world.sealer, smtp.port):
        await _claimed(world)
        await world.expire_leases()
        async with mailing(world, smtp):
            await until(world.settled)
    assert recipients(smtp) == ["anna@example.org"]


async def test_who_dies_after_freezing_leaves_the_message_to_the_next_as_it_is(world: World, smtp: MailServer) -> None:
    await world.subscribe("anna")
    await world.record(matched("anna"))
    async with world.beating(), mail_sender(world.sealer, smtp.port) as sender:
        _, ready = await _frozen(world, sender)
        await world.expire_leases()
        async with mailing(world, smtp):
            await until(world.settled)
    assert message_ids(smtp) == [ready.delivery.message_id]


async def test_who_dies_after_sending_causes_a_repeat_with_the_same_id_and_bytes(world: World, smtp: MailServer) -> None:
    await world.subscribe("anna/first", "anna/second")
    await world.record(matched("anna/first", "anna/second"))
    async with world.beating(), mail_sender(world.sealer, smtp.port) as sender:
        _, ready = await _frozen(world, sender)
        assert (await sent(sender, ready)).result == "sent"
        await world.expire_leases()
        async with mailing(world, smtp):
            await until(world.settled)
    (_, first), (_, second) = smtp.mails
    assert first == second
    assert await world.states() == ["sent", "sent"]
    assert await world.attempts() == [(1, "sent", 250)]


async def test_who_dies_after_settling_repeats_nothing(world: World, smtp: MailServer) -> None:
    await world.subscribe("anna")
    await world.record(matched("anna"))
    async with world.beating(), mail_sender(world.sealer, smtp.port) as sender:
        leases, ready = await _frozen(world, sender)
        attempt = await sent(sender, ready)
        await world.settler().settle([Result(ready.delivery, None, attempt)], held=leases, done=[])  # and dies
        await world.expire_leases()
        async with mailing(world, smtp):
            await until(lambda: _is_idle(world), "nothing due")
    assert len(smtp.mails) == 1


async def _is_idle(world: World) -> bool:
    return bool(await world.pool.fetchval("SELECT bool_and(due_at = 'infinity' AND leased_until < now()) FROM destinations"))


async def test_a_webhook_is_repeated_with_the_same_id_and_body_and_a_new_signature(world: World, endpoint: Hook) -> None:
    await world.subscribe("hooked", to="webhook", url=endpoint.url)
    await world.record(matched("hooked", to="webhook"))
    answers = [web.Response(status=500), web.Response(status=503), web.Response(status=200)]

    async def answer(_: web.Request) -> web.Response:
        return answers.pop(0)

    endpoint.behave = answer
    async with world.beating(), webhook_sender(world.sealer) as sender, world.dispatching(sender, "webhook"):
        for number in (1, 2):
            await until(lambda number=number: _has_attempts(world, number), "an attempt")  # type: ignore[misc]
            await world.make_due()
        await until(world.settled)
    bodies, ids = {body for _, body in endpoint.posts}, {headers["webhook-id"] for headers, _ in endpoint.posts}
    assert (len(endpoint.posts), len(bodies), len(ids)) == (3, 1, 1)
    for headers, body in endpoint.posts:
        Webhook(SECRET).verify(body, headers)
    assert await world.attempts() == [(1, "deferred", 500), (2, "deferred", 503), (3, "sent", 200)]


async def _has_attempts(world: World, number: int) -> bool:
    return bool(await world.pool.fetchval("SELECT count(*) = $1 FROM attempts", number))


async def test_an_answer_lost_after_data_is_unknown_and_sent_again_with_the_same_bytes(world: World, smtp: MailServer) -> None:
    await world.subscribe("anna")
    await world.record(matched("anna"))
    smtp.answers["DATA"] = ["hang up"]
    async with world.beating(), mailing(world, smtp):
        await until(lambda: _has_attempts(world, 1), "an attempt")
        assert [row["state"] for row in await world.deliveries()] == ["unknown"]
        await world.make_due()
        await until(world.settled)
    (_, first), (_, second) = smtp.mails
    assert first == second
    assert await world.attempts() == [(1, "unknown", None), (2, "sent", 250)]
    assert [one.outcome for one in await world.told()] == ["deferred", "sent"]


# Silence


async def test_nothing_is_sent_without_a_heartbeat_and_all_of_it_when_it_is_back(world: World, smtp: MailServer) -> None:
    await world.subscribe("anna", "bert")
    await world.record(matched("anna", "bert"))
    async with mailing(world, smtp):
        await world.beat(age=timedelta(seconds=1.5))
        async with world.pool.acquire() as connection:  # three looks at the least, and none of them leases
            for _ in range(3):
                await connection.fetchval("SELECT pg_sleep(0.15)")
        assert smtp.mails == []
        assert await world.pool.fetchval("SELECT bool_and(lease = 0) FROM destinations")
        async with world.beating():
            await until(world.settled)
    assert sorted(recipients(smtp)) == ["anna@example.org", "bert@example.org"]


@asynccontextmanager
async def held_up(world: World, smtp: MailServer) -> AsyncIterator[asyncio.Event]:
    """One connection only, and a first mail that is being taken for as long as the event is not set; the others wait behind."""
    released, taking = asyncio.Event(), asyncio.Event()

    async def hold(_: str) -> None:
        taking.set()
        await released.wait()

    smtp.on_data = hold
    async with mailing(world, smtp, connections=1):
        await taking.wait()
        yield released
        released.set()
        await until(world.settled)


async def test_who_unsubscribes_while_mails_stand_in_line_gets_none(world: World, smtp: MailServer) -> None:
    names = [f"subscriber-{number}" for number in range(6)]
    await world.subscribe(*names)
    await world.record(matched(*names))
    async with world.beating():
        async with held_up(world, smtp) as released:
            await world.unsubscribe(*names)
            await world.pool.fetchval("SELECT pg_sleep(1.05)")  # what was answered longer ago than a second is honoured
            released.set()
    assert len(smtp.mails) == 1
    states = Counter(await world.states())
    assert states == {"sent": 1, "suppressed: the subscription had ended or was paused": 5}


async def test_a_posting_that_closes_while_mails_stand_in_line_is_not_told_any_more(world: World, smtp: MailServer) -> None:
    names = [f"subscriber-{number}" for number in range(6)]
    await world.subscribe(*names)
    await world.record(matched(*names))
    async with world.beating():
        async with held_up(world, smtp) as released:
            await world.close_posting()
            await world.pool.fetchval("SELECT pg_sleep(1.05)")
            released.set()
    told, corrected = (parsed(mail) for _, mail in smtp.mails)
    assert corrected["In-Reply-To"] == told["Message-ID"]
    assert Counter(await world.states()) == {"sent": 2, f"suppressed: {CLOSED}": 5, f"suppressed: {NOTHING}": 5}


async def test_mails_that_stand_in_line_when_the_heart_stops_wait_until_it_beats_again(world: World, smtp: MailServer) -> None:
    names = [f"subscriber-{number}" for number in range(4)]
    await world.subscribe(*names)
    await world.record(matched(*names))
    released, taking = asyncio.Event(), asyncio.Event()

    async def hold(_: str) -> None:
        taking.set()
        await released.wait()

    smtp.on_data = hold
    async with mailing(world, smtp, connections=1):
        await world.beat()
        await taking.wait()
        await world.pool.fetchval("SELECT pg_sleep(1.05)")
        released.set()
        await until(lambda: _is_given_back(world), "all leases given back")
        assert len(smtp.mails) == 1
        async with world.beating():
            await until(world.settled)
    assert len(smtp.mails) == 4


@pytest.mark.parametrize("command", ["EHLO", "RCPT", "DATA"])
async def test_who_unsubscribes_while_the_server_takes_its_time_gets_no_mail(
    world: World, smtp: MailServer, command: Literal["EHLO", "RCPT", "DATA"]
) -> None:
    await world.subscribe("anna")
    await world.record(matched("anna"))
    released, asked = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        asked.set()
        await released.wait()

    smtp.on[command] = hold
    async with world.beating(), mailing(world, smtp, connections=1):
        await asked.wait()
        await world.unsubscribe("anna")
        await world.pool.fetchval("SELECT pg_sleep(1.05)")
        released.set()
        await until(world.settled)
        assert await world.states() == ["suppressed: the subscription had ended or was paused"]
        assert await world.attempts() == []
        await world.subscribe("bert")
        await world.record(matched("bert"))
        await until(world.settled)
    assert recipients(smtp) == ["bert@example.org"]
    assert smtp.sessions == 2  # the server waited for the mail by then, so its session was ended


async def test_a_server_that_always_takes_its_time_gets_its_mail_all_the_same(world: World, smtp: MailServer) -> None:
    await world.subscribe("anna")
    await world.record(matched("anna"))

    async def take_time() -> None:
        await world.pool.fetchval("SELECT pg_sleep(1.05)")

    smtp.on["RCPT"] = take_time
    async with world.beating(), mailing(world, smtp):
        await until(world.settled)
    assert recipients(smtp) == ["anna@example.org"]
    assert await world.attempts() == [(1, "sent", 250)]


async def test_a_mail_that_cannot_be_looked_at_again_is_not_sent(world: World, smtp: MailServer) -> None:
    """The heart stops while the server takes its time."""
    await world.subscribe("anna")
    await world.record(matched("anna"))
    released, asked = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        asked.set()
        await released.wait()

    smtp.on["RCPT"] = hold
    async with mailing(world, smtp):
        await world.beat()
        await asked.wait()
        await world.pool.fetchval("SELECT pg_sleep(1.05)")
        released.set()
        await until(lambda: _is_given_back(world), "the lease given back")
        assert smtp.mails == []
        async with world.beating():
            await until(world.settled)
    assert recipients(smtp) == ["anna@example.org"]


async def test_who_unsubscribes_while_the_endpoint_does_not_accept_gets_no_webhook(world: World) -> None:
    async with full_queue() as endpoint:
        await world.subscribe("hooked", to="webhook", url=endpoint.url)
        await world.record(matched("hooked", to="webhook"))
        async with world.beating(), webhook_sender(world.sealer) as sender, world.dispatching(sender, "webhook"):
            await until(lambda: _is_frozen(world), "the message frozen")
            await world.unsubscribe("hooked")
            async with await endpoint.open():
                await until(world.settled)
        assert endpoint.connections == 2  # the one that filled the queue, and ours
        assert endpoint.requests == []
    assert await world.states() == ["suppressed: the subscription had ended or was paused"]
    assert await world.attempts() == []


async def test_an_endpoint_that_is_slow_to_accept_gets_its_webhook_all_the_same(world: World) -> None:
    async with full_queue() as endpoint:
        await world.subscribe("hooked", to="webhook", url=endpoint.url)
        await world.record(matched("hooked", to="webhook"))
        async with world.beating(), webhook_sender(world.sealer) as sender, world.dispatching(sender, "webhook"):
            await until(lambda: _is_frozen(world), "the message frozen")
            async with await endpoint.open():
                await until(world.settled)
        assert endpoint.requests[0] == b"POST / HTTP/1.1\r\n"
    assert await world.attempts() == [(1, "sent", 204)]


async def _is_frozen(world: World) -> bool:
    return await world.states() == ["frozen"]


async def test_a_retry_is_not_made_for_who_unsubscribed_in_between(world: World, smtp: MailServer) -> None:
    await world.subscribe("anna")
    await world.record(matched("anna"))
    smtp.answers["RCPT"] = ["450 later"]
    async with world.beating(), mailing(world, smtp):
        await until(lambda: _has_attempts(world, 1), "an attempt")
        await world.unsubscribe("anna")
        await world.make_due()
        await until(world.settled)
    assert smtp.mails == []
    assert await world.states() == ["suppressed: the subscription had ended or was paused"]


async def test_an_endpoint_that_is_disabled_between_attempts_gets_no_more(world: World, endpoint: Hook) -> None:
    await world.subscribe("hooked", to="webhook", url=endpoint.url)
    await world.record(matched("hooked", to="webhook"))

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=500)

    endpoint.behave = answer
    async with world.beating(), webhook_sender(world.sealer) as sender, world.dispatching(sender, "webhook"):
        await until(lambda: _has_attempts(world, 1), "an attempt")
        await world.pool.execute("UPDATE endpoints SET status = 'disabled'")
        await world.make_due()
        await until(world.settled)
    assert len(endpoint.posts) == 1
    assert await world.states() == ["suppressed: the mailbox or endpoint it was for is gone or disabled"]


# One at fault, and its neighbours


async def test_a_message_that_cannot_be_made_does_not_hold_up_its_neighbours(world: World, smtp: MailServer) -> None:
    await world.subscribe("anna", "broken", "carl")
    await world.pool.execute("UPDATE subscribers SET address = 'k9.AAAA' WHERE id = $1", subscriber("broken"))
    await world.record(matched("anna", "broken", "carl"))
    async with world.beating(), mailing(world, smtp):
        await until(lambda: _has_attempts(world, 3), "three attempts")
        await until(lambda: _is_given_back(world), "the leases given back")
    assert sorted(recipients(smtp)) == ["anna@example.org", "carl@example.org"]
    by_name = {name: state for name, _, state in await world.alerts()}
    assert by_name == {"anna": "sent", "broken": "frozen", "carl": "sent"}
    [broken] = [row for row in await world.deliveries() if row["finished_at"] is None]
    assert "BadSeal" in broken["reason"]


async def test_an_address_that_is_none_fails_in_words(world: World, smtp: MailServer) -> None:
    await world.subscribe("anna")
    sealed = world.sealer.seal(b"not an address", purpose="address")
    await world.pool.execute("UPDATE subscribers SET address = $1", sealed)
    await world.record(matched("anna"))
    async with world.beating(), mailing(world, smtp):
        await until(world.settled)
    assert await world.states() == ["failed: The address is none that mail can be sent to."]


async def test_a_subscription_that_cannot_be_read_does_not_keep_its_neighbours_alerts(world: World, smtp: MailServer) -> None:
    await world.subscribe("anna", "broken", "carl")
    await world.pool.execute("UPDATE subscriptions SET filter = '{\"keywords\": 7}' WHERE id = $1", uid("subscription broken"))
    await world.record(matched("anna", "broken", "carl"))
    async with world.beating(), mailing(world, smtp):
        await until(lambda: len(smtp.mails) == 2, "two mails")
        await until(lambda: _leased(world, 1), "one lease left, the broken one's")
    assert {name: state for name, _, state in await world.alerts()} == {"anna": "sent", "broken": "waiting", "carl": "sent"}


async def _leased(world: World, number: int) -> bool:
    return bool(await world.pool.fetchval("SELECT count(*) = $1 FROM destinations WHERE leased_until > now()", number))


async def test_an_endpoint_that_does_not_answer_does_not_hold_up_the_others(world: World, endpoint: Hook) -> None:
    await world.subscribe("slow", to="webhook", url=f"{endpoint.url}/slow")
    await world.subscribe("quick", to="webhook", url=f"{endpoint.url}/quick")
    released, most, now = asyncio.Event(), 0, 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal most, now
        if request.path == "/slow":
            now += 1
            most = max(most, now)
            await released.wait()
            now -= 1
        return web.Response(status=204)

    endpoint.behave = answer
    async with (
        world.beating(),
        webhook_sender(world.sealer) as sender,
        world.dispatching(sender, "webhook", batches=2),
    ):
        await world.record(*(matched("slow", posting=f"p{number}", to="webhook") for number in range(30)))
        await until(lambda: now == sender.each, "the slow endpoint at its limit")
        for number in range(30):
            await world.record(matched("quick", posting=f"p{number}", to="webhook"))
            await until(lambda number=number: _quick(endpoint) == number + 1, "the quick endpoint's next")  # type: ignore[misc]
        released.set()
        await until(world.settled)
    assert most == sender.each
    assert len(endpoint.posts) == 60


def _quick(endpoint: Hook) -> int:
    return sum(headers["path"] == "/quick" for headers, _ in endpoint.posts)


# Servers that are away


async def test_a_mail_server_that_is_away_costs_nothing_but_time(
    world: World, smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailer, "_LOOK_AGAIN", 0.05)
    names = [f"subscriber-{number}" for number in range(200)]
    await world.subscribe(*names)
    await smtp.stop()
    async with world.beating(), mailing(world, smtp, connections=2):
        await world.record(matched(*names))
        await until(lambda: _tried(world), "an attempt")
        await world.record(matched(*names, posting="q"))
        await until(lambda: _is_given_back(world), "the leases given back")
        in_vain = await world.pool.fetchval("SELECT count(*) FROM attempts")
        assert in_vain <= 10  # the others did not come to their turn
        await smtp.start()
        await world.make_due()
        await until(world.settled)
    assert len(smtp.mails) == 400
    assert set(Counter(message_ids(smtp)).values()) == {1}
    assert set(await world.states()) == {"sent"}


UNWELL: Final[list[tuple[Phase, Answer]]] = [
    ("MAIL", "421 4.3.2 shutting down"),
    ("MAIL", "550 5.7.1 we do not relay at the moment"),
    ("RCPT", "451 4.3.0 later"),
    ("RCPT", "hang up"),
    ("DATA", "452 4.3.1 disk full"),
    ("DATA", "hang up"),
]


@pytest.mark.parametrize(("phase", "answer"), UNWELL, ids=[f"{phase} {answer!s}" for phase, answer in UNWELL])
async def test_a_mail_server_that_is_unwell_for_a_day_fails_nothing(
    world: World, smtp: MailServer, phase: Phase, answer: Answer
) -> None:
    await world.subscribe("anna")
    await world.record(matched("anna"))
    smtp.answers[phase] = [answer] * 1000
    async with world.beating(), mailing(world, smtp):
        await a_day_passes(world)
        smtp.answers[phase] = []
        await world.make_due()
        await until(world.settled)
    assert await world.states() == ["sent"]
    assert len(set(smtp.mails)) == 1  # where the answer was lost after DATA it came before, with the same bytes


async def test_an_endpoint_that_is_away_for_a_day_loses_nothing(world: World) -> None:
    [port] = free_ports(1)
    await world.subscribe("hooked", to="webhook", url=f"http://127.0.0.1:{port}")
    await world.record(matched("hooked", to="webhook"))
    async with world.beating(), webhook_sender(world.sealer) as sender, world.dispatching(sender, "webhook"):
        await a_day_passes(world)
        async with hook(port) as endpoint:
            await world.make_due()
            await until(world.settled)
    assert len(endpoint.posts) == 1
    assert await world.states() == ["sent"]


async def test_an_endpoint_that_hangs_up_for_a_day_loses_nothing(world: World, endpoint: Hook) -> None:
    await world.subscribe("hooked", to="webhook", url=endpoint.url)
    await world.record(matched("hooked", to="webhook"))

    async def hang_up(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    endpoint.behave = hang_up
    async with world.beating(), webhook_sender(world.sealer) as sender, world.dispatching(sender, "webhook"):
        await a_day_passes(world)
        endpoint.behave = None
        await world.make_due()
        await until(world.settled)
    assert len({(headers["webhook-id"], body) for headers, body in endpoint.posts}) == 1
    assert await world.states() == ["sent"]


async def a_day_passes(world: World) -> None:
    """The pauses that are waited for add up to a day; each is over as soon as it has begun."""
    passed, number = timedelta(0), 0
    while passed < timedelta(days=1):
        number += 1
        await until(lambda number=number: _has_attempts(world, number), "an attempt")  # type: ignore[misc]
        await until(lambda: _is_given_back(world), "the lease given back")
        [delivery] = await world.deliveries()
        assert delivery["finished_at"] is None, delivery["reason"]
        passed += delivery["due_at"] - await world.pool.fetchval("SELECT now()")
        await world.make_due()


async def _tried(world: World) -> bool:
    return bool(await world.pool.fetchval("SELECT EXISTS (SELECT FROM attempts)"))


async def test_sessions_with_postgres_that_break_while_mails_are_sent_repeat_none(world: World, smtp: MailServer) -> None:
    names = [f"subscriber-{number}" for number in range(300)]
    await world.subscribe(*names)
    await world.record(matched(*names))
    async with open_world(world.dsn, world.sealer, application="others") as others, others.beating():
        async with mailing(world, smtp):
            for number in range(1, 16):
                await until(lambda number=number: len(smtp.mails) >= number * 8, "some more mails")  # type: ignore[misc]
                await others.pool.fetchval(
                    """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                       WHERE datname = current_database() AND application_name = 'notifier-test'"""
                )
        await others.expire_leases()  # of claims whose answer was lost
        async with mailing(world, smtp):
            await until(others.settled)
        assert Counter(await others.states()) == {"sent": 300}
    assert len(smtp.mails) == 300
    assert set(Counter(message_ids(smtp)).values()) == {1}


# Stopping, and many at once


async def test_stopping_finishes_what_is_being_sent_and_lets_go_of_the_rest_at_once(world: World, smtp: MailServer) -> None:
    names = [f"subscriber-{number}" for number in range(50)]
    await world.subscribe(*names)
    await world.record(matched(*names))
    released, taking = asyncio.Event(), asyncio.Event()

    async def hold(_: str) -> None:
        taking.set()
        await released.wait()

    smtp.on_data = hold
    async with world.beating(), mail_sender(world.sealer, smtp.port, connections=1) as sender:
        dispatching = world.dispatching(sender)
        await dispatching.__aenter__()
        await taking.wait()
        stopping = asyncio.create_task(dispatching.__aexit__(None, None, None))
        await asyncio.sleep(0)
        released.set()
        await stopping
    assert len(smtp.mails) == 1
    assert Counter(await world.states()) == {"sent": 1, "frozen": 49}
    assert len(await world.claim()) == 49


async def test_hundreds_of_postings_for_one_mailbox_are_sent_in_order_without_waiting_for_the_sweep(
    world: World, smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notifier.deliver._SWEEP", 30.0)
    await world.subscribe("anna")
    await world.record(*(matched("anna", posting=f"p{number:03}") for number in range(130)))
    async with world.beating(), mailing(world, smtp):
        await until(world.settled)
    assert len(smtp.mails) == 130
    assert set(Counter(message_ids(smtp)).values()) == {1}


async def test_two_dispatchers_send_each_mail_once(world: World, smtp: MailServer) -> None:
    names = [f"subscriber-{number}" for number in range(60)]
    await world.subscribe(*names)
    async with world.beating(), mailing(world, smtp), mailing(world, smtp):
        for number in range(5):
            await world.record(matched(*names, posting=f"p{number}"))
        await until(world.settled)
    assert len(smtp.mails) == 300
    assert set(Counter(message_ids(smtp)).values()) == {1}
    assert len(await world.told()) == 300


class Broken:
    """A sender with a fault of its own."""

    def __init__(self) -> None:
        self.slots, self.each = asyncio.Semaphore(4), 1
        self.asked: list[Delivery] = []

    async def is_away(self) -> bool:
        return False

    async def send(self, delivery: Delivery, contact: Contact, *, is_fresh: IsFresh) -> Attempt:  # noqa: ARG002
        self.asked.append(delivery)
        raise RuntimeError("a fault of ours\ud800\0")


async def test_an_attempt_that_broke_is_unknown_and_comes_again(world: World) -> None:
    await world.subscribe("anna")
    await world.record(matched("anna"))
    broken: Sends = Broken()
    async with world.beating(), world.dispatching(broken):
        await until(lambda: _has_attempts(world, 1), "an attempt")
    [delivery] = await world.deliveries()
    assert delivery["state"] == "unknown"
    assert delivery["reason"].startswith("could not be sent: RuntimeError: a fault of ours")
    assert delivery["due_at"] > delivery["frozen_at"] + timedelta(seconds=9)


class Hasty(Pace):
    """Leases for no longer than must be left of a lease for an attempt to begin."""

    @property
    def lease(self) -> timedelta:
        return self.margin


async def test_a_lease_that_would_not_last_begins_no_attempt(world: World, smtp: MailServer) -> None:
    await world.subscribe("anna")
    await world.record(matched("anna"))
    async with (
        world.beating(),
        mail_sender(world.sealer, smtp.port) as sender,
        world.dispatching(sender, pace=Hasty(attempt=timedelta(seconds=0.2))),
    ):
        await until(lambda: _was_leased_often(world), "several leases")
    assert smtp.mails == []
    assert await world.states() == ["frozen"]


async def _was_leased_often(world: World) -> bool:
    return bool(await world.pool.fetchval("SELECT lease > 3 FROM destinations"))


async def test_what_a_posting_says_of_visas_reaches_the_endpoint_as_it_is(world: World, endpoint: Hook) -> None:
    await world.subscribe("hooked", to="webhook", url=endpoint.url)
    silent = summary("silent", verdict=Verdict())
    async with world.beating(), webhook_sender(world.sealer) as sender, world.dispatching(sender, "webhook"):
        await world.record(matched("hooked", to="webhook"), matched("hooked", posting="silent", to="webhook", content=silent))
        await until(world.settled)
    said: Sequence[Any] = [json.loads(body)["data"]["posting"]["verdict"]["sponsorship"]["value"] for _, body in endpoint.posts]
    assert sorted(said) == ["offered", "unstated"]
