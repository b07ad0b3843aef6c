"""What publishers use of their quotas: how many postings they have open, and their token buckets."""

from runtime.postgres import Connection
from services.ingest.domain.publisher import Publisher


async def add_open(connection: Connection, publisher: Publisher, more: int) -> int:
    """So many more are open, or fewer. Returns how many are. The last thing a transaction does: it keeps others waiting."""
    is_open: int = await connection.fetchval(
        """INSERT INTO publisher_loads AS l (publisher_id, open) VALUES ($1, $2)
           ON CONFLICT (publisher_id) DO UPDATE SET open = l.open + $2 RETURNING open""",
        publisher.id,
        more,
    )
    return is_open


async def take_tokens(connection: Connection, publisher: Publisher, *, per_minute: int, items: int) -> float | None:
    """What is left in the bucket; None where it has too few, and then none are taken."""
    left: float | None = await connection.fetchval(
        """INSERT INTO publisher_buckets AS b (publisher_id, tokens, at) VALUES ($1, $2::float8 - $3::float8, clock_timestamp())
           ON CONFLICT (publisher_id) DO UPDATE
           SET at = clock_timestamp(),
               tokens = LEAST($2, b.tokens + GREATEST(0, extract(epoch FROM clock_timestamp() - b.at)::float8) * $2 / 60) - $3
           WHERE LEAST($2, b.tokens + GREATEST(0, extract(epoch FROM clock_timestamp() - b.at)::float8) * $2 / 60)
                 >= LEAST($2, $3)
           RETURNING tokens""",
        publisher.id,
        per_minute,
        items,
    )
    return left


async def fetch_tokens(connection: Connection, publisher: Publisher, *, per_minute: int) -> float:
    """What is in the bucket now."""
    tokens: float | None = await connection.fetchval(
        """SELECT LEAST($2::float8, tokens + GREATEST(0, extract(epoch FROM clock_timestamp() - at)::float8) * $2 / 60)
           FROM publisher_buckets WHERE publisher_id = $1""",
        publisher.id,
        per_minute,
    )
    return per_minute if tokens is None else tokens


async def fetch_miscounted(connection: Connection) -> list[int]:
    """Publishers of whom another number of postings is open than is kept. Reads all postings; waits for nobody."""
    rows = await connection.fetch(
        """SELECT coalesce(p.publisher_id, l.publisher_id) AS id
           FROM (SELECT publisher_id, count(*) AS open FROM postings WHERE status = 'open' GROUP BY publisher_id) p
                FULL JOIN publisher_loads l ON l.publisher_id = p.publisher_id
           WHERE coalesce(p.open, 0) <> coalesce(l.open, 0)"""
    )
    return [row["id"] for row in rows]


async def mark_counted(connection: Connection, publisher_id: int) -> None:
    """Count anew. Who opens or closes has its own number added before or after this, never in between."""
    await connection.execute(
        "INSERT INTO publisher_loads (publisher_id, open) VALUES ($1, 0) ON CONFLICT (publisher_id) DO UPDATE SET open = 0",
        publisher_id,
    )
    await connection.execute(
        """UPDATE publisher_loads SET open = (SELECT count(*) FROM postings WHERE publisher_id = $1 AND status = 'open')
           WHERE publisher_id = $1""",
        publisher_id,
    )
