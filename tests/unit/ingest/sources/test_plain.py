"""Plain text, as boards print it."""

from datetime import date

import pytest

from services.ingest.domain.stated import StatedPlace
from services.ingest.sources.plain import SOURCE
from services.ingest.sources.source import NoPage
from tests.support.recorded import lines, read, row

TEXT = """
Associate Baker, Night Shift

COMPANY: Acme Bakers
LOCATION: MOUNTAIN VIEW, CALIFORNIA, UNITED STATES
JOB TYPE: FULL-TIME
Apply at: https://example.com/jobs/7.

ABOUT THE ROLE
We do one thing: bread.
WHAT YOU WILL DO
• Knead
* Bake

Salary Range: $170,000—$216,000 USD
Posted: 2026-01-02
Deadline: soon
"""


def test_text_by_eye() -> None:
    (stated,) = read(SOURCE, TEXT.encode()).postings
    by_eye = row(stated)
    assert len(by_eye.pop("source_id")) == 32
    assert by_eye == {
        "title": "Associate Baker, Night Shift",
        "company": "Acme Bakers",
        "url": "https://example.com/jobs/7",
        "places": (StatedPlace(text="MOUNTAIN VIEW, CALIFORNIA, UNITED STATES"),),
        "employment": ("FULL-TIME",),
        "pay_text": "$170,000—$216,000 USD",
        "posted_on": date(2026, 1, 2),
        "unread": ("valid_through: is no date",),
    }
    assert lines(stated)[4:9] == [
        "Apply at: https://example.com/jobs/7.",
        "ABOUT THE ROLE",
        "We do one thing: bread.",
        "WHAT YOU WILL DO",
        "- Knead",
    ]
    assert stated.fields["title"] == "first line"
    assert stated.fields["pay_text"] == "Salary Range"


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("Job Title: Cook", "title", "Cook"),
        ("- Employment type: Contract", "employment", ("Contract",)),
        ("LOCATIONS: Ghent; Oslo", "places", (StatedPlace(text="Ghent"), StatedPlace(text="Oslo"))),
        ("Work Model : Hybrid", "workplace", "Hybrid"),
        ("Job ID: R-7", "source_id", "R-7"),
        ("HOURLY RATE: 21.50 to 23", "pay_text", "21.50 to 23"),
        ("Level: Senior", "seniority", "Senior"),
    ],
)
def test_labels(line: str, name: str, value: object) -> None:
    (stated,) = read(SOURCE, f"Baker\n{line}\n{line} again".encode(), "https://example.com/7").postings
    assert getattr(stated, name) == value


def test_a_sentence_is_no_value() -> None:
    text = f"Baker\nCompensation: {'we pay what is fair, ' * 20}\nOur values: bread"
    (stated,) = read(SOURCE, text.encode(), "https://example.com/7").postings
    assert set(row(stated)) == {"source_id", "title", "url"}


def test_text_without_a_number_keeps_its_name_while_link_and_title_stay() -> None:
    one, other, third = (
        read(SOURCE, text.encode(), "https://example.com/7").postings[0].source_id
        for text in ("Baker\nBread.", "Baker\nBread and cake.", "Cook\nBread.")
    )
    assert one == other != third


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no title"),
        ("Company: Acme\nApply: https://example.com/7", "no title"),
        ("x" * 151 + "\nApply: https://example.com/7", "no title"),
        ("Baker\nApply: by letter", "where to apply"),
    ],
)
def test_text_that_is_no_posting(text: str, problem: str) -> None:
    with pytest.raises(NoPage, match=problem):
        read(SOURCE, text.encode())


def test_addresses_begin_nothing() -> None:
    assert SOURCE.begin("https://example.com/posting.txt") is None
