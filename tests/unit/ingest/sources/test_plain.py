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
    assert lines(stated)[4:8] == [
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
        ("Remote: Yes", "workplace", "remote"),
        ("Remote: No", "workplace", ""),
        ("Remote: Hybrid", "workplace", "Hybrid"),
        ("Workplace: no", "workplace", "no"),
        ("APPLY: https://example.com/apply?x=1", "url", "https://example.com/apply?x=1"),
        ("Experience: 4 years", "experience_years", 4),
        ("Experience: 4-6 yrs", "experience_years", 4),
        ("Experience: at least 4+ years of experience", "experience_years", 4),
        ("Experience: some years", "experience_years", None),
        ("Posted: 3 August 2026", "posted_on", date(2026, 8, 3)),
        ("Deadline: 08/31/2026", "valid_through", date(2026, 8, 31)),
        ("Deadline: 03/08/2026", "valid_through", None),
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
    ("text", "said"),
    [
        ("Company: Acme\nApply: https://example.com/7", {"company": "Acme", "url": "https://example.com/7"}),
        ("x" * 151 + "\nApply: https://example.com/7", {"url": "https://example.com/7"}),
        ("Baker\nApply: by letter", {"title": "Baker"}),
    ],
)
def test_what_a_text_does_not_say_is_empty(text: str, said: dict[str, str]) -> None:
    (stated,) = read(SOURCE, text.encode()).postings
    (again,) = read(SOURCE, text.encode()).postings
    (other,) = read(SOURCE, f"{text}\nMore.".encode()).postings
    assert row(stated) == {"source_id": stated.source_id, **said}
    assert stated.source_id == again.source_id != other.source_id
    assert stated.fields["source_id"] == "text"


def test_link_is_no_part_of_the_text_but_a_sentence_with_one_is() -> None:
    (stated,) = read(
        SOURCE, b"Baker\n  APPLY: https://example.com/7\nApply at: https://example.com/8 by May\nExperience: 4 years"
    ).postings
    assert lines(stated) == ["Baker", "Apply at: https://example.com/8 by May", "Experience: 4 years"]
    assert stated.url == "https://example.com/7"


@pytest.mark.parametrize("text", ["", " \n\t", "\ufeff"])
def test_empty_text_is_no_posting(text: str) -> None:
    with pytest.raises(NoPage, match="empty"):
        read(SOURCE, text.encode())


def test_addresses_begin_nothing() -> None:
    assert SOURCE.begin("https://example.com/posting.txt") is None
