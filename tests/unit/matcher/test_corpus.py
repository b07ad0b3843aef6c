"""A question to the corpus finds what the oracle takes, for any filters and any postings, also after changes."""

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.filter import codes
from schemas.filter.tree import Filter
from schemas.places import Spot
from schemas.posting import Posting
from services.matcher.domain.column import Values
from services.matcher.domain.corpus import FACTS, Corpus
from services.matcher.domain.facts import Facts, facts
from services.matcher.domain.lexicon import Lexicon
from services.matcher.domain.oracle import CLAUSES, held
from services.matcher.domain.wanted import Wanted, wanted
from tests.support import newgrad
from tests.unit.matcher.made import NOW as MOMENT
from tests.unit.matcher.made import posting
from tests.unit.matcher.previewing import entry, found, numbered, put, taken
from tests.unit.matcher.test_index import FILTERS, POSTINGS

FILTERS_ON_REAL_POSTINGS = 500


@settings(max_examples=300, deadline=None)
@given(st.lists(FILTERS, min_size=1, max_size=4), st.lists(POSTINGS, max_size=6))
def test_the_same_postings(filters: list[Wanted], postings: list[dict[str, Any]]) -> None:
    corpus, there = Corpus(), [numbered(number, **members) for number, members in enumerate(postings)]
    for one in there:
        put(corpus, one)
    for asked in filters:
        assert found(corpus, asked) == taken(there, asked)


@settings(max_examples=150, deadline=None)
@given(st.lists(FILTERS, min_size=1, max_size=3), st.lists(st.tuples(st.integers(0, 4), st.none() | POSTINGS), max_size=15))
def test_the_same_after_additions_changes_and_removals(
    filters: list[Wanted], changes: list[tuple[int, dict[str, Any] | None]]
) -> None:
    corpus, there = Corpus(), dict[int, Posting]()
    for number, members in changes:
        if members is None:
            there.pop(number, None)
            corpus.drop(numbered(number).id)
        else:
            there[number] = numbered(number, **members)
            put(corpus, there[number])
    assert len(corpus) == len(there)
    for asked in filters:
        assert found(corpus, asked) == taken(there.values(), asked)


def test_the_same_on_all_real_postings_also_after_changes_and_closings() -> None:
    corpus, there = Corpus(), {one.id: one for one in newgrad.normalised()}
    filters = [wanted(Filter.model_validate(tree)) for tree in newgrad.subscriptions(FILTERS_ON_REAL_POSTINGS)]
    for one in there.values():
        put(corpus, one)
    found_at_all = _compare(corpus, there.values(), filters)
    assert 0.01 < found_at_all / (len(filters) * len(there)) < 0.5

    ids, contents = list(there), list(there.values())
    for number, id in enumerate(ids):
        if number % 3 == 0:  # says from now on what another said
            there[id] = contents[-number - 1].model_copy(update={"id": id})
            put(corpus, there[id])
        elif number % 3 == 1:
            corpus.drop(id)
            del there[id]
    _compare(corpus, there.values(), filters[::5])
    for one in contents[1::3]:
        there[one.id] = one
        put(corpus, one)
    _compare(corpus, there.values(), filters[::7])


def _compare(corpus: Corpus, postings: Any, filters: list[Wanted]) -> int:
    """How many pairs match."""
    known: dict[Any, Facts] = {one.id: facts(one, MOMENT) for one in postings}
    matches = 0
    for asked in filters:
        expected = {id for id, seen in known.items() if held(asked, seen) is not None}
        assert found(corpus, asked) == expected
        matches += len(expected)
    return matches


def test_each_clause_is_answered_by_column_or_searched_for() -> None:
    searched = {codes.KEYWORDS, codes.TITLE, codes.SKILLS, codes.PLACE, codes.POSTED}
    assert {clause.code for clause in CLAUSES} == FACTS.keys() | searched
    assert not FACTS.keys() & searched


