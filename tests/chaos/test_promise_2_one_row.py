"""Promise 2: every match becomes exactly one ledger row, whatever happens to it."""

import random
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from schemas.match import Matched
from tests.integration.notifier.service import Scene, open_scene
from tests.integration.notifier.world import matched, until

NAMES = [f"subscriber-{number}" for number in range(20)]
KILLED_AT = ("notifier.recorded", "notifier.marked", "consumer.handled")


@pytest.fixture
async def scene(kafka: str, prefix: str, databases: dict[str, str], sealing_keys: str) -> AsyncIterator[Scene]:
    async with open_scene(kafka=kafka, prefix=prefix, databases=databases, sealing_keys=sealing_keys) as opened:
        yield opened


def records(batch: int) -> list[Matched]:
    """Openings, of which some no longer match after a change and some still do, repeated and in no order."""
    opened = [matched(*NAMES, posting=f"p{batch}-{number}") for number in range(4)]
    gone = [matched(*NAMES[:5], posting=f"p{batch}-1", kind="no_longer", revision=2)]
    changed = [matched(*NAMES[5:10], posting=f"p{batch}-2", kind="changed", revision=2)]
    every = [*opened, *gone, *changed]
    again = every * 2
    random.Random(batch).shuffle(again)
    return again


async def test_promise_2_every_match_is_one_row_wherever_its_recorder_is_killed(scene: Scene) -> None:
    await scene.subscribe(*NAMES)
    expected: set[tuple[object, ...]] = set()
    async with scene.deployment.beating():
        for batch, failpoint in enumerate((*KILLED_AT, None)):
            published = records(batch)
            for number, record in enumerate(published):
                await scene.deployment.publish("matches", record, partition=number % 3)
                expected |= {_key(record, one.subscription_id) for one in record.subscriptions}
            if failpoint:
                await scene.killed("consume", "dispatch", failpoint=failpoint)
        async with scene.deployment.process():
            await until(lambda: scene.all_settled(len(expected)), "every match with one row, and each row at its end")
            last = matched(*NAMES, posting="last")  # for destinations that have nothing else due
            await scene.deployment.publish("matches", last)
            expected |= {_key(last, one.subscription_id) for one in last.subscriptions}
            await until(lambda: scene.all_settled(len(expected)), "what came last at its end")
            await until(lambda: _has_outcome_of_each(scene), "an outcome of each row")
    rows = await scene.rows("SELECT subscription_id, posting_id, episode, kind, revision, state, reason FROM alerts")
    assert Counter(tuple(row)[:5] for row in rows) == Counter(expected)
    assert all(row["state"] == "sent" or row["reason"] for row in rows)
    assert len(expected) == len(rows) == 4 * (80 + 5 + 5) + 20
    assert await scene.deployment.read("notifier-matches.dlq") == [], "what comes again is no bad record"


def _key(record: Matched, subscription_id: object) -> tuple[object, ...]:
    [kind] = {one.kind for one in record.subscriptions}
    return subscription_id, record.posting.id, record.episode, kind, 0 if kind == "opened" else record.revision


async def _has_outcome_of_each(scene: Scene) -> bool:
    ended = {one.alert_id for one in await scene.deployment.outcomes() if one.outcome in ("sent", "suppressed")}
    return ended == {row["alert_id"] for row in await scene.rows("SELECT alert_id FROM alerts")}


async def test_promise_2_a_row_that_nobody_is_going_to_look_at_is_found_by_the_sweep(scene: Scene) -> None:
    """As if its recorder had died before it made the destination due, and its record were gone."""
    await scene.subscribe("anna")
    async with scene.deployment.beating(), scene.deployment.process("consume"):
        await scene.deployment.publish("matches", matched("anna"))
        await until(lambda: _is_due(scene), "the alert recorded and its destination due")
        await scene.rows("UPDATE alerts SET due_at = due_at - interval '2 minutes' RETURNING 1")
        await scene.rows("UPDATE destinations SET due_at = 'infinity' RETURNING 1")
        async with scene.deployment.process("dispatch", "sweep"):
            await until(lambda: len(scene.smtp.mails) == 1, "the mail")


async def _is_due(scene: Scene) -> bool:
    return bool(await scene.rows("SELECT FROM destinations WHERE due_at <= now()"))
