"""Promise 1: a posting answered with 202 is never lost, and what is told of it stays in order."""

import asyncio
import os
import signal
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
import pytest

from deploy.local.ports import free_ports
from runtime.failpoint import VARIABLE
from schemas.posting import posting_event
from schemas.topics import POSTINGS
from tests.support.processes import ServiceProcess, answer
from tests.support.topics import read_all
from tests.support.until import until

LIVES: Final = ("ingest.committed:21", "relay.read:5", "relay.sent:5", "relay.published:6", "relay.deleted:5", "")
"""Where each life of the process ends; the last one is left alone."""
CLIENTS: Final = 4
LONGEST: Final = 30.0


@pytest.fixture
def environment(databases: dict[str, str], kafka: str, prefix: str) -> dict[str, str]:
    return os.environ | {
        "INGEST_POSTGRES": databases["ingest"],
        "INGEST_KAFKA": kafka,
        "INGEST_TOPIC_PREFIX": prefix,
        "INGEST_HTTP_PORT": str(free_ports(1)[0]),
    }


async def test_promise_1_accepted_is_kept(environment: dict[str, str], kafka: str, prefix: str) -> None:
    """Killed between any two durable effects with pushes under way: all that was accepted is told, each posting's in order."""
    key, over = await _publisher_key(environment), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        clients = [group.create_task(_client(number, environment, key, over)) for number in range(CLIENTS)]
        for failpoint in LIVES[:-1]:
            process = _start(environment, failpoint)
            assert await _end(process, failpoint) == -signal.SIGKILL
        process = _start(environment, LIVES[-1])
        over.set()
    accepted = [one for client in clients for one in client.result()]
    try:
        revisions = await _told(kafka, prefix, at_least=set(accepted))
    finally:
        process.terminate()
        await process.ended()
    assert len(accepted) > len(LIVES) * CLIENTS
    assert set(accepted) <= {(source, title) for source, told in revisions.items() for title, _ in told}
    for source, told in revisions.items():
        assert [revision for _, revision in told] == sorted(revision for _, revision in told), f"{source} is out of order"
        assert [title for _, title in _in_turn(accepted, source)] == [title for title, _ in told], source


def _in_turn(accepted: list[tuple[str, str]], source: str) -> list[tuple[str, str]]:
    return [one for one in accepted if one[0] == source]


async def _client(number: int, environment: Mapping[str, str], key: str, over: asyncio.Event) -> list[tuple[str, str]]:
    """Open a posting and change it on and on, each push until it is answered. Returns (source id, title) of each."""
    accepted = []
    url = f"http://127.0.0.1:{environment['INGEST_HTTP_PORT']}/v1/postings"
    async with aiohttp.ClientSession(headers={"authorization": f"Bearer {key}"}) as session:
        for turn in range(10_000):
            if over.is_set():
                break
            posting = {
                "source_id": f"{number}-{turn // 5}",
                "title": f"Engineer {turn % 5}",
                "company": "Lodestar",
                "url": "https://jobs.example.com/1",
                "description": "We sponsor H-1B visas.",
            }
            await until(lambda posting=posting: _is_accepted(session, url, posting), within=LONGEST)  # type: ignore[misc]
            accepted.append((posting["source_id"], posting["title"]))
    return accepted


async def _is_accepted(session: aiohttp.ClientSession, url: str, posting: dict[str, Any]) -> bool:
    try:
        async with session.post(url, json=posting) as response:
            return response.status == 202
    except aiohttp.ClientError:
        return False  # it is dead, or died before it answered


async def _told(kafka: str, prefix: str, *, at_least: set[tuple[str, str]]) -> dict[str, list[tuple[str, int]]]:
    """By source id what the topic tells, once it tells of all of them: (title, revision), a repeat left out as readers do."""
    found: dict[str, list[tuple[str, int]]] = {}

    async def complete() -> bool:
        found.clear()
        found.update(_without_repeats(await read_all(kafka, prefix + POSTINGS.name)))
        return at_least <= {(source, title) for source, told in found.items() for title, _ in told}

    try:
        await until(complete, within=LONGEST)
    except TimeoutError:
        missing = at_least - {(source, title) for source, told in found.items() for title, _ in told}
        pytest.fail(f"accepted and never told: {sorted(missing)[:5]} and {max(0, len(missing) - 5)} more")
    return found


def _without_repeats(values: list[bytes]) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for event in map(posting_event.validate_json, values):
        one = (event.posting.title, event.revision)
        if one not in found[event.posting.source_id]:
            found[event.posting.source_id].append(one)
    return found


async def _publisher_key(environment: Mapping[str, str]) -> str:
    return (await answer("ingest", "publisher", "create", "board", env=environment)).out.strip()


async def _end(process: ServiceProcess, failpoint: str) -> int:
    try:
        return await process.ended(LONGEST)
    except TimeoutError:
        process.kill()
        await process.ended()
        pytest.fail(f"{failpoint} was not reached within {LONGEST:.0f} s")


def _start(environment: Mapping[str, str], failpoint: str) -> ServiceProcess:
    return ServiceProcess("ingest", env={**environment, VARIABLE: failpoint})
