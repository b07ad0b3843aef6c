"""From a real text to a normalised event in the outbox, one ingest process: a file that is imported, and pushes over HTTP.

The texts are real postings (5.6 kB on average) of which only title, company, address and description are told: all else is
read out of them. PostgreSQL and the pushing client share the machine; what is told twice, to compare, counts for itself.
"""

import asyncio
import gc
import io
import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import aiohttp
from rich.console import Console

from benchmarks.figure import Figure, Say
from deploy.local.demo.once import publisher_key
from deploy.local.stack import Stack
from deploy.local.system import System, start_system
from runtime.postgres import open_pool
from runtime.process import GARBAGE
from schemas.posting import posting_event
from services.ingest.domain.batch import Item, posting_of
from services.ingest.domain.normalise import content_hash
from services.ingest.import_file import import_file
from services.ingest.register import create, find
from tests.support import newgrad

ROUNDS: Final = 4
"""Times that each text is told, as another posting."""
AT_ONCE: Final = 100
"""Items of a push."""
CLIENTS: Final = 4
GOAL: Final = ">= 700"
_TOLD: Final = ("source_id", "title", "company", "url", "description")


def measure(say: Say) -> Iterator[Figure]:
    """Start PostgreSQL and ingest, import, push, push the same again."""
    gc.set_threshold(*GARBAGE)  # what is imported here is imported as by the command
    texts = [{name: push[name] for name in _TOLD} for push in newgrad.postings()]
    items = [text | {"source_id": f"{text['source_id']}-{number}"} for number in range(ROUNDS) for text in texts]
    yield Figure("intake.normalise", _normalised(items[: len(texts)]), "postings/s")
    with Stack(say=say) as stack:
        system = start_system(stack, say, services=())
        say(f"importing a file of {len(items):,} postings")
        yield Figure("intake.file", asyncio.run(_imported(system, items)), "postings/s", GOAL)
        api = system.spawn("ingest", "api")
        system.await_ready("ingest", api, say)
        bodies = [json.dumps(items[start : start + AT_ONCE]).encode() for start in range(0, len(items), AT_ONCE)]
        key = publisher_key(system)
        say(f"pushing {len(items):,} postings, {AT_ONCE} at once, {CLIENTS} clients")
        yield Figure("intake.http", asyncio.run(_pushed(system, key, bodies, "opened", len(items))), "postings/s", GOAL)
        say("pushing the same again")
        yield Figure("intake.http_again", asyncio.run(_pushed(system, key, bodies, "unchanged", len(items))), "postings/s")
        asyncio.run(_check(system, 2 * len(items)))


def _normalised(items: Sequence[Mapping[str, Any]]) -> float:
    """Of the reading alone."""
    now = datetime.now(UTC)
    started = time.perf_counter()
    for item in items:
        content_hash(posting_of(Item("", item), publisher="board", now=now))
    return len(items) / (time.perf_counter() - started)


async def _imported(system: System, items: Sequence[Mapping[str, Any]]) -> float:
    async with open_pool(system.dsns["ingest"], size=2, application="benchmark") as pool:
        await create(pool, "file")
        publisher = await find(pool, "file")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "postings.jsonl"
            path.write_text("".join(f"{json.dumps(item)}\n" for item in items))
            started = time.perf_counter()
            counts = await import_file(
                pool, lambda: None, publisher=publisher, path=str(path), console=Console(file=io.StringIO())
            )
            taken = time.perf_counter() - started
    assert counts.opened == len(items), counts
    return len(items) / taken


async def _pushed(system: System, key: str, bodies: list[bytes], fate: str, expected: int) -> float:
    """Postings a second; raises AssertionError where not all met this fate."""
    left, told = iter(bodies), 0

    async def push(session: aiohttp.ClientSession) -> None:
        nonlocal told
        for body in left:
            async with session.post(f"{system.urls['ingest']}/v1/postings", data=body) as answer:
                told += (await answer.json())["counts"][fate]

    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    async with aiohttp.ClientSession(headers=headers) as session:
        started = time.perf_counter()
        await asyncio.gather(*(push(session) for _ in range(CLIENTS)))
        taken = time.perf_counter() - started
    assert told == expected, f"{told} of {expected} postings are {fate}"
    return expected / taken


async def _check(system: System, expected: int) -> None:
    """Every posting became one event, and some of each field was read out of the texts."""
    async with open_pool(system.dsns["ingest"], size=2, application="benchmark") as pool:
        rows = await pool.fetch("SELECT value FROM outbox")
    events = [posting_event.validate_json(row["value"]) for row in rows]
    assert len({event.posting.id for event in events}) == len(events) == expected, f"{len(events)} events of {expected}"
    read = {origin.field for event in events for origin in event.posting.origins}
    assert {"pay", "employment_types", "workplace"} <= read, read
