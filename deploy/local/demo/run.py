"""The demo's two ways: once through and everything accounted for, or on and on with a page to look at."""

import asyncio
import itertools
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

import aiohttp
import asyncpg
from rich.console import Console

from deploy.local.demo.account import Account, account, expected_pairs, read_books
from deploy.local.demo.feed import Fed, feed, push
from deploy.local.demo.page import serve_page
from deploy.local.demo.people import PEOPLE, Crowd, subscribe_all
from deploy.local.demo.summary import print_summary
from deploy.local.demo.watch import Watch
from deploy.local.environment import ROOT
from deploy.local.errors import StackError
from deploy.local.system import System

Say = Callable[[str], None]

PUSHES_A_SECOND: Final = 50.0
SETTLES_WITHIN: Final = 120.0
"""Seconds after the last push in which every alert must have an outcome."""
TRICKLE: Final = 0.5
"""Postings a second once the page is up."""


async def account_once(system: System, say: Say, console: Console, *, postings: list[Any]) -> Account:
    """Push everything, wait until every alert has an outcome, print the summary."""
    crowd, fed = await subscribe_all(system, PEOPLE, say), Fed()
    say(f"pushing {len(postings)} postings, {PUSHES_A_SECOND:.0f} a second at the most")
    async for _ in feed(system.urls["ingest"], publisher_key(system), postings, fed, per_second=PUSHES_A_SECOND):
        if fed.pushed % 100 == 0:
            say(f"{fed.pushed} pushed")
    say(f"all {fed.pushed} pushed; waiting until every alert has an outcome")
    result = await settled_account(system, crowd, fed)
    print_summary(console, result, fed)
    return result


async def settled_account(system: System, crowd: Crowd, fed: Fed) -> Account:
    """The account once nothing is on its way any more, or when that takes too long."""
    async with _books(system) as connection:
        expected = await expected_pairs(connection, crowd)
        deadline = asyncio.get_running_loop().time() + SETTLES_WITHIN
        while True:
            books = await read_books(connection)
            if (books.settled and expected <= books.pairs) or asyncio.get_running_loop().time() > deadline:
                return await account(system, fed, expected, books)
            await asyncio.sleep(0.1)


async def show(system: System, say: Say, console: Console, *, postings: list[Any], port: int) -> None:
    """Serve the page and let postings trickle in until cancelled."""
    crowd, fed, key = await subscribe_all(system, PEOPLE, say), Fed(), publisher_key(system)
    async with _books(system) as connection, aiohttp.ClientSession(headers=_bearer(key)) as session:
        watch = Watch(system, crowd, fed, connection)
        async with serve_page(watch, port, say) as url, asyncio.TaskGroup() as group:
            console.print(f"\n  [bold green]Look at it:[/bold green] [bold]{url}[/bold]      Ctrl-C ends everything\n")
            group.create_task(watch.run())
            for number, posting in enumerate(endlessly(postings)):
                await push(session, system.urls["ingest"], posting, fed)
                await asyncio.sleep(0.1 if number < len(postings) // 4 else 1 / TRICKLE)


def endlessly(postings: list[Any]) -> Iterator[Any]:
    """The postings, and then the same again as new openings, for as long as somebody watches."""
    yield from postings
    for turn in itertools.count(2):
        for posting in postings:
            if isinstance(posting, dict) and "source_id" in posting and "title" in posting:
                again = {"source_id": f"{posting['source_id']}-{turn}", "title": f"{posting['title']} (opening {turn})"}
                yield posting | again | {"url": f"{posting['url']}?opening={turn}"}


def publisher_key(system: System) -> str:
    """Made by the command, as an operator makes one."""
    made = subprocess.run(
        [sys.executable, "-m", "services.ingest", "publisher", "create", f"demo-{datetime.now(UTC):%H%M%S}"],
        env={**system.environments["ingest"], "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    key = next((word for word in made.stdout.split() if word.startswith("jai_")), None)
    if made.returncode or key is None:
        raise StackError(f"no publisher's key could be made: {made.stderr.strip() or made.stdout.strip()}")
    return key


@asynccontextmanager
async def _books(system: System) -> "AsyncIterator[asyncpg.Connection[Any]]":
    connection = await asyncpg.connect(system.admin_dsn)
    try:
        yield connection
    finally:
        await connection.close()


def _bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}
