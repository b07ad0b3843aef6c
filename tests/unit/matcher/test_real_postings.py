"""Three answers to one question, on real postings: the index, the oracle, and an evaluator that shares no code with either."""

from typing import Any
from uuid import UUID

import pytest

from schemas.filter.tree import Filter
from schemas.posting import Posting
from services.matcher.domain.facts import facts
from services.matcher.domain.index import Index
from services.matcher.domain.oracle import wanted
from tests.support import evaluator, newgrad
from tests.unit.matcher.scan import Scan


def normalised(number: int, push: dict[str, Any]) -> Posting:
    """Plainly, without ingest; every seventh sponsors, so that visa filters have something to find."""
    members = {name: value for name, value in push.items() if name in Posting.model_fields}
    value = "offered" if number % 7 == 0 else push.get("sponsorship", {}).get("value", "unstated")
    visas = ["H-1B", "TN"] if number % 2 else []
    verdict = {"sponsorship": {"value": value, "visas": visas}}
    return Posting.model_validate(
        members | {"id": UUID(int=number), "source": "newgrad", "text": push["description"], "verdict": verdict}
    )


@pytest.fixture(scope="module")
def postings() -> list[Posting]:
    return [normalised(number, push) for number, push in enumerate(newgrad.postings())]


def test_index_and_oracle_agree_on_all_of_them(postings: list[Posting]) -> None:
    index, scan = Index[int](), Scan[int]()
    for number, tree in enumerate(newgrad.subscriptions(300)):
        for evaluating in (index, scan):
            evaluating.add(number, wanted(Filter.model_validate(tree)))
    matches = 0
    for posting in postings:
        seen = facts(posting)
        found = dict(index.matching(seen))
        assert found == dict(scan.matching(seen))
        matches += len(found)
    assert 0.01 < matches / (300 * len(postings)) < 0.5


def test_oracle_and_the_other_evaluator_agree(postings: list[Posting]) -> None:
    trees = newgrad.subscriptions(300)
    scan = Scan[int]()
    for number, tree in enumerate(trees):
        scan.add(number, wanted(Filter.model_validate(tree)))
    for posting in postings[::20]:
        json = posting.model_dump(mode="json")
        expected = {number for number, tree in enumerate(trees) if evaluator.matches(tree, json)}
        assert {number for number, _ in scan.matching(facts(posting))} == expected, posting.title
