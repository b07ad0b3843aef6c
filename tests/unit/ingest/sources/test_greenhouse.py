"""Greenhouse: what reading the recorded boards by eye gives, and pay, which they lack, from answers of our own writing."""

import json
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pytest

from services.ingest.domain.stated import StatedPay, StatedPlace
from services.ingest.sources.greenhouse import SOURCE
from services.ingest.sources.source import NoPage, Request
from tests.support.recorded import lines, read, recorded, row

Row = tuple[dict[str, Any], str, str]
AMPLITUDE = "Amplitude is the leading AI analytics platform, helping over 4,700 customers"
ANTHROPIC = "About Anthropic"


def posting(id: int, title: str, company: str, places: list[str], posted_on: date, **more: Any) -> dict[str, Any]:
    return {
        "source_id": str(id),
        "title": title,
        "company": company,
        "url": f"https://job-boards.greenhouse.io/{company.strip().lower()}/jobs/{id}",
        "places": tuple(StatedPlace(text=place) for place in places),
        "posted_on": posted_on,
        "language": "en",
        **more,
    }


# What is stated, how the text begins, a heading in it.
AMPLITUDES: Final[list[Row]] = [
    (
        posting(
            8636903002,
            "Customer Data Scientist - Experimentation",
            "Amplitude",
            ["London, UK"],
            date(2026, 7, 16),
            employment=("Regular",),
        ),
        AMPLITUDE,
        "At a minimum, you need to have:",
    ),
    (
        posting(
            8651132002,
            "Emerging Account Executive (India)",
            "Amplitude",
            ["Bangalore, India"],
            date(2026, 7, 27),
            employment=("Regular",),
        ),
        AMPLITUDE,
        "As an Emerging Enterprise AE, you will:",
    ),
]
ANTHROPICS: Final[list[Row]] = [
    (
        posting(
            5311686008,
            "Country Lead, Data Center Security",
            "Anthropic",
            ["Sydney, Australia"],
            date(2026, 7, 10),
            workplace="Remote",
        ),
        ANTHROPIC,
        "Minimum qualifications",
    ),
    (
        posting(
            5215052008,
            "Amazon GTM Partnership, Startups",
            "Anthropic",
            ["San Francisco, CA", "New York City, NY", "Seattle, WA"],
            date(2026, 5, 11),
            workplace="On-Site",
        ),
        ANTHROPIC,
        "Key responsibilities",
    ),
    (
        posting(
            5023394008,
            "Anthropic Fellows Program",
            "Anthropic",
            ["London, UK", "Ontario, CAN", "Remote-Friendly, United States", "San Francisco, CA"],
            date(2025, 12, 11),
            workplace="On-Site",
        ),
        ANTHROPIC,
        "Interview process",
    ),
    (
        posting(5101378008, "Account Executive, Public Sector", "Anthropic", ["Sydney, Australia"], date(2026, 4, 7)),
        ANTHROPIC,
        "You may be a good fit if you have:",
    ),
]


@pytest.mark.parametrize(
    ("name", "table"),
    [("ats-fixtures/careerkit/greenhouse.json", AMPLITUDES), ("ats-fixtures/lubobali/greenhouse_jobs.json", ANTHROPICS)],
)
def test_recorded_board_is_read_as_by_eye(name: str, table: list[Row]) -> None:
    page = read(SOURCE, recorded(name))
    assert [row(stated) for stated in page.postings] == [said for said, _, _ in table]
    for stated, (_, beginning, heading) in zip(page.postings, table, strict=True):
        assert lines(stated)[0].startswith(beginning)
        assert heading in lines(stated)
    assert not page.unreadable
    assert not page.more


@pytest.mark.parametrize(
    ("address", "board"),
    [
        ("https://boards.greenhouse.io/acme", "acme"),
        ("job-boards.greenhouse.io/acme/jobs/4711?gh_jid=4711", "acme"),
        ("https://job-boards.eu.greenhouse.io/acme/", "acme"),
        ("https://boards.greenhouse.io/embed/job_board?for=acme", "acme"),
        ("https://boards.greenhouse.io/embed/job_board/js?for=acme", "acme"),
        ("https://boards-api.greenhouse.io/v1/boards/acme/jobs?content=true", "acme"),
        ("https://boards.greenhouse.io/", None),
        ("https://boards.greenhouse.io/embed/job_board", None),
        ("https://boards-api.greenhouse.io/v1/boards", None),
        ("https://greenhouse.io.example.com/acme", None),
        ("https://jobs.lever.co/acme", None),
        ("acme", None),
    ],
)
def test_addresses_of_boards(address: str, board: str | None) -> None:
    expected = Request(f"https://boards-api.greenhouse.io/v1/boards/{board}/jobs?content=true") if board else None
    assert SOURCE.begin(address) == expected


