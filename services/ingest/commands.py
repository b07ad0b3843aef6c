"""The operator's door: publishers are made and revoked, rejections looked at; what is found goes to standard output."""

import sys
from collections.abc import Callable, Iterable, Mapping

from rich.console import Console
from rich.table import Table

from runtime.errors import Permanent
from runtime.postgres import Pool
from services.ingest import register
from services.ingest.domain.fault import Fault
from services.ingest.domain.publisher import Key
from services.ingest.domain.receipt import Receipt
from services.ingest.domain.rejection import Wanted
from services.ingest.retry import Try, UnknownRejection, retry, retry_all
from services.ingest.store import transaction
from services.ingest.store.rejections import RejectionRow, fetch_rejection, fetch_rejections


async def create_publisher(pool: Pool, name: str) -> None:
    """Print the new publisher's key, alone on standard output, so that a script can take it."""
    _hand_over(await register.create(pool, name), name)


async def renew_publisher(pool: Pool, name: str) -> None:
    """Print a new key; the publisher's other keys no longer count."""
    _hand_over(await register.renew(pool, name), name)


async def revoke_publisher(pool: Pool, name: str) -> None:
    await register.revoke(pool, name)
    sys.stdout.write(f"{name} can no longer push; its postings stay\n")


async def limit_publisher(pool: Pool, name: str, changes: Mapping[str, int | None]) -> None:
    """Set what is among the changes, and say what holds now."""
    quota = await register.set_quota(pool, name, changes)
    sys.stdout.write(f"{name}: {_limit(quota.per_minute)} items a minute, {_limit(quota.most_open)} postings open at once\n")


async def list_publishers(pool: Pool, console: Console) -> None:
    table = Table("publisher", "since", "revoked", "postings", "open", "a minute")
    for row in await register.list_all(pool):
        revoked = f"{row.revoked_at:%Y-%m-%d}" if row.revoked_at else ""
        is_open = f"{row.open:,} of {_limit(row.quota.most_open)}"
        table.add_row(
            row.name, f"{row.created_at:%Y-%m-%d}", revoked, f"{row.postings:,}", is_open, _limit(row.quota.per_minute)
        )
    console.print(table)


async def list_rejections(pool: Pool, console: Console, *, publisher: str | None, wanted: Wanted, limit: int) -> None:
    """Newest first, of one publisher or all."""
    of = await register.find(pool, publisher) if publisher else None
    async with transaction(pool) as connection:
        rows = await fetch_rejections(connection, of, wanted, after=None, limit=limit)
    for row in rows:
        _say(console, f"{_told(row)}: {_in_words(row.errors)}{f'; resolved by {row.resolved_by}' if row.resolved_by else ''}")


async def retry_rejection(pool: Pool, wake: Callable[[], None], console: Console, *, rejection_id: int, how: Try) -> None:
    """One, whosever it is."""
    async with transaction(pool) as connection:
        row = await fetch_rejection(connection, None, rejection_id)
    if row is None:
        raise UnknownRejection("There is no such rejection; `rejections --all` shows all.")
    owner = await register.find(pool, row.publisher)
    _say(console, _became(row, await retry(pool, wake, publisher=owner, rejection_id=rejection_id, how=how)))


async def retry_rejections(
    pool: Pool, wake: Callable[[], None], console: Console, *, publisher: str, wanted: Wanted, how: Try
) -> None:
    """All of a publisher's that are open; says of each that was not taken why, and how many were."""
    owner = await register.find(pool, publisher)
    taken = wrong = left = 0
    async for row, result in retry_all(pool, wake, publisher=owner, wanted=wanted, how=how):
        if isinstance(result, Receipt) and result.status != "rejected":
            taken += 1
            continue
        wrong, left = wrong + isinstance(result, Receipt), left + isinstance(result, Permanent)
        _say(console, _became(row, result))
    _say(console, f"{'would be taken' if how.dry else 'taken'} {taken:,}, still wrong {wrong:,}, not tried {left:,}")


def _limit(number: int | None) -> str:
    return "default" if number is None else f"{number:,}"


def _became(row: RejectionRow, result: Receipt | Permanent) -> str:
    if isinstance(result, Permanent):
        return f"{_told(row)}: not tried: {result}"
    return f"{_told(row)}: {_in_words(result.errors) if result.errors else f'{result.what or result.status} as {result.id}'}"


def _told(row: RejectionRow) -> str:
    often = f" ({row.count:,} times)" if row.count > 1 else ""
    return f"{row.last_received_at:%Y-%m-%d %H:%M:%S} {row.publisher} {row.source_id or '-'} {row.place} #{row.id}{often}"


def _in_words(errors: Iterable[Fault]) -> str:
    return "; ".join(f"{fault.field or 'it'} {fault.problem}" for fault in errors)


def _say(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)


def _hand_over(key: Key, name: str) -> None:
    sys.stderr.write(f"The API key of {name}; it is shown this once:\n")
    sys.stdout.write(f"{key.text}\n")
