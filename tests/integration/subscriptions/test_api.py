from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from runtime.sealing import Sealer
from schemas.request import TestEventRequested
from schemas.subscription import Destination, EndpointEnded, EndpointState, SubscriptionEnded, SubscriptionState
from tests.integration.subscriptions.running import FILTER, Account, Running, open_api


async def created(api: Running, account: Account, **members: Any) -> dict[str, Any]:
    answer = await api.call("POST", "/v1/subscriptions", key=account.key, json={"filter": FILTER} | members)
    assert answer.status == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


async def registered(api: Running, account: Account, url: str = "https://hooks.example.com/jobs") -> dict[str, Any]:
    answer = await api.call("POST", "/v1/endpoints", key=account.key, json={"url": url})
    assert answer.status == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


async def test_with_a_key_a_subscription_is_active_at_once(api: Running) -> None:
    account = await api.account()
    made = await created(api, account, name="ML")
    assert made["status"] == "active"
    assert made["destination"] == {"kind": "email", "id": str(account.subscriber_id)}
    [state] = await api.outbox()
    assert isinstance(state, SubscriptionState)
    assert (str(state.subscription_id), state.name) == (made["id"], "ML")
    assert datetime.fromisoformat(made["effective_from"]) == state.effective_from
    read = await api.call("GET", f"/v1/subscriptions/{made['id']}", key=account.key)
    assert read.json == made


async def test_revisions_only_grow_and_follow_the_clock(api: Running) -> None:
    account = await api.account()
    made = await created(api, account)
    path = f"/v1/subscriptions/{made['id']}"
    for status in ("paused", "active", "paused"):
        assert (await api.call("PATCH", path, key=account.key, json={"status": status})).status == 200
    await api.pool.execute("UPDATE subscriptions SET revision = revision + 1_000_000_000_000")  # the clock was set back
    await api.call("DELETE", path, key=account.key)
    revisions = [event.revision for event in await api.outbox()]
    assert revisions == sorted(set(revisions))
    assert len(revisions) == 5
    now: int = await api.pool.fetchval("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
    assert now - 60_000_000 < revisions[0] < now < revisions[-1]


@pytest.mark.parametrize(
    ("change", "restarts"),
    [
        ({"name": "other"}, False),
        ({"filter": {"keywords": {"all": ["rust"]}}}, True),
        ({"filter": FILTER, "name": "other"}, False),
        ({"status": "paused"}, False),
    ],
)
async def test_a_change_applies_from_its_saving_only_where_the_filter_is_new(
    api: Running, change: dict[str, Any], restarts: bool
) -> None:
    account = await api.account()
    before = await created(api, account)
    await api.outbox()
    after = (await api.call("PATCH", f"/v1/subscriptions/{before['id']}", key=account.key, json=change)).json
    [state] = await api.outbox()
    assert isinstance(state, SubscriptionState)
    assert (after["effective_from"] > before["effective_from"]) is restarts
    assert state.effective_from == datetime.fromisoformat(after["effective_from"])
    versions = await api.pool.fetchval(
        "SELECT count(*) FROM subscription_versions WHERE subscription_id = $1", UUID(before["id"])
    )
    assert versions == 1 + restarts


async def test_resuming_applies_from_now_on(api: Running) -> None:
    account = await api.account()
    made = await created(api, account)
    path = f"/v1/subscriptions/{made['id']}"
    paused = (await api.call("PATCH", path, key=account.key, json={"status": "paused"})).json
    resumed = (await api.call("PATCH", path, key=account.key, json={"status": "active"})).json
    assert paused["effective_from"] == made["effective_from"] < resumed["effective_from"]


async def test_what_changes_nothing_is_no_event(api: Running) -> None:
    account = await api.account()
    made = await created(api, account, name="ML")
    await api.outbox()
    same = {"name": "ML", "filter": FILTER, "status": "active"}
    answer = await api.call("PATCH", f"/v1/subscriptions/{made['id']}", key=account.key, json=same)
    assert (answer.status, answer.json) == (200, made)
    assert await api.outbox() == []


async def test_deleting_ends_it_and_deleting_again_is_fine(api: Running) -> None:
    account = await api.account()
    path = f"/v1/subscriptions/{account.subscription_id}"
    assert [(await api.call("DELETE", path, key=account.key)).status for _ in range(2)] == [204, 204]
    [ended] = await api.outbox()
    assert isinstance(ended, SubscriptionEnded)
    assert ended.subscription_id == account.subscription_id
    assert (await api.call("GET", path, key=account.key)).status == 404
    assert (await api.call("PATCH", path, key=account.key, json={"status": "active"})).status == 404


async def test_what_belongs_to_another_is_not_there(api: Running) -> None:
    jane, john = await api.account("jane@example.com"), await api.account("john@example.com")
    endpoint = await registered(api, john)
    await api.outbox()
    calls: list[tuple[str, str, dict[str, Any] | None]] = [
        ("GET", f"/v1/subscriptions/{john.subscription_id}", None),
        ("PATCH", f"/v1/subscriptions/{john.subscription_id}", {"status": "paused"}),
        ("DELETE", f"/v1/subscriptions/{john.subscription_id}", None),
        ("DELETE", f"/v1/subscriptions/{uuid4()}", None),
        ("DELETE", f"/v1/endpoints/{endpoint['id']}", None),
        ("POST", f"/v1/endpoints/{endpoint['id']}/test", None),
    ]
    for method, path, body in calls:
        assert (await api.call(method, path, key=jane.key, json=body)).status == 404, path
    there = {"kind": "webhook", "id": endpoint["id"]}
    answer = await api.call("POST", "/v1/subscriptions", key=jane.key, json={"filter": FILTER, "destination": there})
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, "destination.id")
    assert (await api.call("GET", "/v1/endpoints", key=jane.key)).json == {"endpoints": []}
    assert await api.outbox() == []


