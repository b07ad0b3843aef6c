"""What one engine took for each posting and which ids it gave; figures of it leave, once the ids are the referee's.

Postings are matched one at a time on one core, each once: what an engine remembers of a posting helps no second call.
"""

import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import numpy as np

from benchmarks.figure import Figure
from benchmarks.matching.referee import Ids

P = TypeVar("P")


class DisagreementError(Exception):
    """An engine gave other ids than the referee."""


@dataclass(frozen=True)
class Run:
    """Of one engine, in the order of the postings."""

    loaded_in: timedelta
    nanoseconds: Sequence[int]
    ids: Sequence[Ids]
    """Ascending."""

    def milliseconds(self, percent: int) -> float:
        """A percentile of the time for one posting."""
        return statistics.quantiles(self.nanoseconds, n=100, method="inclusive")[percent - 1] / 1e6

    def matches(self) -> float:
        """Filters that a posting matches, on average."""
        return sum(map(len, self.ids)) / len(self.ids)

    def figures(self, name: str, *, p50: str = "", p99: str = "") -> Iterator[Figure]:
        """With goals in words."""
        yield Figure(f"{name}.p50", self.milliseconds(50), "ms", p50)
        yield Figure(f"{name}.p99", self.milliseconds(99), "ms", p99)
        yield Figure(f"{name}.load", self.loaded_in.total_seconds(), "s")


def timed(
    match: Callable[[P], Iterable[int]],
    postings: Iterable[P],
    *,
    warm_up: Iterable[P] = (),
    settle: Callable[[], None] = lambda: None,
    loaded_in: timedelta,
) -> Run:
    """Each posting is made (`postings` may be lazy), then matched; only the latter counts. `settle`: after the warm-up."""
    for posting in warm_up:
        match(posting)
    settle()
    answers = list(answered(match, postings))
    return Run(loaded_in, [taken for taken, _ in answers], [ids for _, ids in answers])


def answered(match: Callable[[P], Iterable[int]], postings: Iterable[P]) -> Iterator[tuple[int, Ids]]:
    """For each posting the nanoseconds it took and the ids, ascending."""
    for posting in postings:
        started = time.perf_counter_ns()
        found = match(posting)
        yield time.perf_counter_ns() - started, ascending(found)


def ascending(found: Iterable[int]) -> Ids:
    return np.sort(np.fromiter(found, np.int32))


def check(engine: str, run: Run, expected: Sequence[Ids]) -> None:
    """Raise DisagreementError at the first posting of `expected` for which the engine says something else."""
    for number, (found, right) in enumerate(zip(run.ids, expected, strict=False)):
        if not np.array_equal(found, right):
            wrong = np.setxor1d(found, right)
            raise DisagreementError(f"{engine}, posting {number}: {len(wrong):,} ids are wrong, such as {wrong[:5].tolist()}")
    if len(run.ids) < len(expected):
        raise DisagreementError(f"{engine} answered {len(run.ids):,} of {len(expected):,} postings")


def shortened(number: int) -> str:
    """100k, 1m."""
    return f"{number // 1_000_000}m" if number % 1_000_000 == 0 else f"{number // 1000}k"
