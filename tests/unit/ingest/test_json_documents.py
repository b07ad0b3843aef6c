"""JSON documents as they arrive."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.document import MAXIMUM_RAW, Malformed, read, storable, unstorable


@pytest.mark.parametrize(
    ("document", "line", "column"),
    [
        (b"", 1, 1),
        (b"{", 1, 2),
        (b'[{"a": 1},\n {"b": 2,}]', 2, 10),
        (b"nonsense", 1, 1),
        (b'{"a": 1} x', 1, 10),
        (b'{"a": "line\nbreak"}', 1, 12),
        (b"[" * 100_000, 1, 1),
        (b"\xff{}", 1, 1),
    ],
)
def test_malformed_document_says_where(document: bytes, line: int, column: int) -> None:
    with pytest.raises(Malformed) as malformed:
        read(document)
    assert (malformed.value.line, malformed.value.column) == (line, column)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("document", ['[{"a": "ß"}]', '{"a": 1}', " [1]"])
def test_another_encoding_is_called_by_its_name(document: str, encoding: str) -> None:
    with pytest.raises(Malformed, match=f"it is written in {encoding[:6].upper()}, and has to be in UTF-8"):
        read(document.encode(encoding))


@pytest.mark.parametrize("document", [b"\0", b"\0\0\0\0", b"1\0", b"\xff\xfe", b"{\0\0", b"\0" * 1000])
def test_zeros_alone_are_no_encoding(document: bytes) -> None:
    with pytest.raises(Malformed) as malformed:
        read(document)
    assert "UTF" not in str(malformed.value)


def test_byte_order_mark_is_no_part_of_the_document() -> None:
    assert read(b"\xef\xbb\xbf[1]") == [1]


@pytest.mark.parametrize("spoilt", [b'"\\ud800"', b'"\xff"', b'"\\u0000"', b'"\xed\xa0\x80"'])
def test_spoilt_text_leaves_its_neighbours_alone(spoilt: bytes) -> None:
    good, bad = read(b'[{"a": "fine"}, {"a": ' + spoilt + b"}]")
    assert list(unstorable(good)) == []
    assert [fault.field for fault in unstorable(bad)] == ["a"]


def test_integer_of_many_digits_leaves_its_neighbours_alone() -> None:
    assert read(b"[1, " + b"9" * 10_000 + b"]") == [1, float("inf")]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters()), inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_anything_can_be_kept_as_ascii(item: object) -> None:
    kept = storable(item)
    assert kept.isascii()
    assert "\0" not in kept
    assert json.dumps(json.loads(kept)) == json.dumps(item)


@given(json_values)
def test_what_has_no_fault_is_utf_8_without_nul(item: object) -> None:
    if not list(unstorable(item)):
        assert b"\0" not in json.dumps(item, ensure_ascii=False).encode()
        assert "\\u0000" not in json.dumps(item, ensure_ascii=False).replace("\\\\", "")


def test_endless_item_is_cut() -> None:
    assert len(storable("x" * 3_000_000)) == MAXIMUM_RAW


def test_endless_nesting_is_kept_as_a_note() -> None:
    nested: object = 1
    for _ in range(100_000):
        nested = [nested]
    assert storable(nested) == "nested too deeply to be kept"
    assert [fault.problem for fault in unstorable(nested)] == ["is nested too deeply"]
