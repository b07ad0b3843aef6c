"""The main job on real input: every match that a second evaluator expects is one ledger row, and every row has an outcome."""

import asyncio
import json
from uuid import UUID

import aiohttp
import asyncpg

from deploy.local.demo.feed import Fed, push
from deploy.local.demo.once import publisher_key
from deploy.local.demo.people import Wish
from deploy.local.system import System
from schemas.outcome import outcome as outcome_adapter
from schemas.topics import OUTCOMES
from tests.e2e.partner import join
from tests.support import evaluator, newgrad
from tests.support.topics import read_all
from tests.support.until import until

PEOPLE = 5
SETTLES_WITHIN = 240.0


async def test_every_expected_match_is_one_row_and_every_row_has_an_outcome(system: System) -> None:
    postings, filters = newgrad.postings(), newgrad.subscriptions(1000, clauses=newgrad.STATED)
    subscribed = await _subscribe(system, filters)
    fed = await _push(system, postings)
    assert fed.results == {"opened": len(postings)}, fed.rejected[:5]
    connection = await asyncpg.connect(system.admin_dsn)
    try:
        contents = await connection.fetch("SELECT id, content FROM ingest.postings")
        expected, held = _expected(subscribed, [(row["id"], json.loads(row["content"])) for row in contents])
        await _settled(connection, len(expected))
        rows = await connection.fetch("SELECT subscription_id, posting_id, alert_id, state FROM notifier.alerts")
        sent = await connection.fetchval("SELECT count(*) FROM notifier.deliveries WHERE purpose = 'alert' AND state = 'sent'")
    finally:
        await connection.close()

    assert all(both == {True, False} for both in held.values()), held
    assert {(row["subscription_id"], row["posting_id"]) for row in rows} == expected
    assert len(rows) == len(expected)
    assert {row["state"] for row in rows} <= {"sent", "suppressed"}
    told = {posting for _, posting in expected}
    assert sent >= len(told), "each posting that matched anybody was told to somebody"
    async with aiohttp.ClientSession() as session, session.get(f"{system.inbox_url}/api/count") as response:
        assert (await response.json())["count"] == sent + PEOPLE  # and a confirmation each
    outcomes = [outcome_adapter.validate_json(value) for value in await read_all(system.kafka, OUTCOMES.name)]
    assert {one.alert_id for one in outcomes} == {row["alert_id"] for row in rows}


async def _subscribe(system: System, filters: list[dict[str, object]]) -> dict[UUID, dict[str, object]]:
    """Five people share the filters."""
    subscribed: dict[UUID, dict[str, object]] = {}
    async with aiohttp.ClientSession() as session:

        async def one(number: int) -> None:
            mine = filters[number::PEOPLE]
            partner, crowd = await join(session, system, f"real-{number}@example.org", Wish("first", mine[0]))
            subscribed[crowd.subscribed[0].id] = mine[0]
            for at, wanted in enumerate(mine[1:]):
                subscribed[await partner.subscribe(f"filter {at}", wanted)] = wanted

        await asyncio.gather(*(one(number) for number in range(PEOPLE)))
    return subscribed


async def _push(system: System, postings: list[dict[str, object]]) -> Fed:
    fed, key = Fed(), publisher_key(system)
    async with aiohttp.ClientSession(headers={"authorization": f"Bearer {key}"}) as session:
        for start in range(0, len(postings), 100):
            await push(session, system.urls["ingest"], postings[start : start + 100], fed)
    return fed


def _expected(
    subscribed: dict[UUID, dict[str, object]], contents: list[tuple[UUID, dict[str, object]]]
) -> tuple[set[tuple[UUID, UUID]], dict[str, set[bool]]]:
    """The pairs that match, and for each clause whether it was seen to hold and to fail."""
    pairs: set[tuple[UUID, UUID]] = set()
    held: dict[str, set[bool]] = {}
    for posting_id, content in contents:
        for subscription_id, wanted in subscribed.items():
            clauses = evaluator.clauses_held(wanted, content)
            for name, holds in clauses.items():
                held.setdefault(name, set()).add(holds)
            if all(clauses.values()):
                pairs.add((subscription_id, posting_id))
    return pairs, held


async def _settled(connection: "asyncpg.Connection[asyncpg.Record]", expected: int) -> None:
    """Until the ledger has as many rows as expected, none of them waits, and what became of them is published."""

    async def settled() -> bool:
        row = await connection.fetchrow(
            """SELECT count(*) AS rows, count(*) FILTER (WHERE state IN ('waiting', 'frozen')) AS open,
                      (SELECT count(*) FROM notifier.outbox) AS unpublished FROM notifier.alerts"""
        )
        assert row is not None
        return row["rows"] >= expected and not row["open"] and not row["unpublished"]

    await until(settled, within=SETTLES_WITHIN)
