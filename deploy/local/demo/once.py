"""Once through, and everything accounted for, on a system that runs."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

import asyncpg
from rich.console import Console

from deploy.local.demo.account import Account, account, expected_pairs, read_books
from deploy.local.demo.console import Say
from deploy.local.demo.feed import Fed, feed
from deploy.local.demo.people import PEOPLE, Crowd, Person, subscribe_all
from deploy.local.demo.summary import print_summary
from deploy.local.environment import ROOT
from deploy.local.errors import StackError
from deploy.local.running import Running

PUSHES_A_SECOND: Final = 50.0
SETTLES_WITHIN: Final = 120.0
"""Seconds after the last push in which every alert must have an outcome."""


async def account_once(
    system: Running,
    say: Say,
    console: Console,
    *,
    postings: list[Any],
    people: tuple[Person, ...] = PEOPLE,
    per_second: float = PUSHES_A_SECOND,
    may_repeat: bool = False,
) -> Account:
    """Push everything, wait until every alert has an outcome, print the summary.

    `may_repeat` where services are killed meanwhile: a mail may then come twice, with the same id.
    """
    crowd, fed = await subscribe_all(system, people, say), Fed()
    say(f"pushing {len(postings)} postings, {per_second:g} a second at the most")
    async for _ in feed(system.urls["ingest"], publisher_key(system), postings, fed, per_second=per_second):
        if fed.pushed % 100 == 0:
            say(f"{fed.pushed} pushed")
    say(f"all {fed.pushed} pushed; waiting until every alert has an outcome")
    result = await settled_account(system, crowd, fed, may_repeat=may_repeat)
    print_summary(console, result, fed)
    return result


async def settled_account(system: Running, crowd: Crowd, fed: Fed, *, may_repeat: bool = False) -> Account:
    """The account once nothing is on its way any more, or when that takes too long."""
    async with open_books(system) as connection:
        expected = await expected_pairs(connection, crowd, fed)
        deadline = asyncio.get_running_loop().time() + SETTLES_WITHIN
        while True:
            books = await read_books(connection, crowd)
            if (books.settled and expected <= books.pairs) or asyncio.get_running_loop().time() > deadline:
                return await account(system, crowd, fed, expected, books, may_repeat=may_repeat)
            await asyncio.sleep(0.1)


def publisher_key(system: Running) -> str:
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
async def open_books(system: Running) -> "AsyncIterator[asyncpg.Connection[Any]]":
    connection = await asyncpg.connect(system.admin_dsn)
    try:
        yield connection
    finally:
        await connection.close()
