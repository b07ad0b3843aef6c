"""NEOGOV and USAJOBS: what reading the recorded pages by eye gives, and what they lack, from answers of our own writing."""

import json
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pytest

from services.ingest.domain.stated import StatedPay, StatedPlace
from services.ingest.sources import neogov, usajobs
from services.ingest.sources.source import Source
from tests.support.recorded import lines, read, recorded, row

JOBS: Final = "https://www.governmentjobs.com/careers/exampleagency/jobs"
NEOGOV_ROWS: Final[list[tuple[dict[str, Any], list[str]]]] = [
    (
        {
            "source_id": "410001",
            "title": "Enterprise Applications Manager",
            "company": "Example Public Agency",
            "url": f"{JOBS}/410001",
            "places": (StatedPlace(text="Atlanta, Georgia"),),
            "pay": StatedPay(minimum=Decimal(135000), maximum=Decimal(175000), currency="USD", period="Year"),
            "posted_on": date(2026, 8, 19),
            "valid_through": date(2026, 9, 19),
        },
        [
            "Lead the agency applications portfolio.",
            "Examples of Duties",
            "Own architecture and delivery governance.",
            "Qualifications",
            "Five years of enterprise systems leadership.",
            "Supplemental Information",
            "A background check is required.",
        ],
    ),
    (
        {
            "source_id": "410002",
            "title": "CRM Project Consultant",
            "company": "Example Public Agency",
            "url": f"{JOBS}/410002",
            "workplace": "Remote",
            "pay": StatedPay(minimum=Decimal(65), maximum=Decimal(85), currency="USD", period="Hour"),
            "posted_on": date(2026, 8, 18),
        },
        ["Support a time-limited CRM implementation.", "Qualifications", "CRM delivery experience."],
    ),
]
USAJOBS_ROWS: Final[list[tuple[dict[str, Any], str]]] = [
    (
        {
            "source_id": "PHMSA.PSRG-2026-0018",
            "title": "General Engineer (Inspector) (Control Room Management) - DIRECT HIRE",
            "company": "Pipeline and Hazardous Materials Safety Administration",
            "url": "https://www.usajobs.gov:443/job/875440800",
            "workplace": "remote",
            "remote_from": ("Anywhere in the U.S. (remote job)",),
            "pay": StatedPay(minimum=Decimal(106437), maximum=Decimal(158322), currency="USD", period="PA"),
            "posted_on": date(2026, 7, 6),
        },
        "The incumbent of this position serves as a General Engineer",
    ),
    (
        {
            "source_id": "FSA-2026-0118",
            "title": 'IT Specialist (APPSW) "Software Engineer", GS-2210-15 FPL GS-15 (Direct Hire) (Open Continuous)',
            "company": "Federal Student Aid",
            "url": "https://www.usajobs.gov:443/job/875046600",
            "pay": StatedPay(minimum=Decimal(147945), maximum=Decimal(197200), currency="USD", period="PA"),
            "posted_on": date(2026, 7, 1),
        },
        "This position is in the U.S. Department of Education (ED)",
    ),
    (
        {
            "source_id": "AAC-FAA-26-PUB NOT-96468",
            "title": "Public Notice for General Engineer (Direct Hire)",
            "company": "Federal Aviation Administration",
            "url": "https://www.usajobs.gov:443/job/852270300",
            "places": (StatedPlace(text="May be filled in various FAA duty locations"),),
            "pay": StatedPay(minimum=Decimal(52998), maximum=Decimal(172257), currency="USD", period="PA"),
            "posted_on": date(2025, 12, 12),
        },
        "Direct hiring authority for the 0801 series",
    ),
]


def test_recorded_agency_by_eye() -> None:
    page = read(neogov.SOURCE, recorded("ats-fixtures/careerkit/neogov.xml"))
    assert [(row(stated), lines(stated)) for stated in page.postings] == NEOGOV_ROWS
    assert not page.unreadable


def test_recorded_search_by_eye() -> None:
    page = read(usajobs.SOURCE, recorded("ats-fixtures/lubobali/usajobs_jobs.json"))
    assert [row(stated) for stated in page.postings] == [by_eye for by_eye, _ in USAJOBS_ROWS]
    for stated, (_, beginning) in zip(page.postings, USAJOBS_ROWS, strict=True):
        assert lines(stated)[0].startswith(beginning)
    assert not page.unreadable


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("Sun, 20 Sep 2026 03:59:00:0", date(2026, 9, 19)),  # 23:59 in New York
        ("Sun, 20 Sep 2026 09:59:00:0", date(2026, 9, 19)),  # 23:59 in Honolulu
        ("Sun, 20 Sep 2026 04:59:00 GMT", date(2026, 9, 19)),
        ("Sun, 20 Sep 2026 04:59:00 +0000", date(2026, 9, 19)),
        ("Sun, 01 Mar 2026 5:00", date(2026, 2, 28)),
        ("Sat, 19 Sep 2026 21:00:00:0", date(2026, 9, 19)),  # 17:00 in New York
        ("Sat, 19 Sep 2026 11:00:00:0", date(2026, 9, 19)),
        ("Sat, 19 Sep 2026 04:59:00 -0500", date(2026, 9, 19)),
        ("Sat, 19 Sep 2026 04:59:00 EST", date(2026, 9, 19)),
        ("Sat, 19 Sep 2026", date(2026, 9, 19)),
        ("Mon, 01 Jan 0001 00:00:00:0", date.min),
        ("soon", None),
        ("", None),
    ],
)
def test_deadline_is_the_day_that_the_board_shows(written: str, day: date | None) -> None:
    page = (
        f"<rss xmlns:joblisting='http://www.neogov.com/namespaces/JobListing'><channel><title>Acme</title><item><title>Baker</title>"
        f"<link>{JOBS}/7</link><joblisting:jobId>7</joblisting:jobId>"
        f"<joblisting:advertiseToDateTimeUTC>{written}</joblisting:advertiseToDateTimeUTC></item></channel></rss>"
    )
    (stated,) = read(neogov.SOURCE, page.encode()).postings
    assert stated.valid_through == day


