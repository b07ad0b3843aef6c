"""What counts as the same word."""

import pytest

from services.matcher.domain.text import fold, spaced, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Machine Learning", ["machine", "learning"]),
        ("C++, C# and .NET!", ["c++", "c#", "and", ".net"]),
        ("C++17", ["c++", "17"]),
        ("C/C++", ["c", "c++"]),
        ("Node.js.", ["node.js"]),
        ("ASP.NET", ["asp.net"]),
        ("R, Go", ["r", "go"]),
        ("São Paulo, Zürich", ["sao", "paulo", "zurich"]),
        ("front-end", ["front", "end"]),
        ("AI/ML", ["ai", "ml"]),
        ("We end here.Then begin", ["we", "end", "here", "then", "begin"]),
        ("snake_case", ["snake", "case"]),
        ("#1 of 5+ years", ["1", "of", "5", "years"]),
        ("Straße", ["strasse"]),
        ("!!! ...", []),
        ("", []),
    ],
)
def test_words_are_found_as_people_mean_them(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_no_words_leave_no_room_for_a_phrase() -> None:
    assert spaced("") == " "
    assert spaced("a b") == " a b "


def test_case_and_accents_do_not_matter() -> None:
    assert fold("ÉLÈVE") == fold("eleve") == "eleve"
