"""Migrations run once and in order, whoever starts at the same time, and what has run cannot be changed afterwards."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from runtime.errors import Fatal
from runtime.migrate import MigrationDrift, migrate


@pytest.fixture
async def dsn(databases: dict[str, str]) -> str:
    """Of a role with an empty schema."""
    dsn = databases["ingest"]
    connection = await asyncpg.connect(dsn)
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    await connection.execute("DROP TABLE " + ", ".join(table["tablename"] for table in tables) + " CASCADE")
    await connection.close()
    return dsn


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_first.sql").write_text("CREATE TABLE one (n int); INSERT INTO one VALUES (1);")
    (tmp_path / "0002_second.sql").write_text("ALTER TABLE one ADD COLUMN m int DEFAULT 2;")
    return tmp_path


async def fetch(dsn: str, query: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(dsn)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def test_files_run_once_and_in_order(dsn: str, folder: Path) -> None:
    assert await migrate(dsn, folder) == ["0001_first.sql", "0002_second.sql"]
    assert await migrate(dsn, folder) == []
    (folder / "0003_third.sql").write_text("UPDATE one SET n = n + m;")
    assert await migrate(dsn, folder) == ["0003_third.sql"]
    assert await fetch(dsn, "SELECT n, m FROM one") == [(3, 2)]


async def test_replicas_that_start_together_run_each_file_once(dsn: str, folder: Path) -> None:
    ran = await asyncio.gather(*(migrate(dsn, folder) for _ in range(5)))
    assert sorted(ran) == [[], [], [], [], ["0001_first.sql", "0002_second.sql"]]
    assert await fetch(dsn, "SELECT n, m FROM one") == [(1, 2)]


async def test_file_that_was_changed_after_it_ran_stops_the_start(dsn: str, folder: Path) -> None:
    await migrate(dsn, folder)
    (folder / "0001_first.sql").write_text("CREATE TABLE one (n bigint);")
    with pytest.raises(MigrationDrift, match=r"0001_first.sql was changed after it ran: put it back and add a new file"):
        await migrate(dsn, folder)


async def test_older_version_than_the_schema_stops_the_start(dsn: str, folder: Path) -> None:
    await migrate(dsn, folder)
    (folder / "0002_second.sql").unlink()
    with pytest.raises(MigrationDrift, match=r"0002_second.sql ran here but is not in this version"):
        await migrate(dsn, folder)


@pytest.mark.parametrize("names", [["0001_a.sql", "0003_c.sql"], ["0002_b.sql"], ["0001_a.sql", "0001_b.sql"]], ids=str)
async def test_gap_or_double_in_the_numbers_stops_the_start(dsn: str, tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_text("SELECT 1")
    with pytest.raises(Fatal, match=r"migrations must be numbered 0001, 0002, ... without a gap or a double"):
        await migrate(dsn, tmp_path)


async def test_file_that_fails_leaves_nothing_and_runs_when_it_is_mended(dsn: str, folder: Path) -> None:
    (folder / "0002_second.sql").write_text("INSERT INTO one VALUES (5); SELECT 1 / 0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(dsn, folder)
    assert await fetch(dsn, "SELECT n FROM one") == [(1,)]
    (folder / "0002_second.sql").write_text("INSERT INTO one VALUES (5);")
    assert await migrate(dsn, folder) == ["0002_second.sql"]
    assert await fetch(dsn, "SELECT n FROM one") == [(1,), (5,)]
