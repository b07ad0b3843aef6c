"""Which part of a text speaks of its own job."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.applicable import applicable


@pytest.mark.parametrize(
    "notice",
    [
        "The below are our policies for full-time jobs. These do NOT apply to the Fellows Program",
        "The following notes are for staff and do not apply to this internship",
        "The following does not apply to our summer internships",
        "The terms below don’t apply to this position",
    ],
)
def test_what_stands_behind_a_notice_for_other_jobs_is_left_out(notice: str) -> None:
    text = f"We chart stars.\n\n{notice}"
    assert applicable(f"{text}.\n\nMinimum education: a degree.") == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The following people need not apply to us.\nYou need a degree.",
        "These rates do not apply to this role.\nYou need a degree.",
        "The following holds.\nIt does not apply to this role.",
        "If you meet the points below, do apply to this role. You need a degree.",
        "Some of the below does not apply to customers. You need a degree.",
    ],
)
def test_other_texts_are_whole(text: str) -> None:
    assert applicable(text) == text


@given(
    st.lists(st.sampled_from(["the below", "do not apply to", "this", "role", "\n", "İ", ".", "x"])).map(" ".join) | st.text()
)
def test_it_is_the_beginning(text: str) -> None:
    assert text.startswith(applicable(text))


@pytest.mark.parametrize("piece", ["below ", "not apply to ", "below do not apply to the ", "following a-"])
def test_hostile_texts_take_linear_time(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    started = time.process_time()
    applicable(text)
    assert time.process_time() - started < 1
