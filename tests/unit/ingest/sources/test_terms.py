"""What the terms of use of all sources say."""

import pytest

from services.ingest.sources.registry import SOURCES
from services.ingest.sources.source import Source

EACH = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)


@EACH
def test_what_nobody_has_read_allows_nothing(source: Source) -> None:
    assert source.terms.read_on is not None or not source.terms.may_republish


@EACH
def test_terms_that_were_read_say_where(source: Source) -> None:
    assert source.terms.read_on is None or source.terms.url


def test_boards_that_keep_their_postings_to_themselves() -> None:
    read = {name for name, source in SOURCES.items() if source.terms.read_on}
    assert {name for name in read if not SOURCES[name].terms.may_republish} == {
        "adzuna",
        "remotive",
        "weworkremotely",
        "workday",
    }
