"""A world for each test, with a mail server and a webhook endpoint outside it."""

from collections.abc import AsyncIterator

import pytest

from runtime.sealing import Sealer
from tests.integration.notifier.outside import Hook, MailServer, hook, mail_server
from tests.integration.notifier.world import World, open_world


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
