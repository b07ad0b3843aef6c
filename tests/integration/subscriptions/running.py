"""The service's API at work in this process: a real port, a real database. What it tells others is read from its outbox."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import aiohttp

from deploy.local.ports import free_ports
from runtime.broker import make_broker
from runtime.outbox import CHANNEL, Signal
from runtime.postgres import open_pool
from runtime.process import serve_http
from runtime.sealing import Sealer
from schemas.link import Link, Purpose
from schemas.request import ConfirmationRequested, request_event
from schemas.subscription import subscription_event
from schemas.topics import SUBSCRIPTIONS
from services.subscriptions.http.route import Given
from services.subscriptions.main import build_app
from services.subscriptions.seals import Seals
from services.subscriptions.store import Store

if TYPE_CHECKING:
    from runtime.postgres import Pool

FILTER: dict[str, Any] = {"keywords": {"all": ["python"]}, "visa_types": ["H-1B"]}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str
    json: Any


@dataclass(frozen=True, slots=True)
class Account:
    """A confirmed subscriber with a first subscription."""

    subscriber_id: UUID
    subscription_id: UUID
    key: str


@dataclass(frozen=True, slots=True)
class Running:
    """The API, and what a test needs around it."""

    url: str
    client: aiohttp.ClientSession
    pool: "Pool"
    store: Store
    sealer: Sealer

    async def call(self, method: str, path: str, *, key: str | None = None, **options: Any) -> Answer:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        headers |= options.pop("headers", {})
        request = self.client.request(method, self.url + path, headers=headers, allow_redirects=False, **options)
        async with request as response:
            text = await response.text()
            parsed = await response.json(content_type=None) if "json" in response.content_type else None
            return Answer(response.status, {name.lower(): value for name, value in response.headers.items()}, text, parsed)

    async def outbox(self) -> list[Any]:
        """Everything written to be published since the last call, as events; a tombstone is None."""
        rows = await self.pool.fetch("DELETE FROM outbox RETURNING id, topic, key, partition, value")
        adapters: dict[str, Any] = {SUBSCRIPTIONS.name: subscription_event}
        return [
            row["value"] and adapters.get(row["topic"], request_event).validate_json(row["value"])
            for row in sorted(rows, key=lambda row: row["id"])
        ]

    async def sign_up(self, email: str = "jane@example.com", **members: Any) -> ConfirmationRequested:
        """Returns what the notifier is asked to mail."""
        answer = await self.call("POST", "/v1/subscriptions", json={"email": email, "filter": FILTER} | members)
        assert answer.status == 202, answer.text
        [asked] = await self.outbox()
        assert isinstance(asked, ConfirmationRequested)
        return asked

    def token(
        self,
        subscriber_id: UUID,
        subscription_id: UUID | None = None,
        *,
        purpose: Purpose,
        lasts: timedelta | None = timedelta(hours=1),
        also: tuple[UUID, ...] = (),
    ) -> str:
        """As the notifier seals it."""
        expires_at = datetime.now(UTC) + lasts if lasts is not None else None
        link = Link(subscriber_id=subscriber_id, subscription_id=subscription_id, also=also, expires_at=expires_at)
        return self.sealer.seal(link.model_dump_json().encode(), purpose=f"link.{purpose}")

    async def account(self, email: str = "jane@example.com", **members: Any) -> Account:
        """Sign up and confirm; the outbox is empty afterwards."""
        asked = await self.sign_up(email, **members)
        token = self.token(asked.subscriber_id, asked.subscription_id, purpose="confirm")
        answer = await self.call("POST", "/v1/confirmations", json={"token": token})
        assert answer.status == 200, answer.text
        await self.outbox()
        return Account(asked.subscriber_id, asked.subscription_id, answer.json["api_key"])


@asynccontextmanager
async def open_api(dsn: str, sealer: Sealer, *, insecure: bool = False) -> AsyncIterator[Running]:
    """The HTTP side alone; `outbox` shows what the relay would publish."""
    [port] = free_ports(1)
    async with open_pool(dsn, size=8, application="test") as pool, aiohttp.ClientSession() as client:
        store = Store(pool, Signal(pool, CHANNEL))
        given = Given(store, Seals(sealer), public_url="http://alerts.example.com", insecure_endpoints=insecure)
        app = build_app(given, broker=make_broker("127.0.0.1:1", client="test"))
        serving = asyncio.create_task(serve_http(app, host="127.0.0.1", port=port))
        try:
            await _answers(port)
            yield Running(f"http://127.0.0.1:{port}", client, pool, store, sealer)
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
            await asyncio.gather(*_signals(store))


async def _answers(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.01)
                continue
            writer.close()
            return


def _signals(store: Store) -> list["asyncio.Task[None]"]:
    """A NOTIFY that is still on its way, so that the pool is not closed under it."""
    task = store._signal._task
    return [task] if task else []
