"""The file's door: JSONL of the push format enters, one posting a line, or a page of a source; counts leave.

What cannot be taken is a rejection, a line that is no JSON among them; only a file that cannot be read ends the import.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import Progress

from runtime.postgres import Pool
from services.ingest.domain.batch import Batch, Item, sort
from services.ingest.domain.lines import Line, Lines, Together
from services.ingest.domain.publisher import Publisher
from services.ingest.domain.push import MAXIMUM_ITEMS
from services.ingest.domain.receipt import Counts, Receipt
from services.ingest.opened import Opened, opened
from services.ingest.page_file import read_page_file
from services.ingest.record import record_sorted
from services.ingest.sources.items import items_of
from services.ingest.sources.source import Source

_TOLD: Final = 10
"""Rejections that the summary tells; all are kept."""
_PIECE: Final = 64 * 1024
"""Bytes that are read at once."""
_ADVICE: Final = ". Mend it and import it again: what was recorded counts as unchanged"


@dataclass(slots=True)
class _Seen:
    """What a file had so far: lines that are not blank, and those among them that are JSON."""

    lines: int = 0
    json: int = 0

    def add(self, item: Item) -> None:
        self.lines += 1
        self.json += not item.malformed

    @property
    def doubt(self) -> str:
        """What is said of a file that is hardly the one that was meant."""
        if not self.lines:
            return "is empty"
        return (
            "" if self.json else "has no line that is JSON: a table is read with `--source table`, a board's page with its own"
        )


async def import_file(pool: Pool, wake: Callable[[], None], *, publisher: Publisher, path: str, console: Console) -> Counts:
    """Import JSONL, from standard input for `-`. Raises `Fatal` where it cannot be read, and `store.Unavailable`."""
    seen = _Seen()
    with opened(path, advice=_ADVICE) as file:
        batches = _batches(file, seen)
        counts = await _import(
            pool, wake, batches, publisher=publisher, console=console, size=file.size, position=file.position
        )
    if what := seen.doubt:
        _say(console, f"{'standard input' if path == '-' else path} {what}")
    return counts


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


def _batches(file: Opened, seen: _Seen) -> Iterator[list[Item]]:
    batch = Together()
    for line in _lines(file):
        item = line.item
        seen.add(item)
        if batch.has(item):
            yield batch.items
            batch = Together()
        batch.add(line, item)
        if batch.is_full:
            yield batch.items
            batch = Together()
    if batch.items:
        yield batch.items


def _lines(file: Opened) -> Iterator[Line]:
    lines = Lines()
    while piece := file.bytes.read1(_PIECE):
        yield from lines.feed(piece)
    yield from lines.last()


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
