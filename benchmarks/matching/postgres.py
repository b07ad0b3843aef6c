"""PostgreSQL doing the index's job: filters of JAW-1 enter a table, each posting is one prepared statement, ids leave.

Made as fast as it was found to be, at a million filters: a btree on the rarest keyword and the place, whose values are those of
the posting; the other keywords as columns, looked up in a hash table of its tokens (a generic plan makes one of a subquery, of
`= ANY` never); rows in the order of the index; ids as one array. Twice as long and more took the btree on the keyword alone and
the rest as `tsquery`; half as long again custom plans, as planning with 200 constants costs a millisecond.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

import asyncpg

from benchmarks.figure import Say
from benchmarks.matching.referee import Ids
from benchmarks.matching.rows import NONE, FilterRow, PostingRow
from benchmarks.matching.run import Run, ascending
from deploy.local.stack import Stack

COLUMNS: Final = "id, rarest, second, third, excluded, place, visa, employment, remote, pay, company"
TABLE: Final = """
    CREATE UNLOGGED TABLE filters (
        id integer, rarest text, second text, third text, excluded text,
        place smallint, visa smallint, employment smallint, remote boolean, pay smallint, company smallint
    )"""
INDEX: Final = "CREATE INDEX ON filters (rarest, place)"
MATCH: Final = """
    SELECT array_agg(id) FROM filters
    WHERE rarest = ANY ($1::text[]) AND place = ANY ($2::smallint[])
      AND (second IS NULL OR second IN (SELECT unnest($1)))
      AND (third IS NULL OR third IN (SELECT unnest($1)))
      AND (visa IS NULL OR visa = ANY ($3::smallint[]))
      AND (employment IS NULL OR employment = $4)
      AND (NOT remote OR $5)
      AND (pay IS NULL OR pay <= $6)
      AND (company IS NULL OR company = $7)
      AND (excluded IS NULL OR excluded NOT IN (SELECT unnest($1)))"""
"""A filter without a place has the place -1, which every posting has: so the index holds for all."""
SETTINGS: Final = {
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "plan_cache_mode": "force_generic_plan",
    "work_mem": "64MB",
}


def run_postgres(filters: Sequence[FilterRow], postings: Sequence[PostingRow], warm_up: Sequence[PostingRow], say: Say) -> Run:
    """Start a server of its own, load, match one posting after the other."""
    with Stack(say=say, durable=False) as stack:
        stack.start("postgres")
        return asyncio.run(_run(stack.postgres.dsn(), filters, postings, warm_up))


async def _run(dsn: str, filters: Sequence[FilterRow], postings: Sequence[PostingRow], warm_up: Sequence[PostingRow]) -> Run:
    connection = await asyncpg.connect(dsn, server_settings=SETTINGS)
    try:
        started = time.monotonic()
        await _load(connection, filters)
        loaded_in = timedelta(seconds=time.monotonic() - started)
        match = await connection.prepare(MATCH)
        for posting in warm_up:
            await match.fetchval(*_arguments(posting))
        taken, ids = [], list[Ids]()
        for arguments in map(_arguments, postings):
            started_at = time.perf_counter_ns()
            found = await match.fetchval(*arguments)
            taken.append(time.perf_counter_ns() - started_at)
            ids.append(ascending(found or ()))
        return Run(loaded_in, taken, ids)
    finally:
        await connection.close()


async def _load(connection: Any, filters: Sequence[FilterRow]) -> None:
    await connection.execute(TABLE)
    records = sorted(_records(filters), key=lambda record: (record[1], record[5]))
    await connection.copy_records_to_table("filters", records=records, columns=COLUMNS.split(", "))
    await connection.execute(INDEX)
    await connection.execute("VACUUM ANALYZE filters")


def _records(filters: Iterable[FilterRow]) -> Iterator[tuple[Any, ...]]:
    filters = list(filters)
    asked_for = Counter(word for row in filters for word in row.keywords)
    for number, row in enumerate(filters):
        words = sorted(row.keywords, key=asked_for.__getitem__)
        yield (
            number,
            *words,
            *[None] * (3 - len(words)),
            row.excluded or None,
            row.place,
            _stated(row.visa),
            _stated(row.employment),
            row.remote,
            row.pay or None,
            _stated(row.company),
        )


def _stated(number: int) -> int | None:
    return None if number == NONE else number


def _arguments(row: PostingRow) -> tuple[Any, ...]:
    return row.tokens, (NONE, *row.places), row.visas, row.employment, row.remote, row.pay, row.company
