"""The words a reader gets for each code: what was asked, what the posting says, and the sentence."""

from typing import Any

import pytest

from schemas.filter.reasons import CODES, pay_words, words
from schemas.filter.tree import Filter
from schemas.posting import Pay, PostingSummary

SEATTLE = {"city": "Seattle", "state": "WA", "country": "US"}
TORONTO = {"city": "Toronto", "state": "ON", "country": "CA"}
YEARLY = {"minimum": 170000, "maximum": 216000, "currency": "USD", "period": "year"}

TABLE: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    # code, the filter, the posting, the words
    ("keywords", {"keywords": {"all": ["C++", "machine learning"]}}, {}, 'has "C++"; has "machine learning"'),
    ("keywords", {"keywords": {"any": ["Rust", "Go"]}}, {}, 'has one of "Rust", "Go"'),
    ("keywords", {"keywords": {"none": ["clearance"]}}, {}, 'has none of "clearance"'),
    (
        "keywords",
        {"keywords": {"all": ["C#"], "any": ["Go"], "none": ["senior", "lead"]}},
        {},
        'has "C#"; has one of "Go"; has none of "senior", "lead"',
    ),
    ("place", {"places": [{"country": "US"}]}, {"places": [SEATTLE]}, "is in Seattle, WA, US"),
    ("place", {"places": [{"city": "seattle"}]}, {"places": [TORONTO, SEATTLE]}, "is in Seattle, WA, US"),
    (
        "place",
        {"places": [{"state": "WA"}, {"country": "CA"}]},
        {"places": [TORONTO, SEATTLE]},
        "is in Toronto, ON, CA; Seattle, WA, US",
    ),
    ("place", {"places": [{"city": "Zurich"}]}, {"places": [{"city": "Zürich"}, TORONTO]}, "is in Zürich; Toronto, ON, CA"),
    ("place", {"places": [{"country": "US"}]}, {"workplace": "remote", "remote_from": ["US", "CA"]}, "is remote, from US"),
    (
        "place",
        {"places": [{"country": "CA"}]},
        {"workplace": "remote", "places": [SEATTLE], "remote_from": ["CA", "US"]},
        "is remote, from CA",
    ),
    ("workplace", {"workplaces": ["remote"]}, {"workplace": "remote"}, "is remote"),
    ("workplace", {"workplaces": ["hybrid"]}, {"workplace": "hybrid"}, "is hybrid"),
    ("workplace", {"workplaces": ["on_site"]}, {}, "is on site"),
    (
        "visa",
        {"visa_types": ["H-1B", "TN"]},
        {"verdict": {"sponsorship": {"value": "offered", "visas": ["O-1", "H-1B", "TN"]}}},
        "sponsors H-1B, TN",
    ),
    (
        "visa",
        {"visa_types": ["H-1B"]},
        {"verdict": {"sponsorship": {"value": "offered"}}},
        "sponsors a visa (the posting names no type)",
    ),
    (
        "visa",
        {"visa_types": ["H-1B"]},
        {"verdict": {"sponsorship": {"value": "conditional", "visas": ["H-1B"]}}},
        "may sponsor H-1B",
    ),
    (
        "pay",
        {"minimum_pay": {"amount": 150000}},
        {"pay": YEARLY},
        "pays 170,000 to 216,000 USD a year, you asked for at least 150,000 USD a year",
    ),
    (
        "pay",
        {"minimum_pay": {"amount": "1E+5"}},
        {"pay": {"maximum": "61.50", "currency": "USD", "period": "hour"}},
        "pays up to 61.50 USD an hour, you asked for at least 100,000 USD a year",
    ),
    (
        "pay.unstated",
        {"minimum_pay": {"amount": 150000}},
        {},
        "does not state its pay in a way that compares with 150,000 USD a year (you keep such postings)",
    ),
    ("employment", {"employment_types": ["intern"]}, {"employment_types": ["intern", "full_time"]}, "is internship, full time"),
    ("employment", {"employment_types": ["per_diem"]}, {"employment_types": ["per_diem"]}, "is per diem"),
    ("company", {"companies": {"include": ["Acme"]}}, {}, "is at Acme"),
    ("company", {"companies": {"exclude": ["Other"]}}, {}, "is at Acme"),
    ("everything", {}, {}, "your filter takes every posting"),
    ("benefits.of.tomorrow", {}, {}, "benefits.of.tomorrow"),
]


def summary(**members: Any) -> PostingSummary:
    base = {
        "id": "0198c2f0-6b1e-7c55-9d3a-4e1f5a6b7c81",
        "source": "s",
        "source_id": "1",
        "title": "T",
        "company": "Acme",
        "url": "u",
    }
    return PostingSummary.model_validate(base | members)


@pytest.mark.parametrize(("code", "asked", "says", "expected"), TABLE)
def test_code_is_told_in_words(code: str, asked: dict[str, Any], says: dict[str, Any], expected: str) -> None:
    assert words([code], Filter.model_validate(asked), summary(**says)) == [expected]


def test_every_code_is_in_the_table() -> None:
    assert {row[0] for row in TABLE} >= set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_code_has_words_also_where_the_filter_changed_meanwhile(code: str) -> None:
    """The ledger keeps codes; the filter they are told with may be a later one."""
    [told] = words([code], Filter(), summary())
    assert len(told.split()) > 1
    assert told == told.strip()


def test_words_come_in_the_order_of_the_codes() -> None:
    asked = Filter.model_validate({"workplaces": ["remote"], "companies": {"include": ["Acme"]}})
    assert words(("company", "workplace"), asked, summary(workplace="remote")) == ["is at Acme", "is remote"]


@pytest.mark.parametrize(
    ("pay", "expected"),
    [
        ({"minimum": 100, "maximum": 200}, "100 to 200 USD a day"),
        ({"minimum": 100, "maximum": 100}, "100 USD a day"),
        ({"minimum": 100}, "from 100 USD a day"),
        ({"maximum": "1234567.5"}, "up to 1,234,567.50 USD a day"),
        ({"minimum": 0, "maximum": "0.00"}, "0 USD a day"),
    ],
)
def test_pay_is_told_as_people_write_it(pay: dict[str, Any], expected: str) -> None:
    assert pay_words(Pay.model_validate(pay | {"currency": "USD", "period": "day"})) == expected
