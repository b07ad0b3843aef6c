"""What a filter would find: it enters, and of all postings held at one moment leave how many match, how many a week, the newest
and what they have in common.
"""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

import numpy as np

from schemas.filter import codes
from schemas.filter.tree import Filter
from services.matcher import metrics
from services.matcher.domain.column import Mask
from services.matcher.domain.corpus import Corpus
from services.matcher.domain.page import Cursor, page
from services.matcher.domain.search import narrowings
from services.matcher.domain.tally import Tally, tally
from services.matcher.domain.wanted import Wanted, wanted
from services.matcher.domain.weeks import Week, weeks
from services.matcher.turns import Turns

NEWEST: Final = 20
"""Postings told at a time."""


class Emptied(NamedTuple):
    """The clause that left no open posting."""

    code: str
    left: int
    """How many those before it had left."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found."""

    matching: int
    of: int
    """Open postings there are."""
    whenever: int
    """That match by the day each opened, as an alert would: more than `matching` where the filter asks for an age."""
    emptied: Emptied | None
    """Where none matches."""
    weeks: list[Week]
    newest: list[tuple[datetime, bytes]]
    """When each opened, and its summary as JSON."""
    more: Cursor | None
    tally: Tally


class Previewer:
    """Answers questions in whatever thread asks, one at a time."""

    def __init__(self, corpus: Corpus, turns: Turns) -> None:
        self._corpus = corpus
        self._turns = turns

    def preview(self, filter: Filter, *, after: Cursor | None, now: datetime) -> Found:
        """Ages are counted to `now` for what is open, and for the weeks to the day each posting opened, as an alert would.

        Raises `Busy` where too many others ask.
        """
        started, asked = time.perf_counter(), wanted(filter)
        with self._turns.asking():  # for all of it: what is told is of one moment
            found = self._find(asked, after, now)
        metrics.preview_seconds.observe(time.perf_counter() - started)
        return found

    def _find(self, asked: Wanted, after: Cursor | None, now: datetime) -> Found:
        corpus = self._corpus
        fitting, emptied = _search(corpus, asked)
        matching = fitting & corpus.open
        left = int(np.count_nonzero(matching))
        opened = fitting
        if asked.posted_within is not None:
            matching = matching & corpus.posted_within(asked.posted_within, now.date().toordinal())
            opened = opened & corpus.posted_within(asked.posted_within, corpus.opening_days())
        newest, more = page(corpus, matching, after=after, most=NEWEST)
        slots = np.flatnonzero(matching)
        if left and not len(slots):
            emptied = Emptied(codes.POSTED, left)
        return Found(
            matching=len(slots),
            of=int(np.count_nonzero(corpus.open)),
            whenever=int(np.count_nonzero(opened & corpus.open)),
            emptied=emptied,
            weeks=weeks(corpus, opened, now),
            newest=[(corpus.moment(slot), corpus.summaries[slot]) for slot in newest],
            more=more,
            tally=tally(corpus, slots),
        )


def _search(corpus: Corpus, asked: Wanted) -> tuple[Mask, Emptied | None]:
    """All that fits but for its age, and the clause at which the open ones ended."""
    found, emptied = corpus.held, None
    left = int(np.count_nonzero(corpus.open))
    for code, found in narrowings(corpus, asked):
        before, left = left, int(np.count_nonzero(found & corpus.open))
        if before and not left:
            emptied = Emptied(code, before)
    return found, emptied
