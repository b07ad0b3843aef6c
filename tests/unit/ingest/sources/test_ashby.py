"""Ashby: what reading the recorded boards by eye gives, and what they lack, from answers of our own writing."""

import json
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pytest

from services.ingest.domain.stated import StatedPay, StatedPlace
from services.ingest.sources.ashby import SOURCE
from services.ingest.sources.source import NoPage, Request
from tests.support.recorded import lines, read, recorded, row

Row = tuple[dict[str, Any], str, str]
CONTRADICTION = ("isRemote: is true, against Hybrid of workplaceType",)
LONDON = StatedPlace(text="London", city="London", country="United Kingdom")
NEW_YORK = StatedPlace(text="New York, NY (HQ)", city="New York City", state="NY", country="USA")
REMOTE = StatedPlace(text="Remote (US)", country="United States")


def posting(board: str, id: str, title: str, posted_on: date, **more: Any) -> dict[str, Any]:
    return {
        "source_id": id,
        "title": title,
        "company": board,
        "url": f"https://jobs.ashbyhq.com/{board}/{id}/application",
        "posted_on": posted_on,
        "employment": ("FullTime",),
        **more,
    }


def yearly(minimum: int, maximum: int, currency: str = "USD") -> StatedPay:
    return StatedPay(minimum=Decimal(minimum), maximum=Decimal(maximum), currency=currency, period="1 YEAR")


# What is stated, how the text begins, a heading in it.
HIGHLIGHT: Final[list[Row]] = [
    (
        posting(
            "HighlightTA",
            "90fb3621-899e-4b59-925d-25080ec91e18",
            "Senior Technical Recruiter",
            date(2026, 4, 20),
            places=(StatedPlace(text="Canada", country="Canada"),),
            workplace="Remote",
        ),
        "About HighlightTA",
        "What We Offer",
    ),
    (
        posting(
            "HighlightTA",
            "fc2f1f85-46a0-4a31-b165-683e39c07c04",
            "Senior Site Reliability Engineer",
            date(2026, 7, 8),
            places=(StatedPlace(text="Toronto, Ontario", city="Toronto", state="Ontario", country="Canada"),),
            workplace="Hybrid",
            pay=yearly(102_800, 137_000, "CAD"),
            pay_text="CA$102.8K - CA$137K",
            unread=CONTRADICTION,
        ),
        "Company Overview",
        "What You Bring",
    ),
]
RAMP: Final[list[Row]] = [
    (
        posting(
            "ramp",
            "03e2d4e1-73ad-4f09-a058-2eb9ce34c2bc",
            "Technical Consultant, Mid-Market",
            date(2026, 7, 7),
            places=(
                REMOTE,
                StatedPlace(text="San Francisco, CA", city="San Fransisco", state="California ", country="USA"),
                NEW_YORK,
            ),
            workplace="Remote",
            pay=yearly(151_000, 231_000),
            pay_text="$151K - $231K",
        ),
        "About Ramp",
        "What You Need",
    ),
    (
        posting(
            "ramp",
            "1515fe6d-1d8e-475b-a5ee-cefe43e78cb7",
            "Account Executive",
            date(2026, 6, 8),
            places=(LONDON,),
            workplace="OnSite",
        ),
        "About Ramp",
        "Nice to Have",
    ),
    (
        posting(
            "ramp",
            "0907ae2a-5334-4d64-9a76-cc9428224546",
            "Director, Performance Marketing",
            date(2026, 6, 11),
            places=(NEW_YORK, REMOTE),
            workplace="Hybrid",
            pay=yearly(191_000, 291_000),
            pay_text="$191K - $291K",
            unread=CONTRADICTION,
        ),
        "About Ramp",
        "Nice-to-Haves",
    ),
    (
        posting(
            "ramp",
            "7a6ad0e2-8249-476e-a173-2b1a6bd7766b",
            "Engagement Manager",
            date(2026, 6, 10),
            places=(LONDON,),
            workplace="OnSite",
        ),
        "About Ramp",
        "Nice to Haves",
    ),
]


@pytest.mark.parametrize(
    ("name", "table"),
    [("ats-fixtures/careerkit/ashby.json", HIGHLIGHT), ("ats-fixtures/lubobali/ashby_jobs.json", RAMP)],
)
def test_recorded_board_is_read_as_by_eye(name: str, table: list[Row]) -> None:
    page = read(SOURCE, recorded(name))
    assert [row(stated) for stated in page.postings] == [said for said, _, _ in table]
    for stated, (_, beginning, heading) in zip(page.postings, table, strict=True):
        assert lines(stated)[0].startswith(beginning)
        assert heading in lines(stated)
    assert not page.unreadable


JOB: Final[dict[str, Any]] = {"id": "a1", "title": "Baker", "jobUrl": "https://jobs.ashbyhq.com/acme/a1"}


