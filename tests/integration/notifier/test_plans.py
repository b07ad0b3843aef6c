"""On tables of some size every statement of the dispatchers finds its rows by an index: none reads a whole table."""

from collections.abc import AsyncIterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.notifier.domain.alert import Alert
from services.notifier.domain.delivery import Delivery, Lease
from services.notifier.domain.retry import Attempt
from services.notifier.store.deliveries import (
    Recorded,
    fetch_attempts,
    fetch_due_deliveries,
    fetch_unfinished,
    insert_attempts,
    insert_deliveries,
    mark_begun,
    mark_deliveries,
    mark_deliveries_waiting_until,
)
from services.notifier.store.leases import (
    claim_destinations,
    fetch_waiting_alerts,
    fetch_waiting_deliveries,
    lock_leases,
    mark_forgotten_due,
    release_leases,
)
from services.notifier.store.ledger import (
    create_partition,
    fetch_due_alerts,
    fetch_told_alerts,
    mark_alerts,
    mark_due,
    mark_waiting_until,
    release_held,
)
from services.notifier.store.situation import (
    fetch_contacts,
    fetch_erased,
    fetch_matching,
    fetch_outdated,
    fetch_postings,
    fetch_reopened,
    fetch_subscriptions,
    fetch_told,
)
from tests.support.stack import TestStack
from tests.unit.notifier.made import summary

FILL = """
INSERT INTO subscribers SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 1, 'k1.x', 'active'
  FROM generate_series(1, 40000) n;
INSERT INTO subscriptions SELECT ('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid,
    ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 1, '', '{}', 'active', NULL, 1
  FROM generate_series(1, 40000) n;
INSERT INTO destinations SELECT id, 'email', CASE WHEN row_number() OVER () % 50 = 0 THEN now() - interval '1 s'
    WHEN row_number() OVER () % 7 = 0 THEN now() + interval '1 day' ELSE 'infinity' END FROM subscribers;
INSERT INTO postings SELECT ('00000000-0000-4000-a000-' || lpad(n::text, 12, '0'))::uuid, 1, 1, now(), now(), 'open', $content$, ''
  FROM generate_series(1, 5000) n;
INSERT INTO alerts SELECT '2026-10-15'::date + (n % 3) * 30, ('00000000-0000-4000-a000-' || lpad((n % 5000 + 1)::text, 12, '0'))::uuid,
    ('00000000-0000-4000-9000-' || lpad((n * 7919 % 40000 + 1)::text, 12, '0'))::uuid, 1, 'opened', 0, gen_random_uuid(),
    ('00000000-0000-4000-8000-' || lpad((n * 7919 % 40000 + 1)::text, 12, '0'))::uuid,
    ('00000000-0000-4000-8000-' || lpad((n * 7919 % 40000 + 1)::text, 12, '0'))::uuid, 'visa',
    CASE WHEN n % 100 = 0 THEN 'waiting' ELSE 'sent' END, '', now(), CASE WHEN n % 100 > 0 THEN gen_random_uuid() END
  FROM generate_series(1, 150000) n ON CONFLICT DO NOTHING;
INSERT INTO deliveries (id, channel, purpose, destination_id, subscriber_id, posting_id, episode, kind, revision, message_id, content,
    members, state, due_at, frozen_at, finished_at)
  SELECT gen_random_uuid(), 'email', 'alert', destination_id, subscriber_id, posting_id, episode, kind, revision, 'm', '{}', '[]',
    CASE WHEN row_number() OVER () % 500 = 0 THEN 'waiting' ELSE 'sent' END, now() - interval '1 s', now(), now()
  FROM alerts WHERE state = 'sent' LIMIT 60000 ON CONFLICT DO NOTHING;
INSERT INTO attempts SELECT id, 1, now(), 'sent', 250, '', interval '1 s' FROM deliveries;
"""
TABLES = ("alerts", "deliveries", "destinations", "postings", "subscriptions", "subscribers", "attempts")


@pytest.fixture(scope="module")
async def filled_dsn(stack: TestStack) -> str:
    """Of a database with the tables filled and analysed."""
    dsn = (await stack.databases())["notifier"]
    connection = await asyncpg.connect(dsn)
    try:
        for month in (10, 11, 12):
            await create_partition(connection, datetime(2026, month, 1, tzinfo=UTC).date())
        await connection.execute(FILL.replace("$content$", f"'{summary().model_dump_json()}'"))
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
    return dsn


@pytest.fixture
async def filled(filled_dsn: str) -> AsyncIterator[Any]:
    """A session in a transaction, which has statistics of its own; what it does is undone."""
    connection = await asyncpg.connect(filled_dsn, server_settings={"jit": "off"})
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield connection
    finally:
        await transaction.rollback()
        await connection.close()


async def whole_tables_read(connection: Any) -> dict[str, int]:
    rows = await connection.fetch("SELECT relname, seq_scan FROM pg_stat_xact_user_tables WHERE seq_scan > 0")
    return {row["relname"]: row["seq_scan"] for row in rows if row["relname"].startswith(TABLES)}


