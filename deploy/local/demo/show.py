"""The demo that goes on and on, with a page to look at."""

import asyncio
import itertools
from collections.abc import Iterator
from typing import Any, Final

import aiohttp
from rich.console import Console

from deploy.local.demo.console import Say
from deploy.local.demo.feed import Fed, push
from deploy.local.demo.once import open_books, publisher_key
from deploy.local.demo.page import serve_page
from deploy.local.demo.people import PEOPLE, subscribe_all
from deploy.local.demo.watch import Watch
from deploy.local.system import System

TRICKLE: Final = 0.5
"""Postings a second once the page is up."""


async def show(system: System, say: Say, console: Console, *, postings: list[Any], port: int) -> None:
    """Serve the page and let postings trickle in until cancelled."""
    crowd, fed, key = await subscribe_all(system, PEOPLE, say), Fed(), publisher_key(system)
    async with open_books(system) as connection, aiohttp.ClientSession(headers=_bearer(key)) as session:
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


def _bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}
