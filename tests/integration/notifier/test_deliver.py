"""Dispatchers at work: what reaches mailboxes and endpoints, when a process dies between any two steps and when nothing may go."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from schemas.posting import Verdict
from services.notifier.domain.delivery import Contact, Delivery
from services.notifier.domain.pace import Pace
from services.notifier.domain.retry import Attempt, Handover
from services.notifier.drain import Sends
from tests.integration.notifier.outside import Hook, MailServer
from tests.integration.notifier.sending import has_attempts, is_given_back, mailing, message_ids, recipients
from tests.integration.notifier.world import (
    SECRET,
    World,
    mail_sender,
    matched,
    open_world,
    until,
    webhook_sender,
)
from tests.unit.notifier.made import REFUSED, summary, uid
from tests.unit.notifier.test_render import html_page, parsed, part


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
        await until(lambda: is_given_back(world), "the lease given back")
    assert endpoint.posts == []
    assert await world.pool.fetchval("SELECT count(*) FROM alerts WHERE state = 'waiting'") == 2
    assert await world.pool.fetchval("SELECT due_at > now() + interval '50 min' FROM destinations WHERE channel = 'email'")


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
    """A sender with a fault of its own, before it hands over a message or after."""

    def __init__(self, *, hands_over: bool) -> None:
        self._hands_over = hands_over
        self.slots, self.each = asyncio.Semaphore(4), 1
        self.asked: list[Delivery] = []

    async def is_away(self) -> bool:
        return False

    async def send(self, delivery: Delivery, contact: Contact, *, handover: Handover) -> Attempt:  # noqa: ARG002
        if self._hands_over:
            await handover()
        self.asked.append(delivery)
        raise RuntimeError("a fault of ours\ud800\0")


@pytest.mark.parametrize("hands_over", [True, False])
async def test_an_attempt_that_broke_comes_again_and_may_have_arrived_only_where_it_was_handed_over(
    world: World, *, hands_over: bool
) -> None:
    await world.subscribe("anna")
    await world.record(matched("anna"))
    broken: Sends = Broken(hands_over=hands_over)
    async with world.beating(), world.dispatching(broken):
        await until(lambda: has_attempts(world, 1), "an attempt")
    [delivery] = await world.deliveries()
    assert (delivery["state"], delivery["begun"]) == ("unknown" if hands_over else "waiting", False)
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
