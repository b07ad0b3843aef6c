"""Terms found in a text in one pass: words, beginnings of words and phrases; however many there are, it costs the same.

Terms are a tree of words. A node's parent is the phrase without its last word, so a word alone is a child of the root. Words
are looked up by a hash of their bytes (FNV-1a, Fowler, Noll and Vo), which passes every beginning of the word on its way; nodes
with a parent by the pair of parent and word.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.matcher.domain.kernels import kernel

FIELDS: Final = 6
"""Where a term may have to stand, as columns of `predicates`: anywhere, anywhere but in the company, and the four scopes."""
ANY, SAID, TITLE, COMPANY, SKILL, LOCATION = range(FIELDS)
SPACE: Final = 32
LINE: Final = 10
_BASIS: Final = np.uint64(0xCBF29CE484222325)
_PRIME: Final = np.uint64(0x100000001B3)
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)
"""The golden ratio in 64 bits (Knuth, volume 3, section 6.4)."""
LONG: Final = 62
"""Beginnings of so many bytes and more are looked for at every byte that far in."""

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int32]
Hashes = NDArray[np.uint64]


@kernel
def hash_of(word: Bytes) -> int:
    """Of a word's bytes. Never 0, which is a free place."""
    found = _BASIS
    for byte in word:
        found = (found ^ np.uint64(byte)) * _PRIME
    return found | np.uint64(1)


@kernel
def place_of(key: int, mask: int) -> int:
    """Where a key belongs in a table: FNV leaves the last letters in the lowest bits, so they are spread."""
    return np.int64(((key ^ (key >> np.uint64(32))) * _SPREAD) >> np.uint64(36)) & mask


@kernel
def find_word(hashes: Hashes, nodes: Ints, starts: Ints, letters: Bytes, key: int, text: Bytes, begin: int, end: int) -> int:
    """The node of `text[begin:end]` with this hash; 0 where it is none. Its letters are compared: hashes may be the same."""
    mask = len(hashes) - 1
    at = place_of(key, mask)
    while hashes[at] != 0:
        if hashes[at] == key:
            node = nodes[at]
            start = starts[node]
            same = starts[node + 1] - start == end - begin
            for offset in range(end - begin):
                if not same:
                    break
                same = letters[start + offset] == text[begin + offset]
            if same:
                return node
        at = (at + 1) & mask
    return 0


@kernel
def put(hashes: Hashes, nodes: Ints, key: int, node: int) -> None:
    """Into the first free place from where it belongs. There is one: tables are at most half full."""
    mask = len(hashes) - 1
    at = place_of(key, mask)
    while hashes[at] != 0:
        at = (at + 1) & mask
    hashes[at] = key
    nodes[at] = node


@kernel
def edge_of(parent: int, child: int) -> int:
    """The key of a word behind a phrase."""
    mixed = ((np.uint64(parent) << np.uint64(32)) | np.uint64(child)) * _SPREAD
    return mixed | np.uint64(1)


@kernel
def put_word(hashes: Hashes, nodes: Ints, word: Bytes, node: int) -> None:
    put(hashes, nodes, hash_of(word), node)


@kernel
def put_edge(edges: Hashes, targets: Ints, parent: int, child: int, node: int) -> None:
    put(edges, targets, edge_of(parent, child), node)


@kernel
def rehash(hashes: Hashes, nodes: Ints, into: Hashes, into_nodes: Ints) -> None:
    """All of a table into a larger one."""
    for at in range(len(hashes)):
        if hashes[at] != 0:
            put(into, into_nodes, hashes[at], nodes[at])


@kernel
def find_edge(edges: Hashes, targets: Ints, parents: Ints, lasts: Ints, parent: int, child: int) -> int:
    """The node of the phrase that ends with this word; 0 where there is none."""
    mask = len(edges) - 1
    key = edge_of(parent, child)
    at = place_of(key, mask)
    while edges[at] != 0:
        node = targets[at]
        if edges[at] == key and parents[node] == parent and lasts[node] == child:
            return node
        at = (at + 1) & mask
    return 0


@kernel
def reach(node: int, columns: int, predicates: Ints, truth: Bytes, satisfied: Ints, count: int) -> int:
    """A term was found: what it means in the fields (bits of `columns`) where it stands holds. Returns how many hold by now."""
    for field in range(FIELDS):
        if columns >> field & 1:
            predicate = predicates[node * FIELDS + field]
            if predicate != 0 and truth[predicate] == 0:
                truth[predicate] = 1
                satisfied[count] = predicate
                count += 1
    return count


@kernel
def scan(
    text: Bytes,
    ends: Ints,
    columns: Ints,
    hashes: Hashes,
    nodes: Ints,
    begin_hashes: Hashes,
    begin_nodes: Ints,
    starts: Ints,
    letters: Bytes,
    lengths: int,
    edges: Hashes,
    targets: Ints,
    parents: Ints,
    lasts: Ints,
    leads: Bytes,
    predicates: Ints,
    truth: Bytes,
    satisfied: Ints,
    count: int,
    phrases: Ints,
    beginnings: Ints,
) -> int:
    """Find every term in a text in UTF-8 whose words have one space before, between and after, a line each.

    `ends`, `columns`: its parts and the fields each is in. `lengths`: a bit for each length in bytes of a beginning, the last
    for all from 62 on. `leads`: whether a node goes on. `phrases`, `beginnings`: room for those under way and of one word.
    Returns `count` and what was found.
    """
    begin, part, under_way = 0, 0, 0
    here = columns[0]
    size, many, key = len(text), 0, _BASIS
    for at in range(size + 1):
        byte = text[at] if at < size else np.uint8(LINE)
        if byte != SPACE and byte != LINE:
            key = (key ^ np.uint64(byte)) * _PRIME
            length = at + 1 - begin
            if lengths != 0 and lengths >> min(length, LONG) & 1:
                node = find_word(begin_hashes, begin_nodes, starts, letters, key | np.uint64(1), text, begin, at + 1)
                if node != 0:
                    beginnings[many] = node
                    many += 1
            continue
        if at > begin:
            while ends[part] <= begin:
                part += 1
                here = columns[part]
            node = find_word(hashes, nodes, starts, letters, key | np.uint64(1), text, begin, at)
            kept = 0
            for number in range(under_way):
                phrase = phrases[number]
                for which in range(many):
                    longer = find_edge(edges, targets, parents, lasts, phrase, beginnings[which])
                    if longer != 0:
                        count = reach(longer, here, predicates, truth, satisfied, count)
                if node != 0:
                    longer = find_edge(edges, targets, parents, lasts, phrase, node)
                    if longer != 0:
                        count = reach(longer, here, predicates, truth, satisfied, count)
                        if leads[longer]:
                            phrases[kept] = longer
                            kept += 1
            under_way = kept
            for which in range(many):
                count = reach(beginnings[which], here, predicates, truth, satisfied, count)
            if node != 0:
                count = reach(node, here, predicates, truth, satisfied, count)
                if leads[node]:
                    phrases[under_way] = node
                    under_way += 1
        if byte == LINE:
            under_way = 0
        begin, many, key = at + 1, 0, _BASIS
    return count
