"""What people ask for: confirmations, sign-in links, test events. Asked twice, sent once; and nothing of it stays behind."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from runtime.sealing import Sealer
from schemas.link import Link, link
from schemas.request import ConfirmationRequested, SignInRequested, TestEventRequested
from schemas.subscription import EndpointEnded
from services.notifier.domain.gate import GONE
from tests.integration.notifier.outside import Hook, MailServer
from tests.integration.notifier.world import World, destination, mail_sender, subscriber, until, webhook_sender
from tests.unit.notifier.made import uid
from tests.unit.notifier.test_render import html_page, parsed

UNTIL = datetime(2026, 11, 26, 9, tzinfo=UTC)


def confirmation(world: World, name: str = "a", *, request: str = "request") -> ConfirmationRequested:
    return ConfirmationRequested(
        request_id=uid(request),
        requested_at=datetime.now(UTC),
        subscriber_id=subscriber(name),
        subscription_id=uid(f"subscription {name}"),
        subscription_name="ML in California",
        address=world.sealer.seal(f"{name}@example.org".encode(), purpose="address"),
        expires_at=UNTIL,
        correlation_id="asked",
    )


def sign_in(world: World, name: str = "a") -> SignInRequested:
    return SignInRequested(
        request_id=uid("sign-in"),
        requested_at=datetime.now(UTC),
        subscriber_id=subscriber(name),
        address=world.sealer.seal(f"{name}@example.org".encode(), purpose="address"),
        expires_at=UNTIL,
    )


def event_to_test(name: str = "hooked") -> TestEventRequested:
    return TestEventRequested(
        request_id=uid("test"),
        requested_at=datetime.now(UTC),
        subscriber_id=subscriber(name),
        endpoint_id=destination(name, "webhook").id,
    )


def opened(sealer: Sealer, url: str, path: str, purpose: str) -> Link:
    assert url.startswith(f"https://jobalerts.example/{path}?token=")
    return link.validate_json(sealer.open(url.partition("token=")[2], purpose=f"link.{purpose}"))


async def test_a_confirmation_reaches_an_address_that_nobody_knows_yet(world: World, smtp: MailServer) -> None:
    async with world.beating(), mail_sender(world.sealer, smtp.port) as sender, world.dispatching(sender):
        await world.ask(confirmation(world))
        await until(world.settled)
    [(recipient, mail)] = smtp.mails
    assert recipient == "a@example.org"
    [url] = html_page(parsed(mail)).links
    assert opened(world.sealer, url, "confirm", "confirm") == Link(
        subscriber_id=subscriber("a"), subscription_id=uid("subscription a"), expires_at=UNTIL
    )


async def test_a_sign_in_link_opens_the_account_until_it_expires(world: World, smtp: MailServer) -> None:
    await world.subscribe("a")
    async with world.beating(), mail_sender(world.sealer, smtp.port) as sender, world.dispatching(sender):
        await world.ask(sign_in(world))
        await until(world.settled)
    [url] = html_page(parsed(smtp.mails[0][1])).links
    assert opened(world.sealer, url, "manage", "manage") == Link(subscriber_id=subscriber("a"), expires_at=UNTIL)


async def test_the_same_request_twice_sends_once(world: World, smtp: MailServer) -> None:
    async with world.beating(), mail_sender(world.sealer, smtp.port) as sender, world.dispatching(sender):
        await world.ask(confirmation(world), confirmation(world))
        await until(world.settled)
        await world.ask(confirmation(world))
        await world.ask(confirmation(world, request="another"))
        await until(world.settled)
    assert len(smtp.mails) == len(await world.deliveries()) == 2


async def test_a_letter_forgets_the_address_and_the_token_once_it_is_finished(world: World, smtp: MailServer) -> None:
    await world.ask(confirmation(world), sign_in(world, "b"))
    before = [json.loads(row["content"]) for row in await world.deliveries()]
    assert all("to" in content and "token" in content for content in before)
    smtp.answers["RCPT"] = ["550 5.1.1 no such user"]
    async with world.beating(), mail_sender(world.sealer, smtp.port) as sender, world.dispatching(sender):
        await until(world.settled)
    assert sorted(row["state"] for row in await world.deliveries()) == ["failed", "sent"]
    after = [json.loads(row["content"]) for row in await world.deliveries()]
    assert not any("to" in content or "token" in content for content in after)


async def test_no_address_of_an_erased_subscriber_is_left_and_no_letter_goes_out(world: World, smtp: MailServer) -> None:
    await world.subscribe("a")
    await world.ask(sign_in(world))
    await world.erase("a")
    async with world.beating(), mail_sender(world.sealer, smtp.port) as sender, world.dispatching(sender):
        await until(world.settled)
    assert smtp.mails == []
    [delivery] = await world.deliveries()
    assert (delivery["state"], delivery["reason"]) == ("suppressed", "the account was erased before it was sent")
    dump = await world.pool.fetchval(
        "SELECT string_agg(d::text, '') || (SELECT string_agg(s::text, '') FROM subscribers s) FROM deliveries d"
    )
    assert sign_in(world).address.partition(".")[0] + "." not in dump


async def test_a_test_event_is_signed_like_any_other(world: World, endpoint: Hook) -> None:
    await world.subscribe("hooked", to="webhook", url=endpoint.url)
    async with (
        world.beating(),
        webhook_sender(world.sealer) as sender,
        world.dispatching(sender, "webhook"),
    ):
        await world.ask(event_to_test())
        await until(world.settled)
    [(headers, body)] = endpoint.posts
    assert json.loads(body)["type"] == "endpoint.test"
    assert headers["webhook-id"] == f"msg_{uid('test').hex}"


async def test_a_test_event_that_overtook_its_endpoint_waits_for_it(world: World, endpoint: Hook) -> None:
    await world.beat(age=timedelta(milliseconds=100))
    await world.ask(event_to_test())
    assert (await world.freezer("webhook").freeze(await world.claim("webhook"))).ready == []
    await world.expire_leases()
    await world.subscribe("hooked", to="webhook", url=endpoint.url)
    async with world.beating(), webhook_sender(world.sealer) as sender, world.dispatching(sender, "webhook"):
        await until(world.settled)
    assert len(endpoint.posts) == 1


@pytest.mark.parametrize("known", [True, False])
async def test_a_test_event_for_an_endpoint_that_is_gone_says_so(world: World, known: bool) -> None:
    await world.ask(event_to_test())
    if known:
        await world.subscribe("hooked", to="webhook", url="https://hooks.example/")
        await world.hear(
            EndpointEnded(endpoint_id=destination("hooked", "webhook").id, subscriber_id=subscriber("hooked"), revision=99)
        )
    async with world.beating(), webhook_sender(world.sealer) as sender, world.dispatching(sender, "webhook"):
        await until(world.settled)
    assert [(row["state"], row["reason"]) for row in await world.deliveries()] == [("suppressed", GONE)]
