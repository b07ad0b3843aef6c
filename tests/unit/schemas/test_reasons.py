"""The words a reader gets for each code: what was asked, what the posting says, and the sentence."""

from typing import Any

import pytest

from schemas.filter.codes import EVERYTHING, UNSTATED
from schemas.filter.phrases import pay_range
from schemas.filter.reasons import words
from schemas.filter.tree import Filter
from schemas.filter.why import WHY
from schemas.filter.why_not import WHY_NOT as WHY_NOT_WORDS
from schemas.posting import Pay, PostingSummary
from services.matcher.domain.oracle import CLAUSES

SEATTLE = {"city": "Seattle", "state": "WA", "country": "US"}
TORONTO = {"city": "Toronto", "state": "ON", "country": "CA"}
HISTORY = {
    "newest_year": 2021,
    "years": [{"year": 2021, "approvals": 1212}, {"year": 2019, "approvals": 3}, {"year": 2015, "approvals": 9}],
}
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
    ("place", {"places": [{"city": "Zurich"}]}, {"places": [{"city": "Zürich"}, TORONTO]}, "is in Zürich"),
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
        "pays up to 61.50 USD an hour, you asked for at least 100,000 USD a year (61.50 USD an hour is 127,920 USD a year)",
    ),
    (
        "pay.unstated",
        {"minimum_pay": {"amount": 150000}},
        {},
        "does not state its pay (you keep such postings)",
    ),
    ("employment", {"employment_types": ["intern"]}, {"employment_types": ["intern", "full_time"]}, "is internship, full time"),
    ("employment", {"employment_types": ["per_diem"]}, {"employment_types": ["per_diem"]}, "is per diem"),
    ("company", {"companies": {"include": ["Acme"]}}, {}, "is at Acme"),
    ("company", {"companies": {"exclude": ["Other"]}}, {}, "is at Acme"),
    ("keywords", {"keywords": {"all": [{"term": "engineer", "scope": "title"}]}}, {}, 'has "engineer" in its title'),
    (
        "keywords",
        {"keywords": {"any": [{"term": "develop", "prefix": True}, {"all": ["a", "b"]}]}},
        {},
        'has one of a word that begins with "develop", (a b)',
    ),
    ("title", {"titles": {"include": ["Engineer", "scientist"]}}, {"title": "Staff engineer"}, 'its title has "Engineer"'),
    ("title", {"titles": {"include": ["engineers"]}}, {"title": "Staff engineer"}, 'its title has "engineers"'),
    ("title", {"titles": {"exclude": ["manager"]}}, {}, 'its title has none of "manager"'),
    (
        "place",
        {"places": [{"city": "Seattle", "state": "WA", "within": {"distance": 20}}]},
        {"places": [{"city": "Redmond", "state": "WA", "country": "US"}, TORONTO]},
        "is in Redmond, WA, US (within 20 mi of Seattle, WA)",
    ),
    (
        "place",
        {"places": [{"metro": "Bay Area"}]},
        {"places": [{"city": "Palo Alto", "state": "CA"}]},
        "is in Palo Alto, CA (Bay Area)",
    ),
    ("workplace.unstated", {"workplaces": ["on_site"]}, {}, "does not say where the work is done, which is taken as on site"),
    (
        "verdict",
        {"accepted_verdicts": ["conditional"]},
        {"verdict": {"sponsorship": {"value": "conditional"}}},
        "sponsors case by case or for some roles",
    ),
    ("verdict.unstated", {"version": 2}, {}, "says nothing of sponsorship: it neither offers nor refuses it"),
    ("citizenship", {"hide": ["citizenship"]}, {}, "asks for no citizenship or permanent residence"),
    (
        "clearance",
        {"hide": ["clearance"]},
        {"verdict": {"clearance": {"value": "preferred"}}},
        "prefers a security clearance, and does not need one",
    ),
    (
        "pay",
        {"minimum_pay": {"amount": 100000}},
        {"pay": {"maximum": 90000, "currency": "GBP", "period": "year"}},
        "pays up to 90,000 GBP a year, you asked for at least 100,000 USD a year (90,000 GBP a year is 120,590 USD a year at the rates of 2026-10-30)",
    ),
    ("skills", {"skills": {"all": ["Go"], "any": ["k8s", "Nomad"]}}, {}, "mentions Go; one of k8s, Nomad"),
    ("occupation", {"occupations": ["15-0000"]}, {"occupation": "15-1252"}, "is filed under occupation 15-1252 (SOC 2018)"),
    ("seniority", {"seniorities": ["staff"]}, {"seniority": "staff"}, "its level is staff or principal"),
    ("degree", {"maximum_degree": "master"}, {"degree": "bachelor"}, "asks for a bachelor's degree"),
    ("degree.unstated", {"maximum_degree": "master"}, {}, "names no degree that it asks for"),
    ("experience", {"maximum_experience": 3}, {"experience_years": 1}, "asks for 1 year of experience"),
    ("experience.unstated", {"maximum_experience": 3}, {}, "names no years of experience that it asks for"),
    (
        "approvals",
        {"employer_approvals": {"at_least": 10}},
        {"sponsor_history": HISTORY},
        "its employer had 1,215 H-1B petitions approved in the fiscal years 2019 to 2021",
    ),
    (
        "approvals",
        {"employer_approvals": {"at_least": 10, "years": 1}},
        {"sponsor_history": HISTORY},
        "its employer had 1,212 H-1B petitions approved in fiscal year 2021",
    ),
    ("wage_level", {"minimum_wage_level": 2}, {"wage_level": 3}, "its pay reaches prevailing-wage level 3 of 4"),
    ("source", {"sources": ["S"]}, {}, "comes from s"),
    ("language", {"languages": ["en"]}, {"language": "en"}, "is written in English"),
    ("language.unstated", {"languages": ["en"]}, {}, "does not say in which language it is written"),
    ("posted", {"posted_within": 1}, {"posted_on": "2026-11-01"}, "is dated 2026-11-01, at most 1 day old when it came in"),
    ("posted.unstated", {"posted_within": 7}, {}, "has no date of its own, and is new here"),
    ("everything", {}, {}, "your filter takes every posting"),
    ("benefits.of.tomorrow", {}, {}, "benefits.of.tomorrow"),
]


