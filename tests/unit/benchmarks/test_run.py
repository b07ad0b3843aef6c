"""Figures leave only for ids that are right."""

from datetime import timedelta

import numpy as np
import pytest

from benchmarks.figure import Figure
from benchmarks.matching.run import DisagreementError, Run, ascending, check, shortened, timed

RUN = Run(timedelta(seconds=3), [1_000_000, 2_000_000, 3_000_000], [ascending(ids) for ids in ([2, 1], [], [5])])


def test_ids_that_are_right_pass() -> None:
    check("x", RUN, [ascending([1, 2]), ascending([])])


@pytest.mark.parametrize("wrong", [[1], [1, 3], [1, 2, 3]])
def test_ids_that_are_missing_or_too_many_are_told(wrong: list[int]) -> None:
    with pytest.raises(DisagreementError, match="x, posting 0: "):
        check("x", RUN, [ascending(wrong)])


def test_a_posting_without_answer_is_told() -> None:
    with pytest.raises(DisagreementError, match="3 of 4"):
        check("x", RUN, [*RUN.ids, ascending([])])


def test_figures_are_milliseconds_a_posting() -> None:
    assert list(RUN.figures("x", p50="<= 2")) == [
        Figure("x.p50", 2.0, "ms", "<= 2"),
        Figure("x.p99", 2.98, "ms"),
        Figure("x.load", 3.0, "s"),
    ]
    assert RUN.matches() == 1


def test_warming_up_is_not_counted() -> None:
    run = timed(lambda posting: [posting, 0], [7, 8], warm_up=[1, 2, 3], loaded_in=timedelta(0))
    assert [ids.tolist() for ids in run.ids] == [[0, 7], [0, 8]]
    assert len(run.nanoseconds) == 2
    assert run.ids[0].dtype == np.int32


def test_sizes_are_named_in_short() -> None:
    assert [shortened(size) for size in (20_000, 100_000, 1_000_000, 10_000_000)] == ["20k", "100k", "1m", "10m"]
