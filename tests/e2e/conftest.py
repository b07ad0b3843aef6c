"""The whole system, started once for the tests that only use it."""

from collections.abc import Iterator

import pytest

from deploy.local.stack import Stack
from deploy.local.system import System, start_system


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    with Stack(durable=False) as stack:
        yield start_system(stack, print)