WHY_NOT: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    (
        "pay.unstated",
        {"minimum_pay": {"amount": 1}},
        {"pay": {"maximum": 5, "currency": "KPW", "period": "hour"}},
        "states its pay as up to 5 KPW an hour, which does not compare with 1 USD a year (you drop such postings)",
    ),
    (
        "keywords",
        {"keywords": {"all": ["python", {"any": ["a", "b"]}]}},
        {},
        "does not fit the words you asked for: python (a or b)",
    ),
    (
        "title",
        {"titles": {"include": ["engineer"], "exclude": ["lead"]}},
        {},
        'its title is "T", you asked for "engineer", without "lead"',
    ),
    ("title", {"titles": {"exclude": ["t"]}}, {}, 'its title is "T", you asked for any but "t"'),
    (
        "place",
        {"places": [{"city": "Austin"}, {"country": "DE"}]},
        {"places": [SEATTLE]},
        "is in Seattle, WA, US, you asked for Austin or Germany",
    ),
    (
        "place",
        {"places": [{"country": "US", "workplaces": ["remote"]}]},
        {"workplace": "remote", "remote_from": ["CA"]},
        "is remote, from CA, you asked for the United States (remote)",
    ),
    (
        "place",
        {"places": [{"city": "Seattle", "workplaces": ["remote"]}]},
        {"places": [SEATTLE]},
        "is in Seattle, WA, US (and does not say where the work is done), you asked for Seattle (remote)",
    ),
    (
        "place",
        {"places": [{"city": "Seattle", "workplaces": ["on_site"]}]},
        {"places": [SEATTLE], "workplace": "hybrid"},
        "is in Seattle, WA, US (hybrid), you asked for Seattle (on site)",
    ),
    ("place.unstated", {"places": [{"metro": "Bay Area"}]}, {}, "names no place, you asked for Bay Area"),
    ("workplace", {"workplaces": ["remote"]}, {"workplace": "hybrid"}, "is hybrid, you asked for remote"),
    (
        "workplace.unstated",
        {"workplaces": ["remote", "hybrid"]},
        {},
        "does not say where the work is done, you asked for remote or hybrid",
    ),
    (
        "visa",
        {"visa_types": ["H-1B"]},
        {"verdict": {"sponsorship": {"value": "not_offered"}}},
        "refuses to sponsor, you asked for H-1B",
    ),
    (
        "visa",
        {"visa_types": ["H-1B"]},
        {"verdict": {"sponsorship": {"value": "offered", "visas": ["TN"]}}},
        "sponsors TN, you asked for H-1B",
    ),
    (
        "visa",
        {"visa_types": ["H-1B"]},
        {"verdict": {"sponsorship": {"value": "offered"}}, "places": [TORONTO]},
        "is abroad, where no US visa is needed, you asked for H-1B",
    ),
    ("visa.unstated", {"visa_types": ["H-1B", "O-1"]}, {}, "says nothing of sponsorship, you asked for H-1B or O-1"),
    (
        "verdict",
        {"version": 2},
        {"verdict": {"sponsorship": {"value": "not_offered"}}},
        "refuses to sponsor, and such postings are left out where you do not ask for them",
    ),
    (
        "verdict.unstated",
        {"accepted_verdicts": ["offered"]},
        {},
        "says nothing of sponsorship, you asked for one that sponsors a visa",
    ),
    (
        "citizenship",
        {"hide": ["citizenship"]},
        {"verdict": {"work_status": {"value": "us_person"}}},
        "is for US citizens and permanent residents only",
    ),
    (
        "clearance",
        {"hide": ["clearance"]},
        {"verdict": {"clearance": {"value": "active_required"}}},
        "needs an active security clearance",
    ),
    (
        "pay",
        {"minimum_pay": {"amount": 170000}},
        {"pay": {"maximum": 150000, "minimum": 150000, "currency": "USD", "period": "year"}},
        "pay is stated as 150,000 USD a year, you asked for at least 170,000 USD a year",
    ),
    (
        "pay.unstated",
        {"minimum_pay": {"amount": 1}},
        {},
        "does not state its pay (you drop such postings)",
    ),
    (
        "employment",
        {"employment_types": ["intern"]},
        {"employment_types": ["full_time"]},
        "is full time, you asked for internship",
    ),
    (
        "employment.unstated",
        {"employment_types": ["intern"]},
        {},
        "does not say what kind of employment it is, you asked for internship",
    ),
    ("company", {"companies": {"include": ["Globex"]}}, {}, "is at Acme, you asked for Globex"),
    ("company", {"companies": {"exclude": ["Acme"]}}, {}, "is at Acme, you asked for any but Acme"),
    ("skills", {"skills": {"all": ["Go"]}}, {}, "does not mention what you asked for: Go"),
    (
        "occupation",
        {"occupations": ["15-2051"]},
        {"occupation": "15-1252"},
        "is filed under occupation 15-1252 (SOC 2018), you asked for 15-2051",
    ),
    ("occupation.unstated", {"occupations": ["15-2051"]}, {}, "its occupation is not known, you asked for 15-2051"),
    ("seniority", {"seniorities": ["entry"]}, {"seniority": "senior"}, "its level is senior, you asked for entry level"),
    ("seniority.unstated", {"seniorities": ["entry"]}, {}, "does not say its level, you asked for entry level"),
    ("degree", {"maximum_degree": "bachelor"}, {"degree": "doctorate"}, "asks for a doctorate, you have a bachelor's degree"),
    ("experience", {"maximum_experience": 0}, {"experience_years": 5}, "asks for 5 years of experience, you have 0"),
    (
        "approvals",
        {"employer_approvals": {"at_least": 2000}},
        {"sponsor_history": HISTORY},
        "its employer had 1,215 H-1B petitions approved in the fiscal years 2019 to 2021, you asked for at least 2,000",
    ),
    (
        "approvals.unstated",
        {"employer_approvals": {"at_least": 2000}},
        {},
        "of its employer's H-1B petitions nothing is known, you asked for at least 2,000",
    ),
    (
        "wage_level",
        {"minimum_wage_level": 3},
        {"wage_level": 1},
        "its pay reaches prevailing-wage level 1 of 4, you asked for at least level 3",
    ),
    (
        "wage_level.unstated",
        {"minimum_wage_level": 3},
        {},
        "its prevailing-wage level is not known, you asked for at least level 3",
    ),
    ("source", {"sources": ["a", "b"]}, {}, "comes from s, you asked for a or b"),
    ("language", {"languages": ["en"]}, {"language": "de"}, "is written in German, you asked for English"),
    ("posted", {"posted_within": 7}, {"posted_on": "2026-01-01"}, "is dated 2026-01-01, you asked for at most 7 days old"),
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


