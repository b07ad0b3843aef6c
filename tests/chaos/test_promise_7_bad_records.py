"""A bad record blocks nobody and never disappears, and a bad deploy stops instead of draining a topic."""

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiohttp
import asyncpg
import pytest

from deploy.local.ports import free_ports
from runtime.dead_letters import open_shelf
from runtime.letters import Letter
from tests.integration.notifier.service import Deployment, deployed
from tests.integration.notifier.world import matched
from tests.integration.runtime.topic import committed
from tests.support.dlq import dlq
from tests.support.processes import ServiceProcess
from tests.support.until import until
from tests.unit.notifier.made import uid

GROUP = "notifier-matches"
WITHIN = 60.0


@pytest.fixture
async def deployment(kafka: str, prefix: str, databases: dict[str, str], sealing_keys: str) -> AsyncIterator[Deployment]:
    """Without a mail server: what is watched here ends at the ledger."""
    async with deployed(kafka=kafka, prefix=prefix, dsn=databases["notifier"], sealing_keys=sealing_keys, smtp_port=1) as made:
        made.environment["NOTIFIER_GROUP_SESSION"] = "1.5"  # so that a death is noticed soon
        made.environment["JOBALERTS_VERSION"] = "the same"  # also where somebody edits the code meanwhile
        yield made


@pytest.fixture
async def database(databases: dict[str, str]) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(databases["notifier"])
    yield connection
    await connection.close()


async def killed_at(deployment: Deployment, failpoint: str) -> None:
    """A notifier's consumers, until they pass this place."""
    [port] = free_ports(1)
    more = {"NOTIFIER_HTTP_PORT": str(port), "JOBALERTS_FAILPOINT": failpoint}
    process = ServiceProcess("notifier", "consume", env=deployment.environment | more)
    assert await process.ended(WITHIN) == -signal.SIGKILL


async def letters(deployment: Deployment) -> list[Letter]:
    async with open_shelf(deployment.kafka, deployment.prefix, GROUP) as shelf:
        return await shelf.letters()


async def rows(database: Any) -> dict[Any, int]:
    """How many alerts there are of each posting."""
    found = await database.fetch("SELECT posting_id, count(*) AS alerts FROM alerts GROUP BY 1")
    return {row["posting_id"]: row["alerts"] for row in found}


async def reached(deployment: Deployment, offsets: dict[int, int]) -> None:
    """Wait until the group has committed so far."""

    async def so_far() -> bool:
        return await committed(deployment.kafka, deployment.prefix + GROUP) == offsets

    await until(so_far, within=WITHIN)


async def test_promise_7_a_bad_record_blocks_nobody_and_never_disappears(deployment: Deployment, database: Any) -> None:
    good = [f"good {n}" for n in range(20)]
    refused = "refused by the database"
    await database.execute(f"ALTER TABLE postings ADD CONSTRAINT mistake CHECK (id <> '{uid(refused)}')")
    impossible = matched("anna", posting="impossible", opened_at=datetime(1899, 1, 1, tzinfo=UTC))
    for n, name in enumerate(good):
        await deployment.publish("matches", matched("anna", posting=name), partition=n % 2)
        if n % 5 == 0:
            await deployment.publish("matches", f"not JSON {n}".encode(), partition=n % 2)
    await deployment.publish("matches", impossible, matched("anna", posting=refused), partition=1)

    await killed_at(deployment, "dead_letter.published:2")
    await killed_at(deployment, "consumer.handled")
    async with deployment.process("consume"):
        await reached(deployment, {0: 12, 1: 14})

    assert await rows(database) == {uid(name): 1 for name in good}
    found = await letters(deployment)
    errors = sorted(letter.headers["error"].partition(":")[0] for letter in found)
    assert errors == ["BadOpening", *["BadRecord"] * 4, "CheckViolationError"]
    assert any(letter.repeats for letter in found), "no letter was published twice: the kill came to nothing"
    assert len({letter.source for letter in found}) == len(found) == 6

    await database.execute("ALTER TABLE postings DROP CONSTRAINT mistake")
    replayed = await dlq("notifier", deployment.environment, "replay", "--all")
    assert (replayed.code, replayed.err) == (1, "1 of 6 letters replayed\n")
    assert await rows(database) == {uid(name): 1 for name in (*good, refused)}
    assert len([letter for letter in await letters(deployment) if letter.mark is None]) == 5
    assert len(await deployment.read("matches")) == 26


@asynccontextmanager
async def stopped(deployment: Deployment) -> AsyncIterator[str]:
    """A notifier's consumers that never get ready, and what they say of `GROUP` once they have stopped."""
    [port] = free_ports(1)
    process = ServiceProcess("notifier", "consume", env=deployment.environment | {"NOTIFIER_HTTP_PORT": str(port)})

    async def says() -> str:
        assert process.returncode is None
        try:
            async with aiohttp.ClientSession() as client, client.get(f"http://127.0.0.1:{port}/health/ready") as answer:
                detail: str = (await answer.json())["checks"].get(GROUP, {}).get("detail", "")
                return detail if answer.status == 503 and detail.startswith("stopped") else ""
        except aiohttp.ClientConnectorError:
            return ""

    try:
        yield await until(says, within=WITHIN)
    finally:
        process.kill()
        await process.ended()


async def test_promise_7_a_bad_deploy_stops_and_says_so_and_drains_nothing(deployment: Deployment, database: Any) -> None:
    await deployment.publish("matches", *[b"not JSON"] * 200, matched("anna"))
    for _ in range(2):  # started again, it sets no second hundred aside
        async with stopped(deployment) as said:
            assert said.startswith("stopped: 100 dead letters in a row, the next would be ")
            assert "matches/0@100: BadRecord: the record: Invalid JSON" in said
        assert len(await letters(deployment)) == 100
        assert await committed(deployment.kafka, deployment.prefix + GROUP) == {0: 100}
    assert await rows(database) == {}

    async with stopped(deployment):  # somebody who knows that they are bad lets them go, and it goes on by itself
        dropped = await dlq("notifier", deployment.environment, "drop", "--all", "--reason", "a broken publisher")
        assert dropped.code == 0
        await reached(deployment, {0: 201})
    assert await rows(database) == {uid("p"): 1}
    assert len([letter for letter in await letters(deployment) if letter.mark is None]) == 100
