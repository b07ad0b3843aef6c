"""Lever: what reading the recorded sites by eye gives, and what they lack, from answers of our own writing."""

import json
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pytest

from services.ingest.domain.stated import StatedPay, StatedPlace
from services.ingest.sources.lever import SOURCE
from services.ingest.sources.source import NoPage, Request
from tests.support.recorded import lines, read, recorded, row

Row = tuple[dict[str, Any], str, list[str]]


def posting(site: str, id: str, title: str, posted_on: date, **more: Any) -> dict[str, Any]:
    url = f"https://jobs.lever.co/{site}/{id}/apply"
    return {"source_id": id, "title": title, "company": site, "url": url, "posted_on": posted_on, **more}


# What is stated, how the text begins, the headings of its lists.
IDEALIST: Final[list[Row]] = [
    (
        posting(
            "idealistconsulting",
            "a24ec4e5-5caa-473d-abd4-b71f09a8167b",
            "(1099 Contract) Nonprofit Salesforce Consultant: Enterprise Project Manager",
            date(2025, 11, 27),
            places=(StatedPlace(text="Chicago, IL", country="US"),),
            workplace="remote",
            employment=("Contract",),
        ),
        "Are you tenacious, pragmatic, with a keen sense of humor?",
        ["How You'll Contribute", "Your Background Includes:"],
    ),
    (
        posting(
            "idealistconsulting",
            "5d54d69b-e940-452e-b892-1170aa60f095",
            "(1099 Contract) Salesforce for Nonprofits: Solution Architect",
            date(2023, 1, 29),
            places=(StatedPlace(text="Washington, D.C.", country="US"),),
            workplace="remote",
            employment=("Contract",),
        ),
        "Are you tenacious, pragmatic, with a keen sense of humor?",
        ["How You'll Contribute", "Your Background Includes", "What You Can Expect"],
    ),
]
SPOTIFY: Final[list[Row]] = [
    (
        posting(
            "spotify",
            "b4ad9572-e20f-4185-a284-99d9740d04f0",
            "Android Engineer I - Subscriptions",
            date(2026, 6, 30),
            places=(StatedPlace(text="London", country="GB"), StatedPlace(text="Stockholm")),
            workplace="remote",
            employment=("Permanent",),
        ),
        "The Subscriptions R&D team oversees the entire user journey",
        ["What You'll Do", "Who You Are", "Where You'll Be"],
    ),
    (
        posting(
            "spotify",
            "cc5ccf57-b851-4c25-8840-ed4cd0535c12",
            "Analyst, Licensing Finance – FP&A",
            date(2026, 3, 2),
            places=(StatedPlace(text="New York, NY", country="US"),),
            workplace="onsite",
            employment=("Permanent",),
        ),
        "Spotify is seeking a highly analytical and motivated Analyst",
        ["What You'll Do", "Who You Are", "Where You'll Be"],
    ),
    (
        posting(
            "spotify",
            "66acb66f-de37-4d95-a353-874db92838ef",
            "Advertiser Solutions Vendor Lead - Programmatic and Direct Support",
            date(2026, 6, 10),
            places=(StatedPlace(text="London", country="GB"),),
            workplace="hybrid",
            employment=("Permanent",),
        ),
        "Support what you love.",
        ["What You'll Do", "Who You Are", "Where You'll Be"],
    ),
    (
        posting(
            "spotify",
            "08d82da1-0c72-44d1-91eb-7fa22dee3d39",
            "Analytics Engineer II",
            date(2026, 5, 13),
            places=(StatedPlace(text="Stockholm", country="SE"), StatedPlace(text="London")),
            workplace="hybrid",
            employment=("Permanent",),
        ),
        "The Platform team creates the technology",
        ['What You"ll Do', "Who You Are", "Where You'll Be"],
    ),
]


@pytest.mark.parametrize(
    ("name", "table", "closing"),
    [
        ("ats-fixtures/careerkit/lever.json", IDEALIST, "Equity, and Inclusion on our Ethics page."),
        ("ats-fixtures/lubobali/lever_postings.json", SPOTIFY, "we’re here to support you in any way we can."),
    ],
)
def test_recorded_site_is_read_as_by_eye(name: str, table: list[Row], closing: str) -> None:
    page = read(SOURCE, recorded(name))
    assert [row(stated) for stated in page.postings] == [said for said, _, _ in table]
    for stated, (_, beginning, headings) in zip(page.postings, table, strict=True):
        text = lines(stated)
        assert text[0].startswith(beginning)
        assert [line for line in text if line in headings] == headings
        assert any(line.endswith(closing) for line in text[text.index(headings[-1]) :])
    assert not page.unreadable
    assert not page.more


