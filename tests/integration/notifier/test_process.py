"""The service as it is deployed: events on Kafka in, mails, webhooks and outcomes out; bad records aside; killed and started again."""

import asyncio
import json
import signal
from collections import Counter
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from aiohttp import web
from standardwebhooks.webhooks import Webhook

from runtime.sealing import Sealer
from schemas.contract import Event
from schemas.request import ConfirmationRequested, TestEventRequested
from schemas.topics import GROUPS
from services.notifier.domain.gate import UNKNOWN
from tests.integration.notifier.outside import Hook, MailServer
from tests.integration.notifier.service import Deployment, Process, all_settled, opening, rows, states
from tests.integration.notifier.world import SECRET, destination, matched, subscriber, until
from tests.support.processes import answer
from tests.unit.notifier.made import uid
from tests.unit.notifier.test_render import html_page, parsed


def confirmation(sealer: Sealer, name: str) -> ConfirmationRequested:
    return ConfirmationRequested(
        request_id=uid(f"request {name}"),
        requested_at=datetime.now(UTC),
        subscriber_id=subscriber(name),
        subscription_id=uid(f"subscription {name}"),
        address=sealer.seal(f"{name}@example.org".encode(), purpose="address"),
        expires_at=datetime.now(UTC),
    )


async def test_events_become_mails_webhooks_and_outcomes(
    deployment: Deployment, databases: dict[str, str], sealer: Sealer, smtp: MailServer, endpoint: Hook
) -> None:
    async with deployment.beating(), deployment.process() as process:
        await deployment.publish("subscriptions", *states(sealer, "anna"), *states(sealer, "hooked", url=endpoint.url))
        await deployment.publish("postings", opening("p"))
        await deployment.publish("matches", matched("anna"), matched("hooked", to="webhook"), matched("nobody"))
        await deployment.publish(
            "requests",
            confirmation(sealer, "new"),
            TestEventRequested(
                request_id=uid("test"),
                requested_at=datetime.now(UTC),
                endpoint_id=destination("hooked", "webhook").id,
                subscriber_id=subscriber("hooked"),
            ),
        )
        await until(lambda: len(smtp.mails) == 2 and len(endpoint.posts) == 2, "two mails and two webhooks")
        await until(lambda: all_settled(databases, 3), "every alert at its end")
        await until(lambda: _published(deployment, 3), "three outcomes")

        assert Counter(recipient for recipient, _ in smtp.mails) == {"anna@example.org": 1, "new@example.org": 1}
        bodies = [Webhook(SECRET).verify(body, headers) for headers, body in endpoint.posts]
        assert sorted(body["type"] for body in bodies) == ["endpoint.test", "posting.opened"]

        outcomes = {one.subscription_id: one for one in await deployment.outcomes()}
        assert outcomes[uid("subscription anna")].outcome == outcomes[uid("subscription hooked")].outcome == "sent"
        assert outcomes[uid("subscription nobody")].outcome == "suppressed"
        assert outcomes[uid("subscription nobody")].reason == UNKNOWN

        await _answers_questions(process, outcomes[uid("subscription anna")].delivery_id)


async def _published(deployment: Deployment, number: int) -> bool:
    return len(await deployment.outcomes()) == number


async def _answers_questions(process: Process, delivery_id: UUID | None) -> None:
    ledger = await process.get("/v1/ledger")
    assert {(row["kind"], row["state"]): row["alerts"] for row in ledger["alerts"]} == {
        ("opened", "sent"): 2,
        ("opened", "suppressed"): 1,
    }
    [alert] = await process.get(f"/v1/subscriptions/{uid('subscription anna')}/alerts")
    assert (alert["state"], alert["title"]) == ("sent", "Machine Learning Engineer")
    [attempt] = await process.get(f"/v1/deliveries/{delivery_id}/attempts")
    assert (attempt["number"], attempt["result"], attempt["status"]) == (1, "sent", 250)
    channels = json.dumps((await process.get("/asyncapi.json"))["channels"])
    for topic in ("matches", "subscriptions", "postings", "requests", "outcomes"):
        assert topic in channels


def changed(event: Event, **values: Any) -> bytes:
    return json.dumps(event.model_dump(mode="json") | values).encode()


def _bad(good: Event) -> list[tuple[bytes, str]]:
    """What is wrong on every topic, and what is said of it."""
    return [
        (b"\x80 not text", "BadRecord"),
        (b'{"half": ', "BadRecord"),
        (b"[]", "BadRecord"),
        (b"{}", "BadRecord"),
        (changed(good, version=2), "upgrade the service"),
        (changed(good, type="unheard_of"), "BadRecord"),
    ]


NUL: Final = "Engineer\0"


