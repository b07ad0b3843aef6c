import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from runtime.outbox import CHANNEL, Signal
from schemas.request import ConfirmationRequested, SignInRequested
from schemas.subscription import Destination, SubscriberState, SubscriptionState
from services.subscriptions.domain.wanted import NewSubscription, SignIn
from services.subscriptions.seals import Seals
from services.subscriptions.sign_in import sign_in
from services.subscriptions.sign_up import sign_up
from services.subscriptions.store import Store
from tests.integration.subscriptions.running import FILTER, Running


async def test_nothing_starts_before_the_mailbox_answers(api: Running) -> None:
    asked = await api.sign_up("Jane.Doe@Example.com", name="Remote ML")
    assert api.sealer.open(asked.address, purpose="address") == b"Jane.Doe@example.com"
    assert asked.expires_at - asked.requested_at == timedelta(hours=48)
    assert asked.subscription_name == "Remote ML"
    assert await api.pool.fetchval("SELECT status FROM subscribers") == "pending"
    assert await api.pool.fetchval("SELECT status FROM subscriptions") == "pending"


async def test_confirming_starts_the_subscription_and_hands_out_a_key(api: Running) -> None:
    asked = await api.sign_up(name="Remote ML")
    before = await api.pool.fetchval("SELECT clock_timestamp()")
    token = api.token(asked.subscriber_id, asked.subscription_id, purpose="confirm")
    answer = await api.call("POST", "/v1/confirmations", json={"token": token})

    assert answer.status == 200
    assert answer.json["subscription"]["status"] == "active"
    assert answer.json["manage_url"].startswith("http://alerts.example.com/manage?token=k1.")
    subscriber, subscription = await api.outbox()
    assert isinstance(subscriber, SubscriberState)
    assert isinstance(subscription, SubscriptionState)
    assert api.sealer.open(subscriber.address, purpose="address") == b"jane@example.com"
    assert subscription.subscription_id == asked.subscription_id
    assert subscription.destination == Destination(kind="email", id=asked.subscriber_id)
    assert subscription.filter.model_dump(exclude_defaults=True, mode="json") == {"version": 2, **FILTER}
    assert before < subscription.effective_from < await api.pool.fetchval("SELECT clock_timestamp()")
    assert await api.pool.fetchval("SELECT count(*) FROM consents") == 1

    listed = await api.call("GET", "/v1/subscriptions", key=answer.json["api_key"])
    assert [each["id"] for each in listed.json["subscriptions"]] == [str(asked.subscription_id)]


async def test_confirming_again_changes_nothing_and_hands_out_no_second_key(api: Running) -> None:
    asked = await api.sign_up()
    token = api.token(asked.subscriber_id, asked.subscription_id, purpose="confirm")
    first = await api.call("POST", "/v1/confirmations", json={"token": token})
    await api.outbox()
    again = await api.call("POST", "/v1/confirmations", json={"token": token})
    assert again.status == 200
    assert again.json["subscription"] == first.json["subscription"]
    assert again.json["api_key"] is None
    assert "no further API key" in again.json["note"]
    assert await api.outbox() == []


async def test_confirming_five_times_at_once_hands_out_one_key_and_tells_it_once(api: Running) -> None:
    asked = await api.sign_up()
    token = api.token(asked.subscriber_id, asked.subscription_id, purpose="confirm")
    answers = await asyncio.gather(*(api.call("POST", "/v1/confirmations", json={"token": token}) for _ in range(5)))
    assert [answer.status for answer in answers] == [200] * 5
    assert sum(answer.json["api_key"] is not None for answer in answers) == 1
    assert [type(event) for event in await api.outbox()] == [SubscriberState, SubscriptionState]


async def test_the_second_subscription_of_an_address_does_not_tell_its_subscriber_again(api: Running) -> None:
    account = await api.account()
    asked = await api.sign_up("JANE@example.com")
    assert asked.subscriber_id == account.subscriber_id
    assert api.sealer.open(asked.address, purpose="address") == b"jane@example.com"  # as it was given first
    token = api.token(asked.subscriber_id, asked.subscription_id, purpose="confirm")
    assert (await api.call("POST", "/v1/confirmations", json={"token": token})).status == 200
    [subscription] = await api.outbox()
    assert isinstance(subscription, SubscriptionState)


async def test_known_and_unknown_addresses_get_the_same_answer(api: Running) -> None:
    await api.account("known@example.com")
    await api.sign_up("pending@example.com")
    answers = []
    for email in ("known@example.com", "pending@example.com", "unknown@example.com"):
        for path, body in (("/v1/subscriptions", {"email": email, "filter": FILTER}), ("/v1/sign-ins", {"email": email})):
            answer = await api.call("POST", path, json=body)
            if "subscription_id" in answer.json:
                assert UUID(answer.json.pop("subscription_id")).version == 4
            headers = {name: value for name, value in answer.headers.items() if name not in ("date", "x-request-id")}
            answers.append((path, answer.status, headers, answer.json))
    assert answers[0:2] == answers[2:4] == answers[4:6]
    asked = await api.outbox()
    assert [type(event) for event in asked].count(ConfirmationRequested) == 3
    assert [type(event) for event in asked].count(SignInRequested) == 1


