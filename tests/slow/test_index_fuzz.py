"""The index gives what the oracle gives on 20,000 pairs of generated filters and postings, filed in any way and after rebuilds."""

from itertools import count
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from services.matcher.domain.index import Index
from services.matcher.domain.oracle import held
from services.matcher.domain.wanted import Wanted
from tests.unit.matcher.made import seen
from tests.unit.matcher.test_index import FILTERS, POSTINGS

PAIRS: Final = 20_000


def test_index_and_oracle_agree() -> None:
    pairs, matches, slots, index = 0, 0, count(), Index()

    @settings(max_examples=400, deadline=None, database=None)
    @given(st.lists(FILTERS, min_size=8, max_size=16), st.lists(POSTINGS, min_size=5, max_size=8), st.booleans())
    def compare(filters: list[Wanted], postings: list[dict[str, Any]], rebuilt: bool) -> None:
        """In one index all along, which has learnt the words and the frequencies of all that came before."""
        nonlocal pairs, matches
        asked = {next(slots): one for one in filters}
        for slot, one in asked.items():
            index.add(slot, one)
        if rebuilt:
            index.rebuild()
        elif len(filters) % 2:
            index.take_in()
        for content in (seen(**posting) for posting in postings):
            expected = {slot: codes for slot, one in asked.items() if (codes := held(one, content)) is not None}
            assert dict(index.matching(content).items()) == expected
            pairs, matches = pairs + len(asked), matches + len(expected)
        for slot in asked:
            index.remove(slot)

    compare()
    assert pairs >= PAIRS
    assert matches > PAIRS // 50
