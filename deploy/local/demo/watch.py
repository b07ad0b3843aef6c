"""Looks at the running system once a second, for the page."""

import asyncio
import time
from typing import Any, Final

import aiohttp
import asyncpg

from deploy.local.demo.account import latencies, read_books
from deploy.local.demo.feed import Fed
from deploy.local.demo.people import Crowd
from deploy.local.system import SERVICES, System

EVERY: Final = 1.0
LATEST: Final = 12
"""Postings shown."""


class Watch:
    """Keeps `flow`, what the page shows."""

    def __init__(self, system: System, crowd: Crowd, fed: Fed, connection: "asyncpg.Connection[Any]") -> None:
        self.flow: dict[str, Any] = {}
        self.system = system
        self._crowd = crowd
        self._fed = fed
        self._connection = connection
        self._mails: list[dict[str, Any]] = []
        self._started = time.monotonic()

    async def run(self) -> None:
        """Look until cancelled."""
        async with aiohttp.ClientSession() as session:
            while True:
                self.flow |= await self._look(session)
                await asyncio.sleep(EVERY)

    async def _look(self, session: aiohttp.ClientSession) -> dict[str, Any]:
        after = {"after": str(self._mails[-1]["number"] if self._mails else 0)}
        self._mails += await _json(session, f"{self.system.inbox_url}/api/messages", after)
        hooks = await _json(session, f"{self.system.receiver_url}/api/count")
        books = await read_books(self._connection, self._crowd)
        alerts = [mail for mail in self._mails if any(link in self._fed.left_at for link in mail["links"])]
        return {
            "running": round(time.monotonic() - self._started),
            "postings": {"pushed": self._fed.pushed, **self._fed.results},
            "subscriptions": len(self._crowd.subscribed),
            "matches": sum(books.states.values()),
            "ledger": books.states,
            "reasons": books.reasons,
            "mails": {"alerts": len(alerts), "confirmations": len(self._mails) - len(alerts)},
            "webhooks": hooks,
            "latency": latencies(alerts[-500:], self._fed),
            "ready": {service: await _ready(session, url) for service, url in self.system.urls.items()},
            "latest": await self._latest(),
            "services": list(SERVICES),
        }

    async def _latest(self) -> list[dict[str, Any]]:
        ids = list(self._fed.ids)[-LATEST:]
        rows = await self._connection.fetch(
            """SELECT p.id, p.content ->> 'title' AS title, p.content ->> 'company' AS company,
                      p.content #>> '{verdict,sponsorship,value}' AS sponsorship,
                      p.content #>> '{verdict,sponsorship,evidence,sentence}' AS sentence,
                      p.content #>> '{verdict,work_status,value}' AS work_status,
                      p.content #>> '{verdict,clearance,value}' AS clearance,
                      (SELECT count(*) FROM notifier.alerts a WHERE a.posting_id = p.id) AS matches,
                      (SELECT count(*) FROM notifier.alerts a WHERE a.posting_id = p.id AND a.state = 'sent') AS told
               FROM ingest.postings p WHERE p.id = ANY($1::uuid[])""",
            ids,
        )
        by_id = {str(row["id"]): {**dict(row), "id": str(row["id"])} for row in rows}
        return [by_id[one] for one in reversed(ids) if one in by_id]


async def _json(session: aiohttp.ClientSession, url: str, params: dict[str, str] | None = None) -> Any:
    async with session.get(url, params=params) as response:
        return await response.json()


async def _ready(session: aiohttp.ClientSession, url: str) -> bool:
    """Also while the service is away: the page then says so."""
    try:
        async with session.get(f"{url}/health/ready") as response:
            return response.status == 200  # noqa: PLR2004
    except aiohttp.ClientError:
        return False
