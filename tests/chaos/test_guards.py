"""Each guard that `make guards` takes out is still where it says."""

import pytest

from tests.chaos.guards import GUARDS, ROOT, Guard


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.what)
def test_guard_and_its_test_are_there(guard: Guard) -> None:
    assert (ROOT / guard.file).read_text("utf-8").count(guard.before) == 1
    file, _, test = guard.test.partition("::")
    assert f"def {test}" in (ROOT / file).read_text("utf-8")
