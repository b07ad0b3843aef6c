"""The files of workload JAW-1 enter line by line, a row of numbers and words leaves for each; nothing is kept.

Columns are those that `../shared/bench/jaw1.py` writes, tabs between them; -1 stands for "none", for the pay wanted 0 does.
"""

from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

NONE: Final = -1
FILTERS: Final = "filters.tsv"
POSTINGS: Final = "postings.tsv"
R = TypeVar("R")


class UnreadableError(Exception):
    """A workload is not there, too small, or not of this form."""


class FilterRow(NamedTuple):
    """What one filter asks for."""

    keywords: tuple[str, ...]
    excluded: str
    """A word that must not occur; "" for none."""
    visa: int
    place: int
    employment: int
    remote: bool
    pay: int
    """Thousands of dollars a year; 0 for none."""
    company: int


class PostingRow(NamedTuple):
    """What one posting says."""

    tokens: tuple[str, ...]
    visas: tuple[int, ...]
    places: tuple[int, ...]
    employment: int
    remote: bool
    pay: int
    """Thousands of dollars a year, the upper end."""
    company: int


def read_filters(folder: Path, count: int | None = None) -> Iterator[FilterRow]:
    """The first `count` filters, else all; a filter's id is its place in the file."""
    return _rows(folder / FILTERS, count, _filter)


def read_postings(folder: Path, count: int | None = None) -> Iterator[PostingRow]:
    return _rows(folder / POSTINGS, count, _posting)


def check_rows(folder: Path, filters: int | None, postings: int | None) -> None:
    """Raise UnreadableError now, rather than after minutes, where a file is absent or has fewer rows."""
    for file, count in ((FILTERS, filters), (POSTINGS, postings)):
        deque(_rows(folder / file, count, len), maxlen=0)


def _rows(file: Path, count: int | None, row: Callable[[list[str]], R]) -> Iterator[R]:
    number = 0
    try:
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(islice(lines, count), 1):  # noqa: B007  # counted for the errors below
                yield row(line.rstrip("\n").split("\t"))
    except OSError as error:
        raise UnreadableError(f"{file} cannot be read: {error.strerror}; jaw1.py writes it") from error
    except (ValueError, IndexError) as error:
        raise UnreadableError(f"{file}, line {number}: not the columns that jaw1.py writes ({error})") from error
    if count is not None and number < count:
        raise UnreadableError(f"{file} has {number:,} rows, and {count:,} are asked for")


def _filter(columns: list[str]) -> FilterRow:
    _, keywords, excluded, visa, place, employment, remote, pay, company = columns
    return FilterRow(
        tuple(keywords.split()), excluded, int(visa), int(place), int(employment), remote == "1", int(pay), int(company)
    )


def _posting(columns: list[str]) -> PostingRow:
    _, tokens, visas, places, employment, remote, pay, company = columns
    return PostingRow(
        tuple(tokens.split()),
        tuple(map(int, visas.split())),
        tuple(map(int, places.split())),
        int(employment),
        remote == "1",
        int(pay),
        int(company),
    )