@pytest.mark.parametrize(("code", "asked", "says", "expected"), WHY_NOT)
def test_code_that_did_not_hold_is_told_in_words(code: str, asked: dict[str, Any], says: dict[str, Any], expected: str) -> None:
    assert words([code], Filter.model_validate(asked), summary(**says), held=False) == [expected]


def test_every_code_is_in_the_tables() -> None:
    clauses = {clause.code for clause in CLAUSES}
    assert {row[0].removesuffix(UNSTATED) for row in TABLE} >= {*clauses, EVERYTHING}
    assert {row[0].removesuffix(UNSTATED) for row in WHY_NOT} == clauses
    assert {row[0] for row in TABLE} > set(WHY)
    assert {row[0] for row in WHY_NOT} == set(WHY_NOT_WORDS)


@pytest.mark.parametrize(("code", "held"), [*((code, True) for code in WHY), *((code, False) for code in WHY_NOT_WORDS)])
def test_code_has_words_also_where_the_filter_changed_meanwhile(code: str, held: bool) -> None:
    """The ledger keeps codes; the filter they are told with may be a later one."""
    [told] = words([code], Filter(), summary(), held=held)
    assert len(told.split()) > 1
    assert told == told.strip()
    assert "None" not in told


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
    assert pay_range(Pay.model_validate(pay | {"currency": "USD", "period": "day"})) == expected
