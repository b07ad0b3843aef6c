"""Takes what a push needs of its publisher's items a minute, from a bucket that all replicas share."""

from datetime import timedelta

from runtime import logs
from runtime.errors import Permanent
from runtime.postgres import Connection, Pool
from services.ingest import metrics
from services.ingest.domain.publisher import Publisher
from services.ingest.domain.quota import Allowance
from services.ingest.store import session
from services.ingest.store.quotas import fetch_tokens, take_tokens

log = logs.get("ingest.take")


class TooFast(Permanent):
    """More items than the quota of this minute: nothing of this push was recorded."""

    def __init__(self, allowance: Allowance, items: int) -> None:
        super().__init__(
            f"{items:,} items are more than is left of your quota of {allowance.per_minute:,} a minute: nothing of this was"
            " recorded. Send it again after `Retry-After` seconds"
        )
        self.allowance = allowance
        self.wait: timedelta = allowance.wait(items)


async def look(pool: Pool, publisher: Publisher, items: int) -> None:
    """Before any work is put in: is there enough? Takes nothing. Raises `TooFast` and `store.Unavailable`."""
    if (per_minute := publisher.quota.per_minute) is None:
        return
    async with session(pool) as connection:
        there = Allowance(per_minute, await fetch_tokens(connection, publisher, per_minute=per_minute))
    if there.wait(items):
        raise _refused(publisher, there, items)


async def take(connection: Connection, publisher: Publisher, items: int) -> Allowance | None:
    """What is left; None where nothing is limited. Raises `TooFast`.

    The last thing of the transaction that recorded the items: so what is not recorded is not counted, and others, who wait for
    the bucket, wait for no more than the commit.
    """
    if (per_minute := publisher.quota.per_minute) is None:
        return None
    left = await take_tokens(connection, publisher, per_minute=per_minute, items=items)
    if left is None:
        there = await fetch_tokens(connection, publisher, per_minute=per_minute)
        raise _refused(publisher, Allowance(per_minute, there), items)
    return Allowance(per_minute, left)


def _refused(publisher: Publisher, there: Allowance, items: int) -> TooFast:
    metrics.over_quota.labels("per_minute").inc()
    log.info("over quota", publisher=publisher.name, items=items, per_minute=there.per_minute)
    return TooFast(there, items)
