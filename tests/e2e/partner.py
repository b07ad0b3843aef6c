"""A subscriber of the tests, who comes in through the public API and then uses it with a key."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import aiohttp

from deploy.local.demo.people import Crowd, Person, Wish, subscribe_all
from deploy.local.system import System


@dataclass
class Partner:
    """Calls the API of `subscriptions` under one key."""

    session: aiohttp.ClientSession
    base: str
    key: str

    async def call(self, method: str, path: str, body: Any = None, *, expected: int) -> Any:
        headers = {"authorization": f"Bearer {self.key}"}
        async with self.session.request(method, f"{self.base}{path}", json=body, headers=headers) as response:
            answer = await response.json(content_type=None) if response.status != 204 else None
            assert response.status == expected, (method, path, response.status, answer)
            return answer

    async def subscribe(self, name: str, filter: dict[str, Any], **more: Any) -> UUID:
        body = {"name": name, "filter": filter, "cadence": "instant", **more}
        return UUID((await self.call("POST", "/v1/subscriptions", body, expected=201))["id"])


async def join(session: aiohttp.ClientSession, system: System, address: str, first: Wish) -> tuple[Partner, Crowd]:
    """Sign up with a first wish, confirm by the mailed link, and keep the key."""
    crowd = await subscribe_all(system, (Person(address, (first,)),), print)
    return Partner(session, system.urls["subscriptions"], crowd.keys[address]), crowd