JOB: Final[dict[str, Any]] = {"id": 4711, "title": "Baker", "absolute_url": "https://boards.greenhouse.io/acme/jobs/4711"}


def pay(ranges: object) -> tuple[StatedPay | None, str, tuple[str, ...]]:
    (stated,) = read(SOURCE, json.dumps(JOB | {"pay_input_ranges": ranges}).encode()).postings
    return stated.pay, stated.pay_text, stated.unread


def in_cents(minimum: int | None, maximum: int | None, currency: str = "USD", title: str = "") -> dict[str, Any]:
    return {"min_cents": minimum, "max_cents": maximum, "currency_type": currency, "title": title}


def test_pay_is_in_cents() -> None:
    said = [in_cents(5_000_050, 7_500_000, title="Annual Salary")]
    assert pay(said) == (
        StatedPay(minimum=Decimal("50000.50"), maximum=Decimal(75000), currency="USD"),
        "Annual Salary",
        (),
    )


def test_zones_make_one_range() -> None:
    zones = [in_cents(5_000_000, 7_000_000), in_cents(6_000_000, 9_000_000)]
    assert pay(zones)[0] == StatedPay(minimum=Decimal(50000), maximum=Decimal(90000), currency="USD")


def test_zone_without_an_end_leaves_the_range_open() -> None:
    zones = [in_cents(5_000_000, None), in_cents(6_000_000, 9_000_000)]
    assert pay(zones)[0] == StatedPay(minimum=Decimal(50000), currency="USD")


def test_fields_of_a_company_are_named_as_it_names_them() -> None:
    own = [{"name": "Location Type", "value": "Hybrid"}, {"name": "Job Type", "value": ["Full-time", "Contract"]}]
    (stated,) = read(SOURCE, json.dumps(JOB | {"metadata": own}).encode()).postings
    assert (stated.workplace, stated.employment) == ("Hybrid", ("Full-time", "Contract"))
    assert (stated.fields["workplace"], stated.fields["employment"]) == ("metadata.Location Type", "metadata.Job Type")


def test_several_currencies_are_no_range() -> None:
    zones = [in_cents(5_000_000, 7_000_000), in_cents(6_000_000, 9_000_000, "CAD")]
    assert pay(zones) == (None, "", ("pay_input_ranges: has several currencies or periods",))


def test_pay_is_fetched_only_where_it_is_asked_for() -> None:
    page = json.dumps({"jobs": [JOB, JOB | {"id": 4712, "pay_input_ranges": []}]}).encode()
    board = SOURCE.begin("https://boards.greenhouse.io/acme")
    asked = SOURCE.begin("https://boards.greenhouse.io/acme?pay_transparency=true")
    assert board is not None
    assert asked is not None
    assert [stated.source_id for stated in read(SOURCE, page, board.url).postings] == ["4711", "4712"]
    with_pay = read(SOURCE, page, asked.url)
    assert [stated.source_id for stated in with_pay.postings] == ["4712"]
    assert with_pay.more == [Request("https://boards-api.greenhouse.io/v1/boards/acme/jobs/4711?pay_transparency=true")]


def test_prospect_post_is_no_opening() -> None:
    assert read(SOURCE, json.dumps({"jobs": [JOB | {"internal_job_id": None}]}).encode()).postings == []


def test_board_names_the_company_where_nothing_else_does() -> None:
    (stated,) = read(SOURCE, json.dumps(JOB).encode()).postings
    assert (stated.company, stated.fields["company"]) == ("acme", "absolute_url")


@pytest.mark.parametrize("page", [b'{"status": 404, "error": "Job not found"}', b"[]", b'{"jobs": {}}', b"<html>", b""])
def test_what_is_no_board(page: bytes) -> None:
    with pytest.raises(NoPage):
        read(SOURCE, page)
