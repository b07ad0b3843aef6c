"""Nothing goes out on what is not known any more: without heartbeats, after an unsubscribe, an end or a closing."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Literal

import pytest
from aiohttp import web

from services.notifier.domain.gate import CLOSED
from tests.integration.notifier.outside import Hook, MailServer, full_queue
from tests.integration.notifier.sending import NOTHING, has_attempts, is_given_back, mailing, recipients
from tests.integration.notifier.world import (
    World,
    matched,
    until,
    webhook_sender,
)
from tests.unit.notifier.test_render import parsed

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
        await until(lambda: is_given_back(world), "all leases given back")
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
        await until(lambda: is_given_back(world), "the lease given back")
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
        await until(lambda: has_attempts(world, 1), "an attempt")
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
        await until(lambda: has_attempts(world, 1), "an attempt")
        await world.pool.execute("UPDATE endpoints SET status = 'disabled'")
        await world.make_due()
        await until(world.settled)
    assert len(endpoint.posts) == 1
    assert await world.states() == ["suppressed: the mailbox or endpoint it was for is gone or disabled"]