def _bad_in_particular(topic: str, good: Event) -> list[tuple[bytes, str]]:
    """What its contract allows and nothing can be made of."""
    document = good.model_dump(mode="json")
    match topic:
        case "matches":
            return [
                (changed(good, posting=document["posting"] | {"title": NUL}), "Untranslatable"),
                (changed(good, revision=2**70), "revision"),
                (changed(good, episode=2**40), "episode"),
                (changed(good, opened_at="9999-12-31T23:59:59Z"), "BadOpening"),
                (changed(good, opened_at="0001-01-01T00:00:00Z"), "BadOpening"),
                (changed(good, opened_at="2026-11-24T09:00:00"), "BadRecord"),
                (changed(good, subscriptions=document["subscriptions"] * 501), "BadRecord"),
            ]
        case "postings":
            return [
                (changed(good, posting=document["posting"] | {"title": NUL}), "Untranslatable"),
                (changed(good, posting=document["posting"] | {"title": ""}), "BadRecord"),
                (changed(good, revision=2**70), "revision"),
                (changed(good, revision=-1), "BadRecord"),
            ]
        case "subscriptions":
            return [(changed(good, name=NUL), "0x00"), (changed(good, revision=2**70), "revision")]
        case _:
            return [(changed(good, correlation_id=NUL), "0x00"), (changed(good, address="anna@example.org"), "BadRecord")]


async def test_bad_records_go_to_their_dead_letters_and_their_neighbours_go_through(
    deployment: Deployment, databases: dict[str, str], sealer: Sealer, smtp: MailServer
) -> None:
    """On each of the four topics: bad ones between two good ones, in one partition, before the service even starts."""
    good: dict[str, tuple[Event, Event]] = {
        "matches": (matched("anna"), matched("bert", posting="q")),
        "postings": (opening("p"), opening("r")),
        "subscriptions": (states(sealer, "anna")[-1], states(sealer, "bert")[-1]),
        "requests": (confirmation(sealer, "carl"), confirmation(sealer, "dora")),
    }
    bad = {topic: [*_bad(first), *_bad_in_particular(topic, first)] for topic, (first, _) in good.items()}
    for name in ("anna", "bert"):
        await deployment.publish("subscriptions", *states(sealer, name)[:-1], partition=1)
    for topic, (first, last) in good.items():
        await deployment.publish(topic, first, None, *(value for value, _ in bad[topic]), last)
    async with deployment.beating(), deployment.process():
        await until(lambda: len(smtp.mails) == 4, "all four mails")
        await until(lambda: all_settled(databases, 2), "both alerts at their end")
        for group, read in GROUPS.items():
            if group.startswith("notifier-"):
                await _assert_set_aside(deployment, group, read.name, bad[read.name])
    names = {recipient.partition("@")[0] for recipient, _ in smtp.mails}
    assert names == {"anna", "bert", "carl", "dora"}
    assert len(await rows(databases, "SELECT FROM postings")) == 3


async def _assert_set_aside(deployment: Deployment, group: str, topic: str, bad: list[tuple[bytes, str]]) -> None:
    letters = await deployment.dead(group, len(bad))
    assert Counter(letter.value for letter in letters) == Counter(value for value, _ in bad)
    for value, said in bad:
        headers = dict(next(letter for letter in letters if letter.value == value).headers)
        assert said.encode() in (headers["error"] or b""), (group, value[:80], headers["error"])
        assert headers["topic"] == f"{deployment.prefix}{topic}".encode()
        assert headers["partition"] == b"0"
        assert int(headers["offset"] or b"") >= 2


async def test_dispatchers_that_are_killed_lose_nothing_and_repeat_only_what_was_in_flight(
    deployment: Deployment, databases: dict[str, str], sealer: Sealer, smtp: MailServer
) -> None:
    names = [f"subscriber-{number}" for number in range(60)]
    for name in names:
        await deployment.publish("subscriptions", *states(sealer, name))
    async with deployment.beating(), deployment.process("consume", "relay"):
        for kill in range(3):
            async with deployment.process("dispatch") as process:
                await deployment.publish("matches", *(matched(*names, posting=f"p{kill}-{number}") for number in range(3)))
                await until(lambda kill=kill: len(smtp.mails) > 40 + 180 * kill, "mails in flight")  # type: ignore[misc]
                await process.end(signal.SIGKILL)
            await rows(databases, "UPDATE destinations SET leased_until = '-infinity' RETURNING id")
        async with deployment.process("dispatch"):
            await until(lambda: all_settled(databases, 540), "every alert at its end")
            await until(lambda: _outcome_of_each(deployment, 540), "an outcome of each alert")
    sent: dict[str, set[bytes]] = {}
    for _, mail in smtp.mails:
        sent.setdefault(str(parsed(mail)["Message-ID"]), set()).add(mail)
    assert len(sent) == 540
    assert {len(versions) for versions in sent.values()} == {1}  # a repeat has the same bytes
    settled_apart = 100  # of each batch, what was sent within a tenth of a second is written down together
    assert len(smtp.mails) - 540 <= 3 * 4 * settled_apart
    assert {row["state"] for row in await rows(databases, "SELECT DISTINCT state FROM alerts")} == {"sent"}


async def _outcome_of_each(deployment: Deployment, number: int) -> bool:
    return len({one.alert_id for one in await deployment.outcomes() if one.outcome == "sent"}) == number


