"""Lines of a stream, however its bytes are cut and packed."""

import gzip
import itertools
import time
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.lines import LONGEST, MOST_BYTES, BadGzip, Gunzip, Line, Lines, Together


def cut(*pieces: bytes, longest: int = LONGEST) -> list[Line]:
    lines = Lines(longest)
    found = [line for piece in pieces for line in lines.feed(piece)]
    return [*found, *lines.last()]


def unpack(*pieces: bytes) -> bytes:
    gunzip = Gunzip()
    out = b"".join(part for piece in pieces for part in gunzip.feed(piece))
    gunzip.last()
    return out


def test_blank_lines_are_counted_and_passed_over() -> None:
    found = cut(b"a\n\n \t\r\nb\r\n", b"c")
    assert [(line.number, line.text) for line in found] == [(1, b"a"), (4, b"b\r"), (5, b"c")]


@given(st.binary(max_size=60).map(lambda text: text.replace(b"\r", b"\n")), st.lists(st.integers(0, 60), max_size=5))
def test_lines_are_the_same_however_they_arrive(text: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(text)]
    pieces = [text[start:end] for start, end in itertools.pairwise(places)]
    expected = [(number, line) for number, line in enumerate(text.split(b"\n"), 1) if line.strip()]
    assert [(line.number, line.text) for line in cut(*pieces)] == expected


@pytest.mark.parametrize(
    "pieces", [(b"x" * 11 + b"\nok\n",), (b"x" * 6, b"x" * 5, b"\nok\n"), (b"x" * 6, b"x" * 900, b"xx\nok")]
)
def test_line_that_is_too_long_is_told_and_skipped(pieces: tuple[bytes, ...]) -> None:
    long, short = cut(*pieces, longest=10)
    assert (long.number, long.is_whole, short) == (1, False, Line(2, b"ok"))
    assert "longer than" in long.item.malformed
    assert cut(b"x" * 10, longest=10) == [Line(1, b"x" * 10)]


def test_endless_line_is_not_held() -> None:
    lines = Lines()
    tracemalloc.start()
    for _ in range(1600):
        assert list(lines.feed(b"x" * 65536)) == []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * LONGEST
    (line,) = lines.last()
    assert len(line.text) <= 1000


def test_line_in_small_pieces_takes_linear_time() -> None:
    lines, began = Lines(), time.perf_counter()
    for _ in range(200_000):
        list(lines.feed(b"0123456789"))
    assert time.perf_counter() - began < 2


def test_blank_lines_cost_little() -> None:
    lines, began = Lines(), time.perf_counter()
    for _ in range(100):
        assert not list(lines.feed(b"\n" * 65536)) + list(lines.feed(b" \n" * 32768))
    assert lines.number == 100 * (65536 + 32768)
    assert time.perf_counter() - began < 5


def test_line_becomes_an_item() -> None:
    assert Line(7, b'{"a": 1}').item.value == {"a": 1}
    bad = Line(7, b"\xff{").item
    assert (bad.place, bad.malformed[:11], bad.value) == ("line 7", "is not JSON", "\udcff{")


def test_what_is_recorded_together_is_bounded_in_lines_and_bytes() -> None:
    few, long = Together(most_lines=2), Together()
    for number in (1, 2):
        assert not few.is_full
        few.add(Line(number, b"1"), Line(number, b"1").item)
    assert (few.is_full, few.numbers, [item.value for item in few.items]) == (True, [1, 2], [1, 1])
    line = Line(1, b'"' + b"x" * MOST_BYTES + b'"')
    long.add(line, line.item)
    assert long.is_full


def test_no_posting_is_twice_in_what_is_recorded_together() -> None:
    one, other, none = (Line(1, text) for text in (b'{"source_id": "1"}', b'{"source_id": "2"}', b"rubbish"))
    together = Together()
    for line in (one, none):
        assert not together.has(line.item)
        together.add(line, line.item)
    assert [together.has(line.item) for line in (one, other, none)] == [True, False, False]


@given(st.binary(max_size=3000), st.integers(1, 50))
def test_gzip_is_unpacked_however_it_arrives(text: bytes, size: int) -> None:
    packed = gzip.compress(text) + gzip.compress(b"more")
    assert unpack(*(packed[start : start + size] for start in range(0, len(packed), size))) == text + b"more"


@pytest.mark.parametrize(
    "packed", [b"no gzip", gzip.compress(b"x" * 1000, mtime=0)[:-9], gzip.compress(b"x", mtime=0) + b"tail", b"\x1f"]
)
def test_bad_gzip_is_refused(packed: bytes) -> None:
    with pytest.raises(BadGzip):
        unpack(packed)


def test_nothing_packed_is_nothing() -> None:
    assert unpack() == b""


def test_bomb_is_refused_early_and_in_little_memory() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(b"\n" * 1_000_000) for _ in range(300)) + packer.flush()
    gunzip = Gunzip()
    tracemalloc.start()
    pieces = (piece for start in range(0, len(bomb), 16384) for piece in gunzip.feed(bomb[start : start + 16384]))
    with pytest.raises(BadGzip, match="500 times"):
        sum(map(len, pieces))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert gunzip._out < 20_000_000
    assert peak < 1_000_000


def test_postings_that_differ_in_a_word_are_no_bomb() -> None:
    text = b"".join(
        b'{"source_id": "%d", "description": "%s"}\n' % (n, b"We build robots, and sponsor visas. " * 100) for n in range(3000)
    )
    assert unpack(gzip.compress(text, 9)) == text