def announcement(**more: Any) -> bytes:
    job = {"PositionTitle": "Baker", "PositionURI": "https://www.usajobs.gov/job/7", **more}
    return json.dumps(found({"MatchedObjectId": "7", "MatchedObjectDescriptor": job})).encode()


def found(*items: Any, pages: str = "3") -> dict[str, Any]:
    return {"SearchResult": {"SearchResultItems": items, "UserArea": {"NumberOfPages": pages}}}


def test_list_of_places_counts_where_several_are_displayed() -> None:
    places = [{"LocationName": "Denver, Colorado", "CountryCode": "United States"}, {"LocationName": "Guam, Guam"}]
    (stated,) = read(
        usajobs.SOURCE, announcement(PositionLocationDisplay="Multiple Locations", PositionLocation=places)
    ).postings
    assert stated.places == (StatedPlace(text="Denver, Colorado", country="United States"), StatedPlace(text="Guam, Guam"))
    assert stated.fields["places"] == "PositionLocation"


def test_sections_are_joined_under_their_headings() -> None:
    details = {"JobSummary": "Bread & cake.\nDaily.", "MajorDuties": ["Knead.", "<p>Bake.</p>"], "Education": " "}
    page = announcement(UserArea={"Details": details}, QualificationSummary="One year of <baking>.")
    (stated,) = read(usajobs.SOURCE, page).postings
    assert lines(stated) == ["Bread & cake.", "Daily.", "Duties", "Knead.", "Bake.", "Qualifications", "One year of <baking>."]


def test_hourly_and_unpaid_work() -> None:
    hourly = {"MinimumRange": "21.50", "MaximumRange": "30", "RateIntervalCode": "PH"}
    (stated,) = read(usajobs.SOURCE, announcement(PositionRemuneration=[hourly])).postings
    assert stated.pay == StatedPay(minimum=Decimal("21.50"), maximum=Decimal(30), currency="USD", period="PH")
    unpaid = {"MinimumRange": "0", "MaximumRange": "0", "RateIntervalCode": "WC"}
    (stated,) = read(usajobs.SOURCE, announcement(PositionRemuneration=[unpaid])).postings
    assert stated.pay is None


def test_search_goes_on_to_its_last_page() -> None:
    first = usajobs.SOURCE.begin("https://www.usajobs.gov/search/results/?k=data%20engineer&l=Denver&p=1")
    assert first is not None
    assert (
        first.url == "https://data.usajobs.gov/api/search?Keyword=data+engineer&LocationName=Denver&ResultsPerPage=500&Page=1"
    )
    (second,) = read(usajobs.SOURCE, json.dumps(found()).encode(), first.url).more
    assert second == first._replace(url=first.url.replace("Page=1", "Page=2"))
    assert not read(usajobs.SOURCE, json.dumps(found(pages="2")).encode(), second.url).more


@pytest.mark.parametrize(
    ("source", "address", "url"),
    [
        (neogov.SOURCE, f"{JOBS}/410001/baker", "https://www.governmentjobs.com/SearchEngine/JobsFeed?agency=exampleagency"),
        (neogov.SOURCE, "schooljobs.com/careers/acme", "https://www.schooljobs.com/SearchEngine/JobsFeed?agency=acme"),
        (
            neogov.SOURCE,
            "https://www.governmentjobs.com/SearchEngine/JobsFeed?agency=acme",
            "https://www.governmentjobs.com/SearchEngine/JobsFeed?agency=acme",
        ),
        (neogov.SOURCE, "https://www.governmentjobs.com/careers", None),
        (neogov.SOURCE, "https://www.governmentjobs.com/careers/%2e%2e", None),
        (neogov.SOURCE, "https://example.com/careers/acme", None),
        (usajobs.SOURCE, "https://example.com/search?k=baker", None),
    ],
)
def test_addresses(source: Source, address: str, url: str | None) -> None:
    first = source.begin(address)
    assert (first.url if first else None) == url
