"""A page that its source cannot read says whose it may be."""

import json
from datetime import date
from typing import Final

import pytest

from runtime.errors import Fatal
from services.ingest.page_file import parse_page
from services.ingest.sources.registry import SOURCES
from services.ingest.sources.resemblance import resembling
from services.ingest.sources.source import Request
from tests.support.recorded import RECORDED, recorded

TODAY: Final = date(2026, 11, 28)
LEVER: Final = [
    {"id": "42", "text": "Chart maker", "hostedUrl": "https://jobs.lever.co/acme/42", "description": "<p>Chart.</p>"}
]
ASHBY: Final = {"jobs": [{"id": "42", "title": "Chart maker", "jobUrl": "https://jobs.ashbyhq.com/acme/42", "isListed": True}]}
RSS: Final = (
    b"<rss><channel><item><title>Acme: Pilot</title><link>https://jobs.example/1</link><guid>1</guid></item></channel></rss>"
)


def refusal(source: str, page: bytes) -> str:
    with pytest.raises(Fatal) as refused:
        parse_page(SOURCES[source], page, Request(""), today=TODAY, said="page")
    return str(refused.value)


@pytest.mark.parametrize(
    ("source", "page", "said"),
    [
        ("greenhouse", json.dumps(LEVER).encode(), "; it looks like what Lever (try lever) sends"),
        ("greenhouse", json.dumps(ASHBY).encode(), "; it looks like what Ashby (try ashby) sends"),
        ("lever", RSS, " (try feed) sends"),
        (
            "greenhouse",
            json.dumps(LEVER).encode("utf-16"),
            "it is written in UTF-16, and has to be in UTF-8 at line 1, column 1",
        ),
        ("greenhouse", b'{"works": []}', "page is not what Greenhouse sends: the page has neither jobs nor an id"),
        ("lever", b"", "not JSON: Expecting value at line 1, column 1"),
    ],
)
def test_page_of_another_source_says_whose_it_may_be(source: str, page: bytes, said: str) -> None:
    assert refusal(source, page).endswith(said)


def test_items_that_nobody_reads_stay_unreadable() -> None:
    page = parse_page(SOURCES["greenhouse"], b'{"jobs": [{"id": 43}]}', Request(""), today=TODAY, said="page")
    assert [one.place for one in page.unreadable] == ["jobs.0"]


@pytest.mark.parametrize(("source", "name"), RECORDED, ids=[name for _, name in RECORDED])
def test_recorded_pages_are_recognised(source: str, name: str) -> None:
    other = SOURCES["lever" if source != "lever" else "recruitee"]
    assert resembling(recorded(name), source=other, today=TODAY)[0] is SOURCES[source]
