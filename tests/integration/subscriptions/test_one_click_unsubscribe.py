import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest

from schemas.subscription import SubscriptionEnded
from tests.integration.subscriptions.running import FILTER, Running
from tests.support.until import until

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def multipart() -> aiohttp.MultipartWriter:
    writer = aiohttp.MultipartWriter("form-data")
    part = writer.append("One-Click")
    part.set_content_disposition("form-data", name="List-Unsubscribe")
    return writer


@pytest.mark.parametrize("kind", ["urlencoded", "multipart", "nothing", "garbage"])
async def test_a_post_ends_it_whatever_the_body_without_login_or_redirect(api: Running, kind: str) -> None:
    account = await api.account()
    token = api.token(account.subscriber_id, account.subscription_id, purpose="unsubscribe", lasts=None)
    every: dict[str, dict[str, Any]] = {
        "urlencoded": {"data": ONE_CLICK},
        "multipart": {"data": multipart()},
        "nothing": {},
        "garbage": {"data": b"\x00\xff", "headers": {"content-type": "multipart/form-data"}},
    }
    answer = await api.call("POST", "/unsubscribe", params={"token": token}, **every[kind])
    assert answer.status == 200
    assert "set-cookie" not in answer.headers
    [ended] = await api.outbox()
    assert isinstance(ended, SubscriptionEnded)
    assert ended.subscription_id == account.subscription_id


async def test_twice_is_as_good_as_once(api: Running) -> None:
    account = await api.account()
    token = api.token(account.subscriber_id, account.subscription_id, purpose="unsubscribe", lasts=None)
    answers = [await api.call("POST", "/unsubscribe", params={"token": token}, data=ONE_CLICK) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert len(await api.outbox()) == 1


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_link_scanner_changes_nothing(api: Running, method: str) -> None:
    account = await api.account(name="Remote ML")
    token = api.token(account.subscriber_id, account.subscription_id, purpose="unsubscribe", lasts=None)
    answer = await api.call(method, "/unsubscribe", params={"token": token})
    assert answer.status == 200
    assert await api.outbox() == []
    assert await api.pool.fetchval("SELECT status FROM subscriptions") == "active"
    if method == "GET":
        assert "Remote ML" in answer.text
        assert 'method="post"' in answer.text


async def test_only_the_subscription_of_the_link_ends(api: Running) -> None:
    account = await api.account()
    other = (await api.call("POST", "/v1/subscriptions", key=account.key, json={"filter": FILTER})).json["id"]
    await api.outbox()
    token = api.token(account.subscriber_id, account.subscription_id, purpose="unsubscribe", lasts=None)
    await api.call("POST", "/unsubscribe", params={"token": token}, data=ONE_CLICK)
    listed = await api.call("GET", "/v1/subscriptions", key=account.key)
    assert [each["id"] for each in listed.json["subscriptions"]] == [other]


async def test_every_subscription_the_mail_spoke_for_ends_and_no_other(api: Running) -> None:
    account = await api.account()
    made = [
        (await api.call("POST", "/v1/subscriptions", key=account.key, json={"filter": FILTER})).json["id"] for _ in range(2)
    ]
    await api.outbox()
    also = (UUID(made[0]),)
    token = api.token(account.subscriber_id, account.subscription_id, purpose="unsubscribe", lasts=None, also=also)
    assert "1 more of your alerts" in (await api.call("GET", "/unsubscribe", params={"token": token})).text
    await api.call("POST", "/unsubscribe", params={"token": token}, data=ONE_CLICK)
    assert [type(event) for event in await api.outbox()] == [SubscriptionEnded] * 2
    listed = await api.call("GET", "/v1/subscriptions", key=account.key)
    assert [each["id"] for each in listed.json["subscriptions"]] == [made[1]]


async def test_the_subscriptions_of_a_mail_are_locked_in_the_order_of_their_ids(api: Running) -> None:
    """As whoever notes when they were last alerted locks them: otherwise each of the two might wait for the other."""
    account = await api.account()
    other = UUID((await api.call("POST", "/v1/subscriptions", key=account.key, json={"filter": FILTER})).json["id"])
    low, high = sorted((account.subscription_id, other))
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    token = api.token(account.subscriber_id, high, purpose="unsubscribe", lasts=None, also=(low,))
    async with api.pool.acquire() as connection, asyncio.TaskGroup() as group:
        async with connection.transaction():
            await connection.execute("SELECT FROM subscriptions WHERE id = $1 FOR UPDATE", low)
            asked = group.create_task(api.call("POST", "/unsubscribe", params={"token": token}, data=ONE_CLICK))
            await until(lambda: api.pool.fetchval(waits), within=10)
            await connection.execute("SELECT FROM subscriptions WHERE id = $1 FOR UPDATE NOWAIT", high)
    assert asked.result().status == 200
    assert await api.pool.fetchval("SELECT count(*) FROM subscriptions WHERE status = 'ended'") == 2


async def test_a_link_without_a_subscription_ends_all_mail_and_no_webhook(api: Running) -> None:
    account = await api.account()
    endpoint = (await api.call("POST", "/v1/endpoints", key=account.key, json={"url": "https://example.com/h"})).json["id"]
    there = {"filter": FILTER, "destination": {"kind": "webhook", "id": endpoint}}
    hook = (await api.call("POST", "/v1/subscriptions", key=account.key, json=there)).json["id"]
    await api.call("POST", "/v1/subscriptions", key=account.key, json={"filter": FILTER})
    await api.outbox()
    token = api.token(account.subscriber_id, purpose="unsubscribe", lasts=None)
    assert (await api.call("POST", "/unsubscribe", params={"token": token})).status == 200
    assert [type(event) for event in await api.outbox()] == [SubscriptionEnded] * 2
    listed = await api.call("GET", "/v1/subscriptions", key=account.key)
    assert [each["id"] for each in listed.json["subscriptions"]] == [hook]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("fault", ["missing", "garbage", "other purpose", "expired"])
async def test_a_broken_token_gets_a_helpful_page(api: Running, method: str, fault: str) -> None:
    account = await api.account()
    ids = (account.subscriber_id, account.subscription_id)
    token = {
        "missing": "",
        "garbage": "k1.AAAA",
        "other purpose": api.token(*ids, purpose="manage"),
        "expired": api.token(*ids, purpose="unsubscribe", lasts=timedelta(seconds=-1)),
    }[fault]
    answer = await api.call(method, "/unsubscribe", params={"token": token} if token else {})
    assert answer.status == 400
    assert answer.headers["content-type"].startswith("text/html")
    assert "/sign-in" in answer.text
    assert await api.outbox() == []


async def test_what_is_long_gone_is_unsubscribed(api: Running) -> None:
    account = await api.account()
    for ids in ((account.subscriber_id, uuid4()), (uuid4(), uuid4())):
        token = api.token(*ids, purpose="unsubscribe", lasts=None)
        assert (await api.call("POST", "/unsubscribe", params={"token": token}, data=ONE_CLICK)).status == 200
        assert "has ended" in (await api.call("GET", "/unsubscribe", params={"token": token})).text
    assert await api.outbox() == []
