"""The index gives what the oracle gives, for any filters and any posting, also after changes."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import ValidationError

from schemas.filter.tree import Filter
from schemas.places import gazetteer
from schemas.words.skill import skills
from services.matcher.domain import program
from services.matcher.domain.codes_held import told
from services.matcher.domain.facts import Facts
from services.matcher.domain.growing import grown
from services.matcher.domain.index import Index
from services.matcher.domain.kernels import terms
from services.matcher.domain.layout import Rebuild
from services.matcher.domain.oracle import held
from services.matcher.domain.wanted import Wanted, wanted
from tests.unit.matcher.made import seen
from tests.unit.matcher.scan import Scan

WORDS = st.sampled_from(
    [
        "python",
        "c++",
        "go",
        "machine learning",
        "learning",
        "são",
        "!!!",
        "node.js",
        "senior",
        "front",
        "end",
        "frontend",
        "k8s",
    ]
)
SCOPES = st.sampled_from([None, "title", "company", "skill", "location"])
SCOPED = st.fixed_dictionaries({"term": WORDS}, optional={"scope": SCOPES}) | st.fixed_dictionaries(
    {"term": st.sampled_from(["machine learn", "pytho", "ends", "seatt"]), "prefix": st.just(True)}, optional={"scope": SCOPES}
)
CITIES, STATES, COUNTRIES = (st.sampled_from(names) for names in (["Seattle", "Toronto"], ["WA", "ON"], ["US", "CA"]))
VISAS = st.sampled_from(["H-1B", "TN", "O-1"])
KINDS = st.sampled_from(["full_time", "intern"])
WHERE = st.sampled_from(["remote", "hybrid", "on_site"])
COMPANIES = st.sampled_from(["Acme", "Acme, Inc.", "Other"])
CURRENCIES = ["USD", "EUR", "AED"]
"""The last has no rate."""
DURING = ["filed", "begun", "run", "finished"]


def some(strategy: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[Any]:
    return st.lists(strategy, max_size=most, unique=True)


def entries(groups: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = {name: st.lists(WORDS | SCOPED | groups, max_size=2) for name in ("all", "any", "none")}
    return st.fixed_dictionaries({}, optional=lists)


def is_keywords(tree: Any) -> bool:
    """Within the limits, and without a group that is empty."""
    try:
        Filter.model_validate({"keywords": tree})
    except ValidationError:
        return False
    return True


KEYWORDS = entries(st.recursive(entries(st.nothing()), entries, max_leaves=3)).filter(is_keywords)
PLACES = st.fixed_dictionaries({}, optional={"city": CITIES, "state": STATES, "country": COUNTRIES})
WITHIN = st.fixed_dictionaries({"distance": st.sampled_from([10, 4000]), "unit": st.sampled_from(["km", "mi"])})
PLACES_WANTED = st.one_of(
    PLACES.filter(bool),
    st.fixed_dictionaries({"city": CITIES, "within": WITHIN}),
    st.fixed_dictionaries({"metro": st.just("Puget Sound")}),
    st.fixed_dictionaries({"country": COUNTRIES, "workplaces": some(WHERE)}),
)
LISTS = st.fixed_dictionaries({}, optional={"include": some(WORDS), "exclude": some(WORDS)})
TREES = st.fixed_dictionaries(
    {},
    optional={
        "version": st.sampled_from([1, 2]),
        "keywords": KEYWORDS,
        "titles": LISTS,
        "skills": st.fixed_dictionaries({}, optional={"all": some(WORDS), "any": some(WORDS)}),
        "accepted_verdicts": st.lists(st.sampled_from(["offered", "unstated", "not_offered"]), min_size=1, max_size=2),
        "hide": some(st.sampled_from(["citizenship", "clearance"])),
        "occupations": some(st.sampled_from(["15-1252", "15-1200", "15-0000", "13-2099"])),
        "seniorities": some(st.sampled_from(["entry", "senior"])),
        "maximum_degree": st.sampled_from(["none", "master"]),
        "maximum_experience": st.sampled_from([0, 5]),
        "employer_approvals": st.fixed_dictionaries({"at_least": st.just(5)}, optional={"years": st.sampled_from([1, 3])}),
        "minimum_wage_level": st.sampled_from([1, 3]),
        "sources": some(st.sampled_from(["Board", "elsewhere"])),
        "languages": some(st.sampled_from(["en", "de"])),
        "posted_within": st.sampled_from([1, 30]),
        "places": st.lists(PLACES_WANTED, max_size=3),
        "workplaces": some(WHERE),
        "visa_types": some(VISAS),
        "minimum_pay": st.fixed_dictionaries(
            {"amount": st.sampled_from([50, 100])},
            optional={"unstated": st.sampled_from(["keep", "drop"]), "currency": st.sampled_from(CURRENCIES)},
        ),
        "employment_types": some(KINDS),
        "companies": st.fixed_dictionaries({}, optional={"include": some(COMPANIES), "exclude": some(COMPANIES)}),
    },
)
FILTERS = TREES.map(lambda tree: wanted(Filter.model_validate(tree)))
POSTINGS = st.fixed_dictionaries(
    {
        "title": st.lists(WORDS, min_size=1, max_size=3).map(" ".join),
        "text": st.lists(WORDS, max_size=5).map(", ".join),
        "company": COMPANIES,
        "skills": some(WORDS),
        "occupation": st.none() | st.sampled_from(["15-1252", "13-2099"]),
        "seniority": st.none() | st.sampled_from(["entry", "senior"]),
        "degree": st.none() | st.sampled_from(["none", "bachelor", "doctorate"]),
        "experience_years": st.none() | st.sampled_from([0, 3, 8]),
        "sponsor_history": st.none() | st.just({"newest_year": 2025, "years": [{"year": 2023, "approvals": 5}]}),
        "wage_level": st.none() | st.sampled_from([1, 4]),
        "language": st.none() | st.sampled_from(["en", "de"]),
        "posted_on": st.none() | st.sampled_from(["2026-11-02", "2026-10-20"]),
        "places": st.lists(PLACES, max_size=2),
        "workplace": st.none() | WHERE,
        "remote_from": some(COUNTRIES),
        "employment_types": some(KINDS),
        "pay": st.none()
        | st.fixed_dictionaries(
            {"maximum": st.sampled_from([60, 120]), "currency": st.sampled_from(CURRENCIES), "period": st.just("year")}
        ),
        "verdict": st.fixed_dictionaries(
            {
                "sponsorship": st.fixed_dictionaries(
                    {"value": st.sampled_from(["offered", "conditional", "not_offered", "unstated"]), "visas": some(VISAS)}
                ),
                "work_status": st.fixed_dictionaries({"value": st.sampled_from(["us_person", "none"])}),
                "clearance": st.fixed_dictionaries({"value": st.sampled_from(["must_obtain", "none"])}),
            }
        ),
    }
)


@settings(max_examples=400, deadline=None)
@given(st.lists(FILTERS, min_size=1, max_size=12), POSTINGS)
def test_the_same_ids_and_codes(filters: list[Wanted], posting: dict[str, Any]) -> None:
    index, scan = Index(), Scan[int]()
    for number, asked in enumerate(filters):
        index.add(number, asked)
        scan.add(number, asked)
    content = seen(**posting)
    expected = dict(scan.matching(content))
    assert dict(index.matching(content).items()) == expected
    index.take_in()
    assert dict(index.matching(content).items()) == expected
    assert judged(index, range(len(filters)), content) == expected
    index.rebuild()
    assert dict(index.matching(content).items()) == expected


def judged(index: Index, slots: Iterable[int], content: Facts) -> dict[int, tuple[str, ...]]:
    """What the filters in these slots say when each is asked."""
    said = index.judged([index.of(slot) for slot in slots], content)
    return {slot: told(bits) for slot, bits in zip(slots, said, strict=True) if bits is not None}


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["gone", "rebuilt", *DURING]) | FILTERS), max_size=25),
    POSTINGS,
    st.sampled_from([1, 3, 4096]),
)
def test_the_same_after_additions_replacements_removals_and_rebuilds(
    changes: list[tuple[int, Wanted | str]], posting: dict[str, Any], at_once: int
) -> None:
    """Slots are given again as `Known` does it; a rebuild begins at one change, runs at another and is finished at a third.

    `at_once`: groups that are looked at together.
    """
    index, scan, content = Index(), Scan[int](), seen(**posting)
    index._ranges = np.zeros(2 * at_once, np.int32)
    slots: dict[int, int] = {}
    free, ever = list[int](), 0
    under_way: Rebuild | None = None
    for number, what in changes:
        match what, under_way:
            case "filed", _:
                index.take_in()
            case "rebuilt", None:
                index.rebuild()
            case "begun", None:
                under_way = index.begin_rebuild()
            case "run", Rebuild():
                under_way.run()
            case "finished", Rebuild() if under_way.has_run:
                index.finish(under_way)
                under_way = None
            case "gone", _ if number in slots:
                index.remove(slots.pop(number))
                scan.remove(number)
            case Wanted(), _:
                if number in slots:
                    index.remove(slots[number])
                free += index.freed()
                slots[number], ever = (free.pop(), ever) if free else (ever, ever + 1)
                index.add(slots[number], what)
                scan.add(number, what)
        numbers = {slot: number for number, slot in slots.items()}
        found = {numbers[slot]: codes for slot, codes in index.matching(content).items()}
        assert found == dict(scan.matching(content))
    assert len(index) == len(scan)


@settings(deadline=None)
@given(FILTERS, POSTINGS)
def test_light_facts_are_the_same_to_the_oracle(asked: Wanted, posting: dict[str, Any]) -> None:
    assert held(asked, seen(**posting).light()) == held(asked, seen(**posting))


def test_nothing_is_left_of_what_was_removed() -> None:
    index = Index()
    asked = wanted(Filter.model_validate({"keywords": {"all": ["go"]}, "places": [{"city": "Seattle"}]}))
    index.add(1, asked)
    index.remove(1)
    assert len(index) == 0
    index.rebuild()
    assert len(index._layout.records) == index._chains.count == 0
    assert index.freed() == [1]
    assert index.freed() == []


def add_words(index: Index, words: Iterable[str]) -> None:
    """A filter for each, in the slots from the first free one on."""
    for word in words:
        index.add(len(index), wanted(Filter.model_validate({"keywords": {"all": [word]}})))
        index.file_many()


def has_room(index: Index) -> bool:
    """For every predicate and slot: the kernels write where they are told."""
    programs = index._programs
    slots = min(len(programs.clauses), len(index._met), len(index._found), len(index._silent))
    predicates = min(len(index._truth), len(index._satisfied), len(index._odds.asked), len(index._chains.heads))
    return len(programs.starts) <= min(slots, 8 * len(programs.dead)) and index.predicates <= predicates


@pytest.mark.parametrize(("where", "time"), [*(("index", n) for n in range(1, 6)), *(("programs", n) for n in range(1, 4))])
def test_room_that_could_not_be_had_is_asked_for_again(where: str, time: int, monkeypatch: pytest.MonkeyPatch) -> None:
    index, words, times = Index(), [f"word{number}" for number in range(5000)], Counter[bool]()

    def fails(array: Any, size: int, fill: int = 0) -> Any:
        times[size > len(array)] += 1
        if times[True] == time:
            times.clear()
            raise MemoryError
        return grown(array, size, fill)

    monkeypatch.setattr(f"services.matcher.domain.{where}.grown", fails)
    with pytest.raises(MemoryError):
        add_words(index, words)
    monkeypatch.undo()
    programs = index._programs
    assert len(programs.starts) <= min(len(programs.clauses), 8 * len(programs.dead))
    assert index._has_outgrown() or has_room(index)
    add_words(index, words[len(index) :])
    assert sorted(index.matching(seen(title=f"{words[3]} {words[-1]}")).slots.tolist()) == [3, 4999]
    assert has_room(index)


def test_filter_with_long_lists_is_found_by_any_of_their_members() -> None:
    """It would be filed under hundreds of pairs; it is filed under one list."""
    terms, cities = [f"term{n}" for n in range(30)], [f"City {n}" for n in range(20)]
    index = Index()
    index.add(1, wanted(Filter.model_validate({"keywords": {"any": terms}, "places": [{"city": city} for city in cities]})))
    index.take_in()
    for term, city in zip(terms, cities, strict=False):
        assert len(index.matching(seen(title=term, places=[{"city": city}])))
    assert not len(index.matching(seen(title="term3", places=[{"city": "Elsewhere"}])))
    assert not len(index.matching(seen(title="Another", places=[{"city": "City 3"}])))
    assert index._chains.count <= 30


@pytest.mark.parametrize("many", [254, 255, 256, 700])
def test_filters_of_one_pair_are_all_found_however_many_they_are(many: int) -> None:
    index = Index()
    for number in range(many + 2):
        word = "engineer" if 0 < number <= many else "nurse"
        index.add(number, wanted(Filter.model_validate({"keywords": {"all": [word]}, "places": [{"city": "Seattle"}]})))
    index.rebuild()
    seattle = [{"city": "Seattle"}]
    assert sorted(index.matching(seen(title="Engineer", places=seattle)).slots.tolist()) == list(range(1, many + 1))
    assert sorted(index.matching(seen(title="Nurse", places=seattle)).slots.tolist()) == [0, many + 1]
    assert len(index.matching(seen(title="Engineer and nurse", places=seattle))) == many + 2


def test_index_looks_at_few_filters() -> None:
    """With a word and a city each, a posting that has one of each meets hardly any that do not match."""
    index = Index()
    for n in range(2000):
        tree = {"keywords": {"all": [f"word{n % 40}"]}, "places": [{"city": f"City {n // 40}"}]}
        index.add(n, wanted(Filter.model_validate(tree)))
    found = index.matching(seen(title="word3 word4 word5", places=[{"city": "City 7"}]))
    assert len(found) == 3
    assert index.candidates == 3


def agree(tree: dict[str, Any], *postings: dict[str, Any]) -> list[bool]:
    """What the index says of a filter for each of the postings, which is what the oracle says."""
    index, asked = Index(), wanted(Filter.model_validate(tree))
    index.add(0, asked)
    said = []
    for content in (seen(**posting) for posting in postings):
        held_now = held(asked, content) is not None
        assert bool(len(index.matching(content))) is held_now
        assert bool(judged(index, [0], content)) is held_now
        said.append(held_now)
    return said


@pytest.mark.parametrize("many", [50, 150, 500, 900, 5000])
@pytest.mark.parametrize("before", [False, True])
def test_filter_that_was_only_compiled_leaves_room_for_its_words(many: int, before: bool) -> None:
    """One that could not be put, or has yet to be: postings say its words all the same."""
    index = Index()
    if before:
        index.rebuild()
    index.add(0, wanted(Filter.model_validate({"keywords": {"all": ["engineer"]}})))
    index.take_in()
    words = [f"word{number}" for number in range(many)]
    for number in range(0, many, 50):
        index.compile(wanted(Filter.model_validate({"keywords": {"any": words[number : number + 50]}})))
    assert index.matching(seen(title="Engineer", text=" ".join(words))).slots.tolist() == [0]
    arrays: list[NDArray[Any]] = [index._truth, index._satisfied, index._odds.seen, index._chains.heads]
    assert min(len(array) for array in arrays) >= index.predicates


def test_more_is_denied_than_a_program_counts() -> None:
    """A skill has several names, and none of them is to be found."""
    names = sorted(skills(), key=len, reverse=True)[:50]
    tree = {"keywords": {"none": [{"term": name, "scope": "skill"} for name, *_ in names]}}
    index = Index()
    parts = index.compile(wanted(Filter.model_validate(tree | {"companies": {"exclude": [f"Company {n}" for n in range(50)]}})))
    assert len(parts.program) > 150
    assert agree(tree, {"skills": [names[0][1]]}, {"skills": [names[49][0]]}, {"skills": ["Carpentry"]}) == [False, False, True]


@pytest.mark.parametrize("more", [0, 1, 500])
def test_what_cannot_be_counted_is_in_the_formula(more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The counts are small, so that a test reaches what a filter hardly does."""
    monkeypatch.setattr(program, "MOST", 2)
    needed, denied = ["haskell", *["rust", "ada"][:more]], ["java", "cobol", *[f"word{n}" for n in range(min(more, 40))]]
    lists = [{"any": ["sql", f"either{n}"]} for n in range(min(more, 5) + 1)]
    tree = {"keywords": {"all": [*needed, *lists], "none": denied}}
    text = " ".join([*needed, "sql"])
    without = [{"text": text.replace(one, "")} for one in (*needed, "sql")]
    said = agree(tree, {"text": text}, *without, *({"text": f"{text} {word}"} for word in denied))
    assert said == [True] + [False] * (len(without) + len(denied))