def test_items_of_lists_are_told_under_their_heading_and_before_the_closing_words() -> None:
    text = lines(read(SOURCE, recorded("ats-fixtures/lubobali/lever_postings.json")).postings[1])
    heading = text.index("Where You'll Be")
    assert text[heading + 1] == "- This role is based in New York, NY."
    assert any(line.startswith("The United States base range for this position is $67,172") for line in text[heading:])


JOB: Final[dict[str, Any]] = {"id": "a1", "text": "Baker", "hostedUrl": "https://jobs.lever.co/acme/a1"}


def stated(**more: Any) -> dict[str, Any]:
    (found,) = read(SOURCE, json.dumps([JOB | more]).encode()).postings
    return row(found)


def test_salary_range() -> None:
    said = stated(
        salaryRange={"currency": "USD", "interval": "per-year-salary", "min": 60000, "max": 75000.5},
        salaryDescriptionPlain="And bread.",
    )
    assert said["pay"] == StatedPay(
        minimum=Decimal(60000), maximum=Decimal("75000.5"), currency="USD", period="per-year-salary"
    )
    assert said["pay_text"] == "And bread."


@pytest.mark.parametrize(("minimum", "pay"), [("45000", (45000, 60000)), ("45,000", (45000, 60000)), ("45.000", None)])
def test_range_with_a_text_for_a_number_is_whole_or_none(minimum: str, pay: tuple[int, int] | None) -> None:
    said = stated(salaryRange={"currency": "EUR", "interval": "per-year-salary", "min": minimum, "max": 60000})
    found = said.get("pay")
    assert (found and (found.minimum, found.maximum)) == pay
    assert said.get("unread") == (None if pay else ("salaryRange.min: is no number",))


@pytest.mark.parametrize("workplace", ["on-site", "onsite", "hybrid"])
def test_workplace_is_as_it_is_spelt(workplace: str) -> None:
    assert stated(workplaceType=workplace)["workplace"] == workplace


def test_unspecified_workplace_is_none() -> None:
    assert "workplace" not in stated(workplaceType="unspecified")


def test_posting_with_one_place_needs_no_list_of_them() -> None:
    assert stated(categories={"location": "Ghent"}, country="BE")["places"] == (StatedPlace(text="Ghent", country="BE"),)


@pytest.mark.parametrize(("created", "unread"), [("2026", "is no number"), (1e300, "is no time")])
def test_time_that_is_none_is_noted(created: object, unread: str) -> None:
    said = stated(createdAt=created)
    assert "posted_on" not in said
    assert said["unread"] == (f"createdAt: {unread}",)


@pytest.mark.parametrize(
    ("address", "api"),
    [
        ("https://jobs.lever.co/acme", "api.lever.co/v0/postings/acme"),
        ("jobs.lever.co/acme/a1/apply?lever-source=x", "api.lever.co/v0/postings/acme"),
        ("https://jobs.eu.lever.co/acme", "api.eu.lever.co/v0/postings/acme"),
        ("https://api.lever.co/v0/postings/acme?mode=json", "api.lever.co/v0/postings/acme"),
        ("https://api.lever.co/v0/postings", None),
        ("https://jobs.lever.co", None),
        ("https://jobs.lever.co/..%2F", None),
        ("https://lever.co/acme", None),
    ],
)
def test_addresses_of_sites(address: str, api: str | None) -> None:
    assert SOURCE.begin(address) == (Request(f"https://{api}?mode=json&skip=0&limit=100") if api else None)


def test_full_page_is_followed_by_another() -> None:
    full = [JOB | {"id": f"a{number}"} for number in range(100)]
    first = SOURCE.begin("https://jobs.lever.co/acme")
    assert first is not None
    page = read(SOURCE, json.dumps(full).encode(), first.url)
    assert page.more == [Request("https://api.lever.co/v0/postings/acme?mode=json&skip=100&limit=100")]
    assert read(SOURCE, json.dumps(full[1:]).encode(), page.more[0].url).more == []


@pytest.mark.parametrize("page", [b'{"ok": false, "error": "Document not found"}', b"null", b"[", b""])
def test_what_is_no_page_of_postings(page: bytes) -> None:
    with pytest.raises(NoPage):
        read(SOURCE, page)