async def test_leasing_walks_its_index(filled: Any) -> None:
    assert len(await claim_destinations(filled, "email", limit=100, lease=timedelta(seconds=9))) == 100
    assert await whole_tables_read(filled) == {}


async def test_marking_due_finds_its_rows_by_index(filled: Any) -> None:
    ids = await filled.fetch("SELECT id FROM subscribers ORDER BY id LIMIT 100")
    pool: Any = SimpleNamespace(acquire=lambda: nullcontext(filled))
    await mark_due(pool, [row["id"] for row in ids])
    assert not await whole_tables_read(filled)


async def test_the_sweep_walks_what_waits_and_no_more_of_it_than_it_was_told(filled: Any) -> None:
    start = UUID(int=0)
    looked = await fetch_waiting_alerts(filled, after=start, limit=50)
    again = await fetch_waiting_deliveries(filled, after=start, limit=50)
    assert len(looked) == len(again) == 50
    await mark_forgotten_due(filled, [one.destination_id for one in looked])
    assert not await whole_tables_read(filled)


async def test_who_was_told_of_a_posting_is_found_by_index(filled: Any) -> None:
    row = await filled.fetchrow("SELECT opened_on, posting_id, episode FROM alerts WHERE state = 'sent' LIMIT 1")
    before = await whole_tables_read(filled)
    assert await fetch_told_alerts(filled, tuple(row.values()), after=UUID(int=0), limit=100)
    assert await whole_tables_read(filled) == before


async def test_what_was_held_back_is_found_by_index(filled: Any) -> None:
    rows = await filled.fetch("SELECT subscription_id FROM alerts WHERE state = 'sent' ORDER BY 1 LIMIT 100")
    ids = {row["subscription_id"] for row in rows}
    await filled.execute("UPDATE alerts SET kind = 'no_longer', state = 'held' WHERE subscription_id = ANY($1)", list(ids))
    before = await whole_tables_read(filled)
    assert await release_held(filled, [(id, 1) for id in ids])
    assert await whole_tables_read(filled) == before


async def test_everything_that_freezing_reads_and_writes_is_found_by_index(filled: Any) -> None:
    leases, alerts, again = await _due(filled)
    await mark_waiting_until(filled, [alert.key for alert in alerts], [datetime.now(UTC)] * len(alerts))
    postings = list({alert.key.posting_id for alert in alerts})
    destinations = [lease.destination_id for lease in leases]
    await fetch_postings(filled, postings)
    await fetch_subscriptions(filled, [alert.key.subscription_id for alert in alerts])
    await fetch_contacts(filled, destinations)
    await fetch_erased(filled, destinations)
    await fetch_told(filled, postings, destinations)
    await fetch_outdated(filled, [alert.key for alert in alerts])
    await fetch_reopened(filled, alerts)
    await fetch_matching(filled, alerts)
    await mark_begun(filled, [one.id for one in again], begun=True)
    await mark_deliveries_waiting_until(filled, [one.id for one in again], datetime.now(UTC))
    await insert_deliveries(filled, again, begun=True)
    assert not await whole_tables_read(filled)


async def test_everything_that_settling_reads_and_writes_is_found_by_index(filled: Any) -> None:
    leases, alerts, again = await _due(filled)
    attempt = Attempt("sent", "", timedelta(0))
    recorded = [Recorded(one, "sent", "", None, 1, attempt) for one in again]
    await fetch_unfinished(filled, [one.id for one in again])
    await insert_attempts(filled, recorded)
    await mark_deliveries(filled, recorded)
    keys = [alert.key for alert in alerts]
    await mark_alerts(filled, keys, state="sent", reasons=[""] * len(keys), deliveries=[None] * len(keys))
    await release_leases(filled, [lease.destination_id for lease in leases])
    await fetch_attempts(filled, again[0].id)
    assert not await whole_tables_read(filled)


async def _due(connection: Any) -> tuple[list[Lease], list[Alert], list[Delivery]]:
    """What is due for a hundred destinations that have something."""
    rows = await connection.fetch(
        """(SELECT destination_id FROM alerts WHERE state = 'waiting' LIMIT 60) UNION
           (SELECT destination_id FROM deliveries WHERE state = 'waiting' LIMIT 40)"""
    )
    destinations: list[UUID] = [row["destination_id"] for row in rows]
    before = await whole_tables_read(connection)
    leases = [Lease(each, 0, datetime.now(UTC)) for each in destinations]
    assert len(await lock_leases(connection, leases)) == len(leases)
    alerts = await fetch_due_alerts(connection, destinations, each=50)
    again = await fetch_due_deliveries(connection, destinations, each=50)
    assert len(alerts) > 30
    assert len(again) > 30
    assert await whole_tables_read(connection) == before
    return leases, alerts, again
