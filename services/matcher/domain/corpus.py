"""All postings that can be asked about, in columns: a posting enters under its id and leaves with it. A question goes through
`search`, a count through `tally`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from schemas.filter import codes
from schemas.filter.tree import Scope
from schemas.places import Area, Spot
from schemas.posting import Posting
from services.matcher.domain.column import Column, Mask, resized
from services.matcher.domain.facts import Facts, facts
from services.matcher.domain.field import Field
from services.matcher.domain.labels import Labels

FACTS: Final[Mapping[str, tuple[str, ...]]] = {
    codes.VISA: ("sponsorship", "sponsors", "visas"),
    codes.VERDICT: ("sponsorship",),
    codes.CITIZENSHIP: ("citizens_only",),
    codes.CLEARANCE: ("needs_clearance",),
    codes.WORKPLACE: ("workplace",),
    codes.EMPLOYMENT: ("employment_types",),
    codes.SENIORITY: ("seniority",),
    codes.OCCUPATION: ("occupation",),
    codes.SOURCE: ("source",),
    codes.LANGUAGE: ("language",),
    codes.DEGREE: ("degree",),
    codes.EXPERIENCE: ("experience",),
    codes.WAGE_LEVEL: ("wage_level",),
    codes.APPROVALS: ("history",),
    codes.COMPANY: ("company_key",),
    codes.PAY: ("pay", "pay_currency"),
}
"""The clauses that are answered by column, and the facts that each looks at. Words, places and ages are not among them."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BLANK: Final = facts(Posting(id=UUID(int=0), source="-", source_id="-", title="-", company="-", url="-"), EPOCH)
_NO_DATE: Final = 0
_FIRST: Final = 1024
"""Slots at the beginning; there are twice as many whenever they are used up."""

Town = tuple[str, str, str]
"""City as in `Spot`, state, country."""


@dataclass(frozen=True, slots=True)
class Held:
    """A posting as it is held."""

    facts: Facts
    company: str
    posted_on: date | None
    opened_at: datetime
    is_open: bool
    summary: bytes
    """As JSON: it is read where it is shown, and an object would take four times the memory."""


