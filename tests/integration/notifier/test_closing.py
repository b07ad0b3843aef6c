"""Closing a posting: what was told of it is corrected once, what was not is not told, in whatever order things arrive."""

import asyncio
import json

import pytest
from aiohttp import web

from schemas.posting import PostingClosed, PostingOpened
from services.notifier import project
from services.notifier.domain.gate import CLOSED, CORRECTED, REOPENED, TOGETHER, TOLD
from services.notifier.project import project_postings
from tests.integration.notifier.outside import Hook, MailServer
from tests.integration.notifier.test_deliver import NOTHING, mailing
from tests.integration.notifier.test_freeze import as_if_sent, frozen
from tests.integration.notifier.world import (
    World,
    always,
    mail_sender,
    matched,
    posting_closed,
    posting_opened,
    subscriber,
    until,
    webhook_sender,
)
from tests.unit.notifier.made import REFUSED, summary
from tests.unit.notifier.test_render import parsed, part

SENT = ("opened", "sent")


async def kinds(world: World) -> list[tuple[str, str]]:
    """(kind, state with reason) of each alert, in the order of recording."""
    return [(kind, state) for _, kind, state in await world.alerts()]


async def told(world: World, *names: str, posting: str = "p") -> list[str]:
    """As if these had been told; message ids."""
    await world.subscribe(*names)
    await world.beat()
    await world.record(matched(*names, posting=posting))
    ids = await frozen(world)
    await as_if_sent(world)
    return ids


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
    await world.expire_leases()
    await world.close_posting()
    assert await frozen(world) == [f"withdrawn: {CLOSED}"]
    assert (await kinds(world))[1] == ("no_longer", "waiting")
    await as_if_sent(world, "suppressed")
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
    [one] = (await world.freezer().freeze(await world.claim())).ready
    async with mail_sender(world.sealer, smtp.port) as sender:
        assert await sender.send(one.delivery, one.contact, is_fresh=always)
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
    [correction] = (await world.freezer().freeze(await world.claim())).ready
    messages = await world.deliveries()
    assert [(row["kind"], row["revision"]) for row in messages] == [
        ("opened", 0),
        ("no_longer", 2),
        ("opened", 3),
        ("no_longer", 4),
    ]
    assert correction.delivery.content["in_reply_to"] == messages[2]["message_id"]


# Open again


@pytest.mark.parametrize("order", ["in order", "in one batch", "the other way round"])
async def test_an_opening_that_is_over_is_corrected_where_the_next_one_is_not_told(world: World, order: str) -> None:
    [first] = await told(world, "a")
    closing, opening = posting_closed(revision=5), posting_opened(revision=6, episode=2)
    if order == "in one batch":
        await project_postings(world.pool, world.due, [closing, opening])
    else:
        for event in (closing, opening) if order == "in order" else (opening, closing):
            await project_postings(world.pool, world.due, [event])
    await world.beat()
    [correction] = (await world.freezer().freeze(await world.claim())).ready
    assert correction.delivery.content["in_reply_to"] == first
    assert correction.delivery.content["template"] == "closed"
    await as_if_sent(world)
    await project_postings(world.pool, world.due, [closing])
    assert await kinds(world) == [SENT, ("no_longer", "sent")]


async def test_who_is_told_that_it_is_open_again_is_not_told_that_it_had_closed(world: World) -> None:
    await told(world, "a")
    await world.record(matched("a", revision=6, episode=2))
    await world.close_posting(revision=5)
    await world.beat()
    [again] = await frozen(world)
    assert (await kinds(world))[1:] == [("opened", "frozen"), ("no_longer", "waiting")]
    await world.expire_leases()
    await world.make_due()
    await world.beat()
    assert await frozen(world) == [again], "what is on its way may yet be withdrawn"
    await as_if_sent(world)
    await world.make_due()
    await world.beat()
    assert await frozen(world) == []
    assert (await kinds(world))[1:] == [SENT, ("no_longer", f"suppressed: {REOPENED}")]


async def test_who_is_not_told_after_all_that_it_is_open_again_is_told_that_it_had_closed(world: World) -> None:
    await told(world, "a")
    await world.record(matched("a", revision=6, episode=2))
    await world.close_posting(revision=5)
    await world.close_posting(revision=7, episode=2)
    await world.beat()
    assert await frozen(world) == []
    await world.expire_leases()
    await world.make_due()
    await world.beat()
    assert len(await frozen(world)) == 1
    assert (await kinds(world))[1:] == [("opened", f"suppressed: {CLOSED}"), ("no_longer", "frozen")]


async def test_a_correction_that_could_not_be_sent_is_withdrawn_when_the_next_opening_was_told_meanwhile(world: World) -> None:
    await told(world, "a")
    await world.close_posting(revision=5)
    await world.beat()
    assert len(await frozen(world)) == 1
    await world.pool.execute("UPDATE deliveries SET due_at = 'infinity' WHERE kind = 'no_longer'")
    await world.expire_leases()
    await world.record(matched("a", revision=6, episode=2))
    await world.beat()
    assert len(await frozen(world)) == 1
    await world.pool.execute("UPDATE deliveries SET finished_at = now(), state = 'sent' WHERE episode = 2")
    await world.pool.execute("UPDATE deliveries SET due_at = now() WHERE kind = 'no_longer'")
    await world.expire_leases()
    await world.beat()
    assert await frozen(world) == [f"withdrawn: {REOPENED}"]


