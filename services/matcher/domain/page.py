"""The newest postings, some at a time: a cursor says after which one the next begin."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matcher.domain.column import Mask
from services.matcher.domain.corpus import Corpus

_MOMENT: Final = 8
_ID: Final = 16
"""Bytes: 24 together, which base64 writes without padding."""


class Cursor(NamedTuple):
    """A place in the order: by when a posting opened, then by its id, the newest first.

    It names no number of postings passed over, so that some which come or go in between are neither repeated nor make others be
    skipped: what opened since stands before it.
    """

    opened_at: int
    """Microseconds since the epoch."""
    id: int
    """The 128 bits of it: they compare faster."""

    def text(self) -> str:
        """As it is handed out, and means nothing outside."""
        data = self.opened_at.to_bytes(_MOMENT, "big", signed=True) + self.id.to_bytes(_ID, "big")
        return urlsafe_b64encode(data).decode()


def cursor(text: str) -> Cursor:
    """What `Cursor.text` gave. Raises `ValueError` at anything else."""
    data = urlsafe_b64decode(text)
    found = Cursor(int.from_bytes(data[:_MOMENT], "big", signed=True), int.from_bytes(data[_MOMENT:], "big"))
    if len(data) != _MOMENT + _ID or found.text() != text:
        raise ValueError("not a cursor")
    return found


def page(corpus: Corpus, found: Mask, *, after: Cursor | None, most: int) -> tuple[list[int], Cursor | None]:
    """Slots of those found, the newest first, and the cursor for more; None where there are no more."""
    slots = np.flatnonzero(found & (corpus.opened_at <= after.opened_at)) if after else np.flatnonzero(found)
    behind = [one for one in _newest(corpus, slots, most + 1, after) if after is None or _place(corpus, one) < after]
    some = behind[:most]
    return some, _place(corpus, some[-1]) if len(behind) > most else None


def _newest(corpus: Corpus, slots: NDArray[np.intp], most: int, after: Cursor | None) -> list[int]:
    """At least so many, in order. Of those that opened at one moment all are taken or none."""
    opened = corpus.opened_at[slots]
    most += int(np.count_nonzero(opened == after.opened_at)) if after else 0  # some of them may be passed already
    if len(slots) > most:
        slots = slots[opened >= np.partition(opened, -most)[-most]]
    return sorted(slots.tolist(), key=lambda slot: _place(corpus, slot), reverse=True)


def _place(corpus: Corpus, slot: int) -> Cursor:
    return Cursor(int(corpus.opened_at[slot]), corpus.ids[slot].int)
