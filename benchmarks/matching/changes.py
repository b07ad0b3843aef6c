"""Filters that change while postings are matched: what one costs, and what postings then take beside those of a quiet index.

A posting's time is from when it is there to when its matches are: filing what was added since the last one, and putting a
rebuild in place or beginning one, where that comes between, are part of it. To fold a filter and compile it is told by itself.

A hundred postings a second meet ten changes each: a filter leaves and another comes. A rebuild runs in another thread as soon
as it is due, as in the service.
"""

import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Final

import numpy as np

from benchmarks.figure import Figure, Say
from benchmarks.matching.engine import Engine
from benchmarks.matching.product import asked, known
from benchmarks.matching.progress import counted
from benchmarks.matching.referee import Referee
from benchmarks.matching.rows import read_filters, read_postings
from benchmarks.matching.run import DisagreementError, ascending
from benchmarks.matching.workload import jaw1
from services.matcher.domain.facts import Facts
from services.matcher.domain.index import Index
from services.matcher.domain.layout import Rebuild
from services.matcher.domain.program import Compiled

POSTINGS: Final = 4000
A_POSTING: Final = 10
"""Changes: a thousand a second at a hundred postings a second."""
WARM_UP: Final = 500
CHECKED: Final = 200
"""Postings for which the referee says which ids are left in the end."""
PACE: Final = 0.01
"""Seconds between two postings."""
NAME: Final = "matching.changes"


def measure_changes(size: int, say: Say) -> Iterator[Figure]:
    """So many filters."""
    more = POSTINGS * A_POSTING
    with jaw1(size + more, POSTINGS, say) as folder:
        rows = read_filters(folder, size + more)
        index = Engine(map(asked, counted(islice(rows, size), "filters are in the index", say))).index
        coming = list(rows)
        started = time.perf_counter()
        changes = [index.compile(asked(row)) for row in coming]
        compiling = time.perf_counter() - started
        rows_of_postings = list(read_postings(folder))
        referee = Referee(read_filters(folder, size + more))
    postings = list(map(known, rows_of_postings))
    for posting in postings[:WARM_UP]:
        index.matching(posting)
    if index.is_due():
        index.rebuild()
    say("postings of a quiet index")
    idle = [_timed(index, posting) for posting in _paced(postings)]
    say(f"{A_POSTING / PACE:,.0f} changes a second")
    changing, added = _changing(index, size, postings, changes)
    gone = range(0, size, size // len(changes))[: len(changes)]
    for row in rows_of_postings[:CHECKED]:
        left = np.setdiff1d(referee.ids(row), gone)
        if not np.array_equal(ascending(index.matching(known(row)).slots), left):
            raise DisagreementError("after all changes the index gives other ids than the referee")
    yield Figure(f"{NAME}.compile", compiling / len(changes) * 1e6, "us")
    yield Figure(f"{NAME}.add", added / len(changes) * 1e6, "us", "<= 5")
    for name, taken in {"idle": idle, "changing": changing}.items():
        yield Figure(f"{NAME}.{name}.p50", statistics.median(taken) * 1e3, "ms")
        yield Figure(f"{NAME}.{name}.p99", _p99(taken) * 1e3, "ms")
    yield Figure(f"{NAME}.p99_to_idle", _p99(changing) / _p99(idle), "times as long", "<= 1.5")
    yield Figure(f"{NAME}.rebuilds", index.rebuilds - 1, "rebuilds")


def _changing(index: Index, size: int, postings: Sequence[Facts], changes: Sequence[Compiled]) -> tuple[list[float], float]:
    """Seconds for each posting, filing what was added before it included; and what adding took in all, filing included."""
    taken: list[float] = []
    adding, slots, coming = 0.0, iter(range(size, size + len(changes))), iter(changes)
    leaving = iter(range(0, size, size // len(changes)))
    with ThreadPoolExecutor(1) as threads:
        under_way: tuple[Rebuild, Future[None]] | None = None
        for posting in _paced(postings):
            started = time.perf_counter()
            for asked_for in islice(coming, A_POSTING):
                index.put(next(slots), asked_for)
            adding += time.perf_counter() - started
            for slot in islice(leaving, A_POSTING):
                index.remove(slot)
            arrived = time.perf_counter()
            index.file_many()
            adding += time.perf_counter() - arrived
            if under_way and under_way[1].done():
                index.finish(under_way[0])
                under_way = None
            elif not under_way and index.is_due():
                rebuild = index.begin_rebuild()
                under_way = rebuild, threads.submit(rebuild.run)
            index.matching(posting)
            taken.append(time.perf_counter() - arrived)
    return taken, adding


def _paced(postings: Sequence[Facts]) -> Iterator[Facts]:
    due = time.perf_counter()
    for posting in postings:
        due += PACE
        time.sleep(max(0.0, due - time.perf_counter()))
        yield posting


def _timed(index: Index, posting: Facts) -> float:
    started = time.perf_counter()
    index.matching(posting)
    return time.perf_counter() - started


def _p99(taken: Sequence[float]) -> float:
    return statistics.quantiles(taken, n=100, method="inclusive")[98]
