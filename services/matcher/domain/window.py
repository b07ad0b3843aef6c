"""The postings of the last minutes, kept for filters that were saved before them but arrive after they were compared."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from schemas.match import Matched, matched
from schemas.posting import PostingChanged, PostingOpened
from services.matcher.domain.facts import Facts, facts

Live = PostingOpened | PostingChanged
Key = tuple[UUID, int]
"""A posting's id and revision."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What filters are compared with: the facts of a posting's present and, where it changed, its previous content."""

    now: Facts
    before: Facts | None


def compare(event: Live) -> Compared:
    """Work out what is compared with filters. A posting's age is the one it had when it was published: who compares it later,
    or again, comes to the same.
    """
    before = facts(event.previous(), event.published_at) if isinstance(event, PostingChanged) else None
    return Compared(facts(event.posting, event.published_at), before)


@dataclass(frozen=True, slots=True)
class Recent:
    """A posting as light as can be: 8 kB for a text of 5,600 characters, where the event alone takes more."""

    published_at: datetime
    arrived_at: datetime
    """By the local clock."""
    record: bytes
    """The `Matched` that tells of it, as JSON, without subscriptions."""
    compared: Compared

    def is_older(self, moment: datetime) -> bool:
        return self.published_at < moment or self.arrived_at < moment

    def told(self) -> Matched:
        return matched.validate_json(self.record)


class Window:
    """Recent postings, in no order: those that are read again come the latest first."""

    def __init__(self) -> None:
        self._held: dict[Key, Recent] = {}

    def hold(self, record: Matched, compared: Compared, *, now: datetime) -> None:
        """Keep one; the same one again counts as come now."""
        self.drop((record.posting.id, record.revision))
        before = compared.before.light() if compared.before else None
        light = Compared(compared.now.light(), before)
        recent = Recent(record.published_at, now, record.model_dump_json().encode(), light)
        self._held[record.posting.id, record.revision] = recent

    def drop(self, key: Key) -> None:
        self._held.pop(key, None)

    def after(self, moment: datetime) -> list[Recent]:
        """Those published after this moment, as they are now."""
        return [recent for recent in self._held.values() if recent.published_at > moment]

    def forget(self, *, before: datetime) -> None:
        """Drop those published or come before this: one that is stamped ahead of time would be held for as long."""
        for key in [key for key, recent in self._held.items() if recent.is_older(before)]:
            del self._held[key]

    def __contains__(self, key: Key) -> bool:
        return key in self._held

    def __len__(self) -> int:
        return len(self._held)
