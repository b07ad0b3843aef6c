"""Addresses as people paste them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.sources import ashby, greenhouse, lever, recruitee, smartrecruiters, workday
from services.ingest.sources.addresses import Address, parse, token


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://Jobs.Example.com/acme/7?lang=en#top", Address("jobs.example.com", ("acme", "7"), {"lang": "en"})),
        (" jobs.example.com//acme/ ", Address("jobs.example.com", ("acme",), {})),
        ("http://jobs.example.com.:8080", Address("jobs.example.com", (), {})),
        ("ftp://jobs.example.com", None),
        ("https://[::1]/acme", None),
        ("https://[", None),
        ("localhost/acme", None),
        ("https://jobs.example.com:port/acme", Address("jobs.example.com", ("acme",), {})),
        ("https://exämple.com", None),
        ("a baker in Ghent", None),
        ("", None),
    ],
)
def test_addresses(text: str, address: Address | None) -> None:
    assert parse(text) == address


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("acme", True),
        ("Acme%20Labs", True),
        ("a_c.me-1", True),
        ("..", False),
        ("%2e%2E", False),
        ("a%2Fb", False),
        ("a b", False),
        ("", False),
    ],
)
def test_names_of_boards(name: str, good: bool) -> None:
    assert token(name) == (name if good else None)


@given(st.text(st.characters()) | st.from_regex(r"https?://[a-z.\[\]:]*(lever|greenhouse|ashbyhq)[^ ]*", fullmatch=True))
def test_what_is_no_address_begins_nothing(text: str) -> None:
    for source in (ashby, greenhouse, lever, recruitee, smartrecruiters, workday):
        first = source.SOURCE.begin(text)
        assert first is None or first.url.isascii()
