"""Addresses lose what tracks, and keep what names the job."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.link import without_tracking

JOB = "https://jobs.example/acme/42"


@pytest.mark.parametrize(
    ("address", "left"),
    [
        (f"{JOB}?utm_source=x&utm_medium=api", JOB),
        (f"{JOB}?gh_jid=42&gh_src=abc", f"{JOB}?gh_jid=42"),
        (f"{JOB}?lever-source%5B%5D=Board&lever-origin=applied", JOB),
        (f"{JOB}?a=1&UTM_Campaign=x&b=%20y&fbclid=z#apply", f"{JOB}?a=1&b=%20y#apply"),
        (f"{JOB}?jobId=7&source=internal", f"{JOB}?jobId=7&source=internal"),
        (f"{JOB}?utm=rss", JOB),
        (JOB, JOB),
        ("http://[::1", "http://[::1"),
    ],
)
def test_tracking_goes_and_the_rest_stays(address: str, left: str) -> None:
    assert without_tracking(address) == left


@given(st.lists(st.sampled_from(["utm_source=1", "id=2", "gclid=3", "q=a%26b", "flag"]), max_size=6))
def test_what_is_left_is_left_again(pairs: list[str]) -> None:
    once = without_tracking(f"{JOB}?{'&'.join(pairs)}")
    assert without_tracking(once) == once
    assert [pair for pair in pairs if pair[:2] in ("id", "q=", "fl")] == [
        pair for pair in once.partition("?")[2].split("&") if pair
    ]
