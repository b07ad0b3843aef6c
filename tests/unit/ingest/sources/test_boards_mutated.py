"""Whatever comes in place of a recorded response: postings, reasons or `NoPage`, nothing else; and one bad posting harms no other."""

import json
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.ingest.domain.stated import Stated
from services.ingest.sources import ashby, greenhouse, lever, recruitee, smartrecruiters, workday
from services.ingest.sources.source import NoPage, Page, Request, Source
from tests.support.mutated import check, dumped, mutations, spoilt
from tests.support.recorded import TODAY, recorded

WORKDAY: Final = "https://gdit.wd5.myworkdayjobs.com/wday/cxs/gdit/External_Career_Site/jobs"
SMART: Final = "https://api.smartrecruiters.com/v1/companies/Knight/postings?limit=100&offset=0"
GREENHOUSE: Final = "https://boards-api.greenhouse.io/v1/boards/amplitude/jobs?content=true"
# Source, recorded response, the address it came from, the name of its list ("" where it is the list).
LISTS: Final = [
    (greenhouse.SOURCE, "careerkit/greenhouse.json", GREENHOUSE, "jobs"),
    (greenhouse.SOURCE, "careerkit/greenhouse.json", f"{GREENHOUSE}&pay_transparency=true", "jobs"),
    (greenhouse.SOURCE, "lubobali/greenhouse_jobs.json", "", "jobs"),
    (lever.SOURCE, "careerkit/lever.json", "", ""),
    (lever.SOURCE, "lubobali/lever_postings.json", "", ""),
    (ashby.SOURCE, "careerkit/ashby.json", "", "jobs"),
    (ashby.SOURCE, "lubobali/ashby_jobs.json", "", "jobs"),
    (smartrecruiters.SOURCE, "careerkit/smartrecruiters.json", "", "content"),
    (smartrecruiters.SOURCE, "careerkit/smartrecruiters.json", SMART, "content"),
    (recruitee.SOURCE, "careerkit/recruitee.json", "", "offers"),
    (workday.SOURCE, "lubobali/workday_search.json", WORKDAY, "jobPostings"),
]
DETAIL: Final = (workday.SOURCE, "lubobali/workday_job_detail.json", "", "")
IDS: Final = [f"{source.name}-{name.partition('/')[0]}-{'fetched' if url else 'file'}" for source, name, url, _ in LISTS]
many = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def reading(source: Source, page: bytes, url: str) -> Page | None:
    try:
        return source.read(page, Request(url), TODAY)
    except NoPage:
        return None


@pytest.mark.parametrize(("source", "name", "url", "list_name"), [*LISTS, DETAIL], ids=[*IDS, "workday-detail"])
@many
@given(data=st.data())
def test_whatever_is_wrong_has_a_reason(source: Source, name: str, url: str, list_name: str, data: st.DataObject) -> None:
    changed = dumped(data.draw(mutations(json.loads(recorded(f"ats-fixtures/{name}")))))
    if page := reading(source, changed, url):
        check(page)


@pytest.mark.parametrize(("source", "name", "url", "list_name"), [*LISTS, DETAIL], ids=[*IDS, "workday-detail"])
@many
@given(data=st.data())
def test_cut_and_overwritten_bytes_are_no_page_or_one_with_reasons(
    source: Source, name: str, url: str, list_name: str, data: st.DataObject
) -> None:
    if page := reading(source, data.draw(spoilt(recorded(f"ats-fixtures/{name}"))), url):
        check(page)


@pytest.mark.parametrize(("source", "name", "url", "list_name"), LISTS, ids=IDS)
@many
@given(data=st.data())
def test_neighbours_of_a_bad_posting_come_out_the_same(
    source: Source, name: str, url: str, list_name: str, data: st.DataObject
) -> None:
    whole = json.loads(recorded(f"ats-fixtures/{name}"))
    expected = told(source, whole, url)
    place = data.draw(st.integers(0, len(expected) - 1))
    changed = data.draw(mutations(whole, within=(list_name, place) if list_name else (place,)))
    found = told(source, changed, url)
    neighbours = [*expected[:place], *expected[place + 1 :]]
    if len(found) < len(expected):
        assert found == neighbours
    else:
        assert [*found[:place], *found[place + 1 :]] == neighbours


@pytest.mark.parametrize(("source", "name", "url", "list_name"), LISTS, ids=IDS)
@pytest.mark.parametrize("item", [None, 7, "x", [], {}])
def test_item_that_is_no_posting_is_told_with_its_place(
    source: Source, name: str, url: str, list_name: str, item: object
) -> None:
    whole = json.loads(recorded(f"ats-fixtures/{name}"))
    expected = told(source, whole, url)
    (whole[list_name] if list_name else whole)[1:1] = [item]
    page = reading(source, dumped(whole), url)
    assert page is not None
    assert [(bad.place, bad.raw) for bad in page.unreadable] == [(f"{list_name}.1".lstrip("."), item)]
    assert told(source, whole, url) == expected


def told(source: Source, whole: Any, url: str) -> list[Stated | str]:
    """The postings, and the addresses of those that are told elsewhere."""
    page = reading(source, dumped(whole), url)
    assert page is not None
    return [*page.postings, *(request.url for request in page.more if request.url != url)]
