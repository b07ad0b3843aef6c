"""A database of a service that has an outbox."""

from collections.abc import AsyncIterator

import pytest

from runtime.postgres import Pool, open_pool


@pytest.fixture
def dsn(databases: dict[str, str]) -> str:
    """Of a service that has an outbox."""
    return databases["ingest"]


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    async with open_pool(dsn, size=5, application="test") as pool:
        yield pool
