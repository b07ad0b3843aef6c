"""All that the gate may know of alerts that are due: subscriptions, postings, and what was told before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal
from uuid import UUID

from schemas.filter.tree import Filter
from schemas.posting import PostingSummary

Told = tuple[UUID, UUID, int, str, int]
"""(destination, posting, episode, kind, revision): what a person is told once."""
Opening = tuple[UUID, UUID, int]
"""(subscription, posting, episode)."""
About = tuple[UUID, UUID, int]
"""(destination, posting, episode): what a destination is told of, and may be told again after a correction."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """As the notifier last heard of it."""

    status: Literal["active", "paused", "ended"]
    name: str
    filter: Filter


@dataclass(frozen=True, slots=True)
class Posting:
    """As the notifier last heard of it."""

    status: Literal["open", "closed"]
    episode: int
    published_at: datetime
    content: PostingSummary
    correlation_id: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """A message frozen before."""

    id: UUID
    message_id: str
    pending: bool
    """It has not reached its end, and may still be withdrawn."""
    given_up: bool
    """It was withdrawn, or given up: it may have arrived, and nobody knows."""
    due_at: datetime
    """When a pending one is tried next."""


@dataclass(frozen=True)
class Situation:
    """All that the gate may know, read in the transaction that freezes what it decides."""

    subscriptions: Mapping[UUID, Subscription]
    postings: Mapping[UUID, Posting]
    reachable: frozenset[UUID]
    """Destinations that exist and are not disabled."""
    erased: frozenset[UUID]
    """Subscribers who ended their account."""
    told: Mapping[Told, Earlier]
    """Of the alerts' destinations and postings: what a message was frozen for already, unless it surely never arrived."""
    outdated: Mapping[Opening, int]
    """The newest revision in which a posting no longer matched a subscription, as the ledger has it."""
    matching: frozenset[About]
    """(destination, posting, episode) of alerts that say no longer where another subscription matches, as the ledger has it. Of
    what is not open any more, none."""
    again: frozenset[Opening]
    """Openings of alerts that say no longer which matched that subscription again later, as the ledger has it. Of what is not
    open any more, none."""
    reopened: frozenset[About]
    """(destination, posting, episode) of alerts that say no longer where one of a later opening waits."""
    known_until: datetime
    """Everything `subscriptions` answered before this moment is known here."""
    now: datetime

    @cached_property
    def history(self) -> Mapping[About, Sequence[tuple[str, int, Earlier]]]:
        """`told` by (destination, posting, episode): kind, revision and message of each."""
        found: dict[About, list[tuple[str, int, Earlier]]] = {}
        for (destination, posting, episode, kind, revision), earlier in self.told.items():
            found.setdefault((destination, posting, episode), []).append((kind, revision, earlier))
        return found