def stated(**more: Any) -> dict[str, Any]:
    (found,) = read(SOURCE, json.dumps({"jobs": [JOB | more]}).encode()).postings
    return row(found)


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"location": "Ghent"}, "location"),
        ({"location": "Ghent", "secondaryLocations": [{"location": "Oslo"}]}, "location, secondaryLocations"),
        ({"location": None, "secondaryLocations": [{"location": "Oslo"}]}, "secondaryLocations"),
        ({"location": None, "address": {"addressLocality": "Ghent"}}, "address"),
    ],
)
def test_places_are_said_by_their_fields(more: dict[str, Any], name: str) -> None:
    (found,) = read(SOURCE, json.dumps({"jobs": [JOB | more]}).encode()).postings
    assert found.fields["places"] == name


def test_unlisted_posting_is_none() -> None:
    assert read(SOURCE, json.dumps({"jobs": [JOB | {"isListed": False}]}).encode()).postings == []


def test_posting_without_an_address_has_the_name_of_its_place() -> None:
    assert stated(location="Ghent", address=None)["places"] == (StatedPlace(text="Ghent"),)


def test_address_of_a_further_place_may_be_flat() -> None:
    further = {"location": "Ghent", "address": {"addressLocality": "Ghent", "addressCountry": "Belgium"}}
    assert stated(secondaryLocations=[further])["places"] == (StatedPlace(text="Ghent", city="Ghent", country="Belgium"),)


@pytest.mark.parametrize(
    ("workplace", "flag", "said", "contradiction"),
    [
        ("Remote", True, "Remote", False),
        ("Remote", False, "Remote", True),
        ("OnSite", True, "OnSite", True),
        ("OnSite", False, "OnSite", False),
        ("OnSite", None, "OnSite", False),
        (None, True, "Remote", False),
        (None, False, None, False),
        (None, None, None, False),
    ],
)
def test_workplace_goes_before_the_flag(
    workplace: str | None, flag: bool | None, said: str | None, contradiction: bool
) -> None:
    found = stated(workplaceType=workplace, isRemote=flag)
    assert found.get("workplace") == said
    assert ("unread" in found) == contradiction


def component(type: str, minimum: float | None, maximum: float | None, **more: Any) -> dict[str, Any]:
    return {
        "compensationType": type,
        "minValue": minimum,
        "maxValue": maximum,
        "currencyCode": "USD",
        "interval": "1 YEAR",
        **more,
    }


def test_equity_and_bonus_are_no_pay() -> None:
    parts = [component("EquityPercentage", 0.5, 1.75), component("Bonus", 5000, 9000), component("Salary", 81000, 87000)]
    assert stated(compensation={"compensationTiers": [{"components": parts}]})["pay"] == yearly(81000, 87000)
    assert "pay" not in stated(compensation={"compensationTiers": [{"components": parts[:2]}]})


def test_tier_with_an_end_that_is_not_understood_leaves_no_range() -> None:
    good = {"compensationType": "Salary", "interval": "1 YEAR", "currencyCode": "USD", "minValue": 1, "maxValue": 2}
    said = stated(compensation={"compensationTiers": [{"components": [good, {**good, "maxValue": "about 3"}]}]})
    assert "pay" not in said
    assert said["unread"] == ("compensation.compensationTiers.0.components.1.maxValue: is no number",)


def test_hourly_and_yearly_tiers_are_no_range() -> None:
    tiers = [
        {"components": [component("Salary", 40, 50, interval="1 HOUR")]},
        {"components": [component("Salary", 81000, 87000)]},
    ]
    said = stated(compensation={"compensationTiers": tiers})
    assert "pay" not in said
    assert said["unread"] == ("compensation.compensationTiers: has several currencies or periods",)


@pytest.mark.parametrize(
    ("address", "board"),
    [
        ("https://jobs.ashbyhq.com/acme", "acme"),
        ("jobs.ashbyhq.com/Acme%20Labs/a1/application", "Acme%20Labs"),
        ("https://api.ashbyhq.com/posting-api/job-board/acme?includeCompensation=true", "acme"),
        ("https://api.ashbyhq.com/posting-api/job-board", None),
        ("https://jobs.ashbyhq.com/", None),
        ("https://www.ashbyhq.com/acme", None),
    ],
)
def test_addresses_of_boards(address: str, board: str | None) -> None:
    url = f"https://api.ashbyhq.com/posting-api/job-board/{board}?includeCompensation=true"
    assert SOURCE.begin(address) == (Request(url) if board else None)


@pytest.mark.parametrize("page", [b'{"apiVersion": "1"}', b"[]", b"Not Found", b""])
def test_what_is_no_board(page: bytes) -> None:
    with pytest.raises(NoPage):
        read(SOURCE, page)
