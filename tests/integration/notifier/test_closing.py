"""Closing a posting: what was told of it is corrected once, what was not is not told, in whatever order things arrive."""

import asyncio
import json

import pytest
from aiohttp import web

from services.notifier.domain.gate import CLOSED, CORRECTED, TOGETHER
from services.notifier.domain.retry import Handover
from tests.integration.notifier.closing import SENT, kinds, told
from tests.integration.notifier.freezing import as_if_not_taken, as_if_sent, freeze, frozen
from tests.integration.notifier.outside import Hook, MailServer
from tests.integration.notifier.sending import NOTHING, mailing
from tests.integration.notifier.world import (
    World,
    always,
    mail_sender,
    matched,
    until,
    webhook_sender,
)
from tests.unit.notifier.made import REFUSED, summary
from tests.unit.notifier.test_render import parsed, part


async def test_what_was_told_is_corrected_when_the_posting_closes(world: World, smtp: MailServer) -> None:
    await world.subscribe("anna/first", "anna/second", "bert")
    async with world.beating(), mailing(world, smtp):
        await world.record(matched("anna/first", "anna/second"))
        await until(world.settled)
        await world.close_posting()
        await until(world.settled)
    first, second = (parsed(mail) for _, mail in smtp.mails)
    assert second["Subject"] == "Closed: Machine Learning Engineer at Kestrel Analytics"
    assert second["In-Reply-To"] == second["References"] == first["Message-ID"]
    assert "Sent for: Alert of anna/" in part(second, "plain")
    assert await kinds(world) == [SENT, SENT, ("no_longer", "sent"), ("no_longer", "sent")]
    assert {one.kind for one in await world.told()} == {"opened", "no_longer"}


async def test_an_endpoint_is_told_why_a_posting_is_not_for_it_any_more(world: World, endpoint: Hook) -> None:
    await world.subscribe("hooked", to="webhook", url=endpoint.url)
    async with world.beating(), webhook_sender(world.sealer) as sender, world.dispatching(sender, "webhook"):
        await world.record(matched("hooked", to="webhook"), matched("hooked", posting="q", to="webhook"))
        await until(world.settled)
        await world.close_posting("p")
        await world.record(matched("hooked", posting="q", kind="no_longer", revision=2, to="webhook"))
        await until(world.settled)
    corrections = [json.loads(body) for _, body in endpoint.posts][2:]
    assert {body["type"] for body in corrections} == {"posting.no_longer_matches"}
    reasons = {body["data"]["posting"]["source_id"]: body["data"]["reason"] for body in corrections}
    assert reasons == {"p": "closed", "q": "changed"}


async def test_what_only_waits_when_the_posting_closes_is_not_told_and_not_corrected(world: World) -> None:
    await world.subscribe("a")
    await world.record(matched("a"))
    await world.close_posting()
    await world.beat()
    assert await frozen(world) == []
    assert await kinds(world) == [("opened", f"suppressed: {CLOSED}")]


async def test_a_match_that_comes_after_the_closing_is_not_told(world: World) -> None:
    await world.subscribe("a")
    await world.close_posting()
    await world.record(matched("a"))
    await world.beat()
    assert await frozen(world) == []
    assert await kinds(world) == [("opened", f"suppressed: {CLOSED}")]


async def test_what_is_frozen_when_the_posting_closes_is_withdrawn_and_then_there_is_nothing_to_correct(world: World) -> None:
    await world.subscribe("a")
    await world.beat()
    await world.record(matched("a"))
    assert len(await frozen(world)) == 1
    await as_if_not_taken(world)
    await world.close_posting()
    assert await frozen(world) == [f"withdrawn: {CLOSED}"]
    assert (await kinds(world))[1] == ("no_longer", "waiting")
    await as_if_not_taken(world)
    await world.make_due()
    await world.beat()
    assert await frozen(world) == []
    assert (await kinds(world))[1] == ("no_longer", f"suppressed: {NOTHING}")


async def test_what_is_being_sent_when_the_posting_closes_is_corrected_once_it_is_out(world: World, smtp: MailServer) -> None:
    await world.subscribe("anna")
    released, taking = asyncio.Event(), asyncio.Event()

    async def hold(_: str) -> None:
        taking.set()
        await released.wait()

    smtp.on_data = hold
    async with world.beating(), mailing(world, smtp):
        await world.record(matched("anna"))
        await taking.wait()
        await world.close_posting()
        assert await kinds(world) == [("opened", "frozen"), ("no_longer", "waiting")]
        released.set()
        await until(world.settled)
    first, second = (parsed(mail) for _, mail in smtp.mails)
    assert second["In-Reply-To"] == first["Message-ID"]
    assert second["Subject"].startswith("Closed: ")


async def test_who_was_told_through_one_that_ended_is_corrected_through_another_that_only_waits(world: World) -> None:
    await world.subscribe("a/first", "a/second")
    await world.beat()
    await world.record(matched("a/first"))
    [first] = await frozen(world)
    await as_if_sent(world)
    await world.record(matched("a/second"))
    await world.unsubscribe("a/first")
    await world.close_posting()
    await world.beat()
    [correction] = await freeze(world)
    assert correction.delivery.content["template"] == "closed"
    assert correction.delivery.content["in_reply_to"] == first


