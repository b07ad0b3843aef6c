"""The workload `rich`: the same for the same numbers, all of the language in it, and a referee that misses nothing it looks at."""

from itertools import islice

import pytest

from benchmarks.matching.engine import Engine
from benchmarks.matching.rich.filters import filters
from benchmarks.matching.rich.postings import NOW, postings
from benchmarks.matching.rich.referee import check_by_oracle
from benchmarks.matching.rich.shares import shares
from benchmarks.matching.run import DisagreementError, ascending
from schemas.filter.tree import Filter
from services.matcher.domain.facts import facts
from services.matcher.domain.oracle import held
from services.matcher.domain.wanted import wanted

FILTERS = 1_500


def test_it_is_the_same_whatever_the_count() -> None:
    assert list(islice(filters(1_000), 50)) == list(filters(50))
    assert list(postings(3, first=4)) == list(postings(7))[4:]


def test_every_clause_of_the_language_is_asked_for() -> None:
    found = shares(filters(FILTERS))
    assert Filter.model_fields.keys() - {"version"} <= found.keys()
    special = {"OR groups", "exclusions", "groups in groups", "title scope", "other scopes", "several places"}
    assert special <= found.keys()
    assert found["radius"] > 0.2
    assert found["phrases"] > 0.15
    assert found["prefixes"] > 0.05


def test_a_posting_matches_few_filters_and_some_by_each_feature() -> None:
    asked = [(one, wanted(one)) for one in filters(FILTERS)]
    seen = [facts(one, NOW) for one in postings(60)]
    met = [one for posting in seen for one, ready in asked if held(ready, posting) is not None]
    assert 0.001 < len(met) / len(seen) / FILTERS < 0.004
    assert {"OR groups", "phrases", "prefixes", "radius", "title scope", "exclusions"} <= shares(met).keys()


def test_places_have_coordinates() -> None:
    spots = [spot for one in postings(50) for spot in facts(one, NOW).spots]
    assert all(spot.latitude is not None for spot in spots)
    assert len(spots) > 40


def test_the_oracle_passes_the_index_and_tells_a_wrong_or_missing_id() -> None:
    seen = [facts(one, NOW) for one in postings(20)]
    engine = Engine(map(wanted, filters(FILTERS)))
    right = [ascending(engine.matching(posting)) for posting in seen]
    check_by_oracle(filters(FILTERS), FILTERS, seen, right)
    number = next(number for number, ids in enumerate(right) if len(ids))
    missing = [*right[:number], right[number][1:], *right[number + 1 :]]
    more = [*right[:number], ascending({*right[number].tolist(), _not_in(right[number].tolist())}), *right[number + 1 :]]
    for wrong in (missing, more):
        with pytest.raises(DisagreementError, match=f"posting {number}"):
            check_by_oracle(filters(FILTERS), FILTERS, seen, wrong)


def _not_in(ids: list[int]) -> int:
    return next(id for id in range(FILTERS) if id not in ids)
