"""What cannot be sent now holds up nobody else, and servers that are away for a day fail nothing."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Final

import pytest
from aiohttp import web

from deploy.local.ports import free_ports
from services.notifier import mailer
from tests.integration.notifier.outside import Answer, Hook, MailServer, Phase, hook
from tests.integration.notifier.sending import has_attempts, is_given_back, mailing, message_ids, recipients
from tests.integration.notifier.world import (
    World,
    matched,
    subscriber,
    until,
    webhook_sender,
)
from tests.unit.notifier.made import uid

# One at fault, and its neighbours


async def test_a_message_that_cannot_be_made_does_not_hold_up_its_neighbours(world: World, smtp: MailServer) -> None:
    await world.subscribe("anna", "broken", "carl")
    await world.pool.execute("UPDATE subscribers SET address = 'k9.AAAA' WHERE id = $1", subscriber("broken"))
    await world.record(matched("anna", "broken", "carl"))
    async with world.beating(), mailing(world, smtp):
        await until(lambda: has_attempts(world, 3), "three attempts")
        await until(lambda: is_given_back(world), "the leases given back")
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
        await until(lambda: is_given_back(world), "the leases given back")
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
        await until(lambda number=number: has_attempts(world, number), "an attempt")  # type: ignore[misc]
        await until(lambda: is_given_back(world), "the lease given back")
        [delivery] = await world.deliveries()
        assert delivery["finished_at"] is None, delivery["reason"]
        passed += delivery["due_at"] - await world.pool.fetchval("SELECT now()")
        await world.make_due()


async def _tried(world: World) -> bool:
    return bool(await world.pool.fetchval("SELECT EXISTS (SELECT FROM attempts)"))
