"""Now is when the test runs: the suite may have run for minutes since its modules were read, and the matcher's window is ten."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.matcher import world


@pytest.fixture(autouse=True)
def now(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime.now(UTC)
    for module in (world, request.module):
        for name, value in {"NOW": moment, "SAVED": moment - timedelta(hours=1)}.items():
            if hasattr(module, name):
                monkeypatch.setattr(module, name, value)
