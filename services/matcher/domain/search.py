"""A filter enters, the slots of a corpus leave that it takes: clause by clause, each looking only at what the ones before left.

Exactly what the oracle would say of each posting. A clause that looks at facts is the oracle's own, asked once for each value.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Final

import numpy as np

from schemas.filter import codes
from services.matcher.domain.column import Mask
from services.matcher.domain.corpus import Corpus
from services.matcher.domain.group import Entry, Group, Needle, Where
from services.matcher.domain.oracle import Clause, clauses, workplace
from services.matcher.domain.wanted import Wanted


def search(corpus: Corpus, asked: Wanted) -> Mask:
    """Those held, open or not, for which every clause holds but that of the age: it depends on a day, see `posted_within`."""
    left = corpus.held
    for _, narrowed in narrowings(corpus, asked):
        left = narrowed
    return left


def narrowings(corpus: Corpus, asked: Wanted) -> Iterator[tuple[str, Mask]]:
    """The code of each clause that was looked at, with what it and those before it leave. None where nothing is left before."""
    left = corpus.held
    for clause in clauses(asked):
        if clause.code != codes.POSTED and left.any():
            left = _held(corpus, asked, clause, left)
            yield clause.code, left


def _held(corpus: Corpus, asked: Wanted, clause: Clause, within: Mask) -> Mask:
    if look := _SEARCHED.get(clause.code):
        return look(corpus, asked, within)
    return within & corpus.clauses[clause.code].where(lambda known: clause.answer(asked, known).held)


def _places(corpus: Corpus, asked: Wanted, within: Mask) -> Mask:
    """Alternatives that ask for the same workplaces are looked at together."""
    found = np.zeros_like(within)
    for ways in {place.workplaces for place in asked.places}:
        there = corpus.in_areas(place.area for place in asked.places if place.workplaces == ways)
        found |= there & _done(corpus, ways) if ways else there
    return within & found


def _done(corpus: Corpus, ways: frozenset[str]) -> Mask:
    """How the work is."""
    return corpus.clauses[codes.WORKPLACE].where(lambda known: workplace(known) in ways)


def _titles(corpus: Corpus, asked: Wanted, within: Mask) -> Mask:
    return _group(corpus, asked.titles, within)


def _keywords(corpus: Corpus, asked: Wanted, within: Mask) -> Mask:
    return _group(corpus, asked.keywords, within)


def _skills(corpus: Corpus, asked: Wanted, within: Mask) -> Mask:
    for names in asked.skills_all:
        within = _said(corpus, names, within)
    if asked.skills_any:
        within = _said(corpus, chain(*asked.skills_any), within)
    return within


def _said(corpus: Corpus, terms: Iterable[str], within: Mask) -> Mask:
    """One of these occurs outside of the company's name. Where it is in that name too, the rest is looked through."""
    found = np.zeros_like(within)
    for term in terms:
        there = corpus.fields[None].find(term, within & ~found)
        doubtful = corpus.fields["company"].find(term, there)
        texts, said_from = corpus.fields[None].texts, corpus.said_from
        named = [slot for slot in np.flatnonzero(doubtful).tolist() if texts[slot].find(term, said_from[slot]) < 0]
        there[named] = False
        found |= there
    return found


def _group(corpus: Corpus, group: Group, within: Mask) -> Mask:
    """What costs least first: each entry looks only at what the others leave open, and once however often it is named."""
    for entry in _ordered(group.all):
        within = _entry(corpus, entry, within)
    if group.any:
        found = np.zeros_like(within)
        for entry in _ordered(group.any):
            found |= _entry(corpus, entry, within & ~found)
        within = found
    for entry in _ordered(group.none):
        within = within & ~_entry(corpus, entry, within)
    return within


def _ordered(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(dict.fromkeys(entries), key=_cost)


def _entry(corpus: Corpus, entry: Entry, within: Mask) -> Mask:
    match entry:
        case str():
            return corpus.fields[None].find(entry, within)
        case Needle():
            return corpus.fields[entry.scope].find(entry.text, within, prefix=entry.prefix)
        case Where():
            return within & corpus.in_areas((entry.area,))
        case Group():
            return _group(corpus, entry, within)


def _cost(entry: Entry) -> int:
    """A word, a beginning or a place, a group, and what has to be looked for in texts."""
    match entry:
        case Group():
            return max((2, *map(_cost, (*entry.all, *entry.any, *entry.none))))
        case Where():
            return 1
    text = entry if isinstance(entry, str) else entry.text
    if len(text.split()) > 1:
        return 3
    return int(isinstance(entry, Needle) and entry.prefix)


_SEARCHED: Final[Mapping[str, Callable[[Corpus, Wanted, Mask], Mask]]] = {
    codes.PLACE: _places,
    codes.TITLE: _titles,
    codes.SKILLS: _skills,
    codes.KEYWORDS: _keywords,
}
"""The clauses that look for something in texts and places."""
