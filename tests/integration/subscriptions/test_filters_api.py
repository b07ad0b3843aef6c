"""`POST /v1/filters`, and filters that are stored: the version they carry, and those from before there was one."""

import io
from typing import Any

import pytest

from tests.integration.subscriptions.running import Running
from tests.integration.subscriptions.test_api import created


async def asked(api: Running, filter: Any) -> tuple[int, Any]:
    answer = await api.call("POST", "/v1/filters", json={"filter": filter})
    return answer.status, answer.json


async def test_text_is_answered_with_its_tree_its_one_form_and_words(api: Running) -> None:
    status, told = await asked(api, 'Python AND (pytorch OR jax) AND NOT "team lead"')
    assert status == 200
    assert told["filter"]["version"] == 2
    assert told["filter"]["keywords"] == {"all": ["Python"], "any": ["pytorch", "jax"], "none": ["team lead"]}
    assert told["text"] == 'Python (pytorch or jax) -"team lead"'
    assert told["description"] == [
        'has "Python"',
        'has "pytorch" or "jax"',
        'does not have "team lead"',
        "does not refuse to sponsor",
    ]
    assert told["warnings"] == []
    assert (await asked(api, told["text"]))[1] == told
    assert (await asked(api, told["filter"]))[1] == told


async def test_a_tree_is_answered_with_warnings_that_name_the_clause(api: Running) -> None:
    status, told = await asked(
        api, {"places": [{"city": "Portland"}], "visa_types": ["H-1B"], "accepted_verdicts": ["unstated"]}
    )
    assert status == 200
    assert told["text"] == ""
    assert [one["clause"] for one in told["warnings"]] == ["accepted_verdicts", "places.0"]


@pytest.mark.parametrize(
    ("filter", "field", "said"),
    [
        ("python (jax", "filter.keywords", "at character 8"),
        ({"keywords": "salary:100"}, "filter.keywords", "at character 1"),
        ({"places": [{"metro": "Bay Arae"}]}, "filter.places.0.metro", "did you mean San Francisco Bay Area"),
        ({"version": 99}, "filter.version", "newer"),
        ({"keyword": []}, "filter.keyword", "did you mean keywords?"),
        ({"keywords": {"all": [{"any": ["x"] * 50}] * 20}}, "filter", "1,000 words and phrases"),
    ],
)
async def test_what_is_wrong_is_answered_in_words(api: Running, filter: Any, field: str, said: str) -> None:
    status, told = await asked(api, filter)
    assert status == 422
    assert told["errors"][0]["field"] == field
    assert said in told["errors"][0]["problem"]


async def test_an_error_in_keywords_has_its_position_for_programs(api: Running) -> None:
    status, told = await asked(api, 'python ("machine learning" or')
    assert status == 422
    [error] = told["errors"]
    assert error["field"] == "filter.keywords"
    assert f"at character {error['position'] + 1}:" in error["problem"]


@pytest.mark.parametrize("depth", [100, 5_000, 100_000])
async def test_a_filter_nested_without_end_is_refused_and_the_service_goes_on(api: Running, depth: int) -> None:
    body = io.BytesIO(b'{"filter": {"keywords": ' + b'{"any": [' * depth + b'"x"' + b"]}" * depth + b"}}")
    answer = await api.call("POST", "/v1/filters", data=body, headers={"content-type": "application/json"})
    assert answer.status == {100: 422, 5_000: 400, 100_000: 413}[depth], answer.text
    assert (await asked(api, "python"))[0] == 200


async def test_a_subscription_is_stored_with_the_version_of_its_filter(api: Running) -> None:
    account = await api.account()
    made = await created(api, account, filter="python or rust")
    assert made["filter"]["version"] == 2
    assert made["filter"]["keywords"]["any"] == ["python", "rust"]
    [state] = await api.outbox()
    assert state.filter.version == 2


async def test_a_filter_stored_before_there_were_versions_keeps_its_meaning(api: Running) -> None:
    account = await api.account()
    made = await created(api, account)
    path = f"/v1/subscriptions/{made['id']}"
    await api.pool.execute('UPDATE subscriptions SET filter = \'{"workplaces": ["remote"]}\' WHERE id = $1', made["id"])
    await api.outbox()
    read = await api.call("GET", path, key=account.key)
    assert read.json["filter"]["version"] == 1
    renamed = await api.call("PATCH", path, key=account.key, json={"name": "other"})
    assert renamed.json["filter"] == read.json["filter"]
    [state] = await api.outbox()
    assert (state.filter.version, state.filter.verdicts_accepted()) == (1, ())
