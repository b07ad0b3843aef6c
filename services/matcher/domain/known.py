"""The subscriptions a matcher knows: the present state of each, and which filter was in force when a posting was published.

A change may arrive between a posting's publication and its comparison. The posting is then judged by the filter that was in
force when it was published, so a subscription's former terms are kept for as long as such postings are expected.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from services.matcher.domain.index import Index
from services.matcher.domain.program import Compiled
from services.matcher.domain.rows import Row, Rows, micros, moment
from services.matcher.domain.subscription import Subscription

_ALWAYS: Final = datetime.max.replace(tzinfo=UTC)
_MOST_FORMERS: Final = 100
"""Of one subscription: one that changes in a loop must not fill the memory. What was published before the oldest meets none."""
_FIRST: Final = micros(datetime.min.replace(tzinfo=UTC))
LAST_REVISION: Final = micros(_ALWAYS)
"""The last that is a moment. The contract takes higher ones, and a tighter contract would break it for its other readers."""


@dataclass(frozen=True, slots=True)
class Term:
    """An active state and its term: it is in force for what was published after `effective_from` and up to `until`."""

    row: Row
    asked: Compiled
    until: datetime = _ALWAYS
    replaced_at: datetime = _ALWAYS
    """When its successor arrived here, by the local clock."""

    def in_force(self, published_at: datetime) -> bool:
        return self.row.effective_from < published_at <= self.until


class Known:
    """States, the terms of former ones, and the revisions of what has ended."""

    def __init__(self, index: Index | None = None) -> None:
        self.index = Index() if index is None else index
        """Of the filters of those that are active."""
        self.rows = Rows()
        self.formers: dict[UUID, tuple[Term, ...]] = {}
        """Terms of one subscription never overlap. The subscription that changed last comes last."""
        self.ended: dict[UUID, int] = {}
        """To its revision: a state that a relay repeats must not come back to life."""
        self.is_read = False
        """Its slots are being read in another thread: none is used again meanwhile."""
        self._by_end: list[Term] = []
        """All former terms, the last to end last."""
        self._free: list[int] = []
        self._slots = 0
        """Slots that were ever used."""

    def revision(self, id: UUID) -> int:
        """Of the state or the end taken in last; -1 where there is none."""
        return self._revision_at(self.rows.find(id), id)

    def take(self, state: Subscription, now: datetime) -> bool:
        """Replace a subscription's state by a later one; an earlier one is passed over. The former stays for what was published
        before.

        Returns whether it has new terms. Raises `ValueError` where `check` does, and where its filter cannot be
        filed what that raised; nothing is taken in then.
        """
        check(state)
        id = state.subscription_id
        at = self.rows.find(id)
        if state.revision <= self._revision_at(at, id):
            return False
        read = self.index.read(state.filter)  # also of one that is paused: its contract holds for it too
        asked = read if state.status == "active" else None
        before = self._retired(at) if at >= 0 else None
        slot = self._slot()
        if asked is not None:
            self.index.put(slot, asked)
        self.rows.put(slot, state)
        if before is not None or id in self.formers:
            self._keep_former(id, before, _in_force_from(state), now)
        if before is None or asked is None:
            return asked is not None
        return before.asked != asked or before.row.effective_from != state.effective_from

    def end(self, id: UUID, *, revision: int) -> None:
        """Forget a subscription and what it was: ended means silent, also about what was published before."""
        if (at := self.rows.find(id)) >= 0:
            self._retired(at)
            self.rows.drop(id)
        self._keep(id, ())
        self.ended[id] = revision

    def terms(self, id: UUID) -> Iterator[Term]:
        """Of one subscription, in order; none where it has ended."""
        yield from self.formers.get(id, ())
        slot = self.rows.find(id)
        if slot >= 0 and (row := self.rows.row(slot)).is_active:
            yield Term(row, self.index.of(slot))

    def formers_at(self, published_at: datetime) -> Iterator[Term]:
        """The former states in force then. Nearly always all have ended by then, which a few comparisons tell."""
        for number in range(bisect_left(self._by_end, published_at, key=_until), len(self._by_end)):
            if self._by_end[number].in_force(published_at):
                yield self._by_end[number]

    def forget_formers(self, *, replaced_before: datetime) -> None:
        """Drop all of a subscription whose last one was replaced before this. Costs nothing where there is none."""
        while self.formers and (first := next(iter(self.formers.items())))[1][-1].replaced_at < replaced_before:
            self._keep(first[0], ())

    def forget_ended(self, *, ended_before: datetime) -> None:
        """Drop what ended so long ago that the topic has forgotten it too."""
        oldest = micros(ended_before)
        self.ended = {id: revision for id, revision in self.ended.items() if revision >= oldest}

    def restore(self, formers: Iterable[Term], ended: Mapping[UUID, int]) -> None:
        """Know what another process knew, where rows and index are there already and nothing else is known yet."""
        self._slots = len(self.rows)
        self.ended.update(ended)
        for former in formers:
            id = former.row.subscription_id
            self._keep(id, (*self.formers.get(id, ()), former))

    def _slot(self) -> int:
        if not self.is_read:
            self._free = self._free or [*self.index.freed()]
            if self._free:
                return self._free.pop()
        self._slots += 1
        return self._slots - 1

    def _revision_at(self, slot: int, id: UUID) -> int:
        return int(self.rows.table[slot]["revision"]) if slot >= 0 else self.ended.get(id, -1)

    def _retired(self, slot: int) -> Term | None:
        """Have the state there be found no more. Returns its term, where it was active."""
        row = self.rows.row(slot)
        if not row.is_active:
            self._free.append(slot)
            return None
        term = Term(row, self.index.of(slot))
        self.index.remove(slot)
        return term

    def _keep_former(self, id: UUID, before: Term | None, until: datetime, now: datetime) -> None:
        """A clock that was set back could make an earlier term reach into a later one: the later state has the say."""
        kept = [one if one.until <= until else replace(one, until=until) for one in self.formers.get(id, ())]
        if before is not None:
            kept.append(replace(before, until=until, replaced_at=now))
        if kept:
            self._keep(id, kept)

    def _keep(self, id: UUID, formers: Iterable[Term]) -> None:
        """Those that are in force for anything at all: a new name or destination replaces its state from the start."""
        before = self.formers.pop(id, ())
        kept = tuple(former for former in formers if former.row.effective_from < former.until)[-_MOST_FORMERS:]
        for former in _others(before, kept):
            self._drop(former)
        for former in _others(kept, before):
            insort(self._by_end, former, key=_until)
        if kept:
            self.formers[id] = kept

    def _drop(self, former: Term) -> None:
        number = bisect_left(self._by_end, former.until, key=_until)
        while self._by_end[number] is not former:  # several may end at once
            number += 1
        del self._by_end[number]


def _others(terms: Iterable[Term], known: Iterable[Term]) -> Iterator[Term]:
    """Those that are not the very same as a known one: to compare what they say would take long."""
    same = set(map(id, known))
    return (term for term in terms if id(term) not in same)


def _until(term: Term) -> datetime:
    return term.until


def check(state: Subscription) -> None:
    """Raise `ValueError` where the state's revision is no moment, or the moment since when it applies is none in UTC."""
    if state.revision > LAST_REVISION:
        raise ValueError(f"subscription {state.subscription_id} has revision {state.revision}, which is no moment")
    if not _FIRST <= micros(state.effective_from) <= LAST_REVISION:
        raise ValueError(f"subscription {state.subscription_id} applies from {state.effective_from}, which is no moment in UTC")


def _in_force_from(state: Subscription) -> datetime:
    """A pause counts from its saving: it leaves `effective_from` where it was."""
    return state.effective_from if state.status == "active" else saved_at(state.revision)


def saved_at(revision: int) -> datetime:
    """By the clock of `subscriptions`' database, which the revision holds."""
    return moment(revision)
