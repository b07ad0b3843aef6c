"""The meaning of each clause, as a table: what is asked, what the posting says, and whether that satisfies it."""

from typing import Any

import pytest

from schemas.filter.tree import Filter
from services.matcher.domain.oracle import held, wanted
from tests.unit.matcher.made import seen, verdicts

SPONSORS = {"sponsorship": {"value": "offered", "visas": ["H-1B", "TN"]}}
SEATTLE = {"city": "Seattle", "state": "WA", "country": "US"}
TORONTO = {"city": "Toronto", "state": "ON", "country": "CA"}


@pytest.mark.parametrize(
    ("asked", "title", "text", "holds"),
    [
        ({"all": ["python"]}, "Python Developer", "", True),
        ({"all": ["python"]}, "Developer", "We use Python.", True),
        ({"all": ["python", "rust"]}, "Python Developer", "", False),
        ({"all": ["machine learning"]}, "Machine Learning Engineer", "", True),
        ({"all": ["machine learning"]}, "Learning Machine", "", False),
        ({"all": ["developer python"]}, "Developer", "Python", False),  # no phrase spans two fields
        ({"any": ["rust", "go"]}, "Engineer", "We write Go.", True),
        ({"any": ["rust", "go"]}, "Engineer", "We go on-call in Gothenburg, ongoing", True),  # the word, not the language
        ({"any": ["rust", "go"]}, "Engineer", "Gothenburg", False),
        ({"none": ["clearance"]}, "Engineer", "", True),
        ({"none": ["clearance"]}, "Engineer", "needs a Clearance", False),
        ({"all": ["C"]}, "C++ Engineer", "", False),
        ({"all": ["C++"]}, "C/C++ Engineer", "", True),
        ({"all": [".NET"]}, "ASP.NET Engineer", "", False),
        ({"all": ["Sao Paulo"]}, "Engineer", "in São Paulo", True),
        ({"all": ["!!!"]}, "Engineer", "!!!", False),  # no word in it: nothing to find
        ({"none": ["!!!"]}, "Engineer", "!!!", True),
        ({"all": ["engineer"], "none": ["senior"]}, "Senior Engineer", "", False),
    ],
)
def test_keywords(asked: dict[str, Any], title: str, text: str, holds: bool) -> None:
    assert verdicts({"keywords": asked}, title=title, text=text) == {"keywords": holds}


@pytest.mark.parametrize(
    ("asked", "says", "holds"),
    [
        ([{"city": "Seattle"}], {"places": [SEATTLE]}, True),
        ([{"city": "seattle", "state": "wa"}], {"places": [SEATTLE]}, True),
        ([{"city": "Seattle", "country": "CA"}], {"places": [SEATTLE]}, False),
        ([{"state": "WA"}], {"places": [TORONTO, SEATTLE]}, True),
        ([{"city": "Toronto", "state": "WA"}], {"places": [TORONTO, SEATTLE]}, False),  # never two places mixed
        ([{"country": "CA"}, {"city": "Seattle"}], {"places": [SEATTLE]}, True),
        ([{"country": "US"}], {}, False),
        ([{"country": "US"}], {"workplace": "remote", "remote_from": ["US"]}, True),
        ([{"country": "US"}], {"workplace": "hybrid", "remote_from": ["US"]}, False),
        ([{"country": "US"}], {"workplace": "remote"}, False),
        ([{"city": "Zurich"}], {"places": [{"city": "Zürich", "country": "CH"}]}, True),
        ([{"state": "WA"}], {"places": [{"city": "Seattle"}]}, False),
    ],
)
def test_places(asked: list[dict[str, str]], says: dict[str, Any], holds: bool) -> None:
    assert verdicts({"places": asked}, **says) == {"place": holds}


@pytest.mark.parametrize(
    ("asked", "verdict", "places", "holds"),
    [
        (["H-1B"], SPONSORS, [SEATTLE], True),
        (["O-1", "TN"], SPONSORS, [SEATTLE], True),
        (["O-1"], SPONSORS, [SEATTLE], False),
        (["O-1"], {"sponsorship": {"value": "offered"}}, [SEATTLE], True),  # sponsors, and names no type
        (["H-1B"], {"sponsorship": {"value": "conditional", "visas": ["H-1B"]}}, [SEATTLE], True),
        (["H-1B"], {"sponsorship": {"value": "not_offered", "visas": ["H-1B"]}}, [SEATTLE], False),
        (["H-1B"], {"sponsorship": {"value": "contradictory", "visas": ["H-1B"]}}, [SEATTLE], False),
        (["H-1B"], {}, [SEATTLE], False),
        (["H-1B"], SPONSORS, [], True),
        (["H-1B"], SPONSORS, [TORONTO], False),  # no American visa for a job that is wholly abroad
        (["H-1B"], SPONSORS, [TORONTO, SEATTLE], True),
        (["H-1B"], SPONSORS, [{"city": "Springfield"}], True),
    ],
)
def test_visa_types(asked: list[str], verdict: dict[str, Any], places: list[dict[str, str]], holds: bool) -> None:
    assert verdicts({"visa_types": asked}, verdict=verdict, places=places) == {"visa": holds}


