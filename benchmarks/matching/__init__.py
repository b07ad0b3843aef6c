"""One posting against all filters: the index, with PostgreSQL and Lucene Monitor beside it, and the whole language (`rich`).

The environment says how many filters: `MATCHING_JAW1=10000000 MATCHING_RIVALS= MATCHING_RICH= MATCHING_SERVICE=` measures ten
million and nothing else; `MATCHING_SERVICE` is for changes under load, the way to Kafka, memory and starts.
"""

import os
from collections.abc import Iterator
from typing import Final

from benchmarks.figure import Figure, Say
from benchmarks.matching.acked import measure_acked
from benchmarks.matching.changes import measure_changes
from benchmarks.matching.jaw1 import measure_jaw1
from benchmarks.matching.process import measure_process
from benchmarks.matching.rich.measure import measure_rich

JAW1: Final = "100000,1000000"
RICH: Final = "1000000"
SERVICE: Final = "1000000"


def measure(say: Say) -> Iterator[Figure]:
    """Without `../shared/bench/jaw1.py` it fails, and says so; without a JDK it leaves Lucene out."""
    if sizes := _numbers("MATCHING_JAW1", JAW1):
        yield from measure_jaw1(sizes, _numbers("MATCHING_RIVALS", JAW1), say)
    for size in _numbers("MATCHING_RICH", RICH):
        yield from measure_rich(size, say)
    for size in _numbers("MATCHING_SERVICE", SERVICE):
        yield from measure_changes(size, say)
        yield from measure_acked(size, say)
        yield from measure_process(size, say)


def _numbers(variable: str, default: str) -> list[int]:
    return [int(number) for number in os.environ.get(variable, default).split(",") if number]
