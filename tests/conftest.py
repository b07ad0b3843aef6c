"""Fixtures of all tests: the real stack, once a session; a topic prefix and a database, fresh for each test that asks."""

import base64
import os
from collections.abc import Iterator

import pytest

from runtime import logs
from runtime.sealing import Sealer
from tests.support.stack import TestStack, open_stack


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """As services log: structlog's default draws each traceback with its locals, which takes seconds."""
    logs.configure("tests", "WARNING")


@pytest.fixture(scope="session")
def stack() -> Iterator[TestStack]:
    with open_stack() as running:
        yield running


@pytest.fixture
def kafka(stack: TestStack) -> str:
    return stack.kafka


@pytest.fixture
async def prefix(stack: TestStack) -> str:
    return await stack.prefix()


@pytest.fixture
async def databases(stack: TestStack) -> dict[str, str]:
    return await stack.databases()


@pytest.fixture(scope="session")
def sealing_keys() -> str:
    return "1:" + base64.b64encode(os.urandom(32)).decode()


@pytest.fixture(scope="session")
def sealer(sealing_keys: str) -> Sealer:
    return Sealer.parse(sealing_keys)
