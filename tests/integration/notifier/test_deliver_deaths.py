"""A dispatcher dies between two steps, or an answer is lost: nothing is lost, and what is repeated is the same."""

from typing import Any

from aiohttp import web
from standardwebhooks.webhooks import Webhook

from services.notifier.domain.retry import Attempt, Handover
from services.notifier.freeze import Ready
from services.notifier.send import MailSender
from services.notifier.settle import Result
from tests.integration.notifier.outside import Hook, MailServer
from tests.integration.notifier.sending import has_attempts, mailing, message_ids, recipients
from tests.integration.notifier.world import (
    SECRET,
    World,
    always,
    mail_sender,
    matched,
    until,
    webhook_sender,
)

# A process dies between two steps. What it did so far is done by hand; then the lease runs out and another takes over.


async def sent(sender: MailSender, ready: Ready) -> Attempt:
    attempt = await sender.send(ready.delivery, ready.contact, handover=Handover(always))
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
            await until(lambda number=number: has_attempts(world, number), "an attempt")  # type: ignore[misc]
            await world.make_due()
        await until(world.settled)
    bodies, ids = {body for _, body in endpoint.posts}, {headers["webhook-id"] for headers, _ in endpoint.posts}
    assert (len(endpoint.posts), len(bodies), len(ids)) == (3, 1, 1)
    for headers, body in endpoint.posts:
        Webhook(SECRET).verify(body, headers)
    assert await world.attempts() == [(1, "deferred", 500), (2, "deferred", 503), (3, "sent", 200)]


async def test_an_answer_lost_after_data_is_unknown_and_sent_again_with_the_same_bytes(world: World, smtp: MailServer) -> None:
    await world.subscribe("anna")
    await world.record(matched("anna"))
    smtp.answers["DATA"] = ["hang up"]
    async with world.beating(), mailing(world, smtp):
        await until(lambda: has_attempts(world, 1), "an attempt")
        assert [row["state"] for row in await world.deliveries()] == ["unknown"]
        await world.make_due()
        await until(world.settled)
    (_, first), (_, second) = smtp.mails
    assert first == second
    assert await world.attempts() == [(1, "unknown", None), (2, "sent", 250)]
    assert [one.outcome for one in await world.told()] == ["deferred", "sent"]
