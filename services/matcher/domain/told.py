"""What is told of a posting: a `Matched` record without subscriptions, and its copies that have some, as they go to Kafka.

Many thousands a second are told, so the subscriptions are written as JSON straight from their rows.
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from schemas.match import MAXIMUM_SUBSCRIPTIONS, Kind, Matched
from schemas.posting import PostingChanged, PostingOpened
from services.matcher.domain import codes_held
from services.matcher.domain.rows import ROW

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
OPENED, CHANGED, NO_LONGER = map(KINDS.index, ("opened", "changed", "no_longer"))
_END: Final = b'"subscriptions":[]}'


class Entries(NamedTuple):
    """Subscriptions that match a posting: their rows, the kind of each as a place in `KINDS`, the clauses that held as
    `codes_held` has them, and the revision of the state whose filter was compared.
    """

    rows: NDArray[Any]
    kinds: NDArray[np.uint8]
    bits: NDArray[np.int64]
    asked: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    def at(self, places: NDArray[Any]) -> "Entries":
        """Some of them, in this order."""
        return Entries(self.rows[places], self.kinds[places], self.bits[places], self.asked[places])

    def and_(self, others: "Entries") -> "Entries":
        """These and others."""
        if not len(others):
            return self
        rows = np.concatenate((self.rows, others.rows))
        kinds, bits = np.concatenate((self.kinds, others.kinds)), np.concatenate((self.bits, others.bits))
        return Entries(rows, kinds, bits, np.concatenate((self.asked, others.asked)))


NOBODY: Final = Entries(np.zeros(0, ROW), np.zeros(0, np.uint8), np.zeros(0, np.int64), np.zeros(0, np.int64))


def kind_of(*, now: bool, before: bool) -> int:
    """Of a filter that matches at least one of a posting's two contents."""
    return CHANGED if now and before else OPENED if now else NO_LONGER


def told(event: PostingOpened | PostingChanged) -> Matched:
    """The record, as yet without subscriptions."""
    return Matched(
        correlation_id=event.correlation_id,
        revision=event.revision,
        episode=event.episode,
        opened_at=event.opened_at,
        published_at=event.published_at,
        posting=event.posting.summary(),
        changed=isinstance(event, PostingChanged),
        subscriptions=(),
    )


def split(record: Matched, entries: Entries) -> Iterator[tuple[int, bytes]]:
    """A record in JSON for each partition and 500 subscriptions, and the partition: so a subscriber's matches stay in order."""
    if not len(entries):
        return
    head = record.model_dump_json().encode()
    assert head.endswith(_END), "a record's subscriptions come last"
    order = np.argsort(entries.rows["partition"], kind="stable")
    partitions, written = entries.rows["partition"][order], list(_written(entries.at(order)))
    starts = [0, *(np.flatnonzero(np.diff(partitions)) + 1).tolist(), len(written)]
    for start, end in pairwise(starts):
        for begin in range(start, end, MAXIMUM_SUBSCRIPTIONS):
            some = ",".join(written[begin : min(end, begin + MAXIMUM_SUBSCRIPTIONS)])
            yield int(partitions[start]), b"%s%s]}" % (head[:-2], some.encode())


def _written(entries: Entries) -> Iterator[str]:
    """Each as `MatchedSubscription` would write itself."""
    for row, kind, held, revision in zip(*(column.tolist() for column in entries), strict=True):
        id_high, id_low, high, low, to_high, to_low, _, _, _, is_webhook, _ = row
        subscriber = _uuid(high, low)
        destination = subscriber if to_low == low and to_high == high else _uuid(to_high, to_low)
        yield (
            f'{{"subscription_id":"{_uuid(id_high, id_low)}","subscriber_id":"{subscriber}",'
            f'"destination":{{"kind":"{"webhook" if is_webhook else "email"}","id":"{destination}"}},'
            f'"kind":"{KINDS[kind]}","clauses":{_codes(held)},"subscription_revision":{revision}}}'
        )


def _uuid(high: int, low: int) -> str:
    text = f"{high:016x}{low:016x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@lru_cache(maxsize=65_536)
def _codes(bits: int) -> str:
    return json.dumps(codes_held.told(bits), separators=(",", ":"))