async def test_a_strangers_sign_up_does_not_show_before_it_is_confirmed(api: Running) -> None:
    account = await api.account()
    asked = await api.sign_up("jane@example.com", name="something rude")
    listed = await api.call("GET", "/v1/subscriptions", key=account.key)
    assert [each["id"] for each in listed.json["subscriptions"]] == [str(account.subscription_id)]
    path = f"/v1/subscriptions/{asked.subscription_id}"
    assert (await api.call("PATCH", path, key=account.key, json={"status": "active"})).status == 404


async def test_pages_of_a_list_give_each_subscription_once(api: Running) -> None:
    account = await api.account()
    made = [str(account.subscription_id)] + [(await created(api, account))["id"] for _ in range(4)]
    found: list[str] = []
    after: dict[str, str] = {}
    for _ in range(3):
        page = (await api.call("GET", "/v1/subscriptions", key=account.key, params={"limit": "2"} | after)).json
        found += [each["id"] for each in page["subscriptions"]]
        after = {"after": page["next"]} if page["next"] else {}
    assert found == made
    assert after == {}


async def test_an_endpoint_shows_its_secret_once_and_tells_it_sealed(api: Running) -> None:
    account = await api.account()
    made = await registered(api, account)
    assert made["secret"].startswith("whsec_")
    [state] = await api.outbox()
    assert isinstance(state, EndpointState)
    assert [api.sealer.open(secret, purpose="webhook-secret").decode() for secret in state.secrets] == [made["secret"]]
    listed = await api.call("GET", "/v1/endpoints", key=account.key)
    assert listed.json == {"endpoints": [{name: made[name] for name in ("id", "url", "status", "created_at")}]}


async def test_a_subscription_to_an_endpoint_says_so(api: Running) -> None:
    account = await api.account()
    endpoint = await registered(api, account)
    await created(api, account, destination={"kind": "webhook", "id": endpoint["id"]})
    state = (await api.outbox())[-1]
    assert isinstance(state, SubscriptionState)
    assert state.destination == Destination(kind="webhook", id=UUID(endpoint["id"]))


