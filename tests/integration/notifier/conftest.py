"""A world for each test, with a mail server and a webhook endpoint outside it; and where the service runs as a process."""

from collections.abc import AsyncIterator

import pytest

from runtime.sealing import Sealer
from services.notifier.domain.gate import HELD
from tests.integration.notifier.freezing import as_if_sent, frozen
from tests.integration.notifier.outside import Hook, MailServer, hook, mail_server
from tests.integration.notifier.service import Deployment, deployed
from tests.integration.notifier.world import World, matched, open_world


@pytest.fixture
async def world(databases: dict[str, str], sealer: Sealer) -> AsyncIterator[World]:
    async with open_world(databases["notifier"], sealer) as opened:
        yield opened


@pytest.fixture
async def smtp() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


@pytest.fixture
async def endpoint() -> AsyncIterator[Hook]:
    async with hook() as receiver:
        yield receiver


@pytest.fixture
async def held(world: World) -> World:
    """Told of a posting that both matched, and not that the first does no longer."""
    await world.subscribe("a/first", "a/second")
    await world.beat()
    await world.record(matched("a/first", "a/second"))
    assert len(await frozen(world)) == 1
    await as_if_sent(world)
    await world.record(matched("a/first", kind="no_longer", revision=2))
    await world.beat()
    assert await frozen(world) == []
    assert (await world.states())[-1] == f"held: {HELD}"
    await world.expire_leases()
    await world.later()
    return world


@pytest.fixture
async def deployment(
    kafka: str, prefix: str, databases: dict[str, str], sealing_keys: str, smtp: MailServer
) -> AsyncIterator[Deployment]:
    async with deployed(
        kafka=kafka, prefix=prefix, dsn=databases["notifier"], sealing_keys=sealing_keys, smtp_port=smtp.port
    ) as made:
        yield made