async def test_an_inbox_is_not_flooded_and_the_answer_does_not_say_so(api: Running) -> None:
    spellings = ["jane@example.com", "JANE@example.com", "ja.ne@example.com", "jane+1@example.com", "jane+2@example.com"]
    answers = [await api.call("POST", "/v1/subscriptions", json={"email": email, "filter": FILTER}) for email in spellings * 2]
    assert {answer.status for answer in answers} == {202}
    assert {tuple(answer.json) for answer in answers} == {("status", "subscription_id", "warnings")}
    assert len(await api.outbox()) == 5

    for email in spellings * 2:
        assert (await api.call("POST", "/v1/sign-ins", json={"email": email})).status == 202
    assert await api.outbox() == []  # none of them is confirmed

    other = await api.sign_up("john@example.com")
    assert other.subscription_id


async def test_sign_in_mails_are_limited_too(api: Running) -> None:
    account = await api.account()
    for _ in range(8):
        assert (await api.call("POST", "/v1/sign-ins", json={"email": "jane@example.com"})).status == 202
    asked = await api.outbox()
    assert len(asked) == 5
    assert {event.subscriber_id for event in asked} == {account.subscriber_id}
    assert asked[0].expires_at - asked[0].requested_at == timedelta(hours=1)


async def test_an_address_that_was_not_confirmed_cannot_sign_in(api: Running) -> None:
    await api.sign_up()
    assert (await api.call("POST", "/v1/sign-ins", json={"email": "jane@example.com"})).status == 202
    assert await api.outbox() == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("expired", "expired"),
        ("other purpose", "not one of ours"),
        ("changed", "not one of ours"),
        ("cut short", "not one of ours"),
        ("no subscription", "not one of ours"),
        ("other key", "not one of ours"),
        ("garbage", "not one of ours"),
    ],
)
async def test_a_link_that_is_not_ours_says_so_in_plain_words(api: Running, fault: str, words: str) -> None:
    asked = await api.sign_up()
    ids = (asked.subscriber_id, asked.subscription_id)
    good = api.token(*ids, purpose="confirm")
    token = {
        "expired": api.token(*ids, purpose="confirm", lasts=timedelta(seconds=-1)),
        "other purpose": api.token(*ids, purpose="unsubscribe"),
        "changed": good[:-6] + "AAAAAA",
        "cut short": good[:-10],
        "no subscription": api.token(asked.subscriber_id, purpose="confirm"),
        "other key": "k2" + good[2:],
        "garbage": "\N{SNOWMAN}",
    }[fault]
    for answer in (
        await api.call("POST", "/v1/confirmations", json={"token": token}),
        await api.call("POST", "/confirm", data={"token": token}),
        await api.call("GET", "/confirm", params={"token": token}) if fault != "no subscription" else None,
    ):
        if answer is not None:
            assert answer.status == 400
            assert words in answer.text
    assert await api.outbox() == []
    assert await api.pool.fetchval("SELECT status FROM subscriptions") == "pending"


async def test_a_genuine_link_to_nothing_confirms_nothing(api: Running) -> None:
    asked = await api.sign_up()
    for ids in ((uuid4(), asked.subscription_id), (asked.subscriber_id, uuid4())):
        answer = await api.call("POST", "/v1/confirmations", json={"token": api.token(*ids, purpose="confirm")})
        assert answer.status in (400, 410)
    assert await api.outbox() == []


async def test_what_was_unsubscribed_does_not_come_back_by_its_old_confirmation(api: Running) -> None:
    asked = await api.sign_up()
    confirm = api.token(asked.subscriber_id, asked.subscription_id, purpose="confirm")
    stop = api.token(asked.subscriber_id, asked.subscription_id, purpose="unsubscribe", lasts=None)
    await api.call("POST", "/v1/confirmations", json={"token": confirm})
    await api.call("POST", "/unsubscribe", params={"token": stop})
    await api.outbox()
    answer = await api.call("POST", "/v1/confirmations", json={"token": confirm})
    assert answer.status == 410
    assert "ended" in answer.json["detail"]
    assert await api.outbox() == []


async def test_known_and_unknown_addresses_cost_the_same_statements(api: Running, databases: dict[str, str]) -> None:
    """What a request asks of the database must not tell either, since it takes time."""
    await api.account("known@example.com")
    await api.sign_up("pending@example.com")
    for number in range(5):
        await api.sign_up(f"limited+{number}@example.com")
    said: list[str] = []

    async def listen(connection: Any) -> None:
        connection.add_query_logger(lambda record: said.append(record.query))

    async with asyncpg.create_pool(databases["subscriptions"], min_size=1, max_size=1, init=listen) as pool:
        store, seals = Store(pool, Signal(api.pool, CHANNEL)), Seals(api.sealer)
        for ask in (
            lambda email: sign_up(store, seals, NewSubscription.model_validate({"email": email, "filter": FILTER})),
            lambda email: sign_in(store, seals, SignIn(email=email)),
        ):
            await ask("first@example.com")  # the connection learns the types of columns
            asked: list[list[str]] = []
            for email in ("known@example.com", "pending@example.com", "unknown@example.com", "limited@example.com"):
                said.clear()
                await ask(email)
                asked.append([*said])
            assert len(asked[0]) >= 5
            assert asked[0] == asked[1] == asked[2] == asked[3]
