"""`rich` through the index: a number of filters enters, figures leave, once the oracle has agreed."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from benchmarks.figure import Figure, Say
from benchmarks.matching.engine import Engine
from benchmarks.matching.progress import counted
from benchmarks.matching.rich.filters import filters
from benchmarks.matching.rich.postings import NOW, postings
from benchmarks.matching.rich.referee import check_by_oracle
from benchmarks.matching.rich.shares import shares
from benchmarks.matching.run import shortened, timed
from services.matcher.domain.facts import facts
from services.matcher.domain.wanted import wanted

POSTINGS: Final = 500
WARM_UP: Final = 200
COUNTED: Final = 10_000
GOALS: Final = {1_000_000: {"p50": "<= 0.3"}}


def measure_rich(size: int, say: Say) -> Iterator[Figure]:
    """So many filters. Their load is mostly the time to make them."""
    found = shares(filters(COUNTED))
    say("of the filters have " + ", ".join(f"{name} {share:.0%}" for name, share in found.items()))
    started = time.monotonic()
    engine = Engine(map(wanted, counted(filters(size), "filters are in the index", say)))
    loaded_in = timedelta(seconds=time.monotonic() - started)
    seen = [facts(one, NOW) for one in postings(POSTINGS)]
    warm_up = (facts(one, NOW) for one in postings(WARM_UP, first=POSTINGS))
    run = timed(engine.matching, seen, warm_up=warm_up, settle=engine.settle, loaded_in=loaded_in)
    say("the oracle judges")
    check_by_oracle(counted(filters(size), "filters are judged", say), size, seen, run.ids)
    name = f"matching.rich_{shortened(size)}"
    yield from run.figures(name, **GOALS.get(size, {}))
    yield Figure(f"{name}.matches", run.matches(), "a posting")