async def test_a_signal_ends_it_with_0_and_gives_back_what_it_had_leased(
    deployment: Deployment, databases: dict[str, str], sealer: Sealer, smtp: MailServer
) -> None:
    names = [f"subscriber-{number}" for number in range(100)]
    for name in names:
        await deployment.publish("subscriptions", *states(sealer, name))
    released, taking = asyncio.Event(), asyncio.Event()

    async def hold(_: str) -> None:
        taking.set()
        await released.wait()

    smtp.on_data = hold
    async with deployment.beating(), deployment.process(NOTIFIER_SMTP_CONNECTIONS="2") as process:
        await deployment.publish("matches", matched(*names))
        await taking.wait()
        process.running.terminate()
        await asyncio.sleep(0.2)
        released.set()
        assert await process.running.ended(within=20) == 0
    assert len(smtp.mails) <= 3
    [row] = await rows(databases, "SELECT count(*) FILTER (WHERE leased_until > now()) AS leased, count(*) FROM destinations")
    assert (row["leased"], row["count"]) == (0, 100)
    [row] = await rows(databases, "SELECT count(*) FROM alerts WHERE state = 'sent'")
    assert row["count"] == len(smtp.mails)


async def test_roles_run_apart_and_in_replicas(
    deployment: Deployment, databases: dict[str, str], sealer: Sealer, smtp: MailServer
) -> None:
    names = [f"subscriber-{number}" for number in range(30)]
    for name in names:
        await deployment.publish("subscriptions", *states(sealer, name))
    async with (
        deployment.beating(),
        deployment.process("consume", "api"),
        deployment.process("dispatch"),
        deployment.process("dispatch", "relay"),
        deployment.process("relay"),
    ):
        for number in range(5):
            await deployment.publish("matches", matched(*names, posting=f"p{number}"), partition=number)
        await until(lambda: all_settled(databases, 150), "every alert at its end")
        await until(lambda: _outcome_of_each(deployment, 150), "an outcome of each alert")
    assert len(smtp.mails) == 150
    assert len({html_page(parsed(mail)).text for _, mail in smtp.mails}) >= 1
    assert set(Counter(str(parsed(mail)["Message-ID"]) for _, mail in smtp.mails).values()) == {1}


async def test_production_refuses_insecure_webhooks(deployment: Deployment) -> None:
    said = await answer("notifier", env=deployment.environment | {"NOTIFIER_PRODUCTION": "true"})
    assert said.code == 1
    assert "NOTIFIER_ALLOW_INSECURE_WEBHOOKS is for tests and demos; production refuses it" in said.err


async def test_production_refuses_another_pace_than_is_promised(deployment: Deployment) -> None:
    settings = {"NOTIFIER_PRODUCTION": "true", "NOTIFIER_ALLOW_INSECURE_WEBHOOKS": "false", "NOTIFIER_RETRY_PACE": "0.5"}
    said = await answer("notifier", env=deployment.environment | settings)
    assert said.code == 1
    assert "NOTIFIER_RETRY_PACE is for tests and demos; production keeps the pauses that are promised" in said.err


async def test_servers_that_are_away_for_many_tries_get_everything_once_they_are_back(
    deployment: Deployment, databases: dict[str, str], sealer: Sealer, smtp: MailServer, endpoint: Hook
) -> None:
    for name in ("anna", "bert"):
        await deployment.publish("subscriptions", *states(sealer, name))
    await deployment.publish("subscriptions", *states(sealer, "hooked", url=endpoint.url))
    await smtp.stop()

    async def away(_: web.Request) -> web.Response:
        return web.Response(status=503 if len(endpoint.posts) <= _TRIES_IN_A_DAY else 204)

    endpoint.behave = away
    async with deployment.beating(), deployment.process(NOTIFIER_RETRY_PACE="0.00002"):
        await deployment.publish("matches", matched("anna", "bert"), matched("hooked", to="webhook"))
        await until(lambda: len(endpoint.posts) > _TRIES_IN_A_DAY, "an endpoint that is back")
        assert smtp.mails == []
        await smtp.start()
        await until(lambda: all_settled(databases, 3), "every alert at its end")
    assert {row["state"] for row in await rows(databases, "SELECT state FROM alerts")} == {"sent"}
    assert Counter(recipient for recipient, _ in smtp.mails) == {"anna@example.org": 1, "bert@example.org": 1}
    assert len({(headers["webhook-id"], body) for headers, body in endpoint.posts}) == 1


_TRIES_IN_A_DAY: Final = 7
"""5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 14 h after each other: the seventh is made 31 hours after the first."""


async def test_the_command_line_explains_itself() -> None:
    said = await answer("notifier", "--help", env={})
    assert said.code == 0
    assert "consume, dispatch, sweep, relay, api" in said.out
    said = await answer("notifier", "no-such-role", env={})
    assert said.code == 2
    assert "there is no role no-such-role" in said.err
    said = await answer("notifier", env={})
    assert said.code == 1
    assert "NOTIFIER_KAFKA" in said.err