@pytest.mark.parametrize(
    ("asked", "says", "expected"),
    [
        ({"amount": 150000}, {"minimum": 120000, "maximum": 160000, "currency": "USD", "period": "year"}, {"pay": True}),
        ({"amount": 150000}, {"minimum": 120000, "maximum": 149999, "currency": "USD", "period": "year"}, {"pay": False}),
        ({"amount": 150000}, {"minimum": 150000, "currency": "USD", "period": "year"}, {"pay": True}),
        ({"amount": 104000}, {"maximum": 50, "currency": "USD", "period": "hour"}, {"pay": True}),  # 2,080 hours
        ({"amount": 104001}, {"maximum": 50, "currency": "USD", "period": "hour"}, {"pay": False}),
        ({"amount": 50, "period": "hour"}, {"maximum": 104000, "currency": "USD", "period": "year"}, {"pay": True}),
        ({"amount": 10000, "period": "month"}, {"maximum": 120000, "currency": "USD", "period": "year"}, {"pay": True}),
        ({"amount": 150000}, None, {"pay.unstated": True}),
        ({"amount": 150000, "unstated": "drop"}, None, {"pay.unstated": False}),
        ({"amount": 1}, {"maximum": 999999, "currency": "EUR", "period": "year"}, {"pay.unstated": True}),
        ({"amount": 1, "unstated": "drop"}, {"maximum": 999999, "currency": "EUR", "period": "year"}, {"pay.unstated": False}),
        ({"amount": 1, "currency": "EUR"}, {"maximum": 999999, "currency": "EUR", "period": "year"}, {"pay": True}),
    ],
)
def test_minimum_pay(asked: dict[str, Any], says: dict[str, Any] | None, expected: dict[str, bool]) -> None:
    assert verdicts({"minimum_pay": asked}, pay=says) == expected


@pytest.mark.parametrize(
    ("asked", "says", "holds"),
    [
        (["remote"], "remote", True),
        (["remote"], "hybrid", False),
        (["remote", "hybrid"], "hybrid", True),
        (["on_site"], None, True),  # one that does not say is taken as on site
        (["remote"], None, False),
        (["on_site"], "on_site", True),
        (["hybrid"], "on_site", False),
        (["on_site", "hybrid", "remote"], None, True),
    ],
)
def test_workplaces(asked: list[str], says: str | None, holds: bool) -> None:
    assert verdicts({"workplaces": asked}, workplace=says) == {"workplace": holds}


@pytest.mark.parametrize(
    ("asked", "says", "holds"),
    [
        (["full_time"], ["full_time"], True),
        (["full_time"], ["part_time"], False),
        (["full_time", "intern"], ["intern"], True),
        (["intern"], ["full_time", "intern"], True),
        (["full_time"], [], False),
        (["contract"], ["temporary"], False),
        (["per_diem"], ["per_diem"], True),
        (["other"], ["volunteer"], False),
    ],
)
def test_employment_types(asked: list[str], says: list[str], holds: bool) -> None:
    assert verdicts({"employment_types": asked}, employment_types=says) == {"employment": holds}


@pytest.mark.parametrize(
    ("asked", "company", "holds"),
    [
        ({"include": ["Acme"]}, "Acme", True),
        ({"include": ["acme robotics"]}, "ACME Robotics", True),
        ({"include": ["Acme, Inc."]}, "Acme Inc", True),
        ({"include": ["Acme"]}, "Acme Robotics", False),
        ({"include": ["Acme", "Other"]}, "Other", True),
        ({"exclude": ["Acme"]}, "Acme", False),
        ({"exclude": ["Acme"]}, "Other", True),
        ({"include": ["Acme"], "exclude": ["Acme"]}, "Acme", False),
        ({"include": ["Café Zürich"]}, "Cafe Zurich", True),
    ],
)
def test_companies(asked: dict[str, list[str]], company: str, holds: bool) -> None:
    assert verdicts({"companies": asked}, company=company) == {"company": holds}


def test_all_clauses_must_hold_and_their_codes_are_told() -> None:
    asked = wanted(Filter.model_validate({"visa_types": ["H-1B"], "workplaces": ["remote"]}))
    assert held(asked, seen(verdict=SPONSORS, workplace="remote")) == ("visa", "workplace")
    assert held(asked, seen(verdict=SPONSORS, workplace="hybrid")) is None


def test_an_empty_filter_takes_everything() -> None:
    assert held(wanted(Filter()), seen()) == ("everything",)