@pytest.mark.parametrize("together", [True, False])
async def test_a_closing_of_an_opening_that_is_open_again_changes_nothing(world: World, together: bool) -> None:
    await told(world, "a")
    events: list[PostingOpened | PostingClosed] = [posting_opened(revision=7), posting_closed(revision=5)]
    for batch in [events] if together else [[event] for event in events]:
        await project_postings(world.pool, world.due, batch)
    assert await kinds(world) == [SENT]


async def test_a_closing_read_twice_corrects_once_and_makes_due_again_what_its_first_reader_died_before_marking(
    world: World,
) -> None:
    await told(world, "a", "b")
    await world.close_posting()
    assert len(await world.claim()) == 2
    await world.expire_leases()
    await world.pool.execute("UPDATE destinations SET due_at = 'infinity'")
    assert await world.claim() == []
    await world.close_posting()
    assert len(await world.claim()) == 2
    assert await kinds(world) == [SENT, SENT, ("no_longer", "waiting"), ("no_longer", "waiting")]


async def test_only_who_was_told_of_this_posting_and_opening_is_corrected(world: World) -> None:
    await told(world, "a", "b")
    await told(world, "a", posting="q")
    await world.pool.execute(
        "UPDATE alerts SET delivery_id = NULL, state = 'suppressed' WHERE destination_id = $1", subscriber("b")
    )
    await world.close_posting()
    assert [row for row in await world.alerts() if row[1] == "no_longer"] == [("a", "no_longer", "waiting")]


async def test_who_was_told_through_a_subscription_that_has_ended_is_corrected_through_the_other(world: World) -> None:
    await told(world, "a/first")
    await world.subscribe("a/second")
    await world.record(matched("a/second"))
    await world.beat()
    assert await frozen(world) == []
    assert (await world.states())[1] == f"suppressed: {TOLD}"
    await world.expire_leases()
    await world.unsubscribe("a/first")
    await world.close_posting()
    await world.beat()
    [correction] = (await world.freezer().freeze(await world.claim())).ready
    assert [one["name"] for one in correction.delivery.content["because"]] == ["Alert of a/second"]


async def test_more_told_than_fit_into_one_slice_are_all_corrected(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project, "_SLICE", 3)
    names = [f"subscriber-{number}" for number in range(10)]
    await told(world, *names)
    await world.close_posting()
    assert len(await world.claim()) == 10
    assert [kind for _, kind, _ in await world.alerts()].count("no_longer") == 10


# With others at the same posting


async def test_closing_waits_for_a_message_that_is_being_frozen_and_corrects_it(world: World) -> None:
    await world.subscribe("a")
    await world.beat()
    await world.record(matched("a"))
    async with world.pool.acquire() as connection:
        freezing = connection.transaction()
        await freezing.start()
        await connection.execute("SELECT FROM postings FOR SHARE")  # as freezing does
        await connection.execute("UPDATE alerts SET state = 'frozen', delivery_id = gen_random_uuid()")
        closing = asyncio.create_task(world.close_posting())
        await world.waits_for_a_lock("INSERT INTO postings")
        await freezing.commit()
    await closing
    assert await kinds(world) == [("opened", "frozen"), ("no_longer", "waiting")]


async def test_a_match_that_is_being_recorded_while_the_posting_closes_is_not_told(world: World) -> None:
    await world.subscribe("a")
    await world.record(matched("b"))
    async with world.pool.acquire() as connection:
        closing = connection.transaction()
        await closing.start()
        await connection.execute("UPDATE postings SET status = 'closed', revision = 9")
        recording = asyncio.create_task(world.record(matched("a")))
        await world.waits_for_a_lock("INSERT INTO postings")
        await closing.commit()
    await recording
    await world.beat()
    assert await frozen(world) == []
    assert [row for row in await world.alerts() if row[0] == "a"] == [("a", "opened", f"suppressed: {CLOSED}")]


async def test_readers_of_one_closing_do_not_stand_in_each_others_way(world: World) -> None:
    names = [f"subscriber-{number}" for number in range(40)]
    await told(world, *names)
    await told(world, *names, posting="q")
    await asyncio.gather(*(world.close_posting(posting) for posting in ("p", "q") * 4))
    assert [kind for _, kind, _ in await world.alerts()].count("no_longer") == 80
    assert await world.pool.fetchval("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == 0


async def test_a_change_and_a_closing_that_come_before_the_first_word_leave_nothing_to_tell(world: World) -> None:
    await world.subscribe("a", "b")
    await world.record(matched("a", "b"), matched("a", kind="no_longer", revision=2))
    await world.close_posting(revision=3)
    await world.beat()
    assert await frozen(world) == []
    assert sorted(await kinds(world)) == [
        ("no_longer", f"suppressed: {NOTHING}"),
        ("opened", f"suppressed: {CLOSED}"),
        ("opened", f"suppressed: {CLOSED}"),
    ]
