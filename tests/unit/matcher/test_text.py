"""Which words are the same, as a table: what stands in a posting, what is looked for, and whether it is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matcher.domain.text import fold, spaced, words

YES, NO = True, False

TABLE = [
    # in the posting                        looked for               found
    ("We write C++ and Python.",            "C++",                   YES),
    ("We write C++ and Python.",            "c++",                   YES),
    ("We write C++ and Python.",            "C",                     NO),
    ("We write C and Python.",              "C++",                   NO),
    ("We write C and Python.",              "C",                     YES),
    ("C/C++/C# developers",                 "C",                     YES),
    ("C/C++/C# developers",                 "C#",                    YES),
    ("C/C++/C# developers",                 "C++",                   YES),
    ("C++17 and C++20",                     "C++",                   YES),
    ("We write C# only.",                   "C",                     NO),
    ("We write C# only.",                   "C#",                    YES),
    ("F# or C#?",                           "F#",                    YES),
    ("the .NET platform",                   ".NET",                  YES),
    ("the .NET platform",                   ".net",                  YES),
    ("the .NET platform",                   "net",                   NO),
    ("a net gain",                          ".NET",                  NO),
    ("C#/.NET",                             ".NET",                  YES),
    ("ASP.NET Core",                        ".NET",                  NO),
    ("ASP.NET Core",                        "ASP.NET",               YES),
    ("mail jobs@acme.net",                  ".NET",                  NO),
    ("Node.js services",                    "Node.js",               YES),
    ("Node.js services",                    "node.JS",               YES),
    ("Node.js services",                    "Node",                  NO),
    ("Node.js services",                    "JS",                    NO),
    ("We ship. JS is fine.",                "JS",                    YES),
    ("statistics in R",                     "R",                     YES),
    ("statistics in R.",                    "r",                     YES),
    ("Rust and Ruby",                       "R",                     NO),
    ("Go, Rust",                            "Go",                    YES),
    ("Google, good, ago",                   "Go",                    NO),
    ("Golang",                              "Go",                    NO),
    ("São Paulo",                           "Sao Paulo",             YES),
    ("SAO PAULO",                           "são paulo",             YES),
    ("Zürich",                              "Zurich",                YES),
    ("Zurich",                              "ZÜRICH",                YES),
    ("Straße",                              "STRASSE",               YES),
    ("naïve Bayes",                         "naive bayes",           YES),
    ("Café Noir",                           "cafe\u0301 noir",       YES),
    ("ﬁrmware",                             "firmware",              YES),
    ("machine-learning engineer",           "machine learning",      YES),
    ("machine learning engineer",           "machine-learning",      YES),
    ("machine  learning\nengineer",         "machine learning",      YES),
    ("Machine Learning/AI",                 "machine learning ai",   YES),
    ("machine and learning",                "machine learning",      NO),
    ("learning machine",                    "machine learning",      NO),
    ("machine learning",                    "machine",               YES),
    ("machines",                            "machine",               NO),
    ("(Senior) Engineer, Platform",         "senior engineer",       YES),
    ("“Engineer”",                          "engineer",              YES),
    ("bachelor’s degree",                   "bachelor's degree",     YES),
    ("snake_case",                          "snake case",            YES),
    ("front-end, AI/ML",                    "front end",             YES),
    ("front-end, AI/ML",                    "ML",                    YES),
    ("It ends here.Then it begins.",        "then",                  YES),
    ("#1 of 5+ years",                      "5 years",               YES),
    ("Acme™ Robotics®",                     "Acme Robotics",         YES),
    ("100% remote",                         "100",                   YES),
    ("401(k)",                              "401 k",                 YES),
    ("PyTorch 2.1",                         "2.1",                   YES),
    ("北京 office",                          "北京",                   YES),
    ("anything at all",                     "!!!",                   NO),
    ("",                                    "word",                  NO),
]  # fmt: skip


@pytest.mark.parametrize(("text", "term", "found"), TABLE, ids=repr)
def test_words_of_a_text_are_found_as_people_mean_them(text: str, term: str, *, found: bool) -> None:
    looked_for = " ".join(words(term))
    assert (bool(looked_for) and f" {looked_for} " in spaced(text)) is found


@pytest.mark.parametrize("text", ["C++", "C#", ".NET", "Node.js", "R", "Go", "Vue.js", "Character.AI"])
def test_what_is_one_word_to_people_is_one_word_here(text: str) -> None:
    assert words(text) == [text.lower()]


@given(st.text())
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_words_of_the_words_are_the_words(text: str) -> None:
    """So that a filter that was folded once is compared with a text that was folded once."""
    assert words(" ".join(words(text))) == words(text)


@given(st.text())
def test_spaced_has_a_space_around_every_word_and_no_line_break(text: str) -> None:
    assert spaced(text).split(" ") == (["", *words(text), ""] if words(text) else ["", ""])
    assert "\n" not in spaced(text)
