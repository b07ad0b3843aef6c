"""Why a posting matches a filter, or why not, as an operator reads it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from schemas.filter.asked import asked_filter
from schemas.filter.tree import Filter
from schemas.posting import Posting
from services.matcher.explain import explain
from tests.unit.matcher.made import NOW, posting
from tests.unit.matcher.test_index import POSTINGS, TREES

ROOT = Path(__file__).parents[3]
POSTING = posting(
    title="Senior Machine Learning Engineer",
    company="Thistledown AI, Inc.",
    text="We train models with PyTorch on Kubernetes. We sponsor H-1B visas.",
    places=[{"city": "Redmond", "state": "WA", "country": "US"}],
    workplace="hybrid",
    pay={"minimum": 120000, "maximum": 150000, "currency": "USD", "period": "year"},
    verdict={"sponsorship": {"value": "offered", "visas": ["H-1B"]}},
)


def explained(filter: Any, content: Posting = POSTING) -> tuple[bool, list[tuple[str, bool, str]]]:
    told = explain(asked_filter.validate_python(filter), content, now=NOW)
    return told.matches, [(one.code, one.held, one.words) for one in told.clauses]


def test_what_matches_is_told_clause_by_clause() -> None:
    asked = {
        "keywords": '"machine learning" pytorch',
        "visa_types": ["H-1B"],
        "places": [{"city": "Seattle", "within": {"distance": 20}}],
    }
    assert explained(asked) == (
        True,
        [
            ("visa", True, "sponsors H-1B"),
            ("place", True, "is in Redmond, WA, US (within 20 mi of Seattle)"),
            ("keywords", True, 'has "machine learning"; has "pytorch"'),
        ],
    )


def test_what_failed_comes_first_and_says_what_was_asked() -> None:
    asked = {"minimum_pay": {"amount": 170000}, "workplaces": ["remote", "hybrid"]}
    assert explained(asked) == (
        False,
        [
            ("pay", False, "pay is stated as 120,000 to 150,000 USD a year, you asked for at least 170,000 USD a year"),
            ("verdict", True, "sponsors a visa"),
            ("workplace", True, "is hybrid"),
        ],
    )


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ("pytorch rust", 'does not have "rust"'),
        ("rust go", 'does not have "rust"; does not have "go"'),
        ("pytorch -kubernetes", 'has "kubernetes", which you left out'),
        ("rust or jax", 'has none of "rust", "jax"'),
        ("pytorch (rust or jax)", 'has none of "rust", "jax"'),
        ("title:pytorch", 'does not have "pytorch" in its title'),
        ("company:sponsor*", 'does not have a word that begins with "sponsor" in the company\'s name'),
        ("(rust or jax) (pytorch or tensorflow)", 'has none of "rust", "jax"'),
        ("pytorch -(kubernetes machine)", "has (kubernetes machine), which you left out"),
    ],
)
def test_of_the_words_that_did_not_fit_only_those_are_told(keywords: str, words: str) -> None:
    matches, clauses = explained({"keywords": keywords})
    assert not matches
    assert clauses[0] == ("keywords", False, words)


@pytest.mark.parametrize(
    ("skills", "words"),
    [
        ({"all": ["k8s", "rust", "jax"]}, "does not mention rust; does not mention jax"),
        ({"all": ["torch"], "any": ["rust", "jax"]}, "mentions none of rust, jax"),
    ],
)
def test_of_the_skills_that_are_missing_only_those_are_told(skills: dict[str, list[str]], words: str) -> None:
    matches, clauses = explained({"skills": skills})
    assert not matches
    assert clauses[0] == ("skills", False, words)


def test_a_filter_without_clauses_is_told_too() -> None:
    assert explained({"version": 1}) == (True, [("everything", True, "your filter takes every posting")])


@settings(deadline=None)
@given(TREES, POSTINGS)
def test_every_verdict_has_its_words(tree: dict[str, Any], members: dict[str, Any]) -> None:
    told = explain(Filter.model_validate(tree), posting(**members), now=NOW)
    assert told.clauses
    for clause in told.clauses:
        assert len(clause.words.split()) > 1, clause
        assert "None" not in clause.words
    assert told.matches == all(clause.held for clause in told.clauses)


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.matcher", "explain", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, input=stdin, timeout=60, check=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "posting.json"
    path.write_text(POSTING.model_dump_json(), "utf-8")
    return path


def test_the_command_takes_keywords_and_a_file(file: Path) -> None:
    done = run("pytorch -manager", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    first, *clauses = done.stdout.splitlines()
    assert first == "Senior Machine Learning Engineer at Thistledown AI, Inc.: matches"
    assert [line.split()[:2] for line in clauses] == [["yes", "verdict"], ["yes", "keywords"]]


def test_the_command_takes_a_filter_file_and_a_record_from_standard_input(tmp_path: Path) -> None:
    """A record's own moment counts: three months after its date."""
    filter = tmp_path / "filter.json"
    filter.write_text(json.dumps({"posted_within": 30}), "utf-8")
    content = POSTING.model_copy(update={"posted_on": NOW.date()}).model_dump(mode="json")
    record = {"posting": content, "published_at": "2027-02-02T00:00:00Z"}
    done = run(str(filter), "-", stdin=json.dumps(record))
    assert done.returncode == 0, done.stderr
    assert "does not match\n  NO   posted" in done.stdout


@pytest.mark.parametrize(
    ("filter", "said"),
    [
        ("pytorch (", "keywords: at character"),
        ('{"keyword": "x"}', "keyword: is no clause of a filter; did you mean keywords?"),
        ('{"keywords": ', "the filter is no JSON"),
    ],
)
def test_the_command_says_what_is_wrong_with_a_filter(file: Path, filter: str, said: str) -> None:
    done = run(filter, str(file))
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot read"),
        ("{", "is no JSON"),
        ("{}", "is no posting as it is on `postings`: id: Field required"),
        ("[]", "is no posting"),
    ],
)
def test_the_command_says_what_is_wrong_with_a_posting(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "posting.json"
    if content is not None:
        path.write_text(content, "utf-8")
    done = run("pytorch", str(path))
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
