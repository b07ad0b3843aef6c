"""What is waited for at a start, and what is not."""

import pytest

from deploy.local.ports import HOST, free_ports
from runtime.errors import Fatal, Unreachable
from runtime.postgres import open_pool


async def test_a_server_that_does_not_answer_may_come() -> None:
    [port] = free_ports(1)
    with pytest.raises(Unreachable, match=r"^cannot connect to PostgreSQL: "):
        async with open_pool(f"postgresql://ingest:secret@{HOST}:{port}/jobalerts", size=2, application="test"):
            pass


@pytest.mark.parametrize("dsn", ["mysql://db/jobalerts", f"postgresql://{HOST}/jobalerts?sslmode=perhaps"])
async def test_a_wrong_dsn_is_not_waited_for(dsn: str) -> None:
    with pytest.raises(Fatal, match=r"^cannot connect to PostgreSQL: ") as refused:
        async with open_pool(dsn, size=2, application="test"):
            pass
    assert not isinstance(refused.value, Unreachable)
