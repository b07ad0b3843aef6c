"""What a filter must say to be one, and what a door refuses."""

from typing import Any

import pytest
from pydantic import ValidationError

from schemas.filter.tree import MAXIMUM_TERMS, Filter


def nested(depth: int) -> dict[str, Any]:
    """Groups in groups."""
    return {"any": ["x", nested(depth - 1)]} if depth else {"all": ["x"]}


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"keywords": {"all": ["C++", "machine learning", ".NET"]}},
        {"places": [{"country": "US"}, {"city": "São Paulo"}]},
        {"minimum_pay": {"amount": 0.01}},
        {"keywords": {"any": ["x"] * MAXIMUM_TERMS}},
        {
            "keywords": {
                "all": ["a", {"term": "b", "scope": "title"}, {"any": [{"all": ["c"]}, {"term": "dev", "prefix": True}]}]
            }
        },
        {
            "version": 2,
            "places": [{"city": "Seattle", "within": {"distance": 30}}, {"metro": "Bay Area", "workplaces": ["remote"]}],
        },
        {"occupations": ["15-1252.00", "15-0000"], "employer_approvals": {"at_least": 5}, "posted_within": 1},
    ],
)
def test_filter_is_accepted_and_says_the_same_after_its_journey(tree: dict[str, Any]) -> None:
    accepted = Filter.model_validate(tree)
    assert Filter.model_validate_json(accepted.model_dump_json()) == accepted


@pytest.mark.parametrize(
    ("tree", "where", "said"),
    [
        ({"keyword": {"all": ["x"]}}, ("keyword",), "Extra inputs are not permitted"),
        ({"keywords": {"al": ["x"]}}, ("keywords", "al"), "Extra inputs are not permitted"),
        ({"keywords": {"all": "x"}}, ("keywords", "all"), "Input should be a valid tuple"),
        ({"keywords": {"all": [""]}}, ("keywords", "all", 0, "term"), "at least 1 character"),
        ({"keywords": {"all": [" \n"]}}, ("keywords", "all", 0, "term"), "should match pattern"),
        ({"keywords": {"all": ["x" * 101]}}, ("keywords", "all", 0, "term"), "at most 100 characters"),
        ({"keywords": {"all": ["x"] * 51}}, ("keywords", "all"), "at most 50 items"),
        ({"keywords": {"all": [{"term": "ab", "prefix": True}]}}, ("keywords", "all", 0, "scoped"), "at least 3 letters"),
        (
            {"keywords": {"all": [{"term": "a", "scope": "text"}]}},
            ("keywords", "all", 0, "scoped", "scope"),
            "Input should be 'title'",
        ),
        (
            {"keywords": {"all": [{"any": [{"al": []}]}]}},
            ("keywords", "all", 0, "group", "any", 0, "group", "al"),
            "Extra inputs",
        ),
        ({"keywords": {"all": ["a", {"any": [{}]}]}}, (), "a group that is empty"),
        ({"keywords": {"all": [5]}}, ("keywords", "all", 0, "group"), "valid dictionary"),
        ({"keywords": nested(6)}, (), "groups in groups 6 deep, at most 5"),
        ({"keywords": {"all": [{"any": ["x"] * 50}] * 3}}, (), "150 words and phrases, at most 100"),
        ({"places": [{"metro": "Bay Area", "city": "Oakland"}]}, ("places", 0), "a metro stands for itself"),
        ({"places": [{"state": "WA", "within": {"distance": 5}}]}, ("places", 0), "a distance needs the city"),
        (
            {"places": [{"city": "x", "within": {"distance": 0}}]},
            ("places", 0, "within", "distance"),
            "greater than or equal to 0.1",
        ),
        (
            {"places": [{"city": "x", "within": {"distance": "1e-99999"}}]},
            ("places", 0, "within", "distance"),
            "3 decimal places",
        ),
        (
            {"places": [{"city": "x", "within": {"distance": "1.00001"}}]},
            ("places", 0, "within", "distance"),
            "3 decimal places",
        ),
        ({"version": 3}, ("version",), "version 3 of the filter language is newer than this reader"),
        ({"keywords": {"all": [{"term": "\u001c", "prefix": True}]}}, ("keywords", "all", 0, "scoped"), "at least 3 letters"),
        ({"accepted_verdicts": []}, ("accepted_verdicts",), "at least 1 item"),
        ({"occupations": ["software"]}, ("occupations", 0), "should match pattern"),
        ({"minimum_wage_level": 5}, ("minimum_wage_level",), "less than or equal to 4"),
        ({"languages": ["English"]}, ("languages", 0), "should match pattern"),
        ({"places": [{}]}, ("places", 0), "name a city, a state, a country or a metro"),
        ({"places": [{"city": ""}]}, ("places", 0, "city"), "at least 1 character"),
        ({"places": [{"country": "USA"}]}, ("places", 0, "country"), "should match pattern"),
        ({"places": [{"country": "us"}]}, ("places", 0, "country"), "should match pattern"),
        ({"visa_types": ["H1B"]}, ("visa_types", 0), "Input should be 'H-1B'"),
        ({"minimum_pay": {"amount": 0}}, ("minimum_pay", "amount"), "greater than 0"),
        ({"minimum_pay": {"amount": -5}}, ("minimum_pay", "amount"), "greater than 0"),
        ({"minimum_pay": {"amount": "NaN"}}, ("minimum_pay", "amount"), "finite number"),
        ({"minimum_pay": {"amount": 1e12}}, ("minimum_pay", "amount"), "less than or equal to 100000000"),
        ({"minimum_pay": {"currency": "EUR"}}, ("minimum_pay", "amount"), "Field required"),
        ({"employment_types": ["fulltime"]}, ("employment_types", 0), "Input should be 'full_time'"),
        ({"workplaces": ["home"]}, ("workplaces", 0), "Input should be 'on_site'"),
    ],
)
def test_filter_that_is_none_is_refused_where_it_is_wrong(
    tree: dict[str, Any], where: tuple[str | int, ...], said: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        Filter.model_validate(tree)
    [error] = refused.value.errors()
    assert error["loc"] == where
    assert said in error["msg"]
