"""What a cursor gives of each kind of value, and what it notes."""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.sources.reading import Cursor, NoPosting, document, each, sections
from services.ingest.sources.source import NoPage

KINDS: Final[dict[str, Any]] = {"null": None, "text": "x", "number": 7, "flag": True, "list": ["x"], "object": {"a": "x"}}


def given_and_noted(kind: str, method: str) -> tuple[object, dict[str, str]]:
    cursor = Cursor({"it": KINDS[kind]})
    return getattr(cursor, method)("it"), cursor.unread


@pytest.mark.parametrize(
    ("method", "good", "value", "otherwise", "problem"),
    [
        ("text", "text", "x", "", "is no text"),
        ("number", "number", Decimal(7), None, "is no number"),
        ("amount", "number", Decimal(7), None, "is no number"),
        ("flag", "flag", True, None, "is neither true nor false"),
        ("texts", "list", ("x",), (), "is no list"),
        ("day", "none", None, None, ""),
    ],
)
def test_value_of_another_kind_is_left_out_and_noted(
    method: str, good: str, value: object, otherwise: object, problem: str
) -> None:
    for kind in KINDS:
        found, unread = given_and_noted(kind, method)
        assert found == (value if kind == good else otherwise)
        assert ("it" in unread) == (kind not in (good, "null"))
        assert not problem or set(unread.values()) <= {problem}


def test_part_of_what_has_none_is_missing_and_noted_once() -> None:
    cursor = Cursor({"place": "Ghent"})
    assert (cursor.text("place.city"), cursor.text("place.country")) == ("", "")
    assert cursor.unread == {"place": "is no object"}


def test_missing_part_is_not_noted() -> None:
    cursor = Cursor({"place": None})
    assert cursor.text("place.address.city") == cursor.text("nothing.at.all") == ""
    assert cursor.unread == {}


def test_white_space_says_nothing() -> None:
    cursor = Cursor({"it": " \n", "list": ["", "x"]})
    assert (cursor.text("it"), cursor.day("it"), cursor.texts("list")) == ("", None, ("x",))
    assert cursor.unread == {}


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("a\0b", "a b"),
        ("a\r\nb\x85c", "a\nb\nc"),
        ("so\u00adft\u200bly\u2062", "softly"),
        ("\u202egnp.exe", "gnp.exe"),
        ("a\ud800b", "a\ufffdb"),
        ("\u200b\ufeff", ""),
        ("\x07", ""),
    ],
)
def test_characters_that_cannot_be_shown_are_gone_or_replaced(written: str, text: str) -> None:
    cursor = Cursor({"it": written})
    assert (cursor.text("it"), cursor.unread) == (text, {})


def test_identifier_stands_on_one_line() -> None:
    assert Cursor({"id": " R-7\r\n\x00x "}).identifier("id") == "R-7 x"


