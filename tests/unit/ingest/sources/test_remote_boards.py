"""Remote OK, Remotive and We Work Remotely: what reading the recorded pages by eye gives."""

from datetime import date
from typing import Any, Final

import pytest

from services.ingest.sources import remoteok, remotive, weworkremotely
from services.ingest.sources.source import Source
from tests.support.recorded import lines, read, recorded, row

OK: Final = "https://remoteok.com/remote-jobs"
REMOTIVE: Final = "https://remotive.com/remote-jobs"
WWR: Final = "https://weworkremotely.com/remote-jobs"
Row = tuple[dict[str, Any], str]
REMOTE_OK_ROWS: Final[list[Row]] = [
    (
        {
            "source_id": "1137469",
            "title": "Telefondienst für Tierarztpraxis",
            "company": "Tierarzt Plus Partner",
            "url": f"{OK}/remote-telefondienst-1137469",
            "workplace": "remote",
            "posted_on": date(2026, 10, 7),
        },
        "Wir suchen tatkräftige Unterstützung.",
    ),
    (
        {
            "source_id": "1137470",
            "title": "Internship Data Analytics (Remote)",
            "company": "DataWorks GmbH",
            "url": f"{OK}/remote-internship-data-analytics-1137470",
            "workplace": "remote",
            "remote_from": ("Anywhere",),
            "posted_on": date(2026, 10, 7),
        },
        "Data analytics internship, remote worldwide.",
    ),
]
REMOTIVE_ROWS: Final[list[Row]] = [
    (
        {
            "source_id": "2090989",
            "title": "Assistant Account Payable",
            "company": "The Obesity Society",
            "url": f"{REMOTIVE}/medical/assistant-account-payable-2090989",
            "workplace": "remote",
            "remote_from": ("USA",),
            "employment": ("full_time",),
            "posted_on": date(2026, 7, 12),
        },
        "This role may require you to be on site at times",
    ),
    (
        {
            "source_id": "2091068",
            "title": "Head of Marketing & Communications",
            "company": "garden3d",
            "url": f"{REMOTIVE}/marketing/head-of-marketing-communications-2091068",
            "workplace": "remote",
            "remote_from": ("Worldwide",),
            "employment": ("contract",),
            "pay_text": "$150k - $230k",
            "posted_on": date(2026, 7, 16),
        },
        "We are hiring a Head of Marketing & Communications to tell",
    ),
    (
        {
            "source_id": "2091056",
            "title": "Staff Software Engineer, Product (Belo Horizonte)",
            "company": "LawnStarter",
            "url": f"{REMOTIVE}/software-development/staff-software-engineer-product-belo-horizonte-2091056",
            "workplace": "remote",
            "remote_from": ("Brazil",),
            "employment": ("full_time",),
            "pay_text": "$80k - $100k",
            "posted_on": date(2026, 7, 9),
        },
        "This is a remote role for candidates located in Belo Horizonte, Brazil.",
    ),
    (
        {
            "source_id": "1919265",
            "title": "Senior Independent Software Developer",
            "company": "A.Team",
            "url": f"{REMOTIVE}/software-development/senior-independent-software-developer-1919265",
            "workplace": "remote",
            "remote_from": ("Americas", "Europe", "Israel"),
            "employment": ("contract",),
            "pay_text": "$90 - $150 /hour",
            "posted_on": date(2026, 7, 16),
        },
        "You must be located in the Americas, Europe, or Israel to apply.",
    ),
]
WWR_ROWS: Final[list[Row]] = [
    (
        {
            "source_id": f"{WWR}/gusto-inc-senior-java-backend-engineer",
            "title": "Senior Java Backend Engineer",
            "company": "Gusto, Inc.",
            "url": f"{WWR}/gusto-inc-senior-java-backend-engineer",
            "workplace": "remote",
            "remote_from": ("Anywhere in the World",),
            "posted_on": date(2026, 7, 22),
        },
        "Headquarters: San Francisco, CA",
    ),
    (
        {
            "source_id": f"{WWR}/maptiler-location-services-engineer",
            "title": "🌍 Location Services Engineer | Maps Platform",
            "company": "MapTiler",
            "url": f"{WWR}/maptiler-location-services-engineer?utm=rss",
            "workplace": "remote",
            "remote_from": ("Europe Only",),
            "posted_on": date(2026, 7, 21),
        },
        "Go and Rust.",
    ),
    (
        {
            "source_id": f"{WWR}/acme-customer-success-manager",
            "title": "Customer Success Manager",
            "url": f"{WWR}/acme-customer-success-manager",
            "workplace": "remote",
            "remote_from": ("USA Only",),
            "posted_on": date(2026, 7, 20),
        },
        "Talk to people.",
    ),
]


@pytest.mark.parametrize(
    ("source", "name", "rows"),
    [
        (remoteok.SOURCE, "feeds/remoteok_sample.json", REMOTE_OK_ROWS),
        (remotive.SOURCE, "ats-fixtures/lubobali/remotive_jobs.json", REMOTIVE_ROWS),
        (weworkremotely.SOURCE, "feeds/weworkremotely_sample.rss", WWR_ROWS),
    ],
)
def test_recorded_pages_by_eye(source: Source, name: str, rows: list[Row]) -> None:
    page = read(source, recorded(name))
    assert [row(stated) for stated in page.postings] == [by_eye for by_eye, _ in rows]
    for stated, (_, beginning) in zip(page.postings, rows, strict=True):
        assert lines(stated)[0].startswith(beginning)


def test_item_without_a_link_is_no_posting() -> None:
    (bad,) = read(weworkremotely.SOURCE, recorded("feeds/weworkremotely_sample.rss")).unreadable
    assert (bad.place, bad.problem) == ("item.3", "link: is missing")
    assert isinstance(bad.raw, dict)
    assert bad.raw["title"] == "Broken: no link at all"


def test_legal_notice_is_no_posting_and_nothing_unreadable() -> None:
    page = read(remoteok.SOURCE, b'[{"legal": "Link back, please.", "last_updated": 1}]')
    assert (list(page.postings), list(page.unreadable)) == ([], [])


def test_pay_of_zero_is_none() -> None:
    job = b'{"id": 7, "position": "Baker", "url": "https://remoteok.com/7", "salary_min": 0, "salary_max": 0}'
    (stated,) = read(remoteok.SOURCE, b"[%s]" % job).postings
    assert stated.pay is None


@pytest.mark.parametrize(
    ("source", "address", "url"),
    [
        (remoteok.SOURCE, "https://remoteok.com/remote-python-jobs", "https://remoteok.com/api"),
        (remoteok.SOURCE, "https://example.com", None),
        (remotive.SOURCE, "remotive.com", "https://remotive.com/api/remote-jobs"),
        (remotive.SOURCE, f"{REMOTIVE}/data", "https://remotive.com/api/remote-jobs?category=data"),
        (
            remotive.SOURCE,
            "https://remotive.com/api/remote-jobs?category=qa&x=1",
            "https://remotive.com/api/remote-jobs?category=qa",
        ),
        (remotive.SOURCE, "https://example.com", None),
        (weworkremotely.SOURCE, "weworkremotely.com", "https://weworkremotely.com/remote-jobs.rss"),
        (
            weworkremotely.SOURCE,
            "https://weworkremotely.com/categories/remote-design-jobs",
            "https://weworkremotely.com/categories/remote-design-jobs.rss",
        ),
        (weworkremotely.SOURCE, "https://example.com", None),
    ],
)
def test_addresses(source: Source, address: str, url: str | None) -> None:
    first = source.begin(address)
    assert (first.url if first else None) == url
