"""What could not be taken, as it is kept: one row for the same thing, what is asked for of them, and the item to try again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, NamedTuple, Self

from services.ingest.domain.batch import Item, Refusal
from services.ingest.domain.document import MAXIMUM_RAW, Malformed, read
from services.ingest.domain.provenance import Provenance
from services.ingest.domain.push import source_id_of

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class NotWhole(Exception):
    """What was kept is not all that was sent, so it cannot be tried again as it is."""


class NotTheSame(Exception):
    """A correction names another posting than what it corrects."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A refusal, and how often the push has it."""

    refusal: Refusal
    identity: bytes
    count: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rejections are asked for; nothing said means all that are open."""

    source_id: str | None = None
    since: datetime | None = None
    """Received last at this moment or after it."""
    field: str | None = None
    """With a fault of this field, or of a part of it: `pay` is also `pay.minimum`."""
    resolved: bool = False
    """Those too whose posting was taken since."""


class Mark(NamedTuple):
    """Where a page ends. Rows are told by when they came last, and by id where that is the same."""

    at: datetime
    id: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises `ValueError` where no mark was printed so."""
        micros, _, identity = text.partition("-")
        try:
            return cls(_EPOCH + int(micros) * _MICROSECOND, int(identity))
        except OverflowError as error:
            raise ValueError(str(error)) from None

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // _MICROSECOND}-{self.id}"


def identity_of(source_id: str | None, raw: str) -> bytes:
    """By which the same thing is known again; as in the migration."""
    return sha256((f"raw {raw}" if source_id is None else f"id {source_id}").encode()).digest()


def once_each(refusals: Sequence[Refusal]) -> list[Kept]:
    """One for each identity: the last, with how many there are."""
    kept: dict[bytes, Kept] = {}
    for refusal in refusals:
        identity = identity_of(refusal.source_id, refusal.raw)
        before = kept.get(identity)
        kept[identity] = Kept(refusal, identity, 1 + (before.count if before else 0))
    return list(kept.values())


def item_of(place: str, raw: str, provenance: Provenance | None = None) -> Item:
    """What was sent, once more. Raises `NotWhole` where it was too long or too deep to be kept, and where it is a part of a
    source's page that its reader could not read: that is read again with its page.
    """
    if provenance and not provenance.is_posting:
        raise NotWhole("it is a part of a source's page, which is read again with the page: import that again")
    try:
        value = read(raw.encode())
    except Malformed:
        why = f"longer than {MAXIMUM_RAW:,} characters and kept up to there" if len(raw) >= MAXIMUM_RAW else raw
        raise NotWhole(f"it was {why}: send the posting itself") from None
    return _line(place, value) if isinstance(value, str) else Item(place, value, provenance=provenance)


def corrected(item: Item, *, source_id: str | None, provenance: Provenance | None) -> Item:
    """What its publisher sends in place of what was kept. Raises `NotTheSame`.

    The terms of use stay with the posting; the origins do not, because these are the publisher's own words.
    """
    named = source_id_of(item.value)
    if source_id is not None and named is not None and named != source_id:
        raise NotTheSame(f"what was rejected is {source_id}, and the correction is {named}: push that as a posting of its own")
    return replace(item, provenance=provenance and Provenance(terms=provenance.terms))


def _line(place: str, text: str) -> Item:
    """A text is a line that was no JSON, or an item that was one."""
    try:
        return Item(place, read(text.encode("utf-8", "surrogateescape")))
    except (Malformed, UnicodeEncodeError):
        return Item(place, text, "is not JSON")
