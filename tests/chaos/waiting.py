"""What is on its way: in outboxes, in the ledger, and in topics as far as consumers have not read them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg

from tests.chaos.cluster import Cluster


@dataclass(frozen=True)
class Waiting:
    """How much waits, and where; nothing of places where nothing does. What is held back has come to its end."""

    lags: Mapping[str, int]
    """Records by replica."""
    rows: Mapping[str, int]
    """By table and state."""

    @property
    def is_empty(self) -> bool:
        return not self.lags and not self.rows

    @property
    def left(self) -> tuple[float, float]:
        """Gets less as long as work goes on. Records come first: one may become many rows."""
        return sum(self.lags.values()), sum(self.rows.values())


async def fetch_waiting(cluster: Cluster) -> Waiting:
    """Looks once."""
    connection = await asyncpg.connect(cluster.system.admin_dsn)
    try:
        rows = await connection.fetch(
            """SELECT 'outbox of ingest' AS place, count(*) AS n FROM ingest.outbox
               UNION ALL SELECT 'outbox of subscriptions', count(*) FROM subscriptions.outbox
               UNION ALL SELECT 'outbox of notifier', count(*) FROM notifier.outbox
               UNION ALL SELECT 'alerts ' || state, count(*) FROM notifier.alerts WHERE state IN ('waiting', 'frozen') GROUP BY 1
               UNION ALL SELECT 'deliveries ' || state, count(*) FROM notifier.deliveries
                         WHERE state IN ('waiting', 'unknown') GROUP BY 1"""
        )
    finally:
        await connection.close()
    lags = await asyncio.gather(*map(cluster.lag, cluster.replicas))
    return Waiting(
        lags={one.name: lag for one, lag in zip(cluster.replicas, lags, strict=True) if lag},
        rows={row["place"]: row["n"] for row in rows if row["n"]},
    )
