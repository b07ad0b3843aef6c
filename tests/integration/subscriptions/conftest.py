from collections.abc import AsyncIterator

import pytest

from runtime.sealing import Sealer
from tests.integration.subscriptions.running import Running, open_api


@pytest.fixture
async def api(databases: dict[str, str], sealer: Sealer) -> AsyncIterator[Running]:
    async with open_api(databases["subscriptions"], sealer) as running:
        yield running
