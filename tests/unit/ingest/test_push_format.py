"""The push format: what is taken, what is refused, and in which words."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.ingest.domain.fault import Refused
from services.ingest.domain.push import Push, parse

NOW = datetime(2026, 8, 15, 23, 30, tzinfo=UTC)
MINIMAL: dict[str, Any] = {
    "source_id": "1",
    "title": "Machine Learning Engineer",
    "company": "Lodestar",
    "url": "https://jobs.example.com/1",
    "description": "We sponsor H-1B visas.",
}
PROVEN = {"sentence": "We sponsor H-1B visas."}


def parsed(**fields: Any) -> Push:
    return parse(MINIMAL | fields, now=NOW)


def faults(item: object) -> dict[str, str]:
    with pytest.raises(Refused) as refused:
        parse(item, now=NOW)
    return {fault.field: fault.problem for fault in refused.value.faults}


def test_minimal_posting_is_taken() -> None:
    push = parsed()
    assert (push.source_id, push.title, push.places, push.pay, push.posted_on) == ("1", MINIMAL["title"], (), None, None)


def test_full_posting_is_taken() -> None:
    push = parsed(
        places=[{"city": "Mountain View", "state": "CA", "country": "us"}, {"country": "CA"}],
        workplace="hybrid",
        remote_from=["us", "CA"],
        employment_types=["full_time", "contract"],
        pay={"minimum": "170000.50", "maximum": 216000, "currency": "usd", "period": "year"},
        posted_on="2026-08-15",
        valid_through="2026-12-31",
        skills=["Python", "C++"],
        sponsorship={"value": "offered", "visas": ["H-1B"], **PROVEN},
        work_status={"value": "none"},
        clearance={"value": "none"},
        occupation="15-1252.00",
        seniority="senior",
        degree="bachelor",
        experience_years=5,
        language="en",
    )
    assert (push.occupation, push.seniority, push.degree) == ("15-1252", "senior", "bachelor")
    assert (push.experience_years, push.language) == (5, "en")
    assert push.places[0].country == "US"
    assert push.remote_from == ("US", "CA")
    assert push.pay is not None
    assert (push.pay.minimum, push.pay.maximum, push.pay.currency) == (Decimal("170000.50"), Decimal(216000), "USD")
    assert push.sponsorship is not None
    assert push.sponsorship.visas == ("H-1B",)


@pytest.mark.parametrize("item", [None, 5, "text", True, [], [MINIMAL]])
def test_item_that_is_no_object_is_refused(item: object) -> None:
    assert faults(item) == {"": "must be an object"}


@pytest.mark.parametrize("field", ["source_id", "title", "company", "url", "description"])
def test_required_field_is_missed_by_name(field: str) -> None:
    assert faults({name: value for name, value in MINIMAL.items() if name != field}) == {field: "is required"}


def test_every_fault_is_told_at_once() -> None:
    assert faults({"title": 5, "pay": {"minimum": -1}, "titel": "x"}) == {
        "source_id": "is required",
        "title": "must be text",
        "company": "is required",
        "url": "is required",
        "description": "is required",
        "pay.minimum": "must not be negative",
        "pay.currency": "is required",
        "pay.period": "is required",
        "titel": "is not a field of the push format; did you mean title?",
    }


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("title", None, "must be text"),
        ("title", 5, "must be text"),
        ("title", ["x"], "must be text"),
        ("title", "", "must not be empty"),
        ("title", "  ", "must not be empty"),
        ("title", "\u200b\xad", "must not be empty"),
        ("title", "x" * 301, "is longer than 300 characters"),
        ("title", "a\r\nBcc: b", "must be one line of text: it has a line break (U+000D) at character 1"),
        ("title", "a\nb", "must be one line of text: it has a line break (U+000A) at character 1"),
        ("title", "a\u2028b", "must be one line of text: it has a line break (U+2028) at character 1"),
        ("title", "a\tb", "must be one line of text: it has a control character (U+0009) at character 1"),
        ("title", "a\x1b[31m", "must be one line of text: it has a control character (U+001B) at character 1"),
        ("company", "a\nb", "must be one line of text: it has a line break (U+000A) at character 1"),
        ("company", "x" * 201, "is longer than 200 characters"),
        ("source_id", 5, "must be text"),
        ("source_id", "x" * 201, "is longer than 200 characters"),
        ("source_id", "a\nb", "must be one line of text: it has a line break (U+000A) at character 1"),
        ("description", None, "must be text"),
        ("description", "x" * 100_001, "is longer than 100,000 characters"),
        ("url", "javascript:alert(1)", "must be an address that begins with http:// or https:// and has no spaces"),
        ("url", "ftp://example.com", "must be an address that begins with http:// or https:// and has no spaces"),
        ("url", "http:example.com", "must be an address that begins with http:// or https:// and has no spaces"),
        ("url", "https://a b.com", "must be an address that begins with http:// or https:// and has no spaces"),
        ("url", "https://a.com/\r\nX: y", "must be an address that begins with http:// or https:// and has no spaces"),
        ("url", "https://", "must be an address that begins with http:// or https:// and has no spaces"),
        ("url", "https:///", "must be a web address: empty host"),
        ("url", "https://bank.com@evil.com/", "must not carry a user name or a password"),
        ("url", "https://a.com/" + "x" * 2000, "is longer than 2,000 characters"),
        ("url", "https://a.com/" + "é" * 1000, "is longer than 2,000 characters once its special characters are encoded"),
        ("url", 5, "must be text"),
        ("workplace", "home", "must be one of 'on_site', 'hybrid' or 'remote'"),
        ("places", {}, "must be a list"),
        ("places", [{"country": "US"}] * 101, "has 101 entries, at most 100 are taken"),
        ("skills", "Python", "must be a list"),
        ("skills", ["x"] * 101, "has 101 entries, at most 100 are taken"),
        ("posted_on", "2026-08-17", "is in the future: 2026-08-17 is after 2026-08-16"),
        ("posted_on", "tomorrow", "must be a date like 2026-08-31: input is too short"),
        ("posted_on", "2026-02-30", "must be a date like 2026-08-31: day value is outside expected range"),
        ("posted_on", 1_700_000_000, "must be a date written as text, like 2026-08-31"),
        ("valid_through", True, "must be a date written as text, like 2026-08-31"),
        ("pay", "much", "must be an object"),
    ],
)
def test_wrong_field_is_refused_in_words(field: str, value: object, problem: str) -> None:
    assert faults(MINIMAL | {field: value}) == {field: problem}


@pytest.mark.parametrize(
    ("field", "value", "where", "problem"),
    [
        (
            "places",
            [{"country": "US"}, {"country": "USA"}],
            "places.1.country",
            "must be a country code of two letters, such as US",
        ),
        ("places", [{}], "places.0", "names no city, no state and no country"),
        ("places", [{"city": "a\nb"}], "places.0.city", "must be one line of text"),
        ("places", [{"town": "x", "city": "y"}], "places.0.town", "is not a field of the push format"),
        ("remote_from", ["US", 5], "remote_from.1", "must be text"),
        ("employment_types", ["full-time"], "employment_types.0", "must be one of 'full_time', "),
        ("skills", ["ok", "x" * 101], "skills.1", "is longer than 100 characters"),
        ("sponsorship", {"value": "perhaps", **PROVEN}, "sponsorship.value", "must be one of 'offered', "),
        (
            "sponsorship",
            {"value": "offered"},
            "sponsorship",
            "says offered: give the sentence of the description that proves it",
        ),
        ("sponsorship", {"value": "unstated", "visas": ["H-1B"]}, "sponsorship", "names visas, but says unstated"),
        ("sponsorship", {"value": "offered", "visas": ["H1B"], **PROVEN}, "sponsorship.visas.0", "must be one of 'H-1B', "),
        ("work_status", {"value": "us_person"}, "work_status", "says us_person: give the sentence"),
        ("clearance", {"value": "must_obtain"}, "clearance", "says must_obtain: give the sentence"),
    ],
)
def test_wrong_part_is_refused_at_its_place(field: str, value: object, where: str, problem: str) -> None:
    found = faults(MINIMAL | {field: value})
    assert list(found) == [where]
    assert found[where].startswith(problem)


PAY = {"minimum": 100, "maximum": 200, "currency": "USD", "period": "year"}


@pytest.mark.parametrize(
    ("changed", "where", "problem"),
    [
        ({"minimum": -1}, "pay.minimum", "must not be negative"),
        ({"maximum": "-0.01"}, "pay.maximum", "must not be negative"),
        ({"minimum": "lots"}, "pay.minimum", "must be a number, or a decimal number written as text"),
        ({"minimum": True}, "pay.minimum", "must be a number, or a decimal number written as text"),
        ({"minimum": float("inf")}, "pay.minimum", "must be a finite number"),
        ({"minimum": float("nan")}, "pay.minimum", "must be a finite number"),
        ({"maximum": 10**13}, "pay.maximum", "must be at most 1,000,000,000,000"),
        ({"minimum": 300}, "pay", "has a minimum above its maximum"),
        ({"minimum": None, "maximum": None}, "pay", "has neither minimum nor maximum"),
        ({"currency": "$"}, "pay.currency", "must be a currency code of three letters, such as USD (ISO 4217)"),
        ({"period": "fortnight"}, "pay.period", "must be one of 'hour', 'day', 'week', 'month' or 'year'"),
    ],
)
def test_wrong_pay_is_refused(changed: dict[str, object], where: str, problem: str) -> None:
    assert faults(MINIMAL | {"pay": PAY | changed}) == {where: problem}


@pytest.mark.parametrize("pay", [{"minimum": None}, {"maximum": None}, {"minimum": 0}, {"minimum": 200}])
def test_open_and_equal_ends_of_pay_are_taken(pay: dict[str, object]) -> None:
    assert parsed(pay=PAY | pay).pay is not None


@pytest.mark.parametrize("posted_on", ["2026-08-16", "2026-08-15", "2019-01-01"])
def test_date_of_today_somewhere_on_earth_is_taken(posted_on: str) -> None:
    assert str(parsed(posted_on=posted_on).posted_on) == posted_on


@pytest.mark.parametrize(
    ("item", "where", "problem"),
    [
        (MINIMAL | {"title": "a\0b"}, "title", "contains a NUL character (U+0000)"),
        (MINIMAL | {"description": "a\ud800b"}, "description", "contains a lone surrogate (U+D800) at character 1"),
        (MINIMAL | {"skills": ["ok", "\udfff"]}, "skills.1", "contains a lone surrogate (U+DFFF) at character 0"),
        (MINIMAL | {"title": "\udcff"}, "title", "contains a byte that is not UTF-8, or a lone surrogate, at character 0"),
        (MINIMAL | {"a\0": 1}, "a\\x00", "is a name that contains a NUL character (U+0000)"),
        (MINIMAL | {"\ud800": 1}, "\\ud800", "is a name that contains a lone surrogate (U+D800) at character 0"),
    ],
)
def test_text_that_cannot_be_stored_is_refused(item: object, where: str, problem: str) -> None:
    assert faults(item) == {where: problem}


def test_emoji_written_as_surrogate_pair_is_text() -> None:
    assert parsed(title="Rocket 🚀").title == "Rocket 🚀"


def test_number_of_faults_told_is_bounded() -> None:
    told = faults(MINIMAL | {f"x{number}": 1 for number in range(1000)})
    assert len(told) == 21
    assert told[""] == "has 980 more faults"


def test_name_of_unknown_field_is_cut() -> None:
    (field,) = faults(MINIMAL | {"y" * 1_000_000: 1})
    assert field == "y" * 100


def test_endless_nesting_is_refused() -> None:
    nested: object = 1
    for _ in range(500):
        nested = [nested]
    assert list(faults(MINIMAL | {"skills": nested}).values()) == ["is nested too deeply"]


def test_white_space_in_lines_is_folded() -> None:
    assert parsed(title="  Staff\u00a0 Engineer ", source_id=" 7 ").title == "Staff Engineer"
    assert parsed(source_id=" 7 ").source_id == "7"