def test_elements_of_a_list_have_their_numbers_in_their_paths() -> None:
    cursor = Cursor({"pay": [{"minimum": 1}, {"minimum": "x"}]})
    assert [item.number("minimum") for item in cursor.items("pay")] == [Decimal(1), None]
    assert cursor.unread == {"pay.1.minimum": "is no number"}


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-07-16", date(2026, 7, 16)),
        ("2026-07-16T23:55:32-04:00", date(2026, 7, 16)),
        ("2026-07-16 10:10:39 UTC", date(2026, 7, 16)),
        ("2026-7-1", date(2026, 7, 1)),
        ("20260716", date(2026, 7, 16)),
        (" 20260716T235532Z ", date(2026, 7, 16)),
        ("2026071", None),
        ("2026-0716", None),
        ("202607160", None),
        ("2026-007-16", None),
        ("20261301", None),
        ("2026-07-16x", None),
        ("2026-02-30", None),
        ("0000-01-01", None),
        ("16.07.2026", None),
    ],
)
def test_days(written: str, day: date | None) -> None:
    cursor = Cursor(written)
    assert cursor.day() == day
    assert cursor.unread == ({} if day else {"": "is no date"})


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("75000", "75000"),
        (" 31.50 ", "31.50"),
        ("150,000", "150000"),
        ("1,250,000.50", "1250000.50"),
        ("2 400", "2400"),
        ("2\u202f400", "2400"),
        ("2\xa0400\xa0", "2400"),
        ("1'250'000", "1250000"),
        ("1\u2019250", "1250"),
        ("75.000", None),
        ("1,250 000", None),
        ("12,00,000", None),
        ("2,40", None),
        ("0,125", None),
        ("1250,000", None),
        ("1, 250", None),
        ("75k", None),
        ("1" * 100_000, None),
        (" " * 100_000 + "x", None),
        ("1" + ",000" * 100_000, None),
    ],
)
def test_amounts_as_texts(written: str, amount: str | None) -> None:
    assert Cursor(written).amount() == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    ("count", "unit", "day"),
    [
        (1782821535482, timedelta(milliseconds=1), date(2026, 6, 30)),
        (1782821535, timedelta(seconds=1), date(2026, 6, 30)),
        (1782821535482, timedelta(seconds=1), None),
        (-1e300, timedelta(seconds=1), None),
    ],
)
def test_days_of_times(count: float, unit: timedelta, day: date | None) -> None:
    assert Cursor(count).day_of_time(unit=unit) == day


@pytest.mark.parametrize(("value", "identifier"), [("a1", "a1"), (4711, "4711"), (0, "0")])
def test_identifiers(value: object, identifier: str) -> None:
    assert Cursor({"id": value}).identifier("id") == identifier


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (None, "id: is missing"),
        (" ", "id: is missing"),
        (True, "id: is no text"),
        (1.5, "id: is no text"),
        ([], "id: is no text"),
    ],
)
def test_what_identifies_nothing(value: object, problem: str) -> None:
    with pytest.raises(NoPosting, match=f"^{problem}$"):
        Cursor({"id": value}).identifier("id")


@pytest.mark.parametrize("page", [b"", b"{", b"\xff\xfe{\x00}\x00", b"[" * 100_000, b"<html>"])
def test_what_is_no_json_is_no_page(page: bytes) -> None:
    with pytest.raises(NoPage, match="not JSON"):
        document(page)


def test_each_item_is_read_by_itself() -> None:
    page = Cursor({"jobs": [{"id": "a"}, 7, {"id": 1.5}, {"id": "b"}]})
    good, bad = each(page, "jobs", lambda job: job.identifier("id"))
    assert good == ["a", "b"]
    assert bad == [("jobs.1", 7, "is no object"), ("jobs.2", {"id": 1.5}, "id: is no text")]


@pytest.mark.parametrize("page", [None, [], {"jobs": None}, {"jobs": {}}, {}])
def test_page_without_its_list_is_no_page(page: object) -> None:
    with pytest.raises(NoPage, match="jobs is no list"):
        each(Cursor(page), "jobs", lambda job: job)


def test_sections_stand_under_their_headings() -> None:
    parts = [("", "<p>We bake.</p>"), (" You & we ", "<p>Knead.</p>"), ("Nothing", " ")]
    assert sections(parts) == "<p>We bake.</p>\n<h3>You &amp; we</h3>\n<p>Knead.</p>"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
    max_leaves=10,
)


@given(values, st.sampled_from(["", "a", "a.b", "a.b.a"]))
def test_no_value_is_too_much_for_a_cursor(value: object, path: str) -> None:
    cursor = document(json.dumps(value).encode())
    assert isinstance(cursor.text(path), str)
    assert all(isinstance(text, str) for text in cursor.texts(path))
    assert isinstance(cursor.amount(path), Decimal | None)
    assert isinstance(cursor.day(path), date | None)
    assert isinstance(cursor.day_of_time(path, unit=timedelta(seconds=1)), date | None)
