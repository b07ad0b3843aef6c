"""A filter as it comes in at the doors: as text, as a tree, as a tree with text in it."""

from typing import Any

import pytest
from pydantic import ValidationError

from schemas.filter.asked import asked_filter
from schemas.filter.tree import VERSION, Filter


@pytest.mark.parametrize(
    ("sent", "tree"),
    [
        ("python", {"keywords": {"all": ["python"]}}),
        ({"keywords": "python or rust"}, {"keywords": {"any": ["python", "rust"]}}),
        ({"keywords": {"all": ["python or rust"]}}, {"keywords": {"all": ["python or rust"]}}),  # in a tree a term is a term
        ({}, {}),
        ({"workplaces": ["remote"]}, {"workplaces": ["remote"]}),
    ],
)
def test_text_and_tree_become_a_filter_of_the_newest_version(sent: Any, tree: dict[str, Any]) -> None:
    assert asked_filter.validate_python(sent) == Filter.model_validate({"version": VERSION, **tree})


@pytest.mark.parametrize(
    ("sent", "spelt"),
    [
        ({"visa_types": ["h1b", "STEM-OPT", "f1 opt"]}, {"visa_types": ["H-1B", "STEM OPT", "F-1 OPT"]}),
        ({"employment_types": ["Full-Time", "internship"]}, {"employment_types": ["full_time", "intern"]}),
        ({"workplaces": ["Remote", "onsite", "on-site"]}, {"workplaces": ["remote", "on_site", "on_site"]}),
        ({"maximum_degree": "PhD"}, {"maximum_degree": "doctorate"}),
        ({"languages": ["EN"]}, {"languages": ["en"]}),
        ({"minimum_pay": {"amount": 1, "currency": "eur"}}, {"minimum_pay": {"amount": 1, "currency": "EUR"}}),
        ({"places": [{"country": "UK", "workplaces": ["Remote"]}]}, {"places": [{"country": "GB", "workplaces": ["remote"]}]}),
        ({"places": [{"country": "germany"}, {"country": "usa"}]}, {"places": [{"country": "DE"}, {"country": "US"}]}),
    ],
)
def test_codes_are_taken_as_people_spell_them(sent: Any, spelt: dict[str, Any]) -> None:
    assert asked_filter.validate_python(sent) == Filter.model_validate({"version": VERSION, **spelt})


@pytest.mark.parametrize(
    "sent",
    [
        {"visa_types": ["h1b", "green"]},
        {"visa_types": [5]},
        {"visa_types": 5, "languages": None},
        {"places": {"country": 5}},
        {"places": [5, {"country": [], "workplaces": 5}]},
        {"minimum_pay": 5, "keywords": 5, "version": "x"},
        {5: 5},
    ],
)
def test_whatever_is_sent_is_refused_and_nothing_breaks(sent: Any) -> None:
    with pytest.raises(ValidationError):
        asked_filter.validate_python(sent)


def test_a_version_that_is_sent_is_kept() -> None:
    """Who reads a filter stored before there were versions and sends it back does not change what it means."""
    assert asked_filter.validate_python({"version": 1, "keywords": "python"}).version == 1


@pytest.mark.parametrize(
    ("sent", "where", "said"),
    [
        ("python (rust", ("keywords",), "at character"),
        ("", ("keywords",), "at character 1"),
        ({"keywords": "a*"}, ("keywords",), "at character"),
        ({"version": 3}, ("version",), "newer than this reader"),
        ({"version": 0}, ("version",), "greater than or equal to 1"),
        (
            {"places": [{"country": "US"}, {"metro": "Xyzzy"}]},
            ("places", 1, "metro"),
            "that is known here; there are San Francisco Bay Area",
        ),
        ({"places": [{"metro": "Bay Arae"}]}, ("places", 0, "metro"), "did you mean San Francisco Bay Area"),
        ({"keyword": "x"}, ("keyword",), "is no clause of a filter; did you mean keywords?"),
        (5, (), "valid dictionary"),
        (None, (), "valid dictionary"),
    ],
)
def test_what_is_wrong_is_named_with_its_field(sent: Any, where: tuple[str | int, ...], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        asked_filter.validate_python(sent)
    [error] = refused.value.errors()
    assert error["loc"] == where
    assert said in error["msg"]


@pytest.mark.parametrize(
    "sent",
    [
        {"places": [{"metro": f"Atlantis {number}"} for number in range(8_000)]},
        {f"clause {number}": 1 for number in range(20_000)},
        {"places": [{"metro": "é" * 100_000}]},
        {"places": [{"country": "x" * 100_000}]},
    ],
)
def test_of_what_is_wrong_ten_thousand_times_a_few_are_told(sent: dict[str, Any]) -> None:
    """A body of 256 kB is looked at in a fraction of a second."""
    with pytest.raises(ValidationError) as refused:
        asked_filter.validate_python(sent)
    assert 1 <= refused.value.error_count() <= 60


def test_half_a_character_is_refused_where_it_stands() -> None:
    with pytest.raises(ValidationError, match="at character 7: half of a character"):
        asked_filter.validate_python("python\ud800")


def test_everything_wrong_is_told_at_once() -> None:
    sent = {"keywords": "(", "places": [{"metro": "Atlantis"}], "workplaces": ["moon"], "keyword": "x"}
    with pytest.raises(ValidationError) as refused:
        asked_filter.validate_python(sent)
    assert {error["loc"][0] for error in refused.value.errors()} == set(sent)


def test_a_misspelt_text_says_at_which_character_and_what_would_be_right() -> None:
    with pytest.raises(ValidationError) as refused:
        asked_filter.validate_python('python ("machine learning" or')
    [error] = refused.value.errors()
    assert error["ctx"]["position"] > 0
    assert error["ctx"]["hint"]


def _chain(depth: int) -> dict[str, Any]:
    tree: dict[str, Any] = {"all": ["x"]}
    for _ in range(depth):
        tree = {"any": ["x", tree]}
    return tree


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"keywords": _chain(6)}, "at most 5 are taken"),
        ({"keywords": _chain(5_000)}, "deeper than the 5 that are taken"),
        ({"keywords": {"all": [f"term {n}" for n in range(10_000)]}}, "at most 50 items"),
        ({"keywords": {"all": [{"any": ["x"] * 50} for _ in range(50)]}}, "2,500 words and phrases, at most 100"),
        ({"keywords": "(" * 10_000}, "400"),
        ({"keywords": " ".join(f"w{n}" for n in range(10_000))}, "400"),
        ({"keywords": {"any": [{"term": "a", "prefix": True}]}}, "at least 3 letters"),
    ],
)
def test_a_hostile_filter_is_refused_in_words(sent: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        asked_filter.validate_python(sent)
    assert said in str(refused.value)
