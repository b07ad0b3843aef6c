"""The file's door: JSONL of the push format enters, one posting a line, or a page of a source; counts leave.

What cannot be taken is a rejection, a line that is no JSON among them; only a file that cannot be read ends the import.
"""

import asyncio
import gzip
import os
import sys
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from rich.console import Console
from rich.progress import Progress

from runtime.errors import Fatal
from runtime.postgres import Pool
from services.ingest.domain.batch import Batch, Item, sort
from services.ingest.domain.document import Malformed, read
from services.ingest.domain.publisher import Publisher
from services.ingest.domain.push import MAXIMUM_ITEMS
from services.ingest.domain.receipt import Counts, Receipt
from services.ingest.page_file import read_page_file
from services.ingest.record import record_sorted
from services.ingest.sources.items import items_of
from services.ingest.sources.source import Source

_TOLD: Final = 10
"""Rejections that the summary tells; all are kept."""
_LONGEST_LINE: Final = 8 * 1024 * 1024
"""Bytes; what a push may have."""
_GZIP: Final = b"\x1f\x8b"


class _Stream(Protocol):
    def readline(self, size: int, /) -> bytes: ...


async def import_file(pool: Pool, wake: Callable[[], None], *, publisher: Publisher, path: str, console: Console) -> Counts:
    """Import JSONL, from standard input for `-`. Raises `Fatal` where it cannot be read, and `store.Unavailable`."""
    with _open(path) as (stream, position, size):
        return await _import(pool, wake, _batches(stream), publisher=publisher, console=console, size=size, position=position)


async def import_page(
    pool: Pool,
    wake: Callable[[], None],
    *,
    publisher: Publisher,
    source: Source,
    path: str,
    console: Console,
    given: Mapping[str, str] = {},
) -> Counts:
    """Import a page of a source; `given` as in `items_of`. Raises as `import_file` does."""
    today = datetime.now(UTC).date()
    page = await asyncio.to_thread(read_page_file, source, Path(path), today=today)
    items = await asyncio.to_thread(lambda: list(items_of(page, source, today=today, given=given)))
    batches = (items[start : start + MAXIMUM_ITEMS] for start in range(0, len(items), MAXIMUM_ITEMS))
    if page.more:
        _say(console, f"the page names {len(page.more):,} more, which are not in the file and are not fetched")
    return await _import(pool, wake, batches, publisher=publisher, console=console, size=None, position=lambda: 0)


async def _import(
    pool: Pool,
    wake: Callable[[], None],
    batches: Iterable[Sequence[Item]],
    *,
    publisher: Publisher,
    console: Console,
    size: int | None,
    position: Callable[[], int],
) -> Counts:
    counts, told = Counts(), 0
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("importing", total=size)
        async for items, batch in _sorted(iter(batches), publisher.name):
            answer = await record_sorted(pool, wake, publisher=publisher, batch=batch)
            counts = counts.plus(answer.items)
            told += _tell(console, items, answer.items, _TOLD - told)
            progress.update(task, completed=position())
    _summarise(console, counts, told)
    return counts


async def _sorted(batches: Iterator[Sequence[Item]], publisher: str) -> AsyncIterator[tuple[Sequence[Item], Batch]]:
    """Each is read and sorted while the one before is recorded, so that this process and the database work at once."""

    def following() -> tuple[Sequence[Item], Batch] | None:
        items = next(batches, None)
        return None if items is None else (items, sort(items, publisher=publisher, now=datetime.now(UTC)))

    coming = asyncio.create_task(asyncio.to_thread(following))
    try:
        while (ready := await coming) is not None:
            coming = asyncio.create_task(asyncio.to_thread(following))
            yield ready
    finally:
        await asyncio.gather(coming, return_exceptions=True)  # a thread ends by itself; its file stays open until then


@contextmanager
def _open(path: str) -> Iterator[tuple[_Stream, Callable[[], int], int | None]]:
    """The lines, how many bytes of the file are read, and how many it has."""
    try:
        with open(sys.stdin.fileno() if path == "-" else path, "rb", closefd=path != "-") as file:
            size = os.fstat(file.fileno()).st_size if file.seekable() else None
            stream = gzip.GzipFile(fileobj=file) if file.peek(2)[:2] == _GZIP else file
            yield stream, (lambda: 0) if size is None else file.tell, size
    except (OSError, EOFError, zlib.error) as error:
        raise Fatal(
            f"{path} cannot be read: {error}. Mend it and import it again: what was recorded counts as unchanged"
        ) from None


def _batches(stream: _Stream) -> Iterator[list[Item]]:
    batch: list[Item] = []
    number = 0
    while line := stream.readline(_LONGEST_LINE + 1):
        number += 1
        if not line.strip():
            continue
        batch.append(_item(line, f"line {number}"))
        if len(line) > _LONGEST_LINE:
            _skip_line(stream)
        if len(batch) == MAXIMUM_ITEMS:
            yield batch
            batch = []
    if batch:
        yield batch


def _item(line: bytes, place: str) -> Item:
    if len(line) > _LONGEST_LINE:
        return Item(place, line.decode("ascii", "surrogateescape"), f"is longer than {_LONGEST_LINE:,} bytes")
    try:
        return Item(place, read(line))
    except Malformed as error:
        text = line.decode("utf-8", "surrogateescape").rstrip("\n")
        return Item(place, text, f"is not JSON: {error.problem} at column {error.column}")


def _skip_line(stream: _Stream) -> None:
    while (rest := stream.readline(_LONGEST_LINE)) and not rest.endswith(b"\n"):
        pass


def _tell(console: Console, items: Sequence[Item], receipts: Sequence[Receipt], most: int) -> int:
    rejected = [receipt for receipt in receipts if receipt.status == "rejected"][:most]
    for receipt in rejected:
        faults = "; ".join(f"{fault.field or 'it'} {fault.problem}" for fault in receipt.errors)
        named = f" ({receipt.source_id})" if receipt.source_id else ""
        _say(console, f"{items[receipt.index].place}{named}: {faults}")
    return len(rejected)


def _summarise(console: Console, counts: Counts, told: int) -> None:
    if counts.rejected > told:
        _say(console, f"and {counts.rejected - told:,} more rejections: see `python -m services.ingest rejections`")
    _say(console, ", ".join(f"{name} {count:,}" for name, count in counts.model_dump().items()))


def _say(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)
