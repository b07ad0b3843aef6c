"""JAW-1 through the index and its rivals, at several numbers of filters: figures leave, all ids compared with the referee's."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
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
    runs: dict[int, Run] = {}
    with jaw1(max(sizes), POSTINGS + WARM_UP, say) as folder:
        for size in sizes:
            workload = _workload(folder, size, say)
            runs[size] = _run_index(workload, say)
            check("the index", runs[size], workload.expected)
            yield from runs[size].figures(_name(size), **GOALS.get(size, {}))
            yield Figure(f"{_name(size)}.matches", runs[size].matches(), "a posting")
            if size in rivals:
                yield from _rivals(workload, runs[size], say)
    for smaller, larger in pairwise(sizes):
        one, other = runs[smaller], runs[larger]
        growth = other.milliseconds(50) / one.milliseconds(50) / (other.matches() / one.matches())
        yield Figure(f"{_name(larger)}.growth", growth, "times that of matches", "<= 1")


def _name(size: int) -> str:
    return f"matching.jaw1_{shortened(size)}"


def _workload(folder: Path, size: int, say: Say) -> Workload:
    postings = list(read_postings(folder, POSTINGS + WARM_UP))
    measured, warm_up = postings[:POSTINGS], postings[POSTINGS:]
    referee = Referee(read_filters(folder, size))
    checked = measured[: ENOUGH // size]
    say(f"the referee looks at {size:,} filters for {len(checked):,} postings")
    return Workload(folder, size, measured, warm_up, [referee.ids(posting) for posting in checked])


def _rivals(workload: Workload, ours: Run, say: Say) -> Iterator[Figure]:
    for rival, run in _RIVALS.items():
        try:
            theirs = run(workload, say)
        except NoJavaError as error:
            say(f"without {rival}: {error}")
            continue
        check(rival, theirs, workload.expected)
        name = f"{_name(workload.filters)}.{rival}"
        yield from theirs.figures(name)
        yield Figure(f"{name}_to_index", theirs.milliseconds(50) / ours.milliseconds(50), "times as long")


def _run_index(workload: Workload, say: Say) -> Run:
    started = time.monotonic()
    rows = read_filters(workload.folder, workload.filters)
    engine = Engine(map(asked, counted(rows, "filters are in the index", say)))
    loaded_in = timedelta(seconds=time.monotonic() - started)
    postings, warm_up = map(known, workload.postings), map(known, workload.warm_up)
    return timed(engine.matching, postings, warm_up=warm_up, settle=engine.settle, loaded_in=loaded_in)


def _run_postgres(workload: Workload, say: Say) -> Run:
    rows = list(read_filters(workload.folder, workload.filters))
    return run_postgres(rows, workload.postings, workload.warm_up, say)


def _run_lucene(workload: Workload, say: Say) -> Run:
    return run_lucene(workload.folder, workload.filters, len(workload.postings), len(workload.warm_up), say)


_RIVALS: Final[dict[str, Callable[[Workload, Say], Run]]] = {"postgres": _run_postgres, "lucene": _run_lucene}
