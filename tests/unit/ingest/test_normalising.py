"""What a publisher says becomes a posting."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.posting import Posting
from services.ingest.domain.fault import Refused
from services.ingest.domain.normalise import MAXIMUM_BYTES, content_hash, normalise, posting_id
from services.ingest.domain.push import parse

NOW = datetime(2026, 8, 15, tzinfo=UTC)
MINIMAL: dict[str, Any] = {
    "source_id": "1",
    "title": "Machine Learning Engineer",
    "company": "Lodestar",
    "url": "https://jobs.example.com/1",
    "description": "Great work.\n\nWe sponsor\u00a0H-1B  visas. A clearance is a plus.",
}


def normalised(**fields: Any) -> Posting:
    return normalise(parse(MINIMAL | fields, now=NOW), publisher="board")


def faults(**fields: Any) -> dict[str, str]:
    with pytest.raises(Refused) as refused:
        normalised(**fields)
    return {fault.field: fault.problem for fault in refused.value.faults}


def test_id_depends_on_publisher_and_source_id_only() -> None:
    assert normalised().id == normalised(title="Other").id == posting_id("board", "1")
    assert posting_id("board", "1") == UUID("a39a4db7-c34e-599e-91d2-d51b0facdf52"), "ids are for ever"
    assert len({posting_id("board", "1"), posting_id("board", "2"), posting_id("board2", "1"), posting_id("boar", "d1")}) == 4


def test_codes_have_one_spelling_and_repeats_are_gone() -> None:
    posting = normalised(
        places=[{"city": "San  Jose", "state": "ca", "country": "us"}, {"city": "San Jose", "state": "CA", "country": "US"}],
        remote_from=["us", "US", "ca"],
        employment_types=["intern", "intern"],
        skills=["Python", "python", "Go", " PYTHON "],
    )
    assert [place.words() for place in posting.places] == ["San Jose, CA, US"]
    assert posting.remote_from == ("US", "CA")
    assert posting.employment_types == ("intern",)
    assert posting.skills == ("Python", "Go")


@pytest.mark.parametrize(
    ("pushed", "kept"),
    [
        ("150000.00", "150000"),
        (150000, "150000"),
        (1e5, "100000"),
        ("18.505", "18.51"),
        (0, "0"),
        ("0.10", "0.1"),
        (10**12, str(10**12)),
    ],
)
def test_amounts_are_written_in_one_way(pushed: object, kept: str) -> None:
    pay = normalised(pay={"minimum": pushed, "currency": "USD", "period": "hour"}).pay
    assert pay is not None
    assert (pay.minimum, str(pay.minimum)) == (Decimal(kept), kept)


def test_what_was_not_said_is_absent() -> None:
    posting = normalised()
    assert (posting.pay, posting.workplace, posting.posted_on, posting.places, posting.degree) == (None, None, None, (), None)
    assert posting.verdict.sponsorship.value == "unstated"
    assert not posting.verdict.blocks_visa_holder


def test_sentence_is_found_whatever_its_white_space() -> None:
    posting = normalised(sponsorship={"value": "offered", "visas": ["H-1B", "H-1B"], "sentence": " We sponsor H-1B\nvisas. "})
    proof = posting.verdict.sponsorship.evidence
    assert proof is not None
    assert posting.verdict.sponsorship.visas == ("H-1B",)
    assert proof.sentence == "We sponsor H-1B visas."
    assert posting.text[proof.start : proof.end] == proof.sentence


def test_sentence_is_found_across_a_line_break() -> None:
    posting = normalised(
        description="<p>You must hold<br>a clearance.</p>",
        clearance={"value": "active_required", "sentence": "must hold a clearance."},
    )
    proof = posting.verdict.clearance.evidence
    assert proof is not None
    assert posting.text[proof.start : proof.end] == "must hold\na clearance."
    assert posting.verdict.blocks_visa_holder


def test_each_axis_has_its_own_evidence() -> None:
    verdict = normalised(
        sponsorship={"value": "offered", "sentence": "We sponsor H-1B visas."},
        work_status={"value": "none"},
        clearance={"value": "preferred", "sentence": "A clearance is a plus."},
    ).verdict
    assert verdict.sponsorship.evidence is not None
    assert verdict.work_status.evidence is None
    assert verdict.clearance.evidence is not None
    assert verdict.clearance.evidence.sentence == "A clearance is a plus."


def test_sentence_that_does_not_occur_is_refused() -> None:
    assert faults(
        sponsorship={"value": "offered", "sentence": "We sponsor everybody."},
        clearance={"value": "preferred", "sentence": "\u200b"},
    ) == {
        "sponsorship.sentence": "does not occur in the description",
        "clearance.sentence": "does not occur in the description",
    }


@pytest.mark.parametrize("description", ["", "<p> </p>", "\n \t", "<script>alert(1)</script>", "<!-- x -->", "---"])
def test_posting_without_text_is_taken_for_what_its_title_says(description: str) -> None:
    posting = normalised(description=description)
    assert (posting.title, posting.text, posting.html, posting.excerpt) == ("Machine Learning Engineer", "", "", "")


def test_description_with_endless_tags_is_refused() -> None:
    assert faults(description="<p>" * 6000 + "x") == {"description": "has more than 5,000 tags"}


def test_posting_that_no_kafka_record_would_hold_is_refused() -> None:
    assert list(faults(description="界" * 99_999)) == ["description"]
    assert len(normalised(description="x" * 99_999).model_dump_json()) < MAXIMUM_BYTES


@pytest.mark.parametrize(
    "same",
    [
        {"title": " Machine  Learning Engineer"},
        {"description": "  Great   work.\r\n\r\n\r\nWe sponsor H-1B visas.\tA clearance is a plus.\n"},
        {"url": "https://JOBS.example.com/1"},
        {"pay": None, "places": [], "skills": [], "sponsorship": {"value": "unstated"}},
    ],
)
def test_same_posting_otherwise_written_has_the_same_hash(same: dict[str, Any]) -> None:
    assert content_hash(normalised(**same)) == content_hash(normalised())


@pytest.mark.parametrize(
    "other",
    [
        {"title": "Other"},
        {"description": "Great work."},
        {"posted_on": "2026-08-01"},
        {"pay": {"minimum": 1, "currency": "USD", "period": "hour"}},
        {"sponsorship": {"value": "offered", "sentence": "We sponsor H-1B visas."}},
    ],
)
def test_other_content_has_another_hash(other: dict[str, Any]) -> None:
    assert content_hash(normalised(**other)) != content_hash(normalised())


lines = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=40)


@given(title=lines, company=lines, skills=st.lists(lines, max_size=4), description=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))  # fmt: skip
def test_normalising_what_was_normalised_changes_nothing(**fields: Any) -> None:
    try:
        once = normalised(**fields)
    except Refused:
        return
    told = once.model_dump(mode="json", include={"title", "company", "skills"})
    twice = normalised(**told, description=once.html)
    unread = {"origins": ()}  # what was read out of a text and is told now has none
    assert content_hash(twice.model_copy(update=unread)) == content_hash(once.model_copy(update=unread))
