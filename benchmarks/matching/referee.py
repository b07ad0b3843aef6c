"""Brute force: rows of JAW-1 enter as columns of NumPy, the ids of all filters that match a posting leave, ascending.

It knows neither the product's filters nor its words: numbers are compared with numbers, as the workload states them.
"""

from array import array
from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.matching.rows import NONE, FilterRow, PostingRow

Ids = NDArray[np.int32]
MOST_KEYWORDS: Final = 3
MOST_VALUES: Final = 8_192
"""Above the largest number of a place or company."""


class Referee:
    """Twenty-eight bytes a filter."""

    def __init__(self, rows: Iterable[FilterRow]) -> None:
        self._terms: dict[str, int] = {}
        columns = {name: array(code) for name, code in _COLUMNS.items()}
        words = array("i")
        for row in rows:
            keywords = [self._term(word) for word in row.keywords]
            words.extend((*keywords, *[NONE] * (MOST_KEYWORDS - len(keywords)), self._term(row.excluded)))
            for name, column in columns.items():
                column.append(getattr(row, name))
        self._words = np.array(words, np.int32).reshape(-1, MOST_KEYWORDS + 1)
        self._columns = {name: np.array(column) for name, column in columns.items()}

    def ids(self, posting: PostingRow) -> Ids:
        """The cheapest column first; each looks at what the ones before it left."""
        columns = self._columns
        left = np.flatnonzero(_among(posting.places)[columns["place"]])
        for name, values in (("employment", (posting.employment,)), ("visa", posting.visas), ("company", (posting.company,))):
            left = left[_among(values)[columns[name][left]]]
        left = left[columns["pay"][left] <= max(posting.pay, 0)]
        if not posting.remote:
            left = left[columns["remote"][left] == 0]
        occurs = np.zeros(len(self._terms) + 1, bool)
        occurs[[self._terms[token] for token in posting.tokens if token in self._terms]] = True
        left = left[~occurs[self._words[left, MOST_KEYWORDS]]]  # -1 is the last place, where nothing occurs
        occurs[NONE] = True
        ids: Ids = left[occurs[self._words[left, :MOST_KEYWORDS]].all(axis=1)].astype(np.int32)
        return ids

    def _term(self, word: str) -> int:
        return self._terms.setdefault(word, len(self._terms)) if word else NONE


def _among(values: Iterable[int]) -> NDArray[np.bool_]:
    """A table of what a filter may ask for: these, or nothing (-1, which is its last place)."""
    table = np.zeros(MOST_VALUES, bool)
    table[[NONE, *values]] = True
    return table


_COLUMNS: Final = {"place": "h", "employment": "b", "visa": "b", "company": "h", "pay": "h", "remote": "b"}
"""Their types, as the module `array` names them."""
