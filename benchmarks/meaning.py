"""What a filter's meaning costs, in one process on one core: reading it, knowing a posting, judging the one by the other.

Real postings (`../shared/data`) with generated filters of all clauses. Index and oracle are compared in the same run.
"""

import contextlib
import json
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Final, TypeVar

from benchmarks.figure import Figure, Say
from schemas.filter.asked import asked_filter
from schemas.filter.syntax import Misspelt, parse
from schemas.filter.tree import Filter
from schemas.places import Gazetteer
from services.matcher.domain.facts import Facts, facts
from services.matcher.domain.index import Index
from services.matcher.domain.oracle import held
from services.matcher.domain.wanted import wanted
from tests.support import newgrad
from tests.support.hostile import generated, hostile

FILTERS: Final = 2000
NOW: Final = datetime(2026, 11, 2, 12, tzinfo=UTC)
REPEATS: Final = 20
GENERATED: Final = 20_000
T = TypeVar("T")


def measure(say: Say) -> Iterator[Figure]:
    """Skips nothing: without the real postings it fails, and says so."""
    yield from _texts(say)
    yield from _places()
    trees = newgrad.subscriptions(FILTERS)
    stored = [json.dumps(tree).encode() for tree in trees]
    filters, taken = _timed(lambda: [Filter.model_validate_json(one) for one in stored])
    yield Figure("meaning.filter_read_us", taken / FILTERS * 1e6, "us")
    asked, taken = _timed(lambda: [wanted(one) for one in filters])
    yield Figure("meaning.filter_ready_us", taken / FILTERS * 1e6, "us")
    postings = newgrad.normalised()
    known, taken = _timed(lambda: [facts(one, NOW) for one in postings])
    yield Figure("meaning.facts_ms", taken / len(postings) * 1e3, "ms")

    def judge(seen: Facts) -> dict[int, tuple[str, ...]]:
        return {number: codes for number, one in enumerate(asked) if (codes := held(one, seen)) is not None}

    say(f"{len(postings):,} postings x {FILTERS:,} filters")
    answers, taken = _timed(lambda: [judge(seen) for seen in known])
    yield Figure("meaning.oracle_us_a_pair", taken / FILTERS / len(postings) * 1e6, "us", "<= 40")
    index = Index()
    for number, one in enumerate(asked):
        index.add(number, one)
    index.matching(known[0])  # files them, and reads or compiles the kernels
    found, taken = _timed(lambda: [dict(index.matching(seen).items()) for seen in known])
    assert found == answers, "the index does not say what the oracle says"
    yield Figure("meaning.matches_a_posting", sum(map(len, answers)) / len(postings), "matches")
    yield Figure("meaning.index_us_a_pair", taken / FILTERS / len(postings) * 1e6, "us")


def _texts(say: Say) -> Iterator[Figure]:
    """The worst of what can be sent as keywords, each read several times: a noisy machine shows in the slowest. Of the
    generated ones those that took longest are read again.
    """
    parse("warm")
    times: list[tuple[float, float]] = []
    for text in hostile().values():
        each = [_timed(partial(_read, text))[1] for _ in range(REPEATS)]
        times.append((statistics.median(each), max(each)))
    say(f"{len(times)} hostile texts, {REPEATS} times each; then {GENERATED:,} that were thrown together")
    yield Figure("meaning.parse_worst_ms", max(times)[0] * 1e3, "ms", "<= 5")
    yield Figure("meaning.parse_slowest_ms", max(slowest for _, slowest in times) * 1e3, "ms")
    slowest = sorted(((_timed(partial(_read, text))[1], text) for text in generated(GENERATED)), reverse=True)[:REPEATS]
    again = max(min(_timed(partial(_read, text))[1] for _ in range(REPEATS)) for _, text in slowest)
    yield Figure("meaning.parse_generated_worst_ms", again * 1e3, "ms", "<= 5")
    _, taken = _timed(
        lambda: [asked_filter.validate_python('"machine learning" (pytorch or jax) -senior') for _ in range(1000)]
    )
    yield Figure("meaning.parse_usual_us", taken / 1000 * 1e6, "us")


def _places() -> Iterator[Figure]:
    places, taken = _timed(Gazetteer)
    yield Figure("meaning.gazetteer_read_ms", taken * 1e3, "ms")
    stated = [(place.city, place.state, place.country) for one in newgrad.normalised() for place in one.places]
    _, taken = _timed(lambda: [places.locate(*place) for place in set(stated)])
    yield Figure("meaning.place_us.first", taken / len(set(stated)) * 1e6, "us")
    _, taken = _timed(lambda: [places.locate(*place) for place in stated])
    yield Figure("meaning.place_us.again", taken / len(stated) * 1e6, "us")


def _read(text: str) -> None:
    with contextlib.suppress(Misspelt):  # refused in words: that is an answer too
        parse(text)


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    started = time.perf_counter()
    done = work()
    return done, time.perf_counter() - started