@pytest.mark.parametrize(
    ("keywords", "titles"),
    [
        ({"all": ["machine learning"]}, {"Machine Learning Lead", "Lead (machine learning)"}),
        ({"all": [{"term": "machine learn", "prefix": True}]}, {"Machine Learning Lead", "Lead (machine learning)"}),
        ({"all": [{"term": "lead", "scope": "title"}], "none": ["machine"]}, {"Lead"}),
        ({"any": ["learning machine", {"term": "engin", "prefix": True}]}, {"Engineer, machines and learning"}),
        ({"all": ["!!!"]}, set()),
        ({"none": ["!!!", "lead"]}, {"Engineer, machines and learning"}),
    ],
)
def test_phrases_and_beginnings_are_found_as_they_stand(keywords: dict[str, Any], titles: set[str]) -> None:
    corpus = Corpus()
    there = ["Machine Learning Lead", "Lead (machine learning)", "Engineer, machines and learning", "Lead"]
    contents = {one.id: one for one in (posting(title=title) for title in there)}
    for one in contents.values():
        put(corpus, one)
    asked = wanted(Filter.model_validate({"keywords": keywords}))
    assert {contents[id].title for id in found(corpus, asked)} == titles


def test_a_skill_in_the_companys_name_says_nothing_of_the_work() -> None:
    corpus, named, asks = Corpus(), posting(company="Python Bank"), posting(company="Python Bank", text="We write Python.")
    for one in (named, asks):
        put(corpus, one)
    assert found(corpus, wanted(Filter.model_validate({"skills": {"all": ["Python"]}}))) == {asks.id}
    assert found(corpus, wanted(Filter.model_validate({"keywords": {"all": ["python"]}}))) == {named.id, asks.id}


def test_nothing_is_left_of_what_was_removed() -> None:
    corpus = Corpus()
    contents = [posting(title=f"Engineer {n}", company=f"Firm {n}", places=[{"city": f"City {n}"}]) for n in range(50)]
    for _ in range(3):
        for one in contents:
            corpus.put(one.id, entry(one))
        for one in contents:
            corpus.drop(one.id)
    assert not corpus.slots
    assert not any(len(column.values) for column in corpus.clauses.values())
    assert not any(len(labels) for labels in (corpus.companies, corpus.countries, corpus.states, corpus.towns, corpus._spots))
    assert not any(len(field._lexicon) or any(field.texts) for field in corpus.fields.values())
    values: list[Values[Any]] = [
        *(column.values for column in corpus.clauses.values()),
        corpus._spots.labels,
        corpus.towns.labels,
    ]
    assert max(len(one.all) for one in values) <= len(contents), "their numbers are used again"
    assert len(corpus._free) == len(corpus.held) == 1024, "slots are used again"


def test_posting_that_cannot_be_held_is_not_there_and_can_come_again() -> None:
    corpus, one = Corpus(), posting(title="Go Engineer")
    with pytest.raises(TypeError):
        corpus.put(one.id, replace(entry(one), facts=replace(facts(one, MOMENT), spots=cast("tuple[Spot, ...]", None))))
    assert not corpus.slots
    corpus.drop(one.id)
    assert found(corpus, wanted(Filter())) == set()
    put(corpus, one)
    assert found(corpus, wanted(Filter.model_validate({"keywords": {"all": ["go"]}}))) == {one.id}


def test_a_beginning_finds_its_words_in_whatever_order_they_came() -> None:
    lexicon, mask = Lexicon(), np.zeros(5000, np.bool_)
    words = [f"{n * 2654435761 % 10_000:04}" for n in range(5000)]
    for slot, word in enumerate(words):
        lexicon.add(slot, [word])
    for beginning in ("0", "12", "499", "9998"):
        mask[:] = False
        lexicon.mark_beginning(beginning, mask)
        assert np.flatnonzero(mask).tolist() == [slot for slot, word in enumerate(words) if word.startswith(beginning)]


def test_a_beginning_finds_words_that_came_went_and_came_back() -> None:
    lexicon, mask = Lexicon(), np.zeros(3000, np.bool_)
    words = [f"word{n}" for n in range(3000)]
    for slot, word in enumerate(words):
        lexicon.add(slot, [word])
    lexicon.mark_beginning("word", mask)
    assert mask.all()
    for slot, word in enumerate(words):
        lexicon.remove(slot, [word])
    lexicon.add(7, ["word7", "other"])
    mask[:] = False
    lexicon.mark_beginning("word", mask)
    assert np.flatnonzero(mask).tolist() == [7]
    assert len(lexicon) == 2
