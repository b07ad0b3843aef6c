"""Records a push: items of one publisher enter, a receipt for each leaves once everything is committed, or nothing is.

One transaction writes postings, sightings, rejections and outbox, with the same few statements for one item as for 500.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from runtime import logs
from runtime.broker import Message
from runtime.errors import Permanent
from runtime.outbox import insert_messages
from runtime.postgres import Connection, Pool
from schemas.topics import POSTINGS
from services.ingest import metrics
from services.ingest.domain.batch import Batch, Item, Refusal, sort
from services.ingest.domain.decision import Decision, decide
from services.ingest.domain.event import told
from services.ingest.domain.publisher import Publisher
from services.ingest.domain.receipt import Answer, Counts, Receipt
from services.ingest.store import transaction
from services.ingest.store.postings import Written, claim_postings, insert_places, insert_sightings, mark_open
from services.ingest.store.quotas import add_open
from services.ingest.store.rejections import insert_rejections, mark_resolved

log = logs.get("ingest.record")
_SORTING: Final = ThreadPoolExecutor(1, "sorting")
"""One push after another: two threads that only compute take each other's time, and the loop's."""
_AT_ONCE: Final = 5
"""Items that are sorted without leaving the loop: about a millisecond and a half each."""


class TooManyOpen(Permanent):
    """More postings would be open than the quota allows: nothing of this push was recorded."""

    def __init__(self, most_open: int, is_open: int) -> None:
        super().__init__(
            f"you would have {is_open:,} postings open, and your quota is {most_open:,}: nothing of this was recorded."
            " Close what is filled, or ask for more"
        )
        self.most_open = most_open


async def record(pool: Pool, wake: Callable[[], None], *, publisher: Publisher, items: Sequence[Item], now: datetime) -> Answer:
    """Take what can be taken, keep what cannot. `wake` is called after a commit with news.

    Raises `TooManyOpen` and `store.Unavailable`.
    """
    return await record_sorted(
        pool, wake, publisher=publisher, batch=await sort_items(items, publisher=publisher.name, now=now)
    )


async def record_sorted(pool: Pool, wake: Callable[[], None], *, publisher: Publisher, batch: Batch) -> Answer:
    """The same of items that are sorted already. Raises as `record` does."""
    started = time.perf_counter()
    async with transaction(pool) as connection:
        answer = await record_batch(connection, publisher, batch)
    announce(wake, publisher, answer)
    metrics.batch_seconds.observe(time.perf_counter() - started)
    return answer


async def record_batch(connection: Connection, publisher: Publisher, batch: Batch) -> Answer:
    """The same within a transaction of the caller's, who calls `announce` once it is committed. Raises `TooManyOpen`."""
    decisions, settled = await _record_candidates(connection, publisher, batch)
    if settled:
        await mark_resolved(connection, publisher, settled)
    if batch.refusals:
        correlation = logs.correlation_id.get()
        await insert_rejections(connection, publisher, batch.refusals, correlation_id=correlation)
    receipts = _receipts(batch, decisions)
    return Answer(counts=Counts().plus(receipts), items=receipts)


def announce(wake: Callable[[], None], publisher: Publisher, answer: Answer) -> None:
    """Tell whoever publishes, counts and logs what has been committed."""
    if answer.counts.told:
        wake()
    metrics.count(answer.items)
    log.info("recorded", publisher=publisher.name, **answer.counts.model_dump())


async def sort_items(items: Sequence[Item], *, publisher: str, now: datetime) -> Batch:
    """In a thread where it takes long (three quarters of a second for a full push), so that the loop answers others."""
    if len(items) <= _AT_ONCE:
        return sort(items, publisher=publisher, now=now)
    return await asyncio.get_running_loop().run_in_executor(_SORTING, partial(sort, items, publisher=publisher, now=now))


async def _record_candidates(
    connection: Connection, publisher: Publisher, batch: Batch
) -> tuple[dict[UUID, Decision], dict[int, UUID]]:
    """Lock, decide, write. Returns the decisions, and which rejections are settled by them.

    Every batch first inserts in the order of the ids and then locks in the order of the ids. So a batch waits only for one that
    is further, and two that overlap never wait for each other; a single upsert would lock the known ones in between the new.
    """
    candidates = batch.candidates
    if not candidates:
        return {}, {}
    source_ids = {key: candidate.posting.source_id for key, candidate in candidates.items()}
    await insert_places(connection, publisher, source_ids)
    known = await claim_postings(connection, {key: candidate.content_hash for key, candidate in candidates.items()})
    decisions = {key: decide(known[key], candidate.posting, candidate.content_hash) for key, candidate in candidates.items()}
    settled = await insert_sightings(connection, publisher, source_ids)
    await _write(
        connection, publisher, batch, {key: decision for key, decision in decisions.items() if decision.what != "unchanged"}
    )
    return decisions, settled


async def _write(connection: Connection, publisher: Publisher, batch: Batch, news: dict[UUID, Decision]) -> None:
    if not news:
        return
    postings = {key: batch.candidates[key].posting for key in news}
    stamps = await mark_open(
        connection,
        [
            Written(key, posting.model_dump_json(), batch.candidates[key].content_hash, opens=news[key].what != "changed")
            for key, posting in postings.items()
        ],
    )
    correlation = logs.correlation_id.get()
    events = [told(news[key], posting, stamps[key], correlation_id=correlation) for key, posting in postings.items()]
    await insert_messages(
        connection,
        [Message(POSTINGS.name, str(event.posting.id), event.model_dump_json().encode()) for event in events],
    )
    if opens := sum(decision.what != "changed" for decision in news.values()):
        await _count_open(connection, publisher, opens)


async def _count_open(connection: Connection, publisher: Publisher, opens: int) -> None:
    is_open, most_open = await add_open(connection, publisher, opens), publisher.quota.most_open
    if most_open is not None and is_open > most_open:
        metrics.over_quota.labels("open").inc()
        log.info("over quota", publisher=publisher.name, open=is_open, most_open=most_open)
        raise TooManyOpen(most_open, is_open)


def _receipts(batch: Batch, decisions: dict[UUID, Decision]) -> tuple[Receipt, ...]:
    receipts = [_refused(refusal) for refusal in batch.refusals]
    for key, candidate in batch.candidates.items():
        receipts.append(_recorded(candidate.index, candidate.posting.source_id, key, decisions[key]))
    for index, key in batch.repeats.items():
        receipts.append(_recorded(index, batch.candidates[key].posting.source_id, key, Decision("unchanged")))
    return tuple(sorted(receipts, key=lambda receipt: receipt.index))


def _recorded(index: int, source_id: str, key: UUID, decision: Decision) -> Receipt:
    if decision.what == "unchanged":
        return Receipt(index=index, source_id=source_id, id=key, status="unchanged")
    return Receipt(index=index, source_id=source_id, id=key, status="accepted", what=decision.what)


def _refused(refusal: Refusal) -> Receipt:
    return Receipt(index=refusal.index, source_id=refusal.source_id, status="rejected", errors=refusal.errors)