async def test_who_may_have_been_told_is_corrected_too(world: World, smtp: MailServer) -> None:
    """No answer came after DATA, and before the mail is sent again the posting closes: it is withdrawn, and may have arrived."""
    await world.subscribe("anna")
    smtp.answers["DATA"] = ["hang up"]
    async with world.beating(), mailing(world, smtp):
        await world.record(matched("anna"))
        await until(lambda: len(smtp.mails) == 1, "a mail whose fate is unknown")
        await until(lambda: _is_unknown(world), "that written down")
        await world.close_posting()
        await world.make_due()
        await until(world.settled)
    assert [parsed(mail)["Subject"].partition(":")[0] for _, mail in smtp.mails[1:]] == ["Closed"]
    assert await kinds(world) == [("opened", f"suppressed: {CLOSED}"), ("no_longer", "sent")]


async def _is_unknown(world: World) -> bool:
    return [row["state"] for row in await world.deliveries()] == ["unknown"]


@pytest.mark.parametrize("end", ["withdrawn", "failed"])
async def test_who_may_have_been_told_is_corrected_too_where_all_is_over_before_the_closing_is_read_to_its_end(
    world: World, smtp: MailServer, end: str
) -> None:
    """Who reads it dies when the posting is known to be closed, and before anybody is corrected. Or the second attempt fails."""
    await world.subscribe("anna")
    smtp.answers["DATA"] = ["hang up"]
    async with world.beating(), mailing(world, smtp):
        await world.record(matched("anna"))
        await until(lambda: _is_unknown(world), "a mail whose fate is unknown")
        if end == "withdrawn":
            await world.pool.execute("UPDATE postings SET status = 'closed', revision = 100")
        else:
            smtp.answers["RCPT"] = ["550 5.1.1 no such user"]
        await world.make_due()
        await until(world.settled)
        await world.close_posting()
        await until(world.settled)
    assert [parsed(mail)["Subject"].partition(":")[0] for _, mail in smtp.mails[1:]] == ["Closed"]
    assert [kind for kind, _ in await kinds(world)] == ["opened", "no_longer"]


async def test_an_endpoint_that_hung_up_after_the_request_is_corrected_too(world: World, endpoint: Hook) -> None:
    await world.subscribe("hooked", to="webhook", url=endpoint.url)

    async def hang_up(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    endpoint.behave = hang_up
    async with world.beating(), webhook_sender(world.sealer) as sender, world.dispatching(sender, "webhook"):
        await world.record(matched("hooked", to="webhook"))
        await until(lambda: _is_unknown(world), "a webhook whose fate is unknown")
        endpoint.behave = None
        await world.close_posting()
        await world.make_due()
        await until(world.settled)
    told, *again, correction = (json.loads(body) for _, body in endpoint.posts)
    assert all(one == told for one in again)
    assert correction["type"] == "posting.no_longer_matches"


@pytest.mark.parametrize("after", ["closed", "changed"])
async def test_who_was_told_by_one_who_died_before_writing_it_down_is_corrected(
    world: World, smtp: MailServer, after: str
) -> None:
    """It is withdrawn before it is repeated, and it arrived."""
    await world.subscribe("anna")
    await world.beat()
    await world.record(matched("anna"))
    [one] = await freeze(world)
    async with mail_sender(world.sealer, smtp.port) as sender:
        assert await sender.send(one.delivery, one.contact, handover=Handover(always))
    await world.expire_leases()
    if after == "closed":
        await world.close_posting()
    else:
        await world.record(matched("anna", kind="no_longer", revision=2))
    async with world.beating(), mailing(world, smtp):
        await world.make_due()
        await until(world.settled)
    first, second = (parsed(mail) for _, mail in smtp.mails)
    assert second["In-Reply-To"] == first["Message-ID"] == one.delivery.message_id
    assert (await kinds(world))[1] == ("no_longer", "sent")


@pytest.mark.parametrize("together", [True, False], ids=["both wait", "the correction is out"])
async def test_what_a_change_took_back_is_not_taken_back_again_by_the_closing(world: World, together: bool) -> None:
    await told(world, "a")
    await world.record(matched("a", kind="no_longer", revision=2, content=summary(verdict=REFUSED)))
    if not together:
        assert len(await frozen(world)) == 1
        await as_if_sent(world)
    await world.close_posting(revision=3)
    await world.beat()
    assert len(await frozen(world)) == (1 if together else 0)
    [*_, last] = await world.states()
    assert last == f"suppressed: {TOGETHER if together else CORRECTED}"
    assert [row["kind"] for row in await world.deliveries()] == ["opened", "no_longer"]


async def test_what_matched_again_after_a_correction_is_corrected_again_by_the_closing(world: World) -> None:
    await told(world, "a")
    await world.record(matched("a", kind="no_longer", revision=2))
    await frozen(world)
    await as_if_sent(world)
    again = matched("a", revision=3).model_copy(update={"changed": True})
    await world.record(again)
    await frozen(world)
    await as_if_sent(world)
    await world.close_posting(revision=4)
    await world.beat()
    [correction] = await freeze(world)
    messages = await world.deliveries()
    assert [(row["kind"], row["revision"]) for row in messages] == [
        ("opened", 0),
        ("no_longer", 2),
        ("opened", 3),
        ("no_longer", 4),
    ]
    assert correction.delivery.content["in_reply_to"] == messages[2]["message_id"]
