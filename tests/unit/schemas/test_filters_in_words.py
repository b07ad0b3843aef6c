"""A filter as its owner reads it, and what its owner should know of it."""

from typing import Any

import pytest

from schemas.filter.description import described
from schemas.filter.tree import Filter
from schemas.filter.warning import takes_everything, warnings


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
        ({"places": [{"city": "Austin", "state": "TX", "country": "US"}, {"country": "DE"}]}, ["in Austin, TX, US or in DE"]),
        ({"places": [{"city": "Seattle", "within": {"distance": "30.50"}}]}, ["within 30.50 mi of Seattle"]),
        (
            {"places": [{"metro": "Bay Area"}, {"country": "US", "workplaces": ["remote", "hybrid"]}]},
            ["in Bay Area or in US (remote or hybrid)"],
        ),
        ({"workplaces": ["remote", "on_site"]}, ["remote or on site"]),
        ({"visa_types": ["H-1B", "O-1", "EB-2"]}, ["sponsors H-1B, O-1 or EB-2"]),
        ({"version": 2, "visa_types": ["H-1B"]}, ["sponsors H-1B"]),
        ({"accepted_verdicts": ["offered", "unstated"]}, ["sponsors or says nothing of sponsorship"]),
        (
            {"hide": ["citizenship", "clearance"]},
            ["is not for US citizens or permanent residents only", "needs no security clearance"],
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


@pytest.mark.parametrize(
    ("tree", "clause", "said"),
    [
        # never, or a contradiction
        ({"keywords": {"all": ["!!!"]}}, "keywords", '"!!!" has no letter and no digit'),
        ({"keywords": {"all": ["Go"], "none": ["go"]}}, "keywords", 'never matches: "Go" must occur and must not occur'),
        ({"keywords": {"any": ["a", "b"], "none": ["A", "B"]}}, "keywords", "never matches"),
        ({"keywords": {"all": ["a", {"all": ["b"]}], "none": [{"any": ["c", "b"]}]}}, "keywords", '"b" must occur and must not'),
        ({"keywords": {"all": ["developer"], "none": [{"term": "develop", "prefix": True}]}}, "keywords", '"developer" must occur'),
        ({"keywords": {"all": [{"term": "lead", "scope": "title"}], "none": ["lead"]}}, "keywords", '"lead" in title must occur'),
        ({"keywords": {"any": [{"all": ["a"], "none": ["a"]}, {"all": ["b"], "none": ["B"]}]}}, "keywords", "never matches"),
        ({"titles": {"include": ["Engineer"], "exclude": ["engineer"]}}, "titles", "never matches"),
        ({"companies": {"include": ["Acme"], "exclude": ["ACME"]}}, "companies", "never matches"),
        ({"visa_types": ["H-1B"], "accepted_verdicts": ["unstated", "not_offered"]}, "accepted_verdicts", "never matches"),
        ({"workplaces": ["on_site"], "places": [{"country": "US", "workplaces": ["remote"]}]}, "places", "never matches"),
        ({"places": [{"country": "XX"}], "sources": ["x"]}, "places.0", "XX is no country's code"),
        ({"seniorities": ["intern"], "employment_types": ["full_time"]}, "employment_types", "contradicts itself"),
        # what may be meant otherwise
        ({"places": [{"city": "Portland"}]}, "places.0", "Portland, OR, US"),
        ({"places": [{"city": "Seatle"}]}, "places.0", "did you mean"),
        ({"places": [{"city": "Seattle", "state": "OR"}]}, "places.0", "there is Seattle, WA, US"),
        ({"places": [{"state": "ZZ", "country": "US"}]}, "places.0", 'no state "ZZ"'),
        ({"minimum_pay": {"amount": 150000, "period": "hour"}, "sources": ["x"]}, "minimum_pay", "312,000,000 USD a year: is the period right?"),
        ({"minimum_pay": {"amount": 1, "currency": "XAU"}, "sources": ["x"]}, "minimum_pay", "no rate for XAU"),
        # nearly everything
        ({}, "filter", "takes every posting, since no clause asks for anything"),
        ({"version": 2}, "filter", "takes every posting that does not refuse to sponsor"),
        ({"keywords": {"all": [], "any": []}, "companies": {}}, "filter", "takes every posting"),
        ({"keywords": {"none": ["x"]}}, "filter", "keywords only leave some out"),
        ({"companies": {"exclude": ["x"]}, "hide": ["clearance"]}, "filter", "hide only leaves some out; companies only leave some out"),
        ({"minimum_pay": {"amount": 1}}, "filter", "keeps postings that do not say"),
        ({"workplaces": ["on_site", "hybrid", "remote"]}, "filter", "workplaces names all there are"),
        ({"posted_within": 30, "languages": ["en"], "maximum_degree": "master"}, "filter", "languages keeps"),
        ({"places": [{"country": "US"}]}, "filter", "the whole United States"),
    ],
)  # fmt: skip
def test_what_can_hardly_be_meant_is_warned_of_with_the_clause_to_blame(tree: dict[str, Any], clause: str, said: str) -> None:
    [warned] = warnings(Filter.model_validate(tree))
    assert warned.clause == clause
    assert said in warned.problem


@pytest.mark.parametrize(
    "tree",
    [
        {"keywords": {"any": ["a", "b"], "none": ["A"]}},
        {"keywords": {"all": ["develop"], "none": [{"term": "developer", "prefix": True}]}},
        {"keywords": {"all": ["lead"], "none": [{"term": "lead", "scope": "title"}]}},
        {"keywords": {"all": ["a"], "none": [{"all": ["a", "b"]}]}},
        {"companies": {"include": ["Acme", "Initech"], "exclude": ["ACME"]}},
        {"visa_types": ["H-1B"], "accepted_verdicts": ["conditional"]},
        {"places": [{"city": "Seattle"}]},
        {"places": [{"city": "London"}]},
        {"places": [{"city": "Portland", "state": "ME"}]},
        {"places": [{"metro": "Bay Area"}, {"country": "US", "workplaces": ["remote"]}]},
        {"places": [{"country": "US"}], "keywords": {"all": ["python"]}},
        {"minimum_pay": {"amount": 150000, "unstated": "drop"}},
        {"seniorities": ["intern", "entry"], "employment_types": ["full_time"]},
    ],
)
def test_what_may_well_be_meant_is_not_warned_of(tree: dict[str, Any]) -> None:
    assert warnings(Filter.model_validate(tree)) == []


def test_a_filter_that_asks_for_nothing_but_no_refusals_takes_everything() -> None:
    assert takes_everything(Filter(version=2))
    assert takes_everything(Filter.model_validate({"keywords": {"all": []}}))
    assert not takes_everything(Filter.model_validate({"hide": ["clearance"]}))
