"""SmartRecruiters: what reading the recorded list by eye gives, and a posting's own page, of our own writing."""

import json
from datetime import date
from typing import Any, Final

import pytest

from services.ingest.domain.stated import StatedPlace
from services.ingest.sources.smartrecruiters import SOURCE
from services.ingest.sources.source import NoPage, Request
from tests.support.recorded import lines, read, recorded, row

LIST: Final = "ats-fixtures/careerkit/smartrecruiters.json"
API: Final = "https://api.smartrecruiters.com/v1/companies"


def test_recorded_list_from_a_file_is_read_as_by_eye() -> None:
    page = read(SOURCE, recorded(LIST))
    (stated,) = page.postings
    assert row(stated) == {
        "source_id": "743999671674844",
        "title": "CNA / LPN - Consistent Hours. Start Next Week.",
        "company": "Knight Gayles",
        "url": "https://jobs.smartrecruiters.com/Knight/743999671674844",
        "places": (StatedPlace(text="St. Louis, MO, United States", city="St. Louis", state="MO", country="us"),),
        "employment": ("Part-time",),
        "posted_on": date(2018, 6, 8),
        "language": "en",
        "unread": ("jobAd: is told on the posting's own page",),
    }
    assert stated.description == ""
    assert not page.more


def test_recorded_list_that_was_fetched_leads_to_the_postings_own_pages() -> None:
    first = SOURCE.begin("https://careers.smartrecruiters.com/Knight")
    assert first is not None
    page = read(SOURCE, recorded(LIST), first.url)
    assert page.postings == []
    assert page.more == [Request(f"{API}/Knight/postings/743999671674844")]


DETAIL: Final[dict[str, Any]] = {
    "id": "4711",
    "name": "Baker",
    "company": {"identifier": "Acme", "name": "Acme Bakery"},
    "location": {"city": "Ghent", "country": "be", "remote": False, "hybrid": True},
    "typeOfEmployment": {"id": "permanent", "label": "Full-time"},
    "experienceLevel": {"id": "entry_level", "label": "Entry Level"},
    "releasedDate": "2026-07-01T22:00:00.000Z",
    "applyUrl": "https://www.smartrecruiters.com/Acme/4711-baker?oga=true",
    "jobAd": {
        "sections": {
            "qualifications": {"title": "What & why", "text": "<ul><li>Flour</li></ul>"},
            "jobDescription": {"title": "Job Description", "text": "<p>Bake bread.</p>"},
            "companyDescription": {"title": "Company Description", "text": ""},
            "videos": {"title": "Videos", "urls": []},
        }
    },
}


def detail(**more: Any) -> dict[str, Any]:
    (stated,) = read(SOURCE, json.dumps(DETAIL | more).encode(), f"{API}/Acme/postings/4711").postings
    return row(stated)


def test_page_of_a_posting() -> None:
    (stated,) = read(SOURCE, json.dumps(DETAIL).encode()).postings
    assert lines(stated) == ["Job Description", "Bake bread.", "What & why", "- Flour"]
    assert row(stated) == {
        "source_id": "4711",
        "title": "Baker",
        "company": "Acme Bakery",
        "url": "https://www.smartrecruiters.com/Acme/4711-baker?oga=true",
        "places": (StatedPlace(city="Ghent", country="be"),),
        "workplace": "hybrid",
        "employment": ("Full-time",),
        "seniority": "Entry Level",
        "posted_on": date(2026, 7, 1),
    }


@pytest.mark.parametrize("flag", ["remote", "hybrid"])
def test_workplace_is_said_by_its_flag(flag: str) -> None:
    (stated,) = read(SOURCE, json.dumps(DETAIL | {"location": {flag: True}}).encode()).postings
    assert (stated.workplace, stated.fields["workplace"]) == (flag, f"location.{flag}")


def test_flags_that_are_false_say_nothing() -> None:
    assert "workplace" not in detail(location={"city": "Ghent", "remote": False, "hybrid": False})


def test_remote_and_hybrid_contradict_each_other() -> None:
    said = detail(location={"city": "Ghent", "remote": True, "hybrid": True})
    assert "workplace" not in said
    assert said["unread"] == ("location.remote: is true, and so is location.hybrid",)


def test_level_that_does_not_apply_is_none() -> None:
    assert "seniority" not in detail(experienceLevel={"id": "not_applicable", "label": "Not Applicable"})


@pytest.mark.parametrize(
    ("offset", "total", "count", "following"),
    [
        (0, 101, 100, 100),
        (0, 100, 100, None),
        (100, 101, 1, None),
        (100, 500, 0, None),
        (0, None, 100, 100),
        (0, None, 99, None),
    ],
)
def test_pages_follow_up_to_the_total(offset: int, total: int | None, count: int, following: int | None) -> None:
    content = [{"id": str(number)} for number in range(count)]
    page = json.dumps({"totalFound": total, "content": content}).encode()
    found = read(SOURCE, page, f"{API}/Acme/postings?limit=100&offset={offset}").more
    expected = [Request(f"{API}/Acme/postings?limit=100&offset={following}")] if following else []
    assert [request for request in found if "?" in request.url] == expected
    assert len(found) == count + len(expected)


def test_id_that_is_no_part_of_an_address_is_not_fetched() -> None:
    page = json.dumps({"content": [{"id": "../../secrets"}, {"id": "4711"}]}).encode()
    read_page = read(SOURCE, page, f"{API}/Acme/postings?limit=100&offset=0")
    assert read_page.more == [Request(f"{API}/Acme/postings/4711")]
    assert [(bad.place, bad.problem) for bad in read_page.unreadable] == [("content.0", "id: is no identifier")]


@pytest.mark.parametrize(
    ("address", "company"),
    [
        ("https://careers.smartrecruiters.com/Acme", "Acme"),
        ("https://jobs.smartrecruiters.com/Acme/4711-baker", "Acme"),
        ("https://api.smartrecruiters.com/v1/companies/Acme/postings", "Acme"),
        ("https://api.smartrecruiters.com/v1/companies", None),
        ("https://jobs.smartrecruiters.com/", None),
    ],
)
def test_addresses_of_companies(address: str, company: str | None) -> None:
    assert SOURCE.begin(address) == (Request(f"{API}/{company}/postings?limit=100&offset=0") if company else None)


@pytest.mark.parametrize("page", [b'{"message": "Not Found"}', b"[]", b'{"content": null}', b""])
def test_what_is_no_page(page: bytes) -> None:
    with pytest.raises(NoPage):
        read(SOURCE, page)
