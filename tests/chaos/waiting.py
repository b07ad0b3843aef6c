"""What is on its way: in outboxes, in the ledger, and in topics as far as consumers have not read them."""

import asyncio

import asyncpg

from tests.chaos.cluster import Cluster


async def fetch_waiting(cluster: Cluster) -> dict[str, int]:
    """How much waits, and where; nothing of places where nothing does. What is held back has come to its end."""
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
    waiting = {row["place"]: row["n"] for row in rows} | {
        f"lag of {one.name}": lag for one, lag in zip(cluster.replicas, lags, strict=True)
    }
    return {place: number for place, number in waiting.items() if number}
