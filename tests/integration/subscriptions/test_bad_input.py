import io
import json
from typing import Any

import pytest

from tests.integration.subscriptions.running import FILTER, Running

LONE_SURROGATE = '"\\ud800"'


def body(**members: Any) -> str:
    return json.dumps({"email": "jane@example.com", "filter": FILTER} | members)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        (body(extra=1), "extra"),
        (body(filter={"keyword": ["python"]}), "filter.keyword"),
        (body(filter={"keywords": {"every": ["python"]}}), "filter.keywords.every"),
        (body(filter=[]), "filter"),
        (body(filter={"keywords": "python ("}), "filter.keywords"),
        (body(filter={"keywords": {"all": ["python", 3]}}), "filter.keywords.all.1.group"),
        (body(filter={"keywords": {"all": [" "]}}), "filter.keywords.all.0.term"),
        (body(filter={"keywords": {"all": ["x"] * 51}}), "filter.keywords.all"),
        (body(filter={"places": [{}]}), "filter.places.0"),
        (body(filter={"places": [{"country": "Utopia"}]}), "filter.places.0.country"),
        (body(filter={"visa_types": ["green"]}), "filter.visa_types.0"),
        (body(filter={"minimum_pay": {"amount": -1}}), "filter.minimum_pay.amount"),
        (body(filter={"minimum_pay": {"amount": float("nan")}}), "filter.minimum_pay.amount"),
        (body(filter={"keywords": {"all": ["a\0b"]}}), "filter.keywords.all.0"),
        (body(filter={"keywords": {"all": ["a\nb"]}}), "filter.keywords.all.0"),
        (body(name="x\r\nBcc: everyone@example.com"), "name"),
        (body(name="\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe"), "name"),
        (body(name="x" * 201), "name"),
        (body(name=5), "name"),
        (body(name=None), "name"),
        (body(cadence="hourly"), "cadence"),
        (body(email="jane"), "email"),
        (body(email="jane@example.com\nBcc: x@example.com"), "email"),
        (body(email="jane@example.com, john@example.com"), "email"),
        (body(email=""), "email"),
        (body(email=None), "email"),
        (body(email=["jane@example.com"]), "email"),
        (body(destination={"kind": "fax"}), "destination"),
        (body(destination={"kind": "webhook"}), "destination.webhook.id"),
        (body(destination={"kind": "webhook", "id": "3f2504e0-4f89-41d3-9a0c-0305e82c3301"}), "destination"),
        (body(name="REPLACE").replace('"REPLACE"', LONE_SURROGATE), "name"),
        (body(filter={"REPLACE": 1}).replace('"REPLACE"', LONE_SURROGATE), "filter.'\\ud800'"),
        (body().replace('"filter"', f'{LONE_SURROGATE}: 1, "filter"'), "'\\ud800'"),
        ("[]", ""),
        ("null", ""),
        ('{"email": ', ""),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_kept(api: Running, sent: str, field: str) -> None:
    answer = await api.call("POST", "/v1/subscriptions", data=sent, headers={"content-type": "application/json"})
    assert answer.status == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in [error["field"] for error in answer.json["errors"]]
    assert await api.pool.fetchval("SELECT count(*) FROM subscribers") == 0
    assert await api.outbox() == []


@pytest.mark.parametrize("sent", ["[" * 100_000, '{"a":' * 900 + "1" + "}" * 900, "\udcff".encode("utf-8", "surrogateescape")])
async def test_a_body_made_to_break_parsers_is_refused_in_words(api: Running, sent: str | bytes) -> None:
    answer = await api.call("POST", "/v1/subscriptions", data=sent, headers={"content-type": "application/json"})
    assert answer.status in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_ten_megabytes_are_refused_with_the_limit(api: Running) -> None:
    answer = await api.call("POST", "/v1/subscriptions", data=io.BytesIO(body(name="a" * 10_000_000).encode()))
    assert answer.status == 413
    assert "262,144 bytes" in answer.json["detail"]


async def test_a_filter_that_cannot_be_meant_is_saved_and_warned_of(api: Running) -> None:
    account = await api.account()
    for tree, clause in (
        ({}, "filter"),
        ({"keywords": {"all": []}}, "filter"),
        ({"keywords": {"all": ["Go"], "none": ["go"]}}, "keywords"),
        ({"companies": {"include": ["Acme"], "exclude": ["ACME"]}}, "companies"),
    ):
        answer = await api.call("POST", "/v1/subscriptions", key=account.key, json={"filter": tree})
        assert answer.status == 201
        assert [warned["clause"] for warned in answer.json["warnings"]] == [clause]


@pytest.mark.parametrize(
    ("key", "status"),
    [
        ("jas_nothing", 401),
        ("jas_3f2504e04f8941d39a0c0305e82c3301_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 401),
        ("", 401),
    ],
)
async def test_a_wrong_key_is_never_taken_for_a_stranger(api: Running, key: str, status: int) -> None:
    answer = await api.call(
        "POST",
        "/v1/subscriptions",
        json={"email": "jane@example.com", "filter": FILTER},
        headers={"authorization": f"Bearer {key}"},
    )
    assert answer.status == status
    assert answer.headers["www-authenticate"] == "Bearer"
    assert await api.outbox() == []


async def test_another_secret_under_a_known_key_is_refused(api: Running) -> None:
    account = await api.account()
    forged = account.key[:-5] + "AAAAA"
    assert (await api.call("GET", "/v1/subscriptions", key=forged)).status == 401
    assert (await api.call("GET", "/v1/subscriptions", key=account.key)).status == 200
    assert (await api.call("GET", "/v1/subscriptions", headers={"authorization": "Basic eDp5"})).status == 401
    assert (await api.call("GET", "/v1/subscriptions")).status == 401


async def test_with_a_key_the_address_is_the_accounts_own(api: Running) -> None:
    account = await api.account()
    answer = await api.call("POST", "/v1/subscriptions", key=account.key, json={"email": "john@example.com", "filter": FILTER})
    assert answer.status == 422
    assert answer.json["errors"][0]["field"] == "email"


@pytest.mark.parametrize(
    "change", [{}, {"status": "ended"}, {"status": "pending"}, {"nmae": "x"}, {"filter": {"x": 1}}, {"name": "a\0"}]
)
async def test_a_change_that_means_nothing_is_refused(api: Running, change: dict[str, Any]) -> None:
    account = await api.account()
    answer = await api.call("PATCH", f"/v1/subscriptions/{account.subscription_id}", key=account.key, json=change)
    assert answer.status == 422
    assert await api.outbox() == []
