"""Closes a publisher's own posting: its id enters, an event leaves through the outbox; closing twice tells once."""

from collections.abc import Callable
from uuid import UUID

from runtime import logs
from runtime.broker import Message
from runtime.errors import Permanent
from runtime.outbox import insert_messages
from runtime.postgres import Connection, Pool
from schemas.posting import Posting
from schemas.topics import POSTINGS
from services.ingest import metrics
from services.ingest.domain.event import closed
from services.ingest.domain.publisher import Publisher
from services.ingest.store import transaction
from services.ingest.store.postings import claim_own_posting, mark_closed
from services.ingest.store.quotas import add_open

log = logs.get("ingest.close")


class UnknownPosting(Permanent):
    """There is no such posting of yours."""


async def close(pool: Pool, wake: Callable[[], None], *, publisher: Publisher, posting_id: UUID, reason: str) -> bool:
    """Whether it was open until now. Raises `UnknownPosting`, also for another publisher's, and `store.Unavailable`."""
    async with transaction(pool) as connection:
        was_open = await close_within(connection, publisher=publisher, posting_id=posting_id, reason=reason)
    if was_open:
        announce_closed(wake, publisher, posting_id)
    return was_open


async def close_within(connection: Connection, *, publisher: Publisher, posting_id: UUID, reason: str) -> bool:
    """The same within a transaction of the caller's, who calls `announce_closed` once it is committed, where it was open."""
    known = await claim_own_posting(connection, publisher, posting_id)
    if known is None:
        raise UnknownPosting
    is_open, content = known
    if is_open:
        await _close(connection, posting_id, Posting.model_validate_json(content), reason)
        await add_open(connection, publisher, -1)
    return is_open


def announce_closed(wake: Callable[[], None], publisher: Publisher, posting_id: UUID) -> None:
    """Tell whoever publishes, counts and logs what has been committed."""
    wake()
    metrics.closed.inc()
    log.info("closed", publisher=publisher.name, posting_id=str(posting_id))


async def _close(connection: Connection, posting_id: UUID, posting: Posting, reason: str) -> None:
    stamped = await mark_closed(connection, posting_id)
    event = closed(posting, stamped, reason=reason, correlation_id=logs.correlation_id.get())
    await insert_messages(connection, [Message(POSTINGS.name, str(posting_id), event.model_dump_json().encode())])
