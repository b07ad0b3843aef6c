"""The subscriptions' states by slot, all but their filters: a table of 72 bytes a row.

A row is written once, and a change goes into another slot: so they can be read in another thread meanwhile.
"""

from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import Any, Final, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from schemas.topics import MATCHES, partition_of
from services.matcher.domain.growing import grown
from services.matcher.domain.kernels import ids
from services.matcher.domain.subscription import Subscription

ROW: Final = np.dtype(
    [
        ("id_high", "u8"), ("id_low", "u8"), ("subscriber_high", "u8"), ("subscriber_low", "u8"),
        ("destination_high", "u8"), ("destination_low", "u8"), ("revision", "i8"), ("effective_from", "i8"),
        ("partition", "u1"), ("is_webhook", "u1"), ("is_paused", "u1"),
    ],
    align=True,
)  # fmt: skip
"""Ids in two words each; times in microseconds since 1970; the partition of `matches`."""
_PACKED: Final = Struct("=6Q2q3B5x")
assert _PACKED.size == ROW.itemsize
_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LOW: Final = 2**64 - 1


class Row(NamedTuple):
    """What decides which postings a subscription is given, beside its filter."""

    subscription_id: UUID
    revision: int
    effective_from: datetime
    is_active: bool


def micros(moment: datetime) -> int:
    """Microseconds since 1970, as revisions have them."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(micros: int) -> datetime:
    """The other way."""
    return _EPOCH + _MICROSECOND * micros


class Rows:
    """Rows in slots, found by their id."""

    def __init__(self) -> None:
        self.table = np.zeros(1024, ROW)
        """By slot; what nothing leads to is not valid."""
        self._bytes = self.table.view(np.uint8).data
        self._count = 0
        self._slots = np.full(2048, -1, np.int32)
        self._key = np.zeros(2, np.uint64)

    def __len__(self) -> int:
        """Ids that have a row."""
        return self._count

    def find(self, id: UUID) -> int:
        """Its slot; -1 where it has none."""
        return ids.find(self._slots, self.table, self._keyed(id))

    def row(self, slot: int) -> Row:
        return row_of(self.table[slot])

    def put(self, slot: int, state: Subscription) -> None:
        """In the place of the row that the id had, if it had one."""
        if slot >= len(self.table):
            self.table = grown(self.table, slot + 1)
            self._bytes = self.table.view(np.uint8).data
        subscriber, destination = state.subscriber_id, state.destination
        _PACKED.pack_into(
            self._bytes, slot * ROW.itemsize,
            *_halves(state.subscription_id), *_halves(subscriber), *_halves(destination.id),
            state.revision, micros(state.effective_from),
            partition_of(subscriber, MATCHES.partitions), destination.kind == "webhook", state.status == "paused",
        )  # fmt: skip
        self._reserve(self._count + 1)
        self._count += ids.put(self._slots, self.table, slot)

    def drop(self, id: UUID) -> None:
        """It has no row any more."""
        ids.remove(self._slots, self.table, self._keyed(id))
        self._count -= 1

    def slots(self) -> NDArray[np.int32]:
        """Of all rows, in no order."""
        return self._slots[self._slots >= 0]

    def restore(self, table: NDArray[Any]) -> None:
        """These rows, and no other, in the slots from 0 on."""
        self.table, self._count = grown(table, 1024), 0
        self._bytes = self.table.view(np.uint8).data
        self._reserve(len(table))
        self._count = len(table)
        ids.put_all(self._slots, self.table, np.arange(len(table), dtype=np.int32))

    def _reserve(self, count: int) -> None:
        if 2 * count > len(self._slots):
            before = self._slots[self._slots >= 0]
            self._slots = np.full(1 << (2 * count).bit_length(), -1, np.int32)
            ids.put_all(self._slots, self.table, before)

    def _keyed(self, id: UUID) -> NDArray[np.uint64]:
        self._key[0], self._key[1] = _halves(id)
        return self._key


def row_of(found: Any) -> Row:
    """Of a row of the table."""
    id = UUID(int=int(found["id_high"]) << 64 | int(found["id_low"]))
    return Row(id, int(found["revision"]), moment(int(found["effective_from"])), not found["is_paused"])


def _halves(id: UUID) -> tuple[int, int]:
    return id.int >> 64, id.int & _LOW
