"""A posting changes its mind: each change is told once, and the last word is the true one."""

import itertools
from typing import Any

import aiohttp

from deploy.local.demo.feed import Fed, push
from deploy.local.demo.once import publisher_key
from deploy.local.demo.people import Wish
from deploy.local.system import System
from tests.e2e.partner import join
from tests.support.until import until

ADDRESS = "changes@example.org"
POSTING = {"source_id": "mind", "company": "C", "url": "https://jobs.example/mind", "description": "About the work."}


async def test_what_stops_matching_is_corrected_and_what_matches_again_is_told_again(system: System) -> None:
    key, fed, expected = publisher_key(system), Fed(), itertools.count(1)
    async with (
        aiohttp.ClientSession(headers={"authorization": f"Bearer {key}"}) as publisher,
        aiohttp.ClientSession() as session,
    ):
        await join(session, system, ADDRESS, Wish("Go", {"keywords": {"all": ["go"]}}))
        subjects: list[str] = []
        for title in ("Go Engineer", "Rust Engineer", "Go Engineer", "Rust Engineer"):
            await push(publisher, system.urls["ingest"], POSTING | {"title": title}, fed)
            subjects = await _mails(session, system, next(expected))
        listed = await _messages(session, system)
    assert subjects == ["Go Engineer at C", "Changed: Rust Engineer at C"] * 2
    assert len({mail["message_id"] for mail in listed}) == 4
    assert fed.results == {"opened": 1, "changed": 3}


async def _mails(session: aiohttp.ClientSession, system: System, count: int) -> list[str]:
    """The subjects of the alerts, once there are so many."""

    async def there() -> list[str]:
        subjects = [mail["subject"] for mail in await _messages(session, system)]
        return subjects if len(subjects) >= count else []

    return await until(there, within=20)


async def _messages(session: aiohttp.ClientSession, system: System) -> list[dict[str, Any]]:
    async with session.get(f"{system.inbox_url}/api/messages", params={"to": ADDRESS}) as response:
        mails: list[dict[str, Any]] = await response.json()
    return [mail for mail in mails if not mail["subject"].startswith("Confirm")]
