"""What a filter would find: it enters, and of all postings held at one moment leave how many match, how many a week, the newest
and what they have in common.
"""

import time
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Final

import numpy as np

from schemas.filter.tree import Filter
from services.matcher import metrics
from services.matcher.domain.corpus import Corpus
from services.matcher.domain.page import Cursor, page
from services.matcher.domain.search import search
from services.matcher.domain.tally import Tally, tally
from services.matcher.domain.wanted import Wanted, wanted
from services.matcher.domain.weeks import Week, weeks

NEWEST: Final = 20
"""Postings told at a time."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found."""

    matching: int
    weeks: list[Week]
    newest: list[tuple[datetime, bytes]]
    """When each opened, and its summary as JSON."""
    more: Cursor | None
    tally: Tally


class Previewer:
    """Answers questions in whatever thread asks, one at a time."""

    def __init__(self, corpus: Corpus, lock: Lock) -> None:
        self._corpus = corpus
        self._lock = lock

    def preview(self, filter: Filter, *, after: Cursor | None, now: datetime) -> Found:
        """Ages are counted to `now` for what is open, and for the weeks to the day each posting opened, as an alert would."""
        started, asked = time.perf_counter(), wanted(filter)
        with self._lock:  # for all of it: what is told is of one moment
            found = self._find(asked, after, now)
        metrics.preview_seconds.observe(time.perf_counter() - started)
        return found

    def _find(self, asked: Wanted, after: Cursor | None, now: datetime) -> Found:
        corpus = self._corpus
        fitting = search(corpus, asked)
        matching = fitting & corpus.open
        opened = fitting
        if asked.posted_within is not None:
            matching = matching & corpus.posted_within(asked.posted_within, now.date().toordinal())
            opened = opened & corpus.posted_within(asked.posted_within, corpus.opening_days())
        newest, more = page(corpus, matching, after=after, most=NEWEST)
        slots = np.flatnonzero(matching)
        return Found(
            matching=len(slots),
            weeks=weeks(corpus, opened, now),
            newest=[(corpus.moment(slot), corpus.summaries[slot]) for slot in newest],
            more=more,
            tally=tally(corpus, slots),
        )
