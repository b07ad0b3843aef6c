"""A push is sorted into candidates, repeats and refusals."""

from datetime import UTC, datetime
from typing import Any

from services.ingest.domain.batch import Batch, Item, sort

NOW = datetime(2026, 8, 15, tzinfo=UTC)


def posting(source_id: str, **fields: Any) -> dict[str, Any]:
    return {"source_id": source_id, "title": "T", "company": "C", "url": "https://a.b/", "description": "D"} | fields


def sorted_batch(*values: object) -> Batch:
    return sort([Item(f"item {index}", value) for index, value in enumerate(values)], publisher="board", now=NOW)


def test_bad_items_leave_their_neighbours_alone() -> None:
    batch = sorted_batch(posting("1"), posting("2", title="a\nb"), 5, posting("3", description="\ud800"), posting("4"))
    assert [candidate.index for candidate in batch.candidates.values()] == [0, 4]
    assert [(refusal.index, refusal.source_id) for refusal in batch.refusals] == [(1, "2"), (2, None), (3, "3")]
    assert batch.refusals[2].raw.isascii()


def test_same_source_id_with_same_content_is_a_repeat() -> None:
    batch = sorted_batch(posting("1"), posting("2"), posting("1", title=" T "))
    assert len(batch.candidates) == 2
    assert list(batch.repeats) == [2]
    assert batch.refusals == []


def test_same_source_id_with_other_content_is_refused_and_names_the_first() -> None:
    batch = sorted_batch(posting("2"), posting("1"), posting("1", title="Other"))
    (refusal,) = batch.refusals
    assert (refusal.index, refusal.errors[0].field) == (2, "source_id")
    assert refusal.errors[0].problem == "is also that of item 1, which says something else and is the one that is taken"


def test_good_item_after_a_refused_one_of_the_same_source_id_is_taken() -> None:
    batch = sorted_batch(posting("1", pay={}), posting("1"))
    assert [candidate.index for candidate in batch.candidates.values()] == [1]


def test_line_that_is_no_json_is_refused_with_its_text() -> None:
    batch = sort([Item("line 3", "{oops\0", "is not JSON: x at column 2")], publisher="board", now=NOW)
    (refusal,) = batch.refusals
    assert (refusal.place, refusal.raw) == ("line 3", '"{oops\\u0000"')
    assert refusal.errors[0].problem == "is not JSON: x at column 2"


def test_source_id_that_could_not_be_stored_is_not_kept() -> None:
    batch = sorted_batch(posting("\0"), posting("x" * 300), {"source_id": 5})
    assert [refusal.source_id for refusal in batch.refusals] == [None, None, None]