async def test_a_deleted_endpoint_takes_its_subscriptions_with_it_and_no_other(api: Running) -> None:
    account = await api.account()
    endpoint, other = await registered(api, account), await registered(api, account)
    there = await created(api, account, destination={"kind": "webhook", "id": endpoint["id"]})
    elsewhere = await created(api, account, destination={"kind": "webhook", "id": other["id"]})
    await api.outbox()
    path = f"/v1/endpoints/{endpoint['id']}"
    assert [(await api.call("DELETE", path, key=account.key)).status for _ in range(2)] == [204, 204]
    ended, gone = await api.outbox()
    assert isinstance(ended, SubscriptionEnded)
    assert isinstance(gone, EndpointEnded)
    assert (str(ended.subscription_id), str(gone.endpoint_id)) == (there["id"], endpoint["id"])
    listed = await api.call("GET", "/v1/subscriptions", key=account.key)
    assert {each["id"] for each in listed.json["subscriptions"]} == {str(account.subscription_id), elsewhere["id"]}
    assert await api.pool.fetchval("SELECT count(*) FROM endpoint_secrets") == 1
    answer = await api.call(
        "POST", "/v1/subscriptions", key=account.key, json={"filter": FILTER, "destination": there["destination"]}
    )
    assert answer.status == 422
    assert (await api.call("POST", f"{path}/test", key=account.key)).status == 404


async def test_a_test_event_is_asked_of_the_notifier(api: Running) -> None:
    account = await api.account()
    endpoint = await registered(api, account)
    await api.outbox()
    assert (await api.call("POST", f"/v1/endpoints/{endpoint['id']}/test", key=account.key)).status == 202
    [asked] = await api.outbox()
    assert isinstance(asked, TestEventRequested)
    assert (str(asked.endpoint_id), asked.subscriber_id) == (endpoint["id"], account.subscriber_id)


@pytest.mark.parametrize("url", ["http://hooks.example.com/", "https://127.0.0.1/", "https://jane:pw@example.com/", "x"])
async def test_an_endpoint_that_could_not_be_called_is_refused(api: Running, url: str) -> None:
    account = await api.account()
    answer = await api.call("POST", "/v1/endpoints", key=account.key, json={"url": url})
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, "url")
    assert await api.outbox() == []


async def test_a_demo_may_use_loopback_endpoints(databases: dict[str, str], sealer: Sealer) -> None:
    async with open_api(databases["subscriptions"], sealer, insecure=True) as api:
        account = await api.account()
        made = await registered(api, account, "http://127.0.0.1:8099/hook")
        assert made["url"] == "http://127.0.0.1:8099/hook"


async def test_the_use_of_a_key_is_noted_to_the_hour(api: Running) -> None:
    account = await api.account()
    assert await api.pool.fetchval("SELECT last_used_at FROM api_keys") is None
    await api.call("GET", "/v1/subscriptions", key=account.key)
    used: datetime = await api.pool.fetchval("SELECT last_used_at FROM api_keys")
    assert (used.minute, used.second, used.microsecond) == (0, 0, 0)


async def test_a_request_keeps_its_correlation_id_into_the_event(api: Running) -> None:
    account = await api.account()
    answer = await api.call(
        "DELETE", f"/v1/subscriptions/{account.subscription_id}", key=account.key, headers={"x-request-id": "abc-123"}
    )
    assert answer.headers["x-request-id"] == "abc-123"
    [ended] = await api.outbox()
    assert ended.correlation_id == "abc-123"


async def test_the_contracts_are_shown(api: Running) -> None:
    paths = (await api.call("GET", "/openapi.json")).json["paths"]
    assert {"/v1/subscriptions", "/v1/confirmations", "/v1/endpoints", "/v1/account", "/v1/sign-ins"} <= set(paths)
    assert "/manage" not in paths
    events = await api.call("GET", "/asyncapi.json")
    assert set(events.json["channels"]) == {"subscriptions", "requests"}
    assert "SubscriberEnded" in events.text
    assert (await api.call("GET", "/docs")).status == 200
    assert (await api.call("GET", "/asyncapi")).status == 200
