"""Tables: CSV in its dialects, JSON Lines, and whose columns have other names."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from schemas.provenance import Terms
from services.ingest.domain.stated import StatedPay, StatedPlace
from services.ingest.sources.source import NoPage
from services.ingest.sources.tables import SOURCE, table
from tests.support.recorded import read, row

HEADER = "source_id,title,company,url,places,pay_minimum,pay_maximum,pay_currency,pay_period,posted_on,skills"
FULL = '7,"Baker, Head",Acme,https://example.com/7,"Ghent, Belgium|Oslo",20,24.50,EUR,hour,2026-01-02,baking; frying'
BARE = {"source_id": "8", "title": "Cook", "url": "https://example.com/8"}
BY_EYE: dict[str, Any] = {
    "source_id": "7",
    "title": "Baker, Head",
    "company": "Acme",
    "url": "https://example.com/7",
    "places": (StatedPlace(text="Ghent, Belgium"), StatedPlace(text="Oslo")),
    "pay": StatedPay(minimum=Decimal(20), maximum=Decimal("24.50"), currency="EUR", period="hour"),
    "posted_on": date(2026, 1, 2),
    "skills": ("baking", "frying"),
}


def rows(page: bytes) -> list[dict[str, Any]]:
    return [row(stated) for stated in read(SOURCE, page).postings]


@pytest.mark.parametrize("start", ["", "\ufeff", "\r\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_by_eye(start: str, end: str) -> None:
    assert rows((start + end.join([HEADER, FULL, ""])).encode()) == [BY_EYE]


@pytest.mark.parametrize("between", [";", "\t", "|"])
def test_csv_with_other_separators(between: str) -> None:
    page = between.join(["source_id", "title", "url"]) + "\n" + between.join(BARE.values())
    assert rows(page.encode()) == [BARE]


def test_rows_are_lines_of_json_or_a_list_as_well() -> None:
    typed = {**BARE, "source_id": 8, "posted_on": 1767312000, "places": ["Ghent", "Oslo"], "pay_minimum": 20}
    expected = {
        **BARE,
        "posted_on": date(2026, 1, 2),
        "places": (StatedPlace(text="Ghent"), StatedPlace(text="Oslo")),
        "pay": StatedPay(minimum=Decimal(20)),
    }
    assert rows((json.dumps(typed) + "\n\n").encode()) == [expected]
    assert rows(json.dumps([typed]).encode()) == [expected]


def test_columns_may_have_other_names() -> None:
    source = table(
        name="acme",
        title="Acme",
        columns={"source_id": "Req", "title": "Job Title", "url": "Link", "pay_text": "Salary"},
        terms=Terms(url="", read_on=None),
    )
    (stated,) = read(source, b"Req,Job Title,Link,Salary\n8,Cook,https://example.com/8,up to 90k\n").postings
    assert row(stated) == {**BARE, "pay_text": "up to 90k"}
    assert stated.fields == {"source_id": "Req", "title": "Job Title", "url": "Link", "pay_text": "Salary"}


def test_mapping_of_an_unknown_column_is_refused() -> None:
    with pytest.raises(ValueError, match="wage is no column of a posting"):
        table(name="acme", title="Acme", columns={"wage": "Wage"}, terms=Terms(url="", read_on=None))


@pytest.mark.parametrize(
    "page",
    [
        b"Source_ID,TITLE,Url\n8,Cook,https://example.com/8\n",
        b'{"Source_ID": "8", "TITLE": "Cook", "Url": "https://example.com/8"}',
        b'[{"Source_ID": "8", "TITLE": "Cook", "Url": "https://example.com/8"}]',
    ],
)
def test_case_of_a_column_does_not_count(page: bytes) -> None:
    (stated,) = read(SOURCE, page).postings
    assert row(stated) == BARE
    assert stated.fields == {"source_id": "Source_ID", "title": "TITLE", "url": "Url"}


def test_name_as_it_is_goes_before_another_case() -> None:
    (stated,) = read(SOURCE, json.dumps({"TITLE": "Baker", **BARE, "Title": "Chef"}).encode()).postings
    assert stated.title == "Cook"


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        ("source_id,title,url\n7,Bäcker,u".encode("latin-1"), "is not UTF-8: save it as UTF-8 .line 2 "),
        ("source_id,title,url\n7,Baker,u".encode("utf-16"), "is not UTF-8 but UTF-16: save it as UTF-8"),
        ('{"source_id": "7"}'.encode("utf-16"), "is not UTF-8 but UTF-16"),
        (
            b"Req,Title,Link\n7,Baker,u",
            "has no column source_id; it has Req, Title, Link: name one with --column source_id=NAME",
        ),
        (b"source_id,Job,url\n7,Baker,u", "has no column title; it has source_id, Job, url: name one with --column title=NAME"),
        (b"source_id,title,url,title\n7,Baker,u,Cook", "has two columns named title"),
        (b"source_id,title,url,URL\n7,Baker,u,v", "has two columns named url"),
    ],
)
def test_table_that_cannot_be_read_says_what_to_do(page: bytes, problem: str) -> None:
    with pytest.raises(NoPage, match=problem):
        read(SOURCE, page)


def test_columns_without_a_name_are_passed_over() -> None:
    assert rows(b"source_id,title,url,,\n8,Cook,https://example.com/8,,x") == [BARE]


@pytest.mark.parametrize(
    ("rest", "titles", "problem"),
    [
        ('7,"Baker,u\n8,Cook,u\n9,Chef,u', [], "its quotation mark is not closed; it ends at line 4"),
        ('7,"Baker,u\n8,"Cook",u\n9,Chef,u', ["Chef"], "',' expected after '\"'; it ends at line 3"),
    ],
)
def test_stray_quotation_mark_is_told_with_its_line(rest: str, titles: list[str], problem: str) -> None:
    page = read(SOURCE, f"source_id,title,url\n{rest}".encode())
    assert [stated.title for stated in page.postings] == titles
    assert [(bad.place, bad.problem) for bad in page.unreadable] == [("line.2", f"is no row: {problem}")]


def test_bad_rows_are_told_with_their_lines() -> None:
    page = read(
        SOURCE,
        b'source_id,title,url\n7,"Two\nlines",https://example.com/7\n8,Cook\n9,,https://example.com/9\n' + b"10,Chef,u\n",
    )
    assert [stated.source_id for stated in page.postings] == ["7", "10"]
    assert [(bad.place, bad.problem) for bad in page.unreadable] == [
        ("line.4", "has 2 cells under 3 names"),
        ("line.5", "title: is missing"),
    ]


def test_bad_lines_of_json_are_told() -> None:
    page = read(SOURCE, b'{"source_id": "1"\n7\n' + json.dumps(BARE).encode())
    assert [row(stated) for stated in page.postings] == [BARE]
    assert [bad.place for bad in page.unreadable] == ["line.1", "line.2"]


def test_cell_of_the_wrong_kind_is_left_out_and_told() -> None:
    (stated,) = read(SOURCE, f"{HEADER}\n{FULL.replace('24.50', 'plenty').replace('2026-01-02', 'soon')}".encode()).postings
    assert stated.unread == ("pay_maximum: is no number", "posted_on: is no date")


@pytest.mark.parametrize(("maximum", "pay"), [('"150,000"', (120000, 150000)), ("150.000", None), ("", (120000, None))])
def test_range_is_whole_or_none(maximum: str, pay: object) -> None:
    (stated,) = read(SOURCE, f"source_id,title,url,pay_minimum,pay_maximum\n7,Baker,u,120000,{maximum}".encode()).postings
    assert (stated.pay and (stated.pay.minimum, stated.pay.maximum)) == pay
    assert stated.unread == (("pay_maximum: is no number",) if maximum == "150.000" else ())


@pytest.mark.parametrize("page", [b"", b" \n", b"\xef\xbb\xbf", b"title\nBaker", b"[", b"[" * 100_000])
def test_what_is_no_table_is_no_page(page: bytes) -> None:
    with pytest.raises(NoPage):
        read(SOURCE, page)


@pytest.mark.parametrize(("address", "good"), [("https://example.com/jobs.csv?x=1", True), ("https://example.com/a.JSONL", True), ("https://example.com", False), ("jobs.csv", False)])  # fmt: skip
def test_addresses(address: str, good: bool) -> None:
    assert bool(SOURCE.begin(address)) == good
