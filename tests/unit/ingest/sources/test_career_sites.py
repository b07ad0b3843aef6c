"""Teamtailor, Pinpoint and plain JSON feeds: what reading the recorded pages by eye gives, and what they lack."""

import json
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pytest

from services.ingest.domain.stated import StatedPay, StatedPlace
from services.ingest.sources import jsonfeed, pinpoint, teamtailor
from services.ingest.sources.source import NoPage, Source
from tests.support.recorded import lines, read, recorded, row

SITE: Final = "https://career.teamtailor.com/jobs"
POSTINGS: Final = "https://acme.pinpointhq.com/postings.json"
TEAMTAILOR_ROWS: Final[list[dict[str, Any]]] = [
    {
        "source_id": "20fafb7d-f013-4061-b6de-2894b3e0838b",
        "title": "Account Executive - Italy (Madrid based)",
        "company": "Teamtailor",
        "url": f"{SITE}/7167985-account-executive-italy-madrid-based",
        "places": (StatedPlace(city="Madrid", state="Europe", country="ES"),),
        "posted_on": date(2026, 2, 4),
    },
    {
        "source_id": "a52c9a45-1132-44c9-9696-76974817ae6e",
        "title": "Mid-Market Account Executive - Copenhagen",
        "company": "Teamtailor",
        "url": f"{SITE}/7069633-mid-market-account-executive-copenhagen",
        "places": (
            StatedPlace(city="Stockholm", state="Sweden", country="SE"),
            StatedPlace(city="København", state="Europe", country="DK"),
        ),
        "posted_on": date(2026, 1, 18),
    },
]
PINPOINT_ROWS: Final[list[tuple[dict[str, Any], list[str]]]] = [
    (
        {
            "source_id": "post-001",
            "title": "Enterprise Applications Architect",
            "company": "acme",
            "url": "https://acme.pinpointhq.com/en/postings/post-001",
            "places": (StatedPlace(text="United States"),),
            "workplace": "Fully remote",
            "pay": StatedPay(minimum=Decimal(135000), maximum=Decimal(198000), currency="USD", period="year"),
            "pay_text": "$135,000 - $198,000 / year",
            "valid_through": date(2026, 8, 28),
        },
        [
            "Lead the enterprise applications roadmap.",
            "What you will do",
            "- Own architecture decisions.",
            "What you bring",
            "Experience with CRM platforms.",
            "Benefits",
            "Medical and retirement plans.",
        ],
    ),
    (
        {
            "source_id": "post-002",
            "title": "CRM Program Consultant",
            "company": "acme",
            "url": "https://acme.pinpointhq.com/postings/post-002",
            "places": (StatedPlace(text="Atlanta, GA"),),
            "workplace": "hybrid",
            "pay": StatedPay(minimum=Decimal(70), maximum=Decimal(90), currency="USD", period="hour"),
            "pay_text": "$70 - $90 / hour",
        },
        ["Deliver a fixed-term CRM program.", "Coordinate delivery teams.", "Program leadership experience."],
    ),
]


def test_recorded_teamtailor_site_by_eye() -> None:
    page = read(teamtailor.SOURCE, recorded("ats-fixtures/careerkit/teamtailor.json"))
    assert [row(stated) for stated in page.postings] == TEAMTAILOR_ROWS
    assert {stated.description for stated in page.postings} == {""}  # the recorded feed has no texts
    assert not page.unreadable
    assert page.postings[0].fields == {
        "source_id": "id",
        "title": "title",
        "company": "feed.title",
        "url": "url",
        "places": "_jobposting.jobLocation",
        "posted_on": "date_published",
    }


def test_recorded_pinpoint_site_by_eye() -> None:
    page = read(pinpoint.SOURCE, recorded("ats-fixtures/careerkit/pinpoint.json"), POSTINGS)
    assert [(row(stated), lines(stated)) for stated in page.postings] == PINPOINT_ROWS
    assert [stated.fields["url"] for stated in page.postings] == ["url", "path"]
    assert not page.unreadable