class Corpus:
    """Postings in slots. Not for several threads at a time."""

    def __init__(self) -> None:
        self.clauses: dict[str, Column[Facts]] = {code: Column() for code in FACTS}
        self.fields: dict[Scope | None, Field] = {scope: Field() for scope in (None, "title", "company", "skill", "location")}
        self.companies: Labels[str] = Labels()
        """By their keys, the names."""
        self.countries: Labels[str] = Labels()
        self.states: Labels[tuple[str, str]] = Labels()
        self.towns: Labels[Town] = Labels()
        self.slots: dict[UUID, int] = {}
        self.ids: list[UUID] = []
        self.summaries: list[bytes] = []
        self.said_from: list[int] = []
        self.held: Mask = np.zeros(0, np.bool_)
        self.open: Mask = np.zeros(0, np.bool_)
        self.opened_at: NDArray[np.int64] = np.zeros(0, np.int64)
        """Microseconds since the epoch."""
        self._posted_on: NDArray[np.int32] = np.zeros(0, np.int32)
        self._spots: Labels[Spot] = Labels()
        self._free: list[int] = []

    def put(self, id: UUID, posting: Held) -> None:
        """Add or replace."""
        self.drop(id)
        slot = self._take()
        self._fill(slot, posting)
        self.ids[slot], self.slots[id] = id, slot  # last: what is half filled in is nobody's, and nothing finds it

    def _fill(self, slot: int, posting: Held) -> None:
        seen = posting.facts
        for code, column in self.clauses.items():
            key = tuple([getattr(seen, name) for name in FACTS[code]])
            column.put(slot, key, partial(_known, code, key))
        for scope, text in _texts(seen):
            self.fields[scope].put(slot, text)
        self._put_places(slot, seen.spots)
        self.companies.put(slot, {seen.company_key: posting.company})
        self.summaries[slot], self.said_from[slot] = posting.summary, seen.said_from
        self.opened_at[slot] = microseconds(posting.opened_at)
        self._posted_on[slot] = posting.posted_on.toordinal() if posting.posted_on else _NO_DATE
        self.held[slot], self.open[slot] = True, posting.is_open

    def drop(self, id: UUID) -> None:
        """Remove, if it is there. Everything of it goes at once."""
        if (slot := self.slots.pop(id, None)) is None:
            return
        self.held[slot] = self.open[slot] = False
        for part in self._parts():
            part.drop(slot)
        self.summaries[slot] = b""
        self._free.append(slot)

    def in_areas(self, areas: Iterable[Area]) -> Mask:
        """Where a place of the posting lies in one of them: each place there is is looked at once, however many have it."""
        areas = tuple(areas)
        return self._spots.having(lambda spot: any(area.holds(spot) for area in areas))

    def posted_within(self, days: int, today: NDArray[np.int64] | int) -> Mask:
        """Dated at most so many days before a day (an ordinal, the same for all or one for each slot), or without a date."""
        fits: Mask = (self._posted_on == _NO_DATE) | (today - self._posted_on <= days)
        return fits

    def opening_days(self) -> NDArray[np.int64]:
        """The day on which each opened, as an ordinal."""
        return self.opened_at // _DAY + EPOCH.toordinal()

    def moment(self, slot: int) -> datetime:
        """When it opened."""
        return EPOCH + timedelta(microseconds=int(self.opened_at[slot]))

    def counts(self) -> tuple[int, int]:
        """How many are open, and how many closed. May be asked for while others change it: it is then off by that one."""
        still_open, held = int(np.count_nonzero(self.open)), int(np.count_nonzero(self.held))
        return still_open, max(0, held - still_open)  # not by comparing the two: one may have just resized

    def closed_before(self, moment: datetime) -> list[UUID]:
        """Those that are closed and had opened before."""
        past = self.held & ~self.open & (self.opened_at < microseconds(moment))
        return [self.ids[slot] for slot in np.flatnonzero(past)]

    def __len__(self) -> int:
        return len(self.slots)

    def _put_places(self, slot: int, spots: tuple[Spot, ...]) -> None:
        towns = [(spot.city, spot.state, spot.country) for spot in spots if spot.city]
        states = [(spot.state, spot.country) for spot in spots if spot.state]
        self._spots.put(slot, {spot: spot for spot in spots})
        self.towns.put(slot, {town: town for town in towns})
        self.states.put(slot, {state: state for state in states})
        self.countries.put(slot, {spot.country: spot.country for spot in spots if spot.country})

    def _parts(self) -> Iterable[Column[Any] | Labels[Any] | Field]:
        """Whatever has something for each slot."""
        labels = (self.companies, self.countries, self.states, self.towns, self._spots)
        return (*self.clauses.values(), *labels, *self.fields.values())

    def _take(self) -> int:
        if not self._free:
            self._grow(max(_FIRST, 2 * len(self.held)))
        return self._free.pop()

    def _grow(self, capacity: int) -> None:
        before = len(self.held)
        for part in self._parts():
            part.resize(capacity)
        self.held, self.open = resized(self.held, capacity), resized(self.open, capacity)
        self.opened_at, self._posted_on = resized(self.opened_at, capacity), resized(self._posted_on, capacity)
        self.ids += [UUID(int=0)] * (capacity - before)
        self.summaries += [b""] * (capacity - before)
        self.said_from += [0] * (capacity - before)
        self._free += reversed(range(before, capacity))  # ascending: words then grow at their arrays' ends


_DAY: Final = 24 * 60 * 60 * 1_000_000


def microseconds(moment: datetime) -> int:
    """Since the epoch, exactly: a float of seconds has not the digits."""
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _texts(seen: Facts) -> Iterable[tuple[Scope | None, str]]:
    yield None, seen.text
    yield "title", seen.title
    yield "company", seen.company
    yield "skill", seen.skills
    yield "location", seen.location


def _known(code: str, values: tuple[object, ...]) -> Facts:
    """A posting of which only this is known."""
    named: dict[str, Any] = dict(zip(FACTS[code], values, strict=True))
    return replace(_BLANK, **named)
