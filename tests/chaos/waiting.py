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
    done: int
    """Alerts recorded, attempts made and messages finished up to now."""

    def __str__(self) -> str:
        found = [f"{count} {place}" for place, count in self.rows.items()] + [
            f"{lag} records for {who}" for who, lag in self.lags.items()
        ]
        return ", ".join(found) or "nothing"

    @property
    def is_empty(self) -> bool:
        return not self.lags and not self.rows

    def is_further_than(self, before: "Waiting") -> bool:
        """Whether work went on since then: a match may become many rows, and be told again by who restarts meanwhile."""
        return self.done > before.done or sum(self.lags.values()) < sum(before.lags.values())


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
        done = await connection.fetchval(
            """SELECT (SELECT count(*) FROM notifier.alerts) + (SELECT count(*) FROM notifier.attempts)
                    + (SELECT count(*) FROM notifier.deliveries WHERE finished_at IS NOT NULL)"""
        )
    finally:
        await connection.close()
    lags = await asyncio.gather(*map(cluster.lag, cluster.replicas))
    return Waiting(
        lags={one.name: lag for one, lag in zip(cluster.replicas, lags, strict=True) if lag},
        rows={row["place"]: row["n"] for row in rows if row["n"]},
        done=done,
    )
