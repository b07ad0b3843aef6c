"""Does what a request asks for once: the same request under the same `Idempotency-Key` is answered what it was answered before.

The answer is written in the transaction of what the request did, so a crash leaves both or neither.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from runtime.errors import Permanent, Transient
from runtime.failpoint import failpoint
from runtime.postgres import Connection, Pool
from services.ingest import metrics
from services.ingest.domain.idempotency import Answered, Request
from services.ingest.domain.publisher import Publisher
from services.ingest.store import transaction
from services.ingest.store.answers import AnswerRow, claim_key, fetch_answer, insert_answer

T = TypeVar("T")


class KeyUsed(Permanent):
    """This Idempotency-Key was used for another request of the last 24 hours: give each request a key of its own."""


class AtWork(Transient):
    """The first request with this Idempotency-Key is still at work: send it again in a moment."""


async def replay(pool: Pool, publisher: Publisher, request: Request | None) -> Answered | None:
    """What was answered already, before any work is put in. Raises `KeyUsed` and `store.Unavailable`."""
    if request is None:
        return None
    async with transaction(pool) as connection:
        return _same(await fetch_answer(connection, publisher, request.key), request)


async def answer_once(
    pool: Pool, publisher: Publisher, request: Request | None, work: Callable[[Connection], Awaitable[tuple[Answered, T]]]
) -> tuple[Answered, T | None]:
    """Do it: the answer, and what else `work` returned; None where it was not called. Without a key it is simply done.

    What `work` raises is not kept. Raises `KeyUsed`, `AtWork` and `store.Unavailable`.
    """
    async with transaction(pool) as connection:
        if request is None:
            return await work(connection)
        if not await claim_key(connection, publisher, request.key):
            raise AtWork
        if (answered := _same(await fetch_answer(connection, publisher, request.key), request)) is not None:
            return answered, None
        answered, done = await work(connection)
        failpoint("idempotency.worked")
        await insert_answer(connection, publisher, request, answered)
        failpoint("idempotency.kept")
        return answered, done


def _same(row: AnswerRow | None, request: Request) -> Answered | None:
    if row is None:
        return None
    if row.fingerprint != request.fingerprint:
        raise KeyUsed
    metrics.replayed.inc()
    return row.answered
