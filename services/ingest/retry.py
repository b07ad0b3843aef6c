"""Tries a rejection again: what was kept of it, or the corrected posting, enters by the same door; a receipt leaves.

It overtakes nothing: what its publisher said of the posting since the rejection came is newer, and stays unless forced.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from runtime.errors import Permanent
from runtime.failpoint import failpoint
from runtime.postgres import Connection, Pool
from services.ingest import metrics
from services.ingest.domain.batch import Batch, Item
from services.ingest.domain.publisher import Publisher
from services.ingest.domain.receipt import Answer, Receipt
from services.ingest.domain.rejection import Mark, NotTheSame, NotWhole, Wanted, corrected, item_of
from services.ingest.record import announce, record_batch, sort_items
from services.ingest.store import transaction
from services.ingest.store.postings import claim_postings, fetch_last_word, insert_places
from services.ingest.store.rejections import (
    RejectionRow,
    claim_rejection,
    fetch_rejection,
    fetch_rejections,
    mark_resolved,
    mark_still_wrong,
)
from services.ingest.take import take

_PAGE: Final = 100
"""Rejections in memory at once, each by its beginning."""


class UnknownRejection(Permanent):
    """There is no such rejection of yours."""


class CannotRetry(Permanent):
    """What was kept of this rejection is not what was sent, or the correction is of another posting."""


class Overtaken(Permanent):
    """Something newer than this rejection is there."""


class _Undone(Exception):
    """What was tried only to see is taken back."""


@dataclass(frozen=True, slots=True)
class Try:
    """How it is tried. `item`: the corrected posting in place of what was kept; `dry`: nothing is changed.

    `counts`: as an item of the publisher's minute, where there is an answer for the item itself.
    """

    now: datetime
    item: Item | None = None
    force: bool = False
    dry: bool = False
    counts: bool = False


async def retry(pool: Pool, wake: Callable[[], None], *, publisher: Publisher, rejection_id: int, how: Try) -> Receipt:
    """What became of it.

    Raises `UnknownRejection`, `CannotRetry`, `Overtaken`, `TooFast`, `TooManyOpen` and `store.Unavailable`.
    """
    try:
        async with transaction(pool) as connection:
            receipt, answer = await _retry(connection, publisher, rejection_id, how)
            if how.counts:
                await take(connection, publisher, 1)
            if how.dry:
                raise _Undone
    except _Undone:
        return receipt
    if answer is not None:
        announce(wake, publisher, answer)
    metrics.retried.labels("still_wrong" if answer is None else "taken").inc()
    return receipt


async def retry_all(
    pool: Pool, wake: Callable[[], None], *, publisher: Publisher, wanted: Wanted, how: Try
) -> AsyncIterator[tuple[RejectionRow, Receipt | Permanent]]:
    """Each of the open ones, newest first, with what became of it or why it was not tried; each in a transaction of its own."""
    after: Mark | None = None
    while True:
        async with transaction(pool) as connection:
            rows = await fetch_rejections(connection, publisher, wanted, after=after, limit=_PAGE)
        for row in rows:
            try:
                yield row, await retry(pool, wake, publisher=publisher, rejection_id=row.id, how=how)
            except (UnknownRejection, CannotRetry, Overtaken) as error:
                yield row, error
        if len(rows) < _PAGE:
            return
        after = Mark(rows[-1].last_received_at, rows[-1].id)


async def _retry(connection: Connection, publisher: Publisher, rejection_id: int, how: Try) -> tuple[Receipt, Answer | None]:
    """The receipt, and what was recorded; None where it is still wrong."""
    row = await claim_rejection(connection, publisher, rejection_id)
    if row is None:
        raise UnknownRejection
    _refuse_resolved(row, force=how.force)
    batch = await sort_items([_item(row, how)], publisher=publisher.name, now=how.now)
    if batch.refusals:
        return await _still_wrong(connection, publisher, row, batch, how), None
    (posting_id,) = batch.candidates
    await _refuse_overtaking(connection, publisher, row, batch, force=how.force)
    answer = await record_batch(connection, publisher, batch)
    failpoint("rejection.retried")
    await _resolve(connection, publisher, row, posting_id)
    return answer.items[0], answer


def _item(row: RejectionRow, how: Try) -> Item:
    try:
        if how.item is not None:
            return corrected(how.item, source_id=row.source_id, provenance=row.provenance)
        return item_of(row.place, row.raw, row.provenance)
    except (NotTheSame, NotWhole) as error:
        raise CannotRetry(str(error)) from None


async def _still_wrong(connection: Connection, publisher: Publisher, row: RejectionRow, batch: Batch, how: Try) -> Receipt:
    """What was kept is told by today's rules what is wrong with it; a correction that is wrong itself is not kept."""
    (refusal,) = batch.refusals
    if how.item is None:
        await mark_still_wrong(connection, publisher, row.id, refusal.errors, raw=row.raw)
    return Receipt(index=0, source_id=refusal.source_id, status="rejected", errors=refusal.errors)


def _refuse_resolved(row: RejectionRow, *, force: bool) -> None:
    if row.resolved_by is not None and not force:
        raise Overtaken(
            f"it is resolved: posting {row.resolved_by} was taken in its place at {row.resolved_at:%Y-%m-%d %H:%M:%S}"
        )


async def _refuse_overtaking(
    connection: Connection, publisher: Publisher, row: RejectionRow, batch: Batch, *, force: bool
) -> None:
    """With the posting locked, so that no push comes in between; where there is none yet its place is, as in `record`."""
    ((posting_id, candidate),) = batch.candidates.items()
    await insert_places(connection, publisher, {posting_id: candidate.posting.source_id})
    await claim_postings(connection, {posting_id: candidate.content_hash})
    if force:
        return
    said = await fetch_last_word(connection, publisher, posting_id)
    if said is not None and said > row.last_received_at:
        raise Overtaken(
            f"{candidate.posting.source_id} was pushed or closed at {said:%Y-%m-%d %H:%M:%S}, after this rejection came"
            f" ({row.last_received_at:%Y-%m-%d %H:%M:%S}): push it again, or force the retry"
        )


async def _resolve(connection: Connection, publisher: Publisher, row: RejectionRow, posting_id: UUID) -> None:
    """Unless it came again since it was read: what was recorded then is the older of the two."""
    await mark_resolved(connection, publisher, {row.id: posting_id})
    present = await fetch_rejection(connection, publisher, row.id)
    if present is None or present.last_received_at != row.last_received_at:
        raise Overtaken("it came again, or went, in the meantime: look at it once more")
