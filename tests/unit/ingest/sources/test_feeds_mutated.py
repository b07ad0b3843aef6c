"""Whatever comes in place of a page: postings, reasons or `NoPage`, nothing else; and one bad posting harms no other."""

import json
from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from services.ingest.domain.stated import Stated
from services.ingest.sources import (
    adzuna,
    feed,
    hiring,
    jobposting,
    jsonfeed,
    neogov,
    pinpoint,
    plain,
    remoteok,
    remotive,
    tables,
    teamtailor,
    usajobs,
    weworkremotely,
)
from services.ingest.sources.source import NoPage, Page, Request, Source
from tests.support.mutated import WRONG, check, dumped, mutations, spoilt
from tests.support.recorded import TODAY, recorded

ADZUNA: Final = "https://api.adzuna.com/v1/api/jobs/us/search/1?app_id={ADZUNA_ID}"
USAJOBS: Final = "https://data.usajobs.gov/api/search?Page=1"
GRAPH: Final = {
    "@graph": [
        {
            "@type": "JobPosting",
            "title": f"Baker {number}",
            "url": f"https://example.com/{number}",
            "identifier": {"value": number},
            "hiringOrganization": {"name": "Acme"},
            "jobLocation": [{"address": {"addressLocality": "Ghent", "addressCountry": {"name": "BE"}}}, "Oslo"],
            "applicantLocationRequirements": {"name": "Belgium"},
            "employmentType": ["FULL_TIME", "INTERN"],
            "baseSalary": {"currency": "EUR", "value": {"minValue": 1, "maxValue": "2", "unitText": "HOUR"}},
            "datePosted": "2026-01-02",
        }
        for number in (1, 2, 3)
    ]
}
THREAD: Final = {
    "children": [{"id": number, "text": f"Acme {number} | Baker | Ghent, Belgium | Remote (US)"} for number in (1, 2, 3)]
}
ROWS: Final = [
    {"source_id": number, "title": "Baker", "url": "u", "places": ["Ghent"], "posted_on": "2026-01-02"} for number in (1, 2, 3)
]
Case = tuple[Source, Callable[[], Any], str, tuple[str, ...]]
# Source, what it reads, the address it came from, where its list is.
LISTS: Final[dict[str, Case]] = {
    "adzuna": (adzuna.SOURCE, lambda: json.loads(recorded("ats-fixtures/lubobali/adzuna_search.json")), ADZUNA, ("results",)),
    "remoteok": (remoteok.SOURCE, lambda: json.loads(recorded("feeds/remoteok_sample.json"))[1:], "", ()),
    "remotive": (remotive.SOURCE, lambda: json.loads(recorded("ats-fixtures/lubobali/remotive_jobs.json")), "", ("jobs",)),
    "pinpoint": (
        pinpoint.SOURCE,
        lambda: json.loads(recorded("ats-fixtures/careerkit/pinpoint.json")),
        "https://acme.pinpointhq.com/postings.json",
        ("data",),
    ),
    "usajobs": (
        usajobs.SOURCE,
        lambda: json.loads(recorded("ats-fixtures/lubobali/usajobs_jobs.json")),
        USAJOBS,
        ("SearchResult", "SearchResultItems"),
    ),
    "teamtailor": (teamtailor.SOURCE, lambda: json.loads(recorded("ats-fixtures/careerkit/teamtailor.json")), "", ("items",)),
    "jsonfeed": (jsonfeed.SOURCE, lambda: json.loads(recorded("ats-fixtures/careerkit/teamtailor.json")), "", ("items",)),
    "jobposting": (jobposting.SOURCE, lambda: GRAPH, "", ("@graph",)),
    "hiring": (hiring.SOURCE, lambda: THREAD, "", ("children",)),
    "table": (tables.SOURCE, lambda: ROWS, "", ()),
}
XML: Final = {
    "neogov": (neogov.SOURCE, "ats-fixtures/careerkit/neogov.xml"),
    "weworkremotely": (weworkremotely.SOURCE, "feeds/weworkremotely_sample.rss"),
    "feed": (feed.SOURCE, "feeds/weworkremotely_sample.rss"),
}
TEXTS: Final = (
    b"Baker\nCOMPANY: Acme\nLOCATION: Ghent\nApply: https://example.com/7\nPosted: 2026-01-02\n",
    b'source_id;title;url;places\n7;Baker;https://example.com/7;"Ghent\nBelgium"\n8;Cook;https://example.com/8;Oslo\n',
    b'<script type="application/ld+json">{"@type":"JobPosting","title":"Baker"}</script>',
    b'<p itemscope itemtype="https://schema.org/JobPosting"><b itemprop="title">Baker</b><i itemprop="jobLocation" itemscope></i></p>',
)
many = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SOURCES: Final = [case[0] for case in LISTS.values()] + [source for source, _ in XML.values()] + [plain.SOURCE]


