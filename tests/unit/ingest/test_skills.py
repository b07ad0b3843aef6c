"""Skills: what is named in a title, a text or a field, by the names every service knows."""

import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.words import spaced
from schemas.words.skill import forms, sequences, skills
from services.ingest.domain import skills as module
from services.ingest.domain.skills import MOST, skills_in, skills_of

DATA = tomllib.loads(Path(module.__file__).with_suffix(".toml").read_text("utf-8"))
SKILLS = list(skills())


def named(text: str) -> list[str]:
    return [one.value for one in skills_in("", text)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Python, Java and C++", ["Python", "Java", "C++"]),
        ("We use python/java.", ["Python", "Java"]),
        ("k8s and Postgres", ["Kubernetes", "PostgreSQL"]),
        ("Experience with NodeJS, node.js or Node JS", ["Node.js"]),
        ("our React Native app", ["React Native"]),
        ("React and React Native", ["React", "React Native"]),
        ("Ruby on Rails", ["Ruby on Rails"]),
        ("a machine\nlearning team", ["Machine learning"]),
        ("machine-learning", ["Machine learning"]),
        ("AI/ML", ["Artificial intelligence", "Machine learning"]),
        ("C, C++, C# and Objective-C", ["C", "C++", "C#", "Objective-C"]),
        ("c/c++", ["C", "C++"]),
        ("services in Go", ["Go"]),
        ("Go, Rust", ["Go", "Rust"]),
        ("R and Stata", ["R"]),
        (".NET Core", [".NET"]),
        ("A/B testing", ["A/B testing"]),
        ("CI/CD with GitHub Actions", ["CI/CD", "GitHub Actions"]),
        ("UX & UI design", []),
        ("data structures and algorithms", ["Data structures and algorithms"]),
        ("Data Structures & Algorithms", ["Data structures and algorithms"]),
        ("no Python required", ["Python"]),
        ("REST APIs", ["REST API"]),
        ("Python\u00a0or\u00a0SQL", ["Python", "SQL"]),
        ("ﬁve years of Python", ["Python"]),
        ("Git Hub, GitHub", []),
        ("C sharp and C plus plus", ["C#", "C++"]),
        ("Python, Fast API", ["Python", "FastAPI"]),
        ("", []),
    ],
)
def test_skills_are_named_in_order_of_their_first_mention(text: str, names: list[str]) -> None:
    assert named(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "wherever you may go",
        "our go-to-market plan",
        "a 501(c)(3), section C",
        "John C. Smith and Ann R. Jones",
        "R&D",
        "to react quickly to events",
        "React quickly to events.",
        "Swift decisions. Spark joy.",
        "payments over SWIFT",
        "the unity of our team",
        "we will spark your interest",
        "at the helm",
        "fiat-only rails",
        "express their views",
        "5 mL of serum, 5 ml of water",
        "point de vue; su larga scala",
        "ai nostri clienti",
        "Julia and Cassandra lead the team",
        "DBT for adolescents",
        "TS/SCI clearance",
        "we excel in the rest of the field",
        "the Rust Belt",
        "fast APIs",
        "https://lodestar.example/jobs.php?id=1, go.lodestar.com/java and python@lodestar.example",
        "RAG status",
        "a multi-threaded sales cycle",
        "multithreading across an account",
        "Ability to multithread: multi-threading deals with several stakeholders",
        "dbt therapy and dbt groups",
        "systems such as C•CURE",
    ],
)
def test_what_only_looks_like_a_skill_is_none(text: str) -> None:
    assert named(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("python, react, redux", "React"),
        ("docker/rust", "Rust"),
        ("R or Julia", "Julia"),
        ("Kafka and Cassandra", "Cassandra"),
        ("Airflow, dbt, Snowflake, and SQL", "dbt"),
        ("We write Swift", "Swift"),
        ("React developers", "React"),
        ("Stack: React", "React"),
        ("- Spark\n- Kafka", "Apache Spark"),
        ("Skills: Helm, Unity", "Helm"),
        ("multi-threaded programming", "Multithreading"),
        ("(8) Multithreading (2 years)", "Multithreading"),
        ("- AI fluency as a habit", "Artificial intelligence"),
        ("We chart stars. AI is changing how.", "Artificial intelligence"),
        ("We build models using dbt (or another SQL framework)", "dbt"),
        ("Snowflake models are made with dbt", "dbt"),
        ("C•C++•Java", "C"),
    ],
)
def test_an_ordinary_word_is_a_skill_in_its_place(text: str, name: str) -> None:
    assert name in named(text)


