"""What the owner of a filter should know of it: which filters are warned of, under which clause, and which are not."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.filter.syntax import parse
from schemas.filter.tree import Filter
from schemas.filter.warning import takes_everything, warnings
from schemas.posting import Posting
from services.matcher.domain.facts import facts
from services.matcher.domain.oracle import held
from services.matcher.domain.wanted import wanted

ELSE: dict[str, Any] = {"minimum_wage_level": 1}
"""A clause that narrows, so that nothing is said of the whole."""


def told(tree: dict[str, Any] | str) -> list[tuple[str, str]]:
    keywords = {"keywords": parse(tree).model_dump()} if isinstance(tree, str) else tree
    return [(warned.clause, warned.problem) for warned in warnings(Filter.model_validate(keywords))]


def scoped(term: str, scope: str | None = None, *, prefix: bool = False) -> dict[str, Any]:
    return {"term": term, "scope": scope, "prefix": prefix}


NEVER: list[tuple[dict[str, Any] | str, str, str]] = [
    # a word that is needed and refused, as the matcher folds it
    ("Go -go", "keywords", '"Go" must occur and must not occur'),
    ("engineers -engineer", "keywords", '"engineers" must occur, and "engineer" must not'),
    ('frontend -"front end"', "keywords", '"frontend" must occur, and "front end" must not'),
    ("go -golang", "keywords", '"go" must occur, and "golang" must not'),
    ("sao -são", "keywords", '"sao" must occur, and "são" must not'),
    ("nodejs -node.js", "keywords", '"nodejs" must occur'),
    ("U.S. -us", "keywords", '"U.S." must occur'),
    ('"machine learning" -learning', "keywords", '"machine learning" must occur, and "learning" must not'),
    ('"senior machine learning engineer" -"machine learning"', "keywords", '"machine learning" must not'),
    ("developer -develop*", "keywords", '"developer" must occur, and "develop*" must not'),
    ("develop* -dev*", "keywords", '"develop*" must occur, and "dev*" must not'),
    ("devs -devs*", "keywords", '"devs" must occur, and "devs*" must not'),
    ("title:lead -lead", "keywords", '"lead" in title must occur, and "lead" must not'),
    ("title:lead -title:leads", "keywords", '"lead" in title must occur, and "leads" in title must not'),
    ("skill:k8s -skill:k8s", "keywords", '"k8s" in skill must occur and must not'),
    ("location:berlin -location:berlin", "keywords", '"berlin" in location must occur and must not'),
    # alternatives and groups
    ({"keywords": {"any": ["a", "b"], "none": ["A", "B"]}}, "keywords", '"a" must occur and must not occur; or else "b" must'),
    ({"keywords": {"any": list("abcde"), "none": list("abcde")}}, "keywords", "; and so on"),
    ({"keywords": {"all": ["a", {"all": ["b"]}], "none": [{"any": ["c", "b"]}]}}, "keywords", '"b" must occur and must not'),
    ({"keywords": {"any": [{"all": ["a"], "none": ["a"]}, {"all": ["b"], "none": ["B"]}]}}, "keywords", '"a" must occur'),
    ("a b -(a b)", "keywords", '"a" must occur and must not occur; or else "b" must occur'),
    ("(a or b) -a -b", "keywords", '"a" must occur'),
    ("(a or b) -a -(b c) c", "keywords", '"b" must occur'),
    ("(a or (b (c or d))) -a -c -d", "keywords", '"c" must occur'),
    ({"keywords": {"all": [{"any": [{"all": [{"any": ["x"]}]}]}], "none": ["x"]}}, "keywords", '"x" must occur'),
    ({"keywords": {"none": [{"none": ["x"]}, "x"]}}, "keywords", '"x" must occur'),
    ("front end -front -end -frontend", "keywords", '"front" must occur'),
    # no letter and no digit
    ({"keywords": {"all": ["!!!"]}}, "keywords", '"!!!" has no letter and no digit'),
    ({"keywords": {"all": ["x", {"any": [{"all": ["y", "—"]}]}]}}, "keywords", '"—" has no letter and no digit'),
    ({"keywords": {"any": ["!!!", scoped("?", "title")]}}, "keywords", '"!!!" has no letter'),
    ({"titles": {"include": ["!!!", "…"]}}, "titles", '"!!!" in title has no letter'),
    ({"skills": {"all": ["python", "!!!"]}}, "skills", '"!!!" has no letter'),
    ({"skills": {"any": ["!!!", "?"]}}, "skills", '"!!!" has no letter'),
    # titles, alone and with keywords
    ({"titles": {"include": ["Engineer"], "exclude": ["engineers"]}}, "titles", '"Engineer" in title must occur, and "engineers"'),
    ({"titles": {"include": ["senior engineer", "engineer ii"], "exclude": ["engineer"]}}, "titles", '"senior engineer" in title'),
    ({"titles": {"exclude": ["manager"]}, "keywords": {"all": [scoped("managers", "title")]}}, "titles", "with keywords"),
    ({"titles": {"include": ["manager"]}, "keywords": {"none": [scoped("manage", "title", prefix=True)]}}, "titles", "with keywords"),
    ({"titles": {"include": ["engineer"]}, "keywords": {"none": ["engineers"]}}, "titles", '"engineers" must not'),
    ({"titles": {"include": ["a", "b"]}, "keywords": {"none": ["a", "b"]}}, "titles", '"a" in title must occur, and "a" must not'),
    # other clauses
    ({"companies": {"include": ["Acme", "At & T"], "exclude": ["ACME Inc.", "AT&T"]}}, "companies", "all that is in `include`"),
    ({"visa_types": ["H-1B"], "accepted_verdicts": ["unstated", "not_offered"]}, "accepted_verdicts", "visa_types asks for"),
    ({"workplaces": ["on_site"], "places": [{"country": "US", "workplaces": ["remote"]}]}, "places", "no place takes any"),
    ({"places": [{"country": "XX"}], "sources": ["x"]}, "places.0", "XX is no country's code"),
    ({"places": [{"city": "?", "country": "US"}]}, "places.0", '"?" has no letter and no digit'),
    ({"places": [{"metro": "Atlantis"}]}, "places.0", '"Atlantis" is no metropolitan area'),
    ({"occupations": ["99-9999"]}, "occupations", "99-9999 is in no major group of SOC 2018"),
    ({"occupations": ["00-0000", "12-1000"]}, "occupations", "00-0000 or 12-1000 is in no major group"),
]  # fmt: skip


@pytest.mark.parametrize(("tree", "clause", "said"), NEVER)
def test_what_never_matches_is_told_with_the_clause_to_blame(tree: dict[str, Any] | str, clause: str, said: str) -> None:
    [(blamed, problem)] = told(tree)
    assert blamed == clause
    assert problem.startswith("never matches: ")
    assert said in problem


@pytest.mark.parametrize(
    ("tree", "clause", "said"),
    [
        ({"seniorities": ["intern"], "employment_types": ["full_time"]}, "employment_types", "contradicts itself"),
        ({"employment_types": ["intern"], "seniorities": ["senior"]}, "seniorities", "contradicts itself"),
        ({"companies": {"exclude": ["Acme Inc"]}, "keywords": {"all": [scoped("acme", "company")]}}, "companies", "contradicts itself"),
        ({"companies": {"exclude": ["A", "B"]}, "keywords": {"any": [scoped("a", "company"), scoped("b", "company")]}}, "companies", '"a"'),
        ({"companies": {"include": ["Acme Robotics"]}, "keywords": {"none": ["acme"]}}, "companies", '"acme robotics" in company must'),
        ({"companies": {"include": ["!!!"]}}, "companies", 'hardly matches: "!!!" has no letter'),
        ({"sources": ["?", "!"]}, "sources", 'hardly matches: "?" has no letter'),
        # places
        ({"places": [{"city": "Portland"}]}, "places.0", "Portland, OR, US"),
        ({"places": [{"city": "Seatle"}]}, "places.0", "did you mean"),
        ({"places": [{"city": "Seattle", "state": "OR"}]}, "places.0", "there is Seattle, WA, US"),
        ({"places": [{"state": "ZZ", "country": "US"}]}, "places.0", 'hardly matches: no state "ZZ" is known in the United States'),
        ({"places": [{"state": "Californa", "country": "US"}]}, "places.0", "did you mean California?"),
        ({"places": [{"state": "Californa"}]}, "places.0", "in the US or Canada; only its name counts; did you mean California?"),
        ({"places": [{"state": "Ontario", "country": "US"}]}, "places.0", "hardly matches"),
        ({"places": [{"state": "Washington", "country": "GB"}]}, "places.0", "is a state of the United States, and United Kingdom is another country"),
        ({"places": [{"city": "Seattle", "within": {"distance": 2000}}]} | ELSE, "places.0", "it reaches 3,219 km"),
        ({"places": [{"city": "Seattle"}, {"country": "US"}]} | ELSE, "places.1", "the whole United States, so the other places add nothing"),
        ({"places": [{"country": "US"}, {"metro": "Bay Area"}, {"country": "CA"}]} | ELSE, "places.0", "so the other places there add nothing"),
        ({"places": [{"country": "US"}, {"city": "Seattle", "within": {"distance": 9}}]} | ELSE, "places.0", "add hardly anything"),
        ({"places": [{"country": "DE"}, {"city": "Hamburg", "country": "DE"}]}, "places.0", "takes all of Germany"),
        ({"places": [{"country": "DE"}], "visa_types": ["H-1B"]}, "places", "sponsors no US visa unless it is in the US too"),
        ({"places": [{"state": "Ontario"}, {"country": "IN"}], "visa_types": ["O-1"]}, "places", "hardly matches"),
        ({"places": [{"city": "London"}, {"metro": "Greater Toronto Area"}], "visa_types": ["O-1"]}, "places", "hardly matches"),
        ({"places": [{"city": "Berlin", "country": "DE", "within": {"distance": 20}}], "visa_types": ["TN"]}, "places", "hardly matches"),
        ({"places": [{"city": "Bay Area"}]}, "places.0", 'there is the metro "'),
        ({"places": [{"city": "California", "within": {"distance": 9}}]}, "places.0", "no distance can be counted from it"),
        ({"places": [{"city": "London", "country": "GB", "within": {"distance": 5000}}], "visa_types": ["TN"]}, "places.0", "8,047 km"),
        # pay
        ({"minimum_pay": {"amount": 150000, "period": "hour"}} | ELSE, "minimum_pay", "312,000,000 USD a year: is the period right?"),
        ({"minimum_pay": {"amount": 1, "currency": "XAU"}} | ELSE, "minimum_pay", "keeps nearly all: there is no rate for XAU"),
        ({"minimum_pay": {"amount": 1, "currency": "XAU", "unstated": "drop"}}, "minimum_pay", "hardly matches: there is no rate for XAU"),
        # occupations
        ({"occupations": ["99-9999", "15-1252"]}, "occupations", "finds less than it seems: 99-9999 is in no major group"),
        ({"occupations": ["15-1131"]}, "occupations", "15-1131 is of SOC 2010; in 2018 it is 15-1251"),
        ({"occupations": ["15-1130"]}, "occupations", "15-1130 is of SOC 2010; in 2018 it is 15-1250"),
    ],
)  # fmt: skip
def test_what_is_doubtful_is_told_with_the_clause_to_blame(tree: dict[str, Any], clause: str, said: str) -> None:
    [(blamed, problem)] = told(tree)
    assert blamed == clause
    assert said in problem


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ({}, "takes every posting, since no clause asks for anything"),
        ({"version": 2}, "takes every posting that does not refuse to sponsor"),
        ({"version": 2, "accepted_verdicts": ["offered", "conditional", "contradictory", "unstated", "not_offered"]}, "takes every posting,"),
        ({"accepted_verdicts": ["offered", "conditional", "contradictory", "unstated"]}, "takes every posting that does not refuse"),
        ({"keywords": {"all": [], "any": []}, "companies": {}}, "takes every posting"),
        ({"keywords": {"none": ["x"]}}, "keywords only leave some out"),
        ("python or -java", "one alternative of keywords only leaves some out"),
        ("python or -python", "one alternative of keywords"),
        ("(-java) or (-rust)", "only leave"),
        ("-(java rust)", "keywords only leave some out"),
        ({"companies": {"exclude": ["x"]}, "hide": ["clearance"]}, "hide only leaves some out; companies only leave some out"),
        ({"accepted_verdicts": ["offered", "conditional", "unstated"]}, "accepted_verdicts only leaves some out"),
        ({"minimum_pay": {"amount": 1}}, "keeps postings that do not say"),
        ({"workplaces": ["on_site", "hybrid", "remote"]}, "workplaces names all there are"),
        ({"posted_within": 30, "languages": ["en"], "maximum_degree": "doctorate"}, "languages keeps"),
        ({"maximum_experience": 15}, "maximum_experience is more than postings ask for"),
        ({"places": [{"country": "US"}]}, "the whole United States"),
        ({"places": [{"city": "USA"}]}, "the whole United States"),
        ({"places": [{"country": "CA"}, {"country": "US", "workplaces": ["on_site", "hybrid", "remote"]}]}, "the whole United States"),
    ],
)  # fmt: skip
def test_what_takes_nearly_everything_is_told_of_the_whole(tree: dict[str, Any] | str, said: str) -> None:
    [(blamed, problem)] = told(tree)
    assert blamed == "filter"
    assert said in problem


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ("remote python", '"remote": `workplaces` asks the posting itself; as a word it also finds "not remote"'),
        ("python (hybrid or remote)", '"hybrid": `workplaces`'),
        ("python on-site", '"on-site": `workplaces`'),
        ("python h1b", '"h1b": `visa_types`'),
        ("python H-1B O-1", '"H-1B": `visa_types`'),
        ('python "visa sponsorship"', '"visa sponsorship": `visa_types`'),
        ("python visa sponsorship", '"visa": `visa_types`'),
        ("python opt", '"opt": `visa_types`'),
        ("python $150k", '"$150k": `minimum_pay`'),
        ("python 150k", '"150k": `minimum_pay`'),
        ("python $150,000", '"$150,000": `minimum_pay`'),
        ("python full-time", '"full-time": `employment_types`'),
        ("python contract", '"contract": `employment_types`'),
        ("i want a job in robotics", 'every word must occur, "i" and "want" too: write only what matters'),
        (
            {"keywords": {"all": ["python or java"]}},
            'these very words; as text it would be parsed: {"keywords": "python or java"}',
        ),
        ({"keywords": {"all": ["python AND java"]}}, "python AND java is looked for as these very words"),
        ({"keywords": {"any": ["develop*", "x"]}}, "develop* is looked for as these very words"),
        ({"keywords": {"all": [{"any": ["title:engineer", "x"]}]}}, '{"keywords": "title:engineer"}'),
        ({"keywords": {"all": ["x", "-unpaid"]}}, '{"keywords": "-unpaid"}'),
        ({"keywords": {"all": ['"machine learning" jax']}}, r'{"keywords": "\"machine learning\" jax"}'),
    ],
)
def test_words_that_another_clause_says_better_get_advice(tree: dict[str, Any] | str, said: str) -> None:
    [(blamed, problem)] = told(tree)
    assert blamed == "keywords"
    assert said in problem


@pytest.mark.parametrize(
    "tree",
    [
        # not refused wherever it is needed
        {"keywords": {"any": ["a", "b"], "none": ["A"]}},
        "develop -developer*",
        "lead -title:lead",
        "location:berlin -berlin",
        "skill:k8s -k8s",
        "a -(a b)",
        'ml engineer -"ml engineer"',
        "front end -frontend",
        "front end -front",
        "developer -dev",
        "clas -class",
        "(a or b) -(a b)",
        "(a or (b -c)) c",
        # punctuation that is not all there is
        {"keywords": {"any": ["!!!", "python"], "none": ["???"]}},
        {"skills": {"any": ["!!!", "python"]}},
        {"titles": {"include": ["!!!", "engineer"], "exclude": ["???"]}},
        {"titles": {"include": ["engineer", "scientist"], "exclude": ["senior engineer"]}},
        {"titles": {"include": ["engineer", "scientist"]}, "keywords": {"none": ["engineer"]}},
        {"titles": {"include": ["engineer"]}, "keywords": {"none": [scoped("engineer", "skill")]}},
        {"companies": {"include": ["Acme", "Initech"], "exclude": ["ACME"]}},
        {"companies": {"exclude": ["Acme"]}, "keywords": {"all": [scoped("acme robotics", "company")]}},
        {"companies": {"include": ["Acme"]}, "keywords": {"all": ["python"], "none": ["acme robotics"]}},
        {"visa_types": ["H-1B"], "accepted_verdicts": ["conditional"]},
        # places
        {"places": [{"city": "Seattle"}]},
        {"places": [{"city": "London"}]},
        {"places": [{"city": "Seattle, WA"}]},
        {"places": [{"city": "California"}]},
        {"places": [{"state": "England"}]},
        {"places": [{"city": "Portland", "state": "ME"}]},
        {"places": [{"city": "Perth", "state": "WA", "country": "AU"}]},
        {"places": [{"city": "San Juan", "country": "PR"}], "visa_types": ["H-1B"]},
        {"places": [{"country": "GU"}], "visa_types": ["H-1B"]},
        {"places": [{"country": "DE"}, {"city": "Seattle"}], "visa_types": ["H-1B"]},
        {"places": [{"city": "Windsor", "country": "CA", "within": {"distance": 30}}], "visa_types": ["TN"]},
        {"places": [{"metro": "Bay Area"}, {"country": "US", "workplaces": ["remote"]}]},
        {"places": [{"country": "US"}, {"country": "CA"}]} | ELSE,
        {"places": [{"country": "US"}], "keywords": {"all": ["python"]}},
        # what narrows
        {"accepted_verdicts": ["offered"]},
        {"accepted_verdicts": ["not_offered"]},
        {"accepted_verdicts": ["unstated"]},
        {"seniorities": ["intern", "entry", "mid", "senior", "staff", "manager", "director", "executive"]},
        {"employment_types": ["full_time", "part_time", "contract", "temporary", "intern", "volunteer", "per_diem", "other"]},
        {"maximum_degree": "bachelor"},
        {"maximum_experience": 0},
        {"maximum_experience": 14},
        {"minimum_pay": {"amount": 150000, "unstated": "drop"}},
        "python or rust -java",
        {"seniorities": ["intern", "entry"], "employment_types": ["full_time"]},
        {"employment_types": ["intern"], "seniorities": ["entry"]},
        {"occupations": ["11-1011", "15-1252", "55-0000", "15-2011"]},
        # words that are meant
        "python -remote -h1b -contract",
        'title:remote "remote sensing" 401k 10k',
        '"event sponsorship" or "contract law"',
        "the python",
        '"director of engineering"',
        '"research and development" AI/ML CI/CD "Pub/Sub"',
        {"keywords": {"all": ["C*", "1099-NEC", "24/7"]}},
    ],
)
def test_what_may_well_be_meant_is_not_warned_of(tree: dict[str, Any] | str) -> None:
    assert told(tree) == []


def test_what_never_matches_comes_first_and_what_is_too_much_last() -> None:
    places = [{"city": "Portland"}, {"country": "XX"}, {"country": "US"}]
    tree = {"places": places, "keywords": {"none": ["x or y"]}}
    assert [clause for clause, _ in told(tree)] == ["places.1", "places.0", "places.2", "keywords", "filter"]


@pytest.mark.parametrize(
    ("tree", "takes"),
    [
        ({}, True),
        ({"version": 2}, True),
        ({"keywords": {"all": []}, "skills": {}}, True),
        ({"accepted_verdicts": ["unstated", "offered", "conditional", "contradictory"]}, True),
        ({"accepted_verdicts": ["offered"]}, False),
        ({"accepted_verdicts": ["not_offered"]}, False),
        ({"maximum_experience": 0}, False),
        ({"hide": ["clearance"]}, False),
        ({"keywords": {"none": ["x"]}}, False),
    ],
)
def test_a_filter_that_asks_for_nothing_but_no_refusals_takes_everything(tree: dict[str, Any], takes: bool) -> None:
    assert takes_everything(Filter.model_validate(tree)) is takes


WORDS = ["a", "b", "front", "end", "frontend", "front end", "dev", "devs", "develop", "respons", "respon", "ml engineer", "engineers",
         "ml", "k8s", "kubernetes", "go", "golang", "go to market", "C", "C C++", "!!!", "U.S.", "são", "AT&T", "at & t", "apis"]  # fmt: skip
terms = st.sampled_from(WORDS)
scopes = st.sampled_from([None, "title", "company", "skill", "location"])
leaves = (
    terms
    | st.builds(scoped, terms, scopes)
    | st.builds(
        scoped,
        st.sampled_from(["devs", "dev", "respons", "eng", "front end", "frontend", "apis"]),
        scopes,
        prefix=st.just(True),
    )
)


@st.composite
def group(draw: st.DrawFn, entries: st.SearchStrategy[Any]) -> dict[str, Any]:
    lists = {name: draw(st.lists(entries, max_size=3)) for name in ("all", "any", "none")}
    return lists if any(lists.values()) else {"all": ["a"]}


keywords = group(st.recursive(leaves, group, max_leaves=8))


@settings(max_examples=100)
@given(keywords, keywords, st.data())
def test_what_is_said_to_never_match_never_does(one: dict[str, Any], other: dict[str, Any], data: st.DataObject) -> None:
    filter = Filter.model_validate(
        {"keywords": {"all": [one, other]}, "titles": {"exclude": data.draw(st.lists(terms, max_size=1))}}
    )
    if not any(warned.problem.startswith("never matches") for warned in warnings(filter)):
        return
    said = st.lists(terms, max_size=5).map(" ".join)
    for _ in range(3):
        posting = Posting(
            id=uuid4(),
            source="board",
            source_id="1",
            title=data.draw(said) or "x",
            company=data.draw(said) or "x",
            url="https://jobs.example/1",
            text=data.draw(said),
            skills=tuple(data.draw(st.lists(terms, max_size=3))),
        )
        assert held(wanted(filter), facts(posting, datetime(2026, 11, 2, tzinfo=UTC))) is None


anything = st.text(min_size=1, max_size=12).filter(lambda text: bool(text.strip()) and text.isprintable()) | terms
texts = st.lists(anything, max_size=4)
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "version": st.integers(1, 2),
        "keywords": group(st.recursive(anything, group, max_leaves=8)),
        "titles": st.fixed_dictionaries({}, optional={"include": texts, "exclude": texts}),
        "places": st.lists(
            st.fixed_dictionaries(
                {"city": anything | st.sampled_from(["Seattle", "London", "Portland", "Seattle, WA", " "])},
                optional={
                    "state": anything | st.sampled_from(["WA", "Ontario"]),
                    "country": st.from_regex(r"\A[A-Z]{2}\Z") | st.sampled_from(["US", "GB", "PR"]),
                    "within": st.fixed_dictionaries(
                        {"distance": st.integers(1, 20_000), "unit": st.sampled_from(["km", "mi"])}
                    ),
                    "workplaces": st.lists(st.sampled_from(["on_site", "hybrid", "remote"]), max_size=3),
                },
            )
            | st.sampled_from([{"country": "US"}, {"metro": "Bay Area"}, {"metro": "?"}, {"state": "Nowhere"}]),
            max_size=4,
        ),
        "workplaces": st.lists(st.sampled_from(["on_site", "hybrid", "remote"]), max_size=3),
        "visa_types": st.lists(st.sampled_from(["H-1B", "TN"]), max_size=2),
        "accepted_verdicts": st.lists(
            st.sampled_from(["offered", "conditional", "contradictory", "unstated", "not_offered"]), min_size=1, max_size=5
        ),
        "minimum_pay": st.fixed_dictionaries(
            {"amount": st.integers(1, 100_000_000)},
            optional={
                "currency": st.from_regex(r"\A[A-Z]{3}\Z") | st.sampled_from(["EUR", "JPY"]),
                "period": st.sampled_from(["hour", "day", "week", "month", "year"]),
                "unstated": st.sampled_from(["keep", "drop"]),
            },
        ),
        "companies": st.fixed_dictionaries({}, optional={"include": texts, "exclude": texts}),
        "skills": st.fixed_dictionaries({}, optional={"all": texts, "any": texts}),
        "occupations": st.lists(st.from_regex(r"\A[0-9]{2}-[0-9]{4}\Z"), max_size=3),
        "seniorities": st.lists(st.sampled_from(["intern", "senior"]), max_size=2),
        "employment_types": st.lists(st.sampled_from(["intern", "full_time"]), max_size=2),
        "sources": texts,
        "maximum_experience": st.integers(0, 60),
    },
)


@given(FILTERS)
def test_any_filter_is_answered(tree: dict[str, Any]) -> None:
    for clause, problem in told(tree):
        assert clause.split(".")[0] in (*Filter.model_fields, "filter")
        assert problem