def reading(source: Source, page: bytes, url: str = "") -> Page | None:
    try:
        return source.read(page, Request(url), TODAY)
    except NoPage:
        return None


@pytest.mark.parametrize("name", LISTS)
@many
@given(data=st.data())
def test_whatever_is_wrong_has_a_reason(name: str, data: st.DataObject) -> None:
    source, whole, url, _ = LISTS[name]
    check(reading(source, dumped(data.draw(mutations(whole()))), url))


@pytest.mark.parametrize("name", LISTS)
@many
@given(data=st.data())
def test_neighbours_of_a_bad_posting_come_out_the_same(name: str, data: st.DataObject) -> None:
    source, load, url, path = LISTS[name]
    whole = load()
    expected = told(source, dumped(whole), url)
    place = data.draw(st.integers(0, len(expected) - 1))
    found = told(source, dumped(data.draw(mutations(whole, within=(*path, place)))), url)
    same_but_one(expected, found, place)


@pytest.mark.parametrize("name", XML)
@many
@given(data=st.data())
def test_neighbours_of_a_bad_item_of_xml_come_out_the_same(name: str, data: st.DataObject) -> None:
    source, file = XML[name]
    root = etree.fromstring(recorded(file))
    expected = told(source, etree.tostring(root))
    items = list(root.iter("item"))
    place = data.draw(st.integers(0, len(expected) - 1))
    for _ in range(data.draw(st.integers(1, 3))):
        spoil(data.draw(st.sampled_from([items[place], *items[place].iter()])), data)
    page = reading(source, etree.tostring(root))
    check(page)
    same_but_one(expected, list(page.postings if page else ()), place)


def spoil(element: "etree._Element", data: st.DataObject) -> None:
    """Emptied, renamed, doubled, or with another text."""
    children = list(element)
    match data.draw(st.sampled_from(["empty", "rename", "double", "text"])):
        case "empty":
            for child in children:
                element.remove(child)
            element.text = None
        case "rename" if element.tag != "item":
            element.tag = "other"
        case "double" if children:
            element.append(etree.fromstring(etree.tostring(data.draw(st.sampled_from(children)))))
        case _ if element.tag != "item":
            element.text = data.draw(st.sampled_from([text for text in WRONG if isinstance(text, str) and text.isprintable()]))


@pytest.mark.parametrize("name", [*LISTS, *XML, "texts"])
@many
@given(data=st.data())
def test_cut_and_overwritten_bytes_raise_nothing_else(name: str, data: st.DataObject) -> None:
    if name == "texts":
        page = data.draw(spoilt(data.draw(st.sampled_from(TEXTS))))
        for source in SOURCES:
            check(reading(source, page, "https://example.com/page"), named=source is not plain.SOURCE)
        return
    whole = recorded(XML[name][1]) if name in XML else dumped(LISTS[name][1]())
    source, url = (XML[name][0], "") if name in XML else (LISTS[name][0], LISTS[name][2])
    check(reading(source, data.draw(spoilt(whole)), url))


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=60) | st.text().map(str.encode) | st.recursive(st.none() | st.text() | st.floats(), st.lists).map(dumped)
)
def test_any_bytes_are_no_page_of_any_source_or_one_without_faults(page: bytes) -> None:
    for source in SOURCES:
        check(reading(source, page, "https://example.com/page"), named=source is not plain.SOURCE)


@given(
    st.text()
    | st.from_regex(
        r"https?://(www\.)?[a-z]*\.?(adzuna|remotive|pinpointhq|teamtailor|remoteok|governmentjobs|usajobs)\.com/[^ ]*"
    )
)
def test_any_address_begins_an_address_of_ours_or_nothing(address: str) -> None:
    for source in SOURCES:
        first = source.begin(address)
        assert first is None or (first.url.isascii() and first.url.startswith(("https://", "http://")))


def told(source: Source, page: bytes, url: str = "") -> list[Stated]:
    found = reading(source, page, url)
    assert found is not None
    return list(found.postings)


def same_but_one(expected: list[Stated], found: list[Stated], place: int) -> None:
    """All but the one at that place, which may be gone."""
    neighbours = [*expected[:place], *expected[place + 1 :]]
    assert found == neighbours or [*found[:place], *found[place + 1 :]] == neighbours