def test_a_mention_says_where_it_stands() -> None:
    title, text = "Python Engineer", "We like\n\n(Python) and large  language models, on AWS."
    found = {one.value: one for one in skills_in(title, text)}
    assert found["Python"].where == "title"
    assert title[found["Python"].start : found["Python"].end] == "Python"
    model, cloud = found["Large language model"], found["Amazon Web Services"]
    assert text[model.start : model.end] == "large  language models"
    assert text[cloud.start : cloud.end] == "AWS"
    assert {model.where, cloud.where} == {"text"}


@pytest.mark.parametrize("names", SKILLS, ids=lambda names: names[0])
def test_every_skill_is_found_by_every_name_in_a_list(names: tuple[str, ...]) -> None:
    """But "c" and "r" in small letters, which are never languages."""
    for name in names:
        written = name.upper() if name in {"c language", "ansi c", "r language"} else name
        assert names[0] in named(f"Docker, {written}, Linux"), name


def test_at_most_so_many_skills_of_a_posting() -> None:
    assert len(skills_in("", ", ".join(names[0] for names in SKILLS))) == MOST


@pytest.mark.parametrize(
    ("stated", "names"),
    [
        (["k8s", "python"], ("Kubernetes", "Python")),
        (["JS", "JavaScript", "ecmascript"], ("JavaScript",)),
        (["go", "c", "R"], ("Go", "C", "R")),
        (["Underwater  basket weaving ", "underwater basket weaving"], ("Underwater basket weaving",)),
        (["Python (advanced)"], ("Python (advanced)",)),
        (["", " ", "x" * 101, "x" * 100], ("x" * 100,)),
        ([str(number) for number in range(200)], tuple(str(number) for number in range(100))),
        ([], ()),
    ],
)
def test_names_of_a_field_are_kept_and_known_ones_called_by_their_first_name(stated: list[str], names: tuple[str, ...]) -> None:
    assert skills_of(stated) == names


def test_words_that_may_be_something_else_are_skills() -> None:
    alone = {" ".join(row) for row, name in sequences().items() if name}
    unknown = {*DATA["capital"], *DATA["list"], *DATA["not_in_capitals"], *DATA["before"]} - alone
    assert unknown == set()
    assert set(DATA["not_near"]) <= {names[0] for names in SKILLS}
    assert set(DATA["near"]) <= set(DATA["list"])
    assert not set(DATA["capital"]) & set(DATA["list"])
    assert set(DATA["not_in_capitals"]) | set(DATA["sure_in_capitals"]) | set(DATA["before"]) <= set(DATA["capital"])


NAMES = [name for names in SKILLS for name in names]
TEXTS = st.lists(
    st.sampled_from(
        [
            *NAMES,
            "and",
            "or",
            "in",
            "to",
            "the",
            "Objective",
            "React",
            "_",
            "²",
            "net",
            "Git",
            "Hub",
            "ops",
            "a",
            "b",
            "non",
            "experience",
            "C",
            "R",
            "Go",
            "go",
            "&",
            ",",
            "/",
            "-",
            ".",
            "\n",
            "\n\n",
            "\t",
            "ﬁ",
            "é",
            "İ",
            "\u00a0",
            "x" * 70,
        ]
    )
).flatmap(lambda words: st.sampled_from([" ".join(words), "".join(words)]))


@given(st.text() | TEXTS, st.text() | TEXTS)
def test_any_text_is_read_within_bounds(title: str, text: str) -> None:
    found = skills_in(title, text)
    assert len({one.value for one in found}) == len(found) <= MOST
    for one in found:
        part = title if one.where == "title" else text
        assert 0 <= one.start < one.end <= len(part)
    assert len(skills_of([title, text])) <= 2


@given(st.lists(st.sampled_from([*NAMES, "and", "in", "the", "experience", ","])).map(" ".join))
def test_what_is_found_a_filter_finds_as_well(text: str) -> None:
    words = spaced(text)
    for one in skills_in("", text):
        assert any(form in words for form in forms(one.value)), one


@pytest.mark.parametrize(
    "piece",
    [" ", "C ", "C/", "R, ", "Go ", "go ", "machine ", "a b ", "data structures and ", "react ", "React, ", "x", "\n", "C, C++/", "İ ", "ﬁ ",
     "https://x.example/" + "a" * 80 + " ", "react, "],
)  # fmt: skip
def test_hostile_texts_take_linear_time(piece: str) -> None:
    def cost(length: int) -> float:
        text, started = piece * (length // len(piece)), time.process_time()
        skills_in(text[:300], text)
        return time.process_time() - started

    assert min(cost(200_000) for _ in range(3)) < 40 * min(cost(10_000) for _ in range(3)) + 0.1
