"""Every term that filters look for, as a tree the scanner walks. Terms only come: one that nobody asks for any more stays."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.matcher.domain.growing import grown
from services.matcher.domain.kernels import terms as kernels
from services.matcher.domain.kernels.terms import FIELDS, LONG

_ROOT: Final = 0


class Terms:
    """Grows by doubling; a text is scanned with `scan`."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[int, str, bool], int] = {}
        """Parent, last word, and whether it is a beginning."""
        self._count = 1
        self._words, self._beginnings = _Table(), _Table()
        self._phrases = _Table()
        self._starts = np.zeros(1024, np.int32)
        self._letters = np.zeros(8192, np.uint8)
        self._parents, self._lasts = np.zeros(1024, np.int32), np.zeros(1024, np.int32)
        self._leads = np.zeros(1024, np.uint8)
        self._predicates = np.zeros(1024 * FIELDS, np.int32)
        self._lengths = 0
        self._under_way, self._begun = np.zeros(1, np.int32), np.zeros(1, np.int32)

    def add(self, field: int, words: list[str], predicate: int, *, is_beginning: bool) -> None:
        """Let a predicate stand for these words in a row, the last of which may go on."""
        node = _ROOT
        for number, word in enumerate(words, 1):
            node = self._child(node, word, is_beginning=is_beginning and number == len(words))
        self._predicates[node * FIELDS + field] = predicate
        if len(words) > len(self._under_way):
            self._under_way = np.zeros(2 * len(words), np.int32)

    def scan(  # noqa: PLR0917 -- on the hot path
        self, text: bytes, ends: NDArray[np.int32], columns: NDArray[np.int32], truth: NDArray[np.uint8],
        satisfied: NDArray[np.int32], count: int,
    ) -> int:  # fmt: skip
        """Find all terms of a text, as `kernels.terms.scan` says."""
        words, beginnings, phrases = self._words, self._beginnings, self._phrases
        return kernels.scan(
            np.frombuffer(text, np.uint8), ends, columns,
            words.keys, words.nodes, beginnings.keys, beginnings.nodes, self._starts, self._letters, self._lengths,
            phrases.keys, phrases.nodes, self._parents, self._lasts, self._leads, self._predicates,
            truth, satisfied, count, self._under_way, self._begun,
        )  # fmt: skip

    def _child(self, parent: int, word: str, *, is_beginning: bool) -> int:
        node = self._nodes.get((parent, word, is_beginning))
        if node is not None:
            return node
        last = 0 if parent == _ROOT else self._child(_ROOT, word, is_beginning=is_beginning)
        node = self._count
        self._reserve(node)
        self._parents[node], self._lasts[node] = parent, last
        if parent == _ROOT:
            self._spell(node, word.encode(), is_beginning=is_beginning)
        else:
            self._starts[node + 1] = self._starts[node]
            self._link(parent, last, node)
        self._nodes[parent, word, is_beginning] = node  # not before all that may raise: it is tried again
        self._count += 1
        return node

    def _spell(self, node: int, word: bytes, *, is_beginning: bool) -> None:
        start = int(self._starts[node])
        self._letters = grown(self._letters, start + len(word))
        self._letters[start : start + len(word)] = np.frombuffer(word, np.uint8)
        self._starts[node + 1] = start + len(word)
        table = self._beginnings if is_beginning else self._words
        table.reserve()
        kernels.put_word(table.keys, table.nodes, np.frombuffer(word, np.uint8), node)
        if is_beginning:
            self._lengths |= 1 << min(len(word), LONG)
            self._begun = np.zeros(max(len(self._begun), len(word) + 1), np.int32)

    def _link(self, parent: int, last: int, node: int) -> None:
        self._leads[parent] = 1
        self._phrases.reserve()
        kernels.put_edge(self._phrases.keys, self._phrases.nodes, parent, last, node)

    def _reserve(self, node: int) -> None:
        self._starts = grown(self._starts, node + 2)
        self._parents, self._lasts = grown(self._parents, node + 1), grown(self._lasts, node + 1)
        self._leads = grown(self._leads, node + 1)
        self._predicates = grown(self._predicates, (node + 1) * FIELDS)


class _Table:
    """Keys to nodes, at most half full."""

    def __init__(self) -> None:
        self.keys, self.nodes = np.zeros(64, np.uint64), np.zeros(64, np.int32)
        self._count = 0

    def reserve(self) -> None:
        """Room for one more."""
        if 2 * (self._count + 1) > len(self.keys):
            keys, nodes = np.zeros(2 * len(self.keys), np.uint64), np.zeros(2 * len(self.keys), np.int32)
            kernels.rehash(self.keys, self.nodes, keys, nodes)
            self.keys, self.nodes = keys, nodes
        self._count += 1
