"""The index gives what the oracle gives, for any filters and any posting, also after changes."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.filter.tree import Filter
from services.matcher.domain.index import Index
from services.matcher.domain.oracle import held
from services.matcher.domain.wanted import Wanted, wanted
from tests.unit.matcher.made import seen
from tests.unit.matcher.scan import Scan

WORDS = st.sampled_from(["python", "c++", "go", "machine learning", "learning", "são", "!!!", "node.js", "senior"])
CITIES, STATES, COUNTRIES = (st.sampled_from(names) for names in (["Seattle", "Toronto"], ["WA", "ON"], ["US", "CA"]))
VISAS = st.sampled_from(["H-1B", "TN", "O-1"])
KINDS = st.sampled_from(["full_time", "intern"])
WHERE = st.sampled_from(["remote", "hybrid", "on_site"])
COMPANIES = st.sampled_from(["Acme", "Acme, Inc.", "Other"])


def some(strategy: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[Any]:
    return st.lists(strategy, max_size=most, unique=True)


PLACES = st.fixed_dictionaries({}, optional={"city": CITIES, "state": STATES, "country": COUNTRIES})
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "keywords": st.fixed_dictionaries({}, optional={"all": some(WORDS), "any": some(WORDS), "none": some(WORDS)}),
        "places": st.lists(PLACES.filter(bool), max_size=3),
        "workplaces": some(WHERE),
        "visa_types": some(VISAS),
        "minimum_pay": st.fixed_dictionaries(
            {"amount": st.sampled_from([50, 100])}, optional={"unstated": st.sampled_from(["keep", "drop"])}
        ),
        "employment_types": some(KINDS),
        "companies": st.fixed_dictionaries({}, optional={"include": some(COMPANIES), "exclude": some(COMPANIES)}),
    },
).map(lambda tree: wanted(Filter.model_validate(tree)))
POSTINGS = st.fixed_dictionaries(
    {
        "title": st.lists(WORDS, min_size=1, max_size=3).map(" ".join),
        "text": st.lists(WORDS, max_size=5).map(", ".join),
        "company": COMPANIES,
        "places": st.lists(PLACES, max_size=2),
        "workplace": st.none() | WHERE,
        "remote_from": some(COUNTRIES),
        "employment_types": some(KINDS),
        "pay": st.none()
        | st.fixed_dictionaries(
            {"maximum": st.sampled_from([60, 120]), "currency": st.sampled_from(["USD", "EUR"]), "period": st.just("year")}
        ),
        "verdict": st.fixed_dictionaries(
            {
                "sponsorship": st.fixed_dictionaries(
                    {"value": st.sampled_from(["offered", "conditional", "not_offered", "unstated"]), "visas": some(VISAS)}
                )
            }
        ),
    }
)


@settings(max_examples=400, deadline=None)
@given(st.lists(FILTERS, min_size=1, max_size=12), POSTINGS)
def test_the_same_ids_and_codes(filters: list[Wanted], posting: dict[str, Any]) -> None:
    index, scan = Index[int](), Scan[int]()
    for number, asked in enumerate(filters):
        index.add(number, asked)
        scan.add(number, asked)
    assert dict(index.matching(seen(**posting))) == dict(scan.matching(seen(**posting)))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.none() | FILTERS), max_size=25), POSTINGS)
def test_the_same_after_additions_replacements_and_removals(
    changes: list[tuple[int, Wanted | None]], posting: dict[str, Any]
) -> None:
    index, scan = Index[int](), Scan[int]()
    for number, asked in changes:
        for evaluator in (index, scan):
            if asked is None:
                evaluator.remove(number)
            else:
                evaluator.add(number, asked)
    assert len(index) == len(scan)
    assert dict(index.matching(seen(**posting))) == dict(scan.matching(seen(**posting)))


@settings(deadline=None)
@given(FILTERS, POSTINGS)
def test_light_facts_are_the_same_to_the_oracle(asked: Wanted, posting: dict[str, Any]) -> None:
    assert held(asked, seen(**posting).light()) == held(asked, seen(**posting))


def test_nothing_is_left_of_what_was_removed() -> None:
    index = Index[int]()
    asked = wanted(Filter.model_validate({"keywords": {"all": ["go"]}, "places": [{"city": "Seattle"}]}))
    index.add(1, asked)
    index.remove(1)
    assert not index._groups
    assert not index._filters


def test_filter_with_long_lists_is_found_by_any_of_their_members() -> None:
    """It would be filed under hundreds of pairs; it is filed under one list."""
    terms, cities = [f"term{n}" for n in range(30)], [f"City {n}" for n in range(20)]
    index = Index[int]()
    index.add(1, wanted(Filter.model_validate({"keywords": {"any": terms}, "places": [{"city": city} for city in cities]})))
    for term, city in zip(terms, cities, strict=False):
        assert dict(index.matching(seen(title=term, places=[{"city": city}])))
    assert not dict(index.matching(seen(title="term3", places=[{"city": "Elsewhere"}])))
    assert not dict(index.matching(seen(title="Another", places=[{"city": "City 3"}])))
    assert sum(len(groups) for groups in index._groups.values()) <= 30


def test_index_looks_at_few_filters() -> None:
    """With a word and a city each, a posting that has one of each meets hardly any that do not match."""
    index = Index[int]()
    for n in range(2000):
        tree = {"keywords": {"all": [f"word{n % 40}"]}, "places": [{"city": f"City {n // 40}"}]}
        index.add(n, wanted(Filter.model_validate(tree)))
    found = dict(index.matching(seen(title="word3 word4 word5", places=[{"city": "City 7"}])))
    assert len(found) == 3
    assert index.candidates == 3
