"""One meaning, told three ways: all real postings and 10,000 generated filters of every clause."""

from datetime import UTC, datetime
from typing import Final

from schemas.filter.tree import Filter
from services.matcher.domain.facts import facts
from services.matcher.domain.index import Index
from services.matcher.domain.oracle import held
from services.matcher.domain.wanted import wanted
from tests.support import evaluator, newgrad

FILTERS: Final = 10_000
OTHERS: Final = 2000
NOW: Final = datetime(2026, 11, 2, 12, tzinfo=UTC)
EVERY: Final = 10
"""The other evaluator reads each text anew: it is given every tenth posting, and the first of the filters."""


def test_index_oracle_and_the_other_evaluator_agree() -> None:
    trees = newgrad.subscriptions(FILTERS, seed=6)
    asked, index = [wanted(Filter.model_validate(tree)) for tree in trees], Index()
    for number, one in enumerate(asked):
        index.add(number, one)
    matches = 0
    for number, posting in enumerate(newgrad.normalised()):
        seen = facts(posting, NOW)
        expected = {number: codes for number, one in enumerate(asked) if (codes := held(one, seen)) is not None}
        assert dict(index.matching(seen).items()) == expected, posting.title
        matches += len(expected)
        if number % EVERY == 0:
            content = posting.model_dump(mode="json")
            few = trees[:OTHERS]
            others = {number for number, tree in enumerate(few) if evaluator.matches(tree, content, today=NOW.date())}
            wrong = {number: trees[number] for number in others ^ {number for number in expected if number < OTHERS}}
            assert not wrong, posting.title
    assert matches > 500_000
