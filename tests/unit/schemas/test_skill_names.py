"""The names of skills: what is said for one another, and that the data they come from is sound."""

from collections import Counter

import pytest

from schemas.words import asked, spaced
from schemas.words.skill import forms, skills

SKILLS = list(skills())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Kubernetes", "we run k8s"),
        ("k8s", "Kubernetes clusters"),
        ("js", "JavaScript"),
        ("JavaScript", "modern JS"),
        ("AWS", "Amazon Web Services"),
        ("gcp", "Google Cloud"),
        ("Amazon EC2", "EC2 instances"),
        ("machine learning", "AI/ML"),
        ("ml", "machine-learning models"),
        ("LLM", "large language models"),
        ("sklearn", "scikit-learn"),
        ("CI/CD", "continuous integration"),
        ("C#", "csharp"),
        ("cpp", "C++20"),
        ("dotnet", ".NET"),
        (".NET Core", "the .NET platform"),
        ("go", "services in Go"),
        ("golang", "Go, Rust"),
        ("NodeJS", "Node.js"),
        ("postgres", "PostgreSQL"),
        ("Underwater basket weaving", "underwater basket weaving"),
    ],
)
def test_a_skill_is_found_by_another_name_of_it(name: str, text: str) -> None:
    assert any(form in spaced(text) for form in forms(name))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Java", "JavaScript"),
        ("C", "C++ and Objective-C"),
        ("TypeScript", "TS/SCI clearance"),
        ("Microsoft Excel", "to excel in"),
        ("REST API", "the rest of us"),
        ("Go", "go to market"),
        ("React Native", "React"),
        ("SQL", "MySQL and NoSQL"),
    ],
)
def test_a_skill_is_not_found_in_what_only_looks_like_it(name: str, text: str) -> None:
    assert not any(form in spaced(text) for form in forms(name))


@pytest.mark.parametrize("name", ["Amazon EC2", "K8s", "Nobody knows this"])
def test_the_name_that_was_asked_for_comes_first(name: str) -> None:
    assert forms(name)[0] == asked(name)


def test_a_skill_that_is_not_known_has_only_its_name() -> None:
    assert forms("Nobody Knows This") == (" nobody know this ",)


def test_a_skill_has_the_same_forms_by_all_of_its_names() -> None:
    """But for the longer name that was asked for, which a shorter one finds as well."""
    for names in SKILLS:
        said = [asked(name) for name in names]
        assert all(any(form in text for form in forms(name)) for name in names for text in said), names


def test_a_name_stands_under_one_skill_only() -> None:
    counted = Counter(term for names in SKILLS for term in set(map(asked, names)))
    assert [term for term, times in counted.items() if times > 1] == []


def test_every_name_has_a_word_and_says_something_new() -> None:
    for names in SKILLS:
        terms = list(map(asked, names))
        assert "  " not in terms
        assert len(set(terms)) == len(terms), names
