"""Workday: what reading the recorded pages by eye gives, and a walk through a search that begins again behind its end."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import pytest

from services.ingest.domain.stated import StatedPlace
from services.ingest.sources.source import NoPage, Page, Request
from services.ingest.sources.workday import SOURCE
from tests.support.recorded import TODAY, lines, read, recorded, row

SITE: Final = "https://gdit.wd5.myworkdayjobs.com/wday/cxs/gdit/External_Career_Site"


def test_recorded_search_leads_to_the_postings_and_to_the_next_page() -> None:
    first = SOURCE.begin("https://gdit.wd5.myworkdayjobs.com/External_Career_Site")
    assert first is not None
    page = SOURCE.read(recorded("ats-fixtures/lubobali/workday_search.json"), first, TODAY)
    *details, following = page.more
    assert [request.url for request in details] == [
        f"{SITE}/job/USA-DC-Washington/Data-Engineer_RQ216675",
        f"{SITE}/job/DEU-Wiesbaden---Wiesbaden-Army-Airfield-APC180/Cloud-Data-Engineer_RQ221571-1",
        f"{SITE}/job/USA-NC-Fort-Bragg/Data-Engineer-Senior-Principal--Hybrid-_RQ222489-1",
        f"{SITE}/job/USA-VA-Chantilly/Data-Engineer---TS-SCI-with-Polygraph_RQ223218",
    ]
    assert all(request.body is None for request in details)
    assert following.url == f"{SITE}/jobs"
    assert following.body == {"appliedFacets": {}, "limit": 20, "offset": 20, "searchText": ""}
    assert not page.postings
    assert not page.unreadable


def test_recorded_posting_is_read_as_by_eye() -> None:
    (stated,) = read(SOURCE, recorded("ats-fixtures/lubobali/workday_job_detail.json")).postings
    assert row(stated) == {
        "source_id": "0ce19f3061551000bf0457bfc3270000",
        "title": "Data Engineer",
        "company": "GD Information Technology, Inc.",
        "url": "https://gdit.wd5.myworkdayjobs.com/External_Career_Site/job/USA-DC-Washington/Data-Engineer_RQ216675",
        "places": (StatedPlace(text="USA DC Washington", country="United States of America"),),
        "employment": ("Full time",),
        "posted_on": date(2026, 7, 7),
    }
    text = lines(stated)
    assert text[0].startswith("Type of Requisition:")
    assert "Position Description:" in text


URL: Final = "https://acme.wd3.myworkdayjobs.com/Careers/job/Ghent/Baker_R1"
INFO: Final[dict[str, Any]] = {"id": "f00d", "title": "Baker", "externalUrl": URL}


def detail(organization: object = None, **more: Any) -> dict[str, Any]:
    page = json.dumps({"jobPostingInfo": INFO | more, "hiringOrganization": organization}).encode()
    (stated,) = read(SOURCE, page).postings
    return row(stated)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("Posted Today", date(2026, 7, 15)),
        ("Posted Yesterday", date(2026, 7, 14)),
        ("Posted 1 Day Ago", date(2026, 7, 14)),
        ("Posted 29 Days Ago", date(2026, 6, 16)),
        ("Posted 30+ Days Ago", None),
        ("Publié il y a 8 jours", None),
    ],
)
def test_days_ago(said: str, day: date | None) -> None:
    found = detail(postedOn=said)
    assert found.get("posted_on") == day
    assert found.get("unread", ()) == (() if day else ("jobPostingInfo.postedOn: is no day",))


def test_date_goes_before_days_ago() -> None:
    assert detail(startDate="2026-05-01", postedOn="Posted 30+ Days Ago")["posted_on"] == date(2026, 5, 1)


def test_further_places_workplace_and_end() -> None:
    said = detail(
        location="Ghent",
        additionalLocations=["Lille", "Remote"],
        country={"descriptor": "Belgium"},
        remoteType="Hybrid",
        endDate="2026-08-01",
    )
    assert said["places"] == (
        StatedPlace(text="Ghent", country="Belgium"),
        StatedPlace(text="Lille"),
        StatedPlace(text="Remote"),
    )
    assert said["workplace"] == "Hybrid"
    assert said["valid_through"] == date(2026, 8, 1)


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"location": "Ghent"}, "jobPostingInfo.location"),
        (
            {"location": "Ghent", "additionalLocations": ["Lille"]},
            "jobPostingInfo.location, jobPostingInfo.additionalLocations",
        ),
        ({"additionalLocations": ["Lille"]}, "jobPostingInfo.additionalLocations"),
        ({"country": {"descriptor": "Belgium"}}, "jobPostingInfo.country"),
    ],
)
def test_places_are_said_by_their_fields(more: dict[str, Any], name: str) -> None:
    info = {"id": "7", "title": "Baker", "externalUrl": "https://example.com/7", **more}
    (found,) = read(SOURCE, json.dumps({"jobPostingInfo": info}).encode()).postings
    assert found.fields["places"] == name


@pytest.mark.parametrize("organization", [None, {"name": ""}])
def test_tenant_stands_for_a_company_that_is_not_named(organization: object) -> None:
    assert detail(organization)["company"] == "acme"


def board(size: int, *, told: int | None = None, total_later: bool = True) -> list[Page]:
    """Every page of a search over so many postings, as a board answers it: behind its end is its first page."""
    first = SOURCE.begin("https://acme.wd3.myworkdayjobs.com/Careers")
    assert first is not None
    return list(_walk(first, [f"/job/Ghent/Baker_R{number}" for number in range(size)], told or size, total_later))


def _walk(request: Request, paths: list[str], total: int, total_later: bool) -> Iterator[Page]:
    body: Any = request.body
    shown = paths[body["offset"] : body["offset"] + 20] or paths[:20]
    answer = {"total": total if body["offset"] == 0 or total_later else 0, "jobPostings": [{"externalPath": p} for p in shown]}
    page = SOURCE.read(json.dumps(answer).encode(), request, TODAY)
    yield page
    for following in page.more:
        if following.body:
            yield from _walk(following, paths, total, total_later)


def details(pages: list[Page]) -> list[str]:
    return [request.url for page in pages for request in page.more if not request.body]


@pytest.mark.parametrize("total_later", [True, False])
@pytest.mark.parametrize("size", [0, 1, 19, 20, 21, 40, 41])
def test_each_posting_of_a_search_is_fetched_once(size: int, total_later: bool) -> None:
    pages = board(size, total_later=total_later)
    assert details(pages) == [
        f"https://acme.wd3.myworkdayjobs.com/wday/cxs/acme/Careers/job/Ghent/Baker_R{n}" for n in range(size)
    ]


def test_search_ends_with_its_total() -> None:
    assert len(board(40)) == 2


def test_search_with_a_wrong_total_ends_where_it_begins_again() -> None:
    pages = board(40, told=1000)
    assert len(pages) == 3
    assert len(details(pages)) == 40


def test_full_search_says_that_there_may_be_more() -> None:
    pages = board(2100, told=2000)
    assert len(details(pages)) == 2000
    assert [(bad.place, bad.raw) for page in pages for bad in page.unreadable] == [("total", 2000)]


@pytest.mark.parametrize("path", [None, "", 7, "https://elsewhere.example", "/jobs", "/job/a b", "/job/\ud800"])
def test_posting_without_a_path_leaves_its_neighbours_alone(path: object) -> None:
    page = json.dumps(
        {"total": 2, "jobPostings": [{"externalPath": path}, {"externalPath": "/job/Ghent/B\u00e4cker_R1"}]}
    ).encode()
    found = read(SOURCE, page, "https://acme.wd3.myworkdayjobs.com/wday/cxs/acme/Careers/jobs", {"offset": 0})
    assert [bad.place for bad in found.unreadable] == ["jobPostings.0"]
    assert details([found]) == ["https://acme.wd3.myworkdayjobs.com/wday/cxs/acme/Careers/job/Ghent/B%C3%A4cker_R1"]


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("https://acme.wd3.myworkdayjobs.com/Careers", "acme.wd3.myworkdayjobs.com/wday/cxs/acme/Careers"),
        ("acme.wd3.myworkdayjobs.com/en-US/Careers/job/Ghent/Baker_R1", "acme.wd3.myworkdayjobs.com/wday/cxs/acme/Careers"),
        ("https://acme.wd3.myworkdayjobs.com/hr/job/Ghent/Baker_R1", "acme.wd3.myworkdayjobs.com/wday/cxs/acme/hr"),
        (
            "https://acme.wd103.myworkdayjobs.com/wday/cxs/ac_me/Careers/jobs",
            "acme.wd103.myworkdayjobs.com/wday/cxs/ac_me/Careers",
        ),
        ("https://wd5.myworkdaysite.com/en-US/recruiting/acme/Careers", "wd5.myworkdaysite.com/wday/cxs/acme/Careers"),
        ("https://wd5.myworkdaysite.com/Careers", None),
        ("https://acme.wd3.myworkdayjobs.com/", None),
        ("https://acme.example.com/Careers", None),
    ],
)
def test_addresses_of_sites(address: str, site: str | None) -> None:
    first = SOURCE.begin(address)
    assert (first and first.url) == (f"https://{site}/jobs" if site else None)


@pytest.mark.parametrize("page", [b'{"errorCode": "HTTP_404"}', b"[]", b'{"jobPostings": null}', b""])
def test_what_is_no_page(page: bytes) -> None:
    with pytest.raises(NoPage):
        read(SOURCE, page, f"{SITE}/jobs")


def test_search_from_a_file_is_no_page() -> None:
    with pytest.raises(NoPage, match="address"):
        read(SOURCE, b'{"total": 0, "jobPostings": []}')
