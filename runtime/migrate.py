"""Numbered SQL files brought into a service's schema, once and in order.

`NNNN_what.sql` each runs in a transaction of its own under an advisory lock, so that replicas starting together do it once.
The checksum of what ran is kept: a file that changed after it ran stops the start with a clear error.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from runtime.errors import Fatal


class MigrationDrift(Fatal):
    """A migration that has run was changed or removed afterwards."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read_migrations(folder: Path) -> list[Migration]:
    """All `NNNN_what.sql` of a folder, numbered from 1 without a gap."""
    files = sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))
    migrations = [Migration(int(file.name[:4]), file.name, file.read_text("utf-8")) for file in files]
    if [migration.number for migration in migrations] != list(range(1, len(migrations) + 1)):
        raise Fatal(f"{folder}: migrations must be numbered 0001, 0002, ... without a gap or a double")
    return migrations


async def migrate(dsn: str, folder: Path) -> list[str]:
    """Bring the schema up to date. Returns the names of the files that ran now."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SELECT pg_advisory_lock(hashtext('jobalerts.migrate.' || current_schema()))")
        await connection.execute(
            """CREATE TABLE IF NOT EXISTS migrations (
                 number int PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
                 applied_at timestamptz NOT NULL DEFAULT clock_timestamp())"""
        )
        return await _bring_up(connection, read_migrations(folder))
    finally:
        await connection.close()  # releases the lock too


async def _bring_up(connection: "asyncpg.Connection[asyncpg.Record]", migrations: list[Migration]) -> list[str]:
    rows = await connection.fetch("SELECT number, name, checksum FROM migrations ORDER BY number")
    applied = {row["number"]: row for row in rows}
    known = {migration.number for migration in migrations}
    for number, row in applied.items():
        if number not in known:
            raise MigrationDrift(f"{row['name']} ran here but is not in this version: deploy a version that has it")
    ran = []
    for migration in migrations:
        if (before := applied.get(migration.number)) is not None:
            if before["checksum"] != migration.checksum:
                raise MigrationDrift(f"{migration.name} was changed after it ran: put it back and add a new file instead")
            continue
        async with connection.transaction():
            await connection.execute(migration.sql)
            await connection.execute(
                "INSERT INTO migrations (number, name, checksum) VALUES ($1, $2, $3)",
                migration.number,
                migration.name,
                migration.checksum,
            )
        ran.append(migration.name)
    return ran
