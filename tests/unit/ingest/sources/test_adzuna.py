"""Adzuna: what reading the recorded page by eye gives, the pages that follow, and what is no pay."""

import json
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pytest

from services.ingest.domain.stated import StatedPay, StatedPlace
from services.ingest.sources.adzuna import SOURCE
from tests.support.recorded import lines, read, recorded, row

US: Final = "https://api.adzuna.com/v1/api/jobs/us/search/1?app_id={ADZUNA_ID}&app_key={ADZUNA_KEY}&results_per_page=50"
CUT: Final = "description: is cut"
ESTIMATE: Final = "salary_is_predicted: is an estimate of Adzuna's"
ROWS: Final[list[tuple[dict[str, Any], str]]] = [
    (
        {
            "source_id": "5801147013",
            "title": "Senior Software Developer",
            "company": "SSG",
            "url": "https://www.adzuna.com/details/5801147013?utm_medium=api&utm_source=d6920beb",
            "places": (StatedPlace(text="State Farm, Arlington County", city="State Farm", state="Virginia", country="US"),),
            "employment": ("full_time",),
            "pay": StatedPay(minimum=Decimal(85389), maximum=Decimal(116975), currency="USD"),
            "posted_on": date(2026, 7, 15),
            "unread": (CUT,),
        },
        "Syms Strategic Group (SSG) is seeking",
    ),
    (
        {
            "source_id": "5801265421",
            "title": "Manager of ETL Development",
            "company": "Center For Health Information And Analysis",
            "url": "https://www.adzuna.com/details/5801265421?utm_medium=api&utm_source=d6920beb",
            "places": (StatedPlace(text="Boston, Suffolk County", city="Boston", state="Massachusetts", country="US"),),
            "posted_on": date(2026, 7, 15),
            "unread": (CUT, ESTIMATE),
        },
        "By joining CHIA, you will help translate data",
    ),
    (
        {
            "source_id": "5801264268",
            "title": "Google Cloud Platform Data Engineer",
            "company": "Apex Systems",
            "url": "https://www.adzuna.com/land/ad/5801264268?se=REDACTED&utm_medium=api&utm_source=d6920beb"
            "&v=F22BBB91F40AE5D80B64DB6DF0067630E1774355",
            "places": (StatedPlace(text="Eagan, Dakota County", city="Eagan", state="Minnesota", country="US"),),
            "posted_on": date(2026, 7, 15),
            "unread": (CUT, ESTIMATE),
        },
        "Job: 3042215 Job Description: Data Engineer",
    ),
    (
        {
            "source_id": "5801171816",
            "title": "Distinguished Technologist, Distributed Systems & Agentic Query Optimization",
            "company": "Hewlett Packard Enterprise",
            "url": "https://www.adzuna.com/details/5801171816?utm_medium=api&utm_source=d6920beb",
            "places": (StatedPlace(text="Trammells, Harris County", city="Trammells", state="Texas", country="US"),),
            "posted_on": date(2026, 7, 15),
            "unread": (CUT, ESTIMATE),
        },
        "Distinguished Technologist, Distributed Systems",
    ),
]


def test_recorded_page_by_eye() -> None:
    page = read(SOURCE, recorded("ats-fixtures/lubobali/adzuna_search.json"))
    assert [row(stated) for stated in page.postings] == [by_eye for by_eye, _ in ROWS]
    for stated, (_, beginning) in zip(page.postings, ROWS, strict=True):
        assert lines(stated)[0].startswith(beginning)
    assert not page.unreadable
    assert not page.more  # of a file


def test_page_is_followed_by_the_next_as_long_as_results_are_left() -> None:
    page = recorded("ats-fixtures/lubobali/adzuna_search.json")
    assert [request.url for request in read(SOURCE, page, US).more] == [US.replace("/search/1?", "/search/2?")]
    assert not read(SOURCE, page, US.replace("/search/1?", "/search/588?")).more  # of 29,378
    assert not read(SOURCE, b'{"count": 900, "results": []}', US).more


@pytest.mark.parametrize(
    ("area", "place"),
    [
        (["US"], StatedPlace(text="somewhere", country="US")),
        (["UK", "London"], StatedPlace(text="somewhere", state="London", country="UK")),
        (["US", "Texas", "Harris County"], StatedPlace(text="somewhere", state="Texas", country="US")),
        (
            ["UK", "Wales", "Gwent", "Newport", "Caerleon"],
            StatedPlace(text="somewhere", city="Caerleon", state="Wales", country="UK"),
        ),
    ],
)
def test_area_that_ends_before_the_town_has_no_city(area: list[str], place: StatedPlace) -> None:
    job = {
        "id": "1",
        "title": "Baker",
        "redirect_url": "https://example.com/1",
        "location": {"area": area, "display_name": "somewhere"},
    }
    (stated,) = read(SOURCE, json.dumps({"results": [job]}).encode()).postings
    assert stated.places == (place,)


def test_currency_is_that_of_the_country_that_was_searched() -> None:
    job = {"id": "1", "title": "Baker", "redirect_url": "https://example.com/1", "salary_min": 3e4, "salary_max": 32000.5}
    page = json.dumps({"results": [job]}).encode()
    (stated,) = read(SOURCE, page, US.replace("/us/", "/gb/")).postings
    assert stated.pay == StatedPay(minimum=Decimal(30000), maximum=Decimal("32000.5"), currency="GBP")
    (unknown,) = read(SOURCE, page).postings
    assert unknown.pay is not None
    assert unknown.pay.currency == ""


@pytest.mark.parametrize(
    ("address", "end"),
    [
        ("https://www.adzuna.com/search?q=data%20engineer&w=Boston", "/us/search/1?"),
        ("adzuna.co.uk/search?q=baker", "/gb/search/1?"),
        ("https://www.adzuna.de", "/de/search/1?"),
        ("https://www.example.com/search?q=baker", None),
        ("https://adzuna.example.com/search", None),
        ("https://com", None),
    ],
)
def test_addresses(address: str, end: str | None) -> None:
    first = SOURCE.begin(address)
    assert (first.url if first else "").partition("app_id=")[0].endswith(end or "")
    assert bool(first) == bool(end)