def test_recorded_feed_by_eye_without_its_extension() -> None:
    page = read(jsonfeed.SOURCE, recorded("ats-fixtures/careerkit/teamtailor.json"))
    plain = [{name: value for name, value in by_eye.items() if name not in {"company", "places"}} for by_eye in TEAMTAILOR_ROWS]
    assert [row(stated) for stated in page.postings] == plain


def item(**more: Any) -> dict[str, Any]:
    return {"id": "7", "title": "Baker", "url": "https://example.com/7", **more}


def feed(*items: Any, **more: Any) -> bytes:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Acme", "items": items, **more}).encode()


def test_what_the_item_says_counts_before_its_job_posting() -> None:
    posting = {
        "title": "Baker (m/f)",
        "description": "<p>Short.</p>",
        "datePosted": "2026-01-02",
        "hiringOrganization": {"@type": "Organization", "name": "Acme Bakers"},
        "employmentType": "PART_TIME",
    }
    (stated,) = read(teamtailor.SOURCE, feed(item(content_html="<p>Long.</p>", _jobposting=posting))).postings
    assert (stated.title, stated.company, lines(stated)) == ("Baker", "Acme Bakers", ["Long."])
    assert (stated.posted_on, stated.employment) == (date(2026, 1, 2), ("PART_TIME",))
    assert stated.fields["posted_on"] == "_jobposting.datePosted"
    assert stated.fields["description"] == "content_html"


def test_item_without_a_job_posting_is_read_all_the_same() -> None:
    (stated,) = read(teamtailor.SOURCE, feed(item(content_text="Bread."))).postings
    assert row(stated) == {"source_id": "7", "title": "Baker", "company": "Acme", "url": "https://example.com/7"}


def test_feed_names_its_next_page() -> None:
    (following,) = read(jsonfeed.SOURCE, feed(item(), next_url="https://example.com/jobs.json?page=2")).more
    assert following.url == "https://example.com/jobs.json?page=2"
    assert not read(jsonfeed.SOURCE, feed(item(), next_url="page two")).more


@pytest.mark.parametrize("page", [b"{}", b"[]", b"7", b'{"items": []}', b'{"version": "1.1", "items": []}', b"<rss/>", b""])
def test_what_is_no_feed_is_no_page(page: bytes) -> None:
    with pytest.raises(NoPage):
        read(jsonfeed.SOURCE, page)


def test_pay_that_is_not_to_be_seen_is_not_stated() -> None:
    hidden = {"compensation": "$1", "compensation_minimum": 1, "compensation_maximum": 1, "compensation_visible": False}
    (stated,) = read(pinpoint.SOURCE, json.dumps({"data": [item(**hidden)]}).encode(), POSTINGS).postings
    assert (stated.pay, stated.pay_text) == (None, "")


def test_posting_without_any_address_is_none() -> None:
    page = read(pinpoint.SOURCE, json.dumps({"data": [{"id": "7", "title": "Baker", "path": "/postings/7"}]}).encode())
    assert [bad.problem for bad in page.unreadable] == ["url: is missing"]


@pytest.mark.parametrize(
    ("source", "address", "url"),
    [
        (teamtailor.SOURCE, "acme.teamtailor.com/jobs/7-baker", "https://acme.teamtailor.com/jobs.json"),
        (teamtailor.SOURCE, "https://careers.example.com/jobs.json", "https://careers.example.com/jobs.json"),
        (teamtailor.SOURCE, "https://careers.example.com/jobs", None),
        (pinpoint.SOURCE, "https://acme.pinpointhq.com/en/postings/7", POSTINGS),
        (pinpoint.SOURCE, "https://www.pinpointhq.com", None),
        (pinpoint.SOURCE, "https://acme.example.com", None),
        (jsonfeed.SOURCE, "https://example.com/jobs.json", "https://example.com/jobs.json"),
        (jsonfeed.SOURCE, "jobs.json", None),
    ],
)
def test_addresses(source: Source, address: str, url: str | None) -> None:
    first = source.begin(address)
    assert (first.url if first else None) == url
