"""The rivals of the index do the same job: PostgreSQL and Lucene Monitor say what the referee says, of a small JAW-1."""

from pathlib import Path

import pytest

from benchmarks.matching.java import NoJavaError
from benchmarks.matching.lucene import run_lucene
from benchmarks.matching.postgres import run_postgres
from benchmarks.matching.referee import Referee
from benchmarks.matching.rows import read_filters, read_postings
from benchmarks.matching.run import check
from tests.support import jaw1

FILTERS, POSTINGS, WARM_UP = 5_000, 100, 10


def test_postgres_says_what_the_referee_says(tmp_path: Path) -> None:
    folder = jaw1.write(tmp_path, FILTERS, POSTINGS)
    filters, postings = list(read_filters(folder)), list(read_postings(folder))
    expected = list(map(Referee(filters).ids, postings))
    check("postgres", run_postgres(filters, postings, postings[:WARM_UP], print), expected)
    assert sum(map(len, expected)) > 500


def test_lucene_says_what_the_referee_says(tmp_path: Path) -> None:
    folder = jaw1.write(tmp_path, FILTERS, POSTINGS + WARM_UP)
    referee = Referee(read_filters(folder))
    expected = list(map(referee.ids, read_postings(folder, POSTINGS)))
    try:
        run = run_lucene(folder, FILTERS, POSTINGS, WARM_UP, print)
    except NoJavaError as error:
        pytest.skip(str(error))
    check("lucene", run, expected)
    assert len(run.nanoseconds) == POSTINGS
