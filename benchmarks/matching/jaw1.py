"""JAW-1 through the index and its rivals, at several numbers of filters: figures leave, all ids compared with the referee's."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from benchmarks.figure import Figure, Say
from benchmarks.matching.engine import Engine
from benchmarks.matching.java import NoJavaError
from benchmarks.matching.lucene import run_lucene
from benchmarks.matching.postgres import run_postgres
from benchmarks.matching.product import asked, known
from benchmarks.matching.progress import counted
from benchmarks.matching.referee import Ids, Referee
from benchmarks.matching.rows import PostingRow, read_filters, read_postings
from benchmarks.matching.run import Run, check, shortened, timed
from benchmarks.matching.workload import jaw1

POSTINGS: Final = 2000
WARM_UP: Final = 300
ENOUGH: Final = 2_000_000_000
"""Pairs that the referee looks at, 2,000 postings at a million filters: with ten million it answers for 200 postings."""
GOALS: Final = {1_000_000: {"p50": "<= 0.06", "p99": "<= 0.15"}}


@dataclass(frozen=True)
class Workload:
    """So many filters of a folder, the postings that are measured, and what the referee says of the first of those."""

    folder: Path
    filters: int
    postings: Sequence[PostingRow]
    warm_up: Sequence[PostingRow]
    expected: Sequence[Ids]


def measure_jaw1(sizes: Sequence[int], rivals: Sequence[int], say: Say) -> Iterator[Figure]:
    """For each of `sizes`; the rivals at those of them that are in `rivals`."""
    with jaw1(max(sizes), POSTINGS + WARM_UP, say) as folder:
        for size in sizes:
            yield from _measure(_workload(folder, size, say), say, rivals=size in rivals)


def _workload(folder: Path, size: int, say: Say) -> Workload:
    postings = list(read_postings(folder, POSTINGS + WARM_UP))
    measured, warm_up = postings[:POSTINGS], postings[POSTINGS:]
    referee = Referee(read_filters(folder, size))
    checked = measured[: ENOUGH // size]
    say(f"the referee looks at {size:,} filters for {len(checked):,} postings")
    return Workload(folder, size, measured, warm_up, [referee.ids(posting) for posting in checked])


def _measure(workload: Workload, say: Say, *, rivals: bool) -> Iterator[Figure]:
    name = f"matching.jaw1_{shortened(workload.filters)}"
    ours = _run_index(workload, say)
    check("the index", ours, workload.expected)
    yield from ours.figures(name, **GOALS.get(workload.filters, {}))
    yield Figure(f"{name}.matches", ours.matches(), "a posting")
    for rival, run in _RIVALS.items() if rivals else ():
        try:
            theirs = run(workload, say)
        except NoJavaError as error:
            say(f"without {rival}: {error}")
            continue
        check(rival, theirs, workload.expected)
        yield from theirs.figures(f"{name}.{rival}")
        yield Figure(f"{name}.{rival}_to_index", theirs.milliseconds(50) / ours.milliseconds(50), "times as long")


def _run_index(workload: Workload, say: Say) -> Run:
    started = time.monotonic()
    rows = read_filters(workload.folder, workload.filters)
    engine = Engine(map(asked, counted(rows, "filters are in the index", say)))
    loaded_in = timedelta(seconds=time.monotonic() - started)
    return timed(engine.matching, map(known, workload.postings), warm_up=map(known, workload.warm_up), loaded_in=loaded_in)


def _run_postgres(workload: Workload, say: Say) -> Run:
    rows = list(read_filters(workload.folder, workload.filters))
    return run_postgres(rows, workload.postings, workload.warm_up, say)


def _run_lucene(workload: Workload, say: Say) -> Run:
    return run_lucene(workload.folder, workload.filters, len(workload.postings), len(workload.warm_up), say)


_RIVALS: Final[dict[str, Callable[[Workload, Say], Run]]] = {"postgres": _run_postgres, "lucene": _run_lucene}
