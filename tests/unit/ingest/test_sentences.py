"""The sentence around some words of a clean text."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.description import clean
from services.ingest.domain.sentence import LONGEST, sentence_at


def around(text: str, words: str) -> str:
    first = text.index(words)
    start, end = sentence_at(text, first, first + len(words))
    return text[start:end]


@pytest.mark.parametrize(
    ("text", "words", "sentence"),
    [
        ("We chart stars. Pay is $90k a year. Join us!", "$90k", "Pay is $90k a year."),
        ("We chart stars. Pay is $90k a year. Join us!", "stars", "We chart stars."),
        ("We chart stars. Pay is $90k a year. Join us!", "stars.", "We chart stars."),
        ("We chart stars. Pay is $90k a year. Join us!", "us", "Join us!"),
        ("We chart stars. Pay is $90k a year. Join us!", "stars. Pay", "We chart stars. Pay is $90k a year."),
        ("Is it remote? It is. Really", "remote", "Is it remote?"),
        ("Is it remote? It is. Really", "It", "It is."),
        ("We chart stars (all of them.) Then we rest.", "all", "We chart stars (all of them.)"),
        ('They said "remote." So it is.', "remote", 'They said "remote."'),
        ("You wait... Then you go.", "wait", "You wait..."),
        ("You wait... then you go.", "go", "You wait... then you go."),
        ("Knows Python. iOS is a plus.", "plus", "iOS is a plus."),
        ("Starts in 2027. 40 hours a week.", "40", "40 hours a week."),
        ("Pay\n\n$90k a year\nRiverton", "90k", "$90k a year"),
        ("- Python\n- SQL, at least 3 years. Go.\n- Rust", "SQL", "SQL, at least 3 years."),
        ("- Python\n- SQL\n- Rust", "Python", "Python"),
        ("- Python\n- SQL\n- Rust", "- SQL", "SQL"),
        ("Needs:\n- It is C. You know.\n- SQL for years. More.", "know.\n- SQL", "You know.\n- SQL for years."),
        ("Pay: US citizens of the U.S. Virgin Islands.", "Pay", "Pay: US citizens of the U.S. Virgin Islands."),
        ("You live in the U.S. We pay $90k.", "pay", "We pay $90k."),
        ("You write code, e.g. Python or Go, i.e. C.", "code", "You write code, e.g. Python or Go, i.e. C."),
        ("Ask the Sr. Engineer. Thanks.", "Ask", "Ask the Sr. Engineer."),
        ("It raised $1.5 million. Well.", "raised", "It raised $1.5 million."),
        ("Lodestar Inc. Riverton pays well. Really.", "well", "Lodestar Inc. Riverton pays well."),
        ("You join Lodestar Inc. You code.", "code", "You code."),
        ("Sign Form No. 1 first. Then go.", "first", "Sign Form No. 1 first."),
        ("Do we ask for visas? No. We do not.", "not", "We do not."),
        ("You know Node.js and ASP.NET. You ship.", "know", "You know Node.js and ASP.NET."),
        ("A Ph.D. Student or a Ph.D. in physics. Or not.", "physics", "A Ph.D. Student or a Ph.D. in physics."),
        ("Report to J. A. Smith in Riverton. Daily.", "Report", "Report to J. A. Smith in Riverton."),
        ("1. Build things. 2nd half: ship.", "Build", "1. Build things."),
        ("- 2. Build things. Ship.", "Build", "2. Build things."),
        ("Open 9 a.m. Monday to 5 p.m. Friday. Closed else.", "Monday", "Open 9 a.m. Monday to 5 p.m. Friday."),
        ("星図を作ります。年収は500万円です。", "年収", "年収は500万円です。"),
        ("Engineers and more! | Riverton (on-site)", "site", "Engineers and more! | Riverton (on-site)"),
        ("Ahoy! (https://ahoy.example) | Riverton", "Riverton", "Ahoy! (https://ahoy.example) | Riverton"),
        ("We chart stars. (Rivers too.) Join.", "Rivers", "(Rivers too.)"),
        ('We chart stars. "Rivers" too.', "Rivers", '"Rivers" too.'),
        ("", "", ""),
    ],
)
def test_sentence_is_told_from_its_neighbours(text: str, words: str, sentence: str) -> None:
    assert around(text, words) == sentence


def test_a_sentence_without_end_is_cut_between_words() -> None:
    text = "stars " * 1000 + "remote " + "rivers " * 1000
    sentence = around(text, "remote")
    assert LONGEST - len("rivers ") <= len(sentence) <= LONGEST
    assert sentence.startswith("stars ")
    assert sentence.endswith(" rivers")


def test_a_sentence_of_many_words_is_whole() -> None:
    sentence = "We chart " + "stars and " * 55 + "rivers."
    assert around(f"Hello. {sentence} Bye.", "We") == around(f"Hello. {sentence} Bye.", "rivers") == sentence


def test_lines_that_an_export_glued_together_are_taken_apart_before_words_that_sentences_begin_with() -> None:
    skills = "Knowledge of rivers Knowledge of stars " * 10
    text = f"{skills}and of maps The base salary is $90k for this role We also give you a telescope {skills}"
    assert around(text, "$90k") == "The base salary is $90k for this role"


def test_long_words_are_whole() -> None:
    words = "remote" * 1000
    assert around(f"Hello. It is {words} here. Bye.", words).startswith("It is remote")


PIECES = st.sampled_from(
    [
        "We",
        "hire",
        ".",
        "!",
        "?",
        "...",
        " ",
        "\n",
        "- ",
        "U.S.",
        "e.g.",
        "1.",
        "A",
        "(",
        ")",
        '"',
        "$1.5",
        "\u3000",
        "。",
        "x" * 400,
    ]
)
TEXTS = st.lists(PIECES).map("".join) | st.lists(PIECES).map(" ".join) | st.text()


@given(TEXTS, st.integers(0, 500), st.integers(0, 500))
def test_any_words_of_any_text_are_in_their_sentence(text: str, one: int, other: int) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    first, last = sentence_at(text, start, end)
    assert 0 <= first <= last <= len(text)
    assert text[first:last] == text[first:last].strip()
    assert last - first <= max(LONGEST, end - start)
    words = text[start:end].strip()
    assert words.removeprefix("-").lstrip() in text[first:last]


@given(TEXTS.map(lambda text: clean(text).text), st.integers(0, 500), st.integers(0, 500))
def test_the_sentence_of_a_sentence_is_itself(text: str, one: int, other: int) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    whole = sentence_at(text, start, end)
    assert sentence_at(text, *whole) == whole or whole[1] - whole[0] > LONGEST // 2


@given(st.text(st.characters(exclude_characters="\n"), max_size=80), st.text(max_size=20))
def test_what_stands_in_other_lines_is_no_matter(line: str, other: str) -> None:
    words = clean(line).text
    alone = sentence_at(words, 0, len(words))
    shift = len(other) + 1
    assert sentence_at(f"{other}\n{words}\n{other}", shift, shift + len(words)) == (alone[0] + shift, alone[1] + shift)


@pytest.mark.parametrize("piece", ["word ", "a. B ", ". ", "\n", " ", "U.S. ", "...", ").) ", "1", "- "])
def test_a_sentence_costs_the_same_in_a_text_of_any_length(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    started = time.process_time()
    for _ in range(20):
        sentence_at(text, 500_000, 500_010)
    assert time.process_time() - started < 0.5