def test_list_of_more_places_than_anchor_a_filter() -> None:
    """There are many Springfields: around each of them."""
    many = Counter({name: len(gazetteer().cities(name)) for name in gazetteer()._towns.names()}).most_common(50)
    assert sum(count for _, count in many) > 512
    tree = {"places": [{"city": name, "within": {"distance": 20, "unit": "km"}} for name, _ in many]}
    there = [
        {"places": [{"city": city.name, "state": city.state or None, "country": city.country}]}
        for city in gazetteer().cities(many[9][0])
    ]
    assert any(agree(tree, *there, {"places": [{"city": "Nuuk"}]}))


@pytest.mark.parametrize("currency", ["USD", "EUR", "AED", "VND"])
@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("unstated", ["keep", "drop"])
def test_pay_compares_in_any_currency(currency: str, version: int, unstated: str) -> None:
    """Of those without a rate with their own only."""
    tree = {"version": version, "minimum_pay": {"amount": 100, "currency": currency, "unstated": unstated}}
    stated = [{"pay": {"maximum": amount, "currency": currency, "period": "year"}} for amount in (99, 100, 200)]
    other = {"pay": {"maximum": 10**9, "currency": "KZT", "period": "year"}}
    assert agree(tree, *stated, other, {}) == [False, True, True, unstated == "keep", unstated == "keep"]


@pytest.mark.parametrize("kernel", ["put_word", "put_edge", "rehash"])
def test_term_that_could_not_be_entered_is_entered_when_it_comes_again(kernel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    index, tree = Index(), {"keywords": {"any": [f"term{number} of it" for number in range(40)]}}
    asked, other = wanted(Filter.model_validate(tree)), wanted(Filter.model_validate({"keywords": {"all": ["beta of it"]}}))

    def fail(*_: Any) -> None:
        raise MemoryError

    with monkeypatch.context() as broken:
        broken.setattr(terms, kernel, fail)
        with pytest.raises(MemoryError):
            index.add(0, asked)
    index.add(1, other)
    index.add(2, asked)
    assert index.matching(seen(text="term39 of it")).slots.tolist() == [2]
    assert index.matching(seen(text="beta of it")).slots.tolist() == [1]
