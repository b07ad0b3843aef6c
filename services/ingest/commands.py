"""The operator's door: publishers are made and revoked, rejections looked at; what is found goes to standard output."""

import sys

from rich.console import Console
from rich.table import Table

from runtime.postgres import Pool
from services.ingest import register
from services.ingest.domain.publisher import Key
from services.ingest.store import transaction
from services.ingest.store.rejections import NEWEST, fetch_rejections, fetch_rejections_of


async def create_publisher(pool: Pool, name: str) -> None:
    """Print the new publisher's key, alone on standard output, so that a script can take it."""
    _hand_over(await register.create(pool, name), name)


async def renew_publisher(pool: Pool, name: str) -> None:
    """Print a new key; the publisher's other keys no longer count."""
    _hand_over(await register.renew(pool, name), name)


async def revoke_publisher(pool: Pool, name: str) -> None:
    await register.revoke(pool, name)
    sys.stdout.write(f"{name} can no longer push; its postings stay\n")


async def list_publishers(pool: Pool, console: Console) -> None:
    table = Table("publisher", "since", "revoked", "postings")
    for row in await register.list_all(pool):
        revoked = f"{row.revoked_at:%Y-%m-%d %H:%M}" if row.revoked_at else ""
        table.add_row(row.name, f"{row.created_at:%Y-%m-%d %H:%M}", revoked, f"{row.postings:,}")
    console.print(table)


async def list_rejections(pool: Pool, console: Console, *, publisher: str | None, limit: int) -> None:
    """Newest first, of one publisher or all."""
    of = await register.find(pool, publisher) if publisher else None
    async with transaction(pool) as connection:
        if of:
            rows = await fetch_rejections_of(connection, of, before=NEWEST, limit=limit)
        else:
            rows = await fetch_rejections(connection, before=NEWEST, limit=limit)
    for row in rows:
        faults = "; ".join(f"{fault.field or 'it'} {fault.problem}" for fault in row.errors)
        line = f"{row.received_at:%Y-%m-%d %H:%M:%S} {row.publisher} {row.source_id or '-'} {row.place}: {faults}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _hand_over(key: Key, name: str) -> None:
    sys.stderr.write(f"The API key of {name}; it is shown this once:\n")
    sys.stdout.write(f"{key.text}\n")
