from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.subscriptions.domain.text import faults, refused


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", None),
        ("Remote ML jobs", None),
        ("C++, C#, .NET", None),
        ("Zürich, naïve, 東京", None),
        ("family: \U0001f468\u200d\U0001f469\u200d\U0001f467", None),  # joiners hold emoji together
        ("non\u00a0breaking", None),
        ("a\0b", "a control character (U+0000)"),
        ("a\r\nBcc: b", "a control character (U+000D)"),
        ("a\tb", "a control character (U+0009)"),
        ("a\x7f", "a control character (U+007F)"),
        ("a\x85", "a control character (U+0085)"),
        ("a\ud800", "half of a surrogate pair (U+D800)"),
        ("a\u2028b", "a line separator (U+2028)"),
        ("a\u2029b", "a paragraph separator (U+2029)"),
        ("\u202egpj.exe", "a direction mark (U+202E)"),
        ("\u2066x", "a direction mark (U+2066)"),
    ],
)
def test_which_characters_are_refused(text: str, what: str | None) -> None:
    assert refused(text) == what


@pytest.mark.parametrize(
    ("tree", "paths"),
    [
        ({"a": "x", "b": [1, None, 2.5, True]}, []),
        ("\0", [()]),
        ({"a": {"b": ["x", "\0", "\n"]}}, [("a", "b", 1), ("a", "b", 2)]),
        ({"a\0": "\0"}, [("'a\\x00'",)]),
        ({"a": {"\ud800": 1}}, [("a", "'\\ud800'")]),
    ],
)
def test_every_fault_is_named_by_its_path(tree: Any, paths: list[tuple[str | int, ...]]) -> None:
    assert sorted(path for path, _ in faults(tree)) == paths


def test_nesting_is_no_limit() -> None:
    tree: Any = "\0"
    for _ in range(5_000):
        tree = [tree]
    [(path, _)] = faults(tree)
    assert len(path) == 5_000


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_what_passes_can_be_written_as_utf8_without_nul_or_line_breaks(tree: Any) -> None:
    if list(faults(tree)):
        return
    waiting = [tree]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            assert not set(value.encode("utf-8")) & {0, 10, 13}
        elif isinstance(value, dict):
            waiting += [*value, *value.values()]
        else:
            waiting += value
