"""Three answers to one question, on real postings: the index, the oracle, and an evaluator that shares no code with either."""

from typing import Any

import pytest

from schemas.filter.tree import Filter
from schemas.posting import Posting
from services.matcher.domain.facts import Facts, facts
from services.matcher.domain.index import Index
from services.matcher.domain.oracle import judge
from services.matcher.domain.wanted import wanted
from tests.support import evaluator, newgrad
from tests.unit.matcher.made import NOW
from tests.unit.matcher.scan import Scan

FILTERS = 300
CLAUSE_OF = {
    "title": "titles",
    "place": "places",
    "workplace": "workplaces",
    "visa": "visa_types",
    "verdict": "accepted_verdicts",
    "citizenship": "hide",
    "clearance": "hide",
    "pay": "minimum_pay",
    "employment": "employment_types",
    "company": "companies",
    "occupation": "occupations",
    "seniority": "seniorities",
    "degree": "maximum_degree",
    "experience": "maximum_experience",
    "approvals": "employer_approvals",
    "wage_level": "minimum_wage_level",
    "source": "sources",
    "language": "languages",
    "posted": "posted_within",
}
"""Where a code and the clause it speaks of are called differently."""


@pytest.fixture(scope="module")
def postings() -> list[Posting]:
    return newgrad.normalised()


def test_index_and_oracle_agree_on_all_of_them(postings: list[Posting]) -> None:
    index, scan = Index(), Scan[int]()
    for number, tree in enumerate(newgrad.subscriptions(FILTERS)):
        for evaluating in (index, scan):
            evaluating.add(number, wanted(Filter.model_validate(tree)))
    matches = 0
    for posting in postings:
        seen = facts(posting, NOW)
        found = dict(index.matching(seen).items())
        assert found == dict(scan.matching(seen)), posting.title
        matches += len(found)
    assert 0.01 < matches / (FILTERS * len(postings)) < 0.5


def _judged(tree: dict[str, Any], seen: Facts) -> dict[str, bool]:
    """What the oracle says, by the names of the filter's clauses; two things to hide are one."""
    held: dict[str, bool] = {}
    for verdict in judge(wanted(Filter.model_validate(tree)), seen):
        code = verdict.code.removesuffix(".unstated")
        name = CLAUSE_OF.get(code, code)
        held[name] = held.get(name, True) and verdict.held
    return held


def test_oracle_and_the_other_evaluator_agree_on_each_clause(postings: list[Posting]) -> None:
    seen: dict[str, set[bool]] = {}
    for posting in postings[::20]:
        json, known = posting.model_dump(mode="json"), facts(posting, NOW)
        for tree in newgrad.subscriptions(FILTERS):
            held = _judged(tree, known)
            assert held == evaluator.clauses_held(tree, json, today=NOW.date()), (posting.title, posting.places, tree)
            for name, holds in held.items():
                seen.setdefault(name, set()).add(holds)
    assert seen == {name: {True, False} for name in newgrad.CLAUSES}
