"""What could not be taken, as it is kept and as it is tried again."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.batch import Refusal
from services.ingest.domain.document import MAXIMUM_RAW, read, storable
from services.ingest.domain.rejection import Mark, NotWhole, identity_of, item_of, once_each


def refusal(source_id: str | None, raw: str, index: int = 0) -> Refusal:
    return Refusal(index, f"item {index}", source_id, raw, ())


def test_same_source_id_is_the_same_thing_whatever_was_sent() -> None:
    kept = once_each([refusal("1", "a"), refusal("2", "a", 1), refusal("1", "b", 2)])
    assert [(one.refusal.source_id, one.refusal.raw, one.refusal.index, one.count) for one in kept] == [
        ("1", "b", 2, 2), ("2", "a", 1, 1),
    ]  # fmt: skip


def test_without_a_source_id_what_was_sent_tells() -> None:
    assert [one.count for one in once_each([refusal(None, "a"), refusal(None, "b"), refusal(None, "a")])] == [2, 1]


def test_text_that_looks_like_an_id_is_none() -> None:
    assert identity_of("x", "") != identity_of(None, "x")


@pytest.mark.parametrize(
    "value", [{"source_id": "1", "title": "a\0b"}, {"\udc00": "\ud800"}, ["a", None, 1.5], {"pay": float("inf")}, 7, None]
)
def test_what_was_kept_is_what_was_sent(value: object) -> None:
    item = item_of("item 3", storable(value))
    assert (item.place, item.value, item.malformed) == ("item 3", value, "")


def test_line_that_was_no_json_is_read_once_more() -> None:
    assert item_of("line 2", storable('{"source_id": ')).malformed == "is not JSON"
    assert item_of("line 2", storable('{"source_id": "1"}')).value == {"source_id": "1"}
    assert item_of("line 2", storable(b"{\xff}".decode("utf-8", "surrogateescape"))).malformed == "is not JSON"
    assert item_of("line 2", storable("\ud800")).malformed == "is not JSON"


def test_what_was_cut_is_not_tried() -> None:
    with pytest.raises(NotWhole, match="1,000,000 characters"):
        item_of("item 0", storable({"description": "x" * MAXIMUM_RAW}))
    deep = read(b'{"a":' * 600 + b"1" + b"}" * 600)
    for _ in range(200_000):
        deep = {"a": deep}
    with pytest.raises(NotWhole, match="nested too deeply"):
        item_of("item 0", storable(deep))


@given(st.datetimes(datetime(2000, 1, 1), datetime(3000, 1, 1)), st.integers(1, 10**18 - 1))  # noqa: DTZ001
def test_mark_reads_as_it_was_printed(at: datetime, identity: int) -> None:
    mark = Mark(at.replace(tzinfo=UTC), identity)
    assert Mark.parse(str(mark)) == mark
    assert str(Mark.parse("99999999999999999-1"))
