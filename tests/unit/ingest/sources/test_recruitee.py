"""Recruitee: what reading the recorded site by eye gives, and what it lacks, from answers of our own writing."""

import json
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pytest

from services.ingest.domain.stated import StatedPay, StatedPlace
from services.ingest.sources.recruitee import SOURCE
from services.ingest.sources.source import NoPage, Request
from tests.support.recorded import lines, read, recorded, row


def yearly(minimum: int, maximum: int) -> StatedPay:
    return StatedPay(minimum=Decimal(minimum), maximum=Decimal(maximum), currency="EUR", period="year")


# What is stated, headings of its text.
TABLE: Final[list[tuple[dict[str, Any], list[str]]]] = [
    (
        {
            "source_id": "2700825",
            "title": "(Senior) Financial Accountant (f/m/d) - Berlin/Brandenburg Region, Germany",
            "company": "Acme",
            "url": "https://jobs.acme.com/o/senior-financial-accountant-fmd-berlinbrandenburg-region-germany/c/new",
            "places": (StatedPlace(text="Berlin", city="Berlin", state="Berlin", country="DE"),),
            "workplace": "hybrid",
            "employment": ("fulltime_permanent",),
            "seniority": "experienced",
            "pay": yearly(60_000, 75_000),
            "posted_on": date(2026, 8, 5),
        },
        ["How you will make an impact", "Requirements", "What we expect from you", "The process", "About us"],
    ),
    (
        {
            "source_id": "2697184",
            "title": "Partner Development Representative (f/m/d) - Berlin, Germany",
            "company": "Acme",
            "url": "https://jobs.acme.com/o/partner-development-representative-fmd-berlin-germany/c/new",
            "places": (StatedPlace(text="Germany/Remote", city="Berlin", state="Berlin", country="DE"),),
            "workplace": "hybrid",
            "employment": ("fulltime_permanent",),
            "seniority": "mid_level",
            "pay": yearly(75_000, 90_000),
            "posted_on": date(2026, 7, 31),
        },
        ["How you will make an impact", "What great looks like", "Requirements", "What we expect from you:", "About us"],
    ),
]


def test_recorded_site_is_read_as_by_eye() -> None:
    page = read(SOURCE, recorded("ats-fixtures/careerkit/recruitee.json"))
    assert [row(stated) for stated in page.postings] == [said for said, _ in TABLE]
    for stated, (_, headings) in zip(page.postings, TABLE, strict=True):
        assert [line for line in lines(stated) if line in headings] == headings
    assert not page.unreadable


OFFER: Final[dict[str, Any]] = {"id": 4711, "title": "Baker", "careers_url": "https://jobs.example.com/o/baker"}


def stated(**more: Any) -> dict[str, Any]:
    (found,) = read(SOURCE, json.dumps({"offers": [OFFER | more]}).encode()).postings
    return row(found)


def test_posting_without_a_form_has_its_page() -> None:
    assert stated()["url"] == "https://jobs.example.com/o/baker"


def test_older_site_tells_one_place_in_the_posting_itself() -> None:
    said = stated(location="Ghent, Belgium", city="Ghent", state_name="East Flanders", country="Belgium", country_code="BE")
    assert said["places"] == (StatedPlace(text="Ghent, Belgium", city="Ghent", state="East Flanders", country="BE"),)


@pytest.mark.parametrize(
    ("salary", "pay"),
    [
        ({"min": "18.50", "max": None, "currency": "EUR"}, StatedPay(minimum=Decimal("18.50"), currency="EUR")),
        ({"min": None, "max": 75000, "currency": "EUR"}, StatedPay(maximum=Decimal(75000), currency="EUR")),
        ({"min": None, "max": None, "currency": "EUR"}, None),
        ({"min": "", "max": "", "currency": ""}, None),
        (None, None),
    ],
)
def test_salaries(salary: object, pay: StatedPay | None) -> None:
    said = stated(salary=salary)
    assert said.get("pay") == pay
    assert "unread" not in said


@pytest.mark.parametrize("amount", ["75.000", "75,00", "75k", "€ 75000", True, [75000], "٣", "1e400", 1e400])
def test_amount_that_is_no_plain_number_is_left_out(amount: object) -> None:
    said = stated(salary={"min": amount, "currency": "EUR"})
    assert "pay" not in said
    assert said["unread"] == ("salary.min: is no number",)


def test_range_with_an_end_that_is_not_understood_is_none() -> None:
    said = stated(salary={"min": "2800", "max": "3.200", "currency": "EUR"})
    assert "pay" not in said
    assert said["unread"] == ("salary.max: is no number",)


@pytest.mark.parametrize(
    ("flags", "workplace"),
    [({"remote": True}, "remote"), ({"on_site": True, "remote": False}, "on-site"), ({"remote": False}, None), ({}, None)],
)
def test_workplaces(flags: dict[str, bool], workplace: str | None) -> None:
    assert stated(**flags).get("workplace") == workplace


def test_several_workplaces_are_none() -> None:
    said = stated(remote=True, hybrid=True, on_site=True)
    assert "workplace" not in said
    assert said["unread"] == ("remote: is true, and so is hybrid and on_site",)


@pytest.mark.parametrize(("written", "day"), [("2026-09-01 22:00:00 UTC", date(2026, 9, 1)), ("2026-02-30 00:00:00 UTC", None)])
def test_closing_dates(written: str, day: date | None) -> None:
    said = stated(close_at=written)
    assert said.get("valid_through") == day
    assert ("unread" in said) == (day is None)


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://acme.recruitee.com", "acme.recruitee.com"),
        ("acme.recruitee.com/o/baker", "acme.recruitee.com"),
        ("https://jobs.example.com/api/offers/", "jobs.example.com"),
        ("https://jobs.example.com/o/baker", None),
        ("https://api.recruitee.com/c/4711", None),
        ("https://recruitee.com", None),
    ],
)
def test_addresses_of_sites(address: str, host: str | None) -> None:
    assert SOURCE.begin(address) == (Request(f"https://{host}/api/offers/") if host else None)


@pytest.mark.parametrize("page", [b"{}", b"[]", b'{"offers": "none"}', b"<html>"])
def test_what_is_no_site(page: bytes) -> None:
    with pytest.raises(NoPage):
        read(SOURCE, page)
