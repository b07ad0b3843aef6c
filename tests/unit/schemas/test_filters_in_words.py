"""A filter as its owner reads it."""

from typing import Any

import pytest

from schemas.filter.description import described
from schemas.filter.tree import Filter


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ({}, ["every posting"]),
        ({"keywords": {"none": []}}, ["every posting"]),
        ({"version": 2}, ["does not refuse to sponsor"]),
        ({"keywords": {"all": ["python"]}}, ['has "python"']),
        ({"keywords": {"all": ["a", "b", "c"]}}, ['has "a", "b" and "c"']),
        ({"keywords": {"any": ["a", "b"], "none": ["c", "d"]}}, ['has "a" or "b"', 'does not have "c" or "d"']),
        (
            {"keywords": {"all": [{"term": "engineer", "scope": "title"}, {"term": "develop", "prefix": True}]}},
            ['has "engineer" in its title and a word that begins with "develop"'],
        ),
        ({"keywords": {"all": ["a", {"any": ["b", "c"], "none": ["d"]}]}}, ['has "a" and ((b or c) -d)']),
        ({"titles": {"include": ["engineer", "scientist"]}}, ['has "engineer" or "scientist" in its title']),
        ({"titles": {"exclude": ["manager"]}}, ['does not have "manager" in its title']),
        (
            {"places": [{"city": "Austin", "state": "TX", "country": "US"}, {"country": "DE"}]},
            ["in Austin, TX, US or in Germany"],
        ),
        ({"places": [{"city": "Seattle", "within": {"distance": "30.50"}}]}, ["within 30.5 mi of Seattle"]),
        (
            {"places": [{"metro": "Bay Area"}, {"country": "US", "workplaces": ["remote", "hybrid"]}]},
            ["in Bay Area or in the United States (remote or hybrid)"],
        ),
        ({"workplaces": ["remote", "on_site"]}, ["remote or on site"]),
        ({"visa_types": ["H-1B", "O-1", "EB-2"]}, ["sponsors H-1B, O-1 or EB-2"]),
        ({"version": 2, "visa_types": ["H-1B"]}, ["sponsors H-1B"]),
        ({"accepted_verdicts": ["offered", "unstated"]}, ["sponsors a visa or says nothing of sponsorship"]),
        (
            {"hide": ["citizenship", "clearance"]},
            ["is not for US citizens or permanent residents only", "asks for no security clearance"],
        ),
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
        (
            {"skills": {"all": ["Go", "SQL"], "any": ["k8s", "Nomad"]}},
            ["mentions Go and SQL", "mentions one of k8s, Nomad"],
        ),
        ({"occupations": ["15-1252", "15-2000"]}, ["occupation 15-1252 or 15-2000 (SOC 2018)"]),
        ({"seniorities": ["entry", "staff"]}, ["entry level or staff or principal"]),
        ({"maximum_degree": "master"}, ["asks for a master's degree at most"]),
        ({"maximum_experience": 1}, ["asks for 1 year of experience at most"]),
        (
            {"employer_approvals": {"at_least": 1000}},
            ["its employer had at least 1,000 H-1B petitions approved in the last 3 fiscal years"],
        ),
        (
            {"employer_approvals": {"at_least": 1, "years": 1}},
            ["its employer had at least 1 H-1B petition approved in the last fiscal year"],
        ),
        ({"minimum_wage_level": 3}, ["pays prevailing-wage level 3 or more"]),
        (
            {"sources": ["board"], "languages": ["en", "xx"], "posted_within": 7},
            ["from board", "written in English or xx", "at most 7 days old"],
        ),
    ],
)
def test_each_clause_has_its_words(tree: dict[str, Any], words: list[str]) -> None:
    assert described(Filter.model_validate(tree)) == words


def test_every_clause_is_among_them() -> None:
    told = {name for name in Filter.model_fields if name != "version"}
    [mark] = [mark for mark in test_each_clause_has_its_words.pytestmark if mark.name == "parametrize"]
    assert {name for tree, _ in mark.args[1] for name in tree} - {"version"} == told
