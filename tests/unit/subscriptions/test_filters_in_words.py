from typing import Any

import pytest

from schemas.filter.tree import Filter
from services.subscriptions.domain.description import described
from services.subscriptions.domain.warning import takes_everything, warnings


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ({}, ["every posting"]),
        ({"keywords": {"none": []}}, ["every posting"]),
        ({"keywords": {"all": ["python"]}}, ['has "python"']),
        ({"keywords": {"all": ["a", "b", "c"]}}, ['has "a", "b" and "c"']),
        ({"keywords": {"any": ["a", "b"], "none": ["c", "d"]}}, ['has "a" or "b"', 'does not have "c" or "d"']),
        ({"places": [{"city": "Austin", "state": "TX", "country": "US"}, {"country": "DE"}]}, ["in Austin, TX, US or DE"]),
        ({"workplaces": ["remote", "on_site"]}, ["remote or on site"]),
        ({"visa_types": ["H-1B", "O-1", "EB-2"]}, ["sponsors H-1B, O-1 or EB-2"]),
        ({"minimum_pay": {"amount": 120000}}, ["pays at least 120,000 USD a year, or does not say"]),
        (
            {"minimum_pay": {"amount": "62.50", "currency": "EUR", "period": "hour", "unstated": "drop"}},
            ["pays at least 62.50 EUR an hour and says so"],
        ),
        ({"employment_types": ["full_time", "intern"]}, ["full time or internship"]),
        ({"companies": {"include": ["Acme"], "exclude": ["Globex", "Initech"]}}, ["at Acme", "not at Globex or Initech"]),
        (
            {"companies": {"exclude": ["Globex"]}, "keywords": {"all": ["x"]}, "workplaces": ["hybrid"]},
            ['has "x"', "hybrid", "not at Globex"],
        ),
    ],
)
def test_each_clause_has_its_words(tree: dict[str, Any], words: list[str]) -> None:
    assert described(Filter.model_validate(tree)) == words


@pytest.mark.parametrize(
    ("tree", "clauses"),
    [
        ({}, ["filter"]),
        ({"keywords": {"all": [], "any": []}, "companies": {}}, ["filter"]),
        ({"keywords": {"none": ["x"]}}, []),
        ({"companies": {"exclude": ["x"]}}, []),
        ({"minimum_pay": {"amount": 1}}, []),
        ({"keywords": {"all": ["Go"], "none": ["go"]}}, ["keywords"]),
        ({"keywords": {"any": ["a", "b"], "none": ["A"]}}, []),
        ({"keywords": {"any": ["a", "b"], "none": ["A", "B"]}}, ["keywords"]),
        ({"companies": {"include": ["Acme"], "exclude": ["ACME"]}}, ["companies"]),
        ({"companies": {"include": ["Acme", "Initech"], "exclude": ["ACME"]}}, []),
    ],
)
def test_what_cannot_be_meant_is_warned_of_with_the_clause_to_blame(tree: dict[str, Any], clauses: list[str]) -> None:
    wanted = Filter.model_validate(tree)
    assert [warned.clause for warned in warnings(wanted)] == clauses
    assert takes_everything(wanted) is ("filter" in clauses)
