"""The subscriptions a matcher knows: the present state of each, and which state was in force when a posting was published.

A change may arrive between a posting's publication and its comparison. The posting is then judged by the filter that was in
force when it was published, so a subscription's former states are kept until no such posting can come any more.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from schemas.subscription import SubscriptionState
from services.matcher.domain.oracle import Wanted, wanted

_ALWAYS: Final = datetime.max.replace(tzinfo=UTC)
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Term:
    """An active state and its term: it is in force for what was published after `effective_from` and up to `until`."""

    state: SubscriptionState
    asked: Wanted
    until: datetime = _ALWAYS
    replaced_at: datetime = _ALWAYS
    """When its successor arrived here, by the local clock."""

    def in_force(self, published_at: datetime) -> bool:
        return self.state.effective_from < published_at <= self.until


class Known:
    """States, the terms of former ones, and the revisions of what has ended."""

    def __init__(self) -> None:
        self.states: dict[UUID, SubscriptionState] = {}
        self.formers: dict[UUID, tuple[Term, ...]] = {}
        """Terms of one subscription never overlap."""
        self.ended: dict[UUID, int] = {}
        """To its revision: a state that a relay repeats must not come back to life."""
        self._last_until = _NEVER

    def revision(self, id: UUID) -> int:
        """Of the state or the end taken in last; -1 where there is none."""
        state = self.states.get(id)
        return state.revision if state else self.ended.get(id, -1)

    def take(self, state: SubscriptionState, now: datetime) -> None:
        """Replace a subscription's state by a later one. The former stays for what was published before."""
        id, until = state.subscription_id, _in_force_from(state)
        before = self.states.get(id)
        self.states[id] = state
        if before is not None:
            # A clock that was set back could make an earlier term reach into a later one: the later state has the say.
            kept = [replace(former, until=min(former.until, until)) for former in self.formers.get(id, ())]
            if before.status == "active":
                kept.append(Term(before, wanted(before.filter), until, replaced_at=now))
            self._keep(id, kept)

    def end(self, id: UUID, *, revision: int) -> None:
        """Forget a subscription and what it was: ended means silent, also about what was published before."""
        self.states.pop(id, None)
        self.formers.pop(id, None)
        self.ended[id] = revision

    def terms(self, id: UUID) -> Iterator[Term]:
        """Of one subscription, in order; none where it has ended."""
        yield from self.formers.get(id, ())
        state = self.states.get(id)
        if state is not None and state.status == "active":
            yield Term(state, wanted(state.filter))

    def formers_at(self, published_at: datetime) -> Iterator[Term]:
        """The former states in force then. Nearly always there are none, at the cost of one comparison."""
        if published_at <= self._last_until:
            for formers in self.formers.values():
                yield from (former for former in formers if former.in_force(published_at))

    def forget_formers(self, *, replaced_before: datetime) -> None:
        """Drop those that were replaced before this."""
        for id, formers in list(self.formers.items()):
            self._keep(id, (former for former in formers if former.replaced_at >= replaced_before))
        if not self.formers:
            self._last_until = _NEVER

    def restore(self, states: Iterable[SubscriptionState], formers: Iterable[Term], ended: Mapping[UUID, int]) -> None:
        """Know what another process knew. Only where nothing is known yet."""
        self.states.update((state.subscription_id, state) for state in states)
        self.ended.update(ended)
        for former in formers:
            id = former.state.subscription_id
            self._keep(id, (*self.formers.get(id, ()), former))

    def _keep(self, id: UUID, formers: Iterable[Term]) -> None:
        """Those that are in force for anything at all: a new name or destination replaces its state from the start."""
        if kept := tuple(former for former in formers if former.state.effective_from < former.until):
            self.formers[id] = kept
            self._last_until = max(self._last_until, *(former.until for former in kept))
        else:
            self.formers.pop(id, None)


def _in_force_from(state: SubscriptionState) -> datetime:
    """A pause counts from its saving: it leaves `effective_from` where it was."""
    return state.effective_from if state.status == "active" else saved_at(state)


def saved_at(state: SubscriptionState) -> datetime:
    """By the clock of `subscriptions`' database, which its revision holds."""
    return datetime.fromtimestamp(state.revision / 1_000_000, UTC)
