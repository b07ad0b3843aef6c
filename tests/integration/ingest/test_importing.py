"""Importing a file of postings."""

import gzip
import io
import json
import tracemalloc
from pathlib import Path

import pytest
from rich.console import Console

from runtime.errors import Fatal
from services.ingest.domain.receipt import Counts
from services.ingest.import_file import import_file
from tests.integration.ingest.board import Board, posting


async def imported(board: Board, path: Path) -> tuple[Counts, list[str]]:
    """The counts, and the lines that were printed."""
    output = io.StringIO()
    counts = await import_file(
        board.pool, board.wake, publisher=board.publisher, path=str(path), console=Console(file=output, width=40)
    )
    return counts, output.getvalue().splitlines()


def lines(*values: object) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


async def test_every_line_is_accounted_for(board: Board, tmp_path: Path) -> None:
    path = tmp_path / "jobs.jsonl"
    path.write_bytes(
        lines(posting("1"), posting("2"))
        + b"\n  \r\n"
        + b'{"source_id": "3", oops}\n'
        + lines(posting("4", pay={}), [posting("5")], posting("1"))
        + b'{"title": "a\xffb"}\n'
        + json.dumps(posting("6")).encode()
    )
    counts, printed = await imported(board, path)
    assert counts == Counts(opened=3, unchanged=1, rejected=4)
    assert printed == [
        "line 5: it is not JSON: Expecting property name enclosed in double quotes at column 20",
        "line 6 (4): pay.currency is required; pay.period is required",
        "line 7: it must be an object",
        "line 9: title contains a byte that is not UTF-8, or a lone surrogate, at character 1",
        "opened 3, reopened 0, changed 0, unchanged 1, rejected 4",
    ]
    rows = await board.pool.fetch("SELECT place, raw FROM rejections ORDER BY id")
    assert [row["place"] for row in rows] == ["line 5", "line 6", "line 7", "line 9"]
    assert json.loads(rows[0]["raw"]) == '{"source_id": "3", oops}'
    assert [event.posting.source_id for event in await board.told()] == ["1", "2", "6"]


async def test_importing_again_changes_nothing(board: Board, tmp_path: Path) -> None:
    path = tmp_path / "jobs.jsonl"
    path.write_bytes(lines(*(posting(str(number)) for number in range(1203))))
    assert (await imported(board, path))[0] == Counts(opened=1203)
    assert len(await board.told()) == 1203
    assert len(board.woken) == 7
    assert (await imported(board, path))[0] == Counts(unchanged=1203)
    assert await board.told() == []


async def test_changes_and_reopenings_are_counted(board: Board, tmp_path: Path) -> None:
    await board.push(posting("1"), posting("2"))
    await board.pool.execute("UPDATE postings SET status = 'closed', closed_at = now() WHERE source_id = '2'")
    path = tmp_path / "jobs.jsonl"
    path.write_bytes(lines(posting("1", title="Other"), posting("2")))
    assert (await imported(board, path))[0] == Counts(changed=1, reopened=1)


async def test_gzipped_file_is_read_whatever_its_name(board: Board, tmp_path: Path) -> None:
    path = tmp_path / "jobs"
    path.write_bytes(gzip.compress(lines(posting("1"), posting("2"))))
    assert (await imported(board, path))[0] == Counts(opened=2)


async def test_first_ten_rejections_are_told(board: Board, tmp_path: Path) -> None:
    path = tmp_path / "jobs.jsonl"
    path.write_bytes(lines(*range(600)))
    counts, printed = await imported(board, path)
    assert counts == Counts(rejected=600)
    assert [line.partition(":")[0] for line in printed[:10]] == [f"line {number}" for number in range(1, 11)]
    assert printed[10] == "and 590 more rejections: see `python -m services.ingest rejections`"
    assert len(printed) == 12


async def test_line_without_end_is_a_rejection(board: Board, tmp_path: Path) -> None:
    path = tmp_path / "jobs.jsonl"
    path.write_bytes(lines(posting("1"), posting("2", description="x" * 20_000_000), posting("3")))
    counts, printed = await imported(board, path)
    assert counts == Counts(opened=2, rejected=1)
    assert printed[0] == "line 2: it is longer than 2,097,152 bytes"


@pytest.mark.parametrize(
    ("content", "recorded"), [(None, 0), (gzip.compress(lines(*(posting(str(number)) for number in range(900))))[:-200], 800)]
)
async def test_file_that_cannot_be_read_ends_the_import(
    board: Board, tmp_path: Path, content: bytes | None, recorded: int
) -> None:
    path = tmp_path / "jobs.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Fatal, match=r"jobs.jsonl cannot be read: .*counts as unchanged"):
        await imported(board, path)
    assert await board.pool.fetchval("SELECT count(*) FROM postings") == recorded


async def test_empty_file_is_nothing(board: Board, tmp_path: Path) -> None:
    path = tmp_path / "jobs.jsonl"
    path.touch()
    counts, printed = await imported(board, path)
    assert counts == Counts()
    assert printed[1:] == [f"{path} is empty"]


async def test_file_of_which_no_line_is_json_is_asked_about_once(board: Board, tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv"
    path.write_bytes(b"Title,Company\n" + b"Engineer,Acme\n" * 300)
    counts, printed = await imported(board, path)
    assert counts == Counts(rejected=301)
    assert [line for line in printed if "--source table" in line] == [printed[-1]]
    path.write_bytes(b"Title,Company\n" + lines(posting("1")))
    assert "--source table" not in (await imported(board, path))[1][-1]


async def test_later_line_holds_wherever_batches_end(board: Board, tmp_path: Path) -> None:
    path = tmp_path / "jobs.jsonl"
    path.write_bytes(lines(posting("1", title="Old"), posting("2"), posting("1", title="New")))
    assert (await imported(board, path))[0] == Counts(opened=2, changed=1)
    assert (await board.told())[-1].posting.title == "New"


async def test_little_that_unpacks_to_much_is_imported_in_little_memory(board: Board, tmp_path: Path) -> None:
    path = tmp_path / "jobs.jsonl.gz"
    with gzip.open(path, "wb") as packed:
        for number in range(60):
            packed.write(lines(posting(str(number), description="x" * 2_000_000)))
    tracemalloc.start()
    counts, _ = await imported(board, path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert counts == Counts(rejected=60)
    assert peak < 50_000_000
