"""What goes on while things break: postings open, change, close and open again; subscriptions come, change, pause and end.

A client that gets no answer asks again, as publishers and partners do; what it was promised is taken down, to be held against
what the system has in the end.
"""

import asyncio
import contextlib
import random
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import aiohttp
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from deploy.local.demo.feed import SAMPLES, read_postings
from deploy.local.demo.once import publisher_key
from deploy.local.demo.people import Person, Wish, subscribe_all
from deploy.local.running import Running
from runtime.broker import PRODUCER_SETTINGS
from schemas.topics import MATCHES, OUTCOMES, POSTINGS, REQUESTS, SUBSCRIPTIONS
from tests.chaos.cluster import Cluster

BAD: Final = b"this is not what the topic promises"
_ANSWERED_WITHIN: Final = 120.0
"""Seconds in which every client has its answer once nothing breaks any more."""
_AT_ONCE: Final = 100
"""Clients at work; while all of them wait nobody else comes. More would keep a service busy with being asked again."""
_FILTERS: Final[tuple[dict[str, Any], ...]] = (
    {"keywords": {"any": ["python", "machine learning"]}},
    {"keywords": {"all": ["engineer"], "none": ["manager"]}},
    {"visa_types": ["H-1B"]},
    {"workplaces": ["remote"]},
    {"places": [{"state": "CA", "country": "US"}]},
    {"employment_types": ["intern"]},
    {"minimum_pay": {"amount": 150_000, "currency": "USD", "period": "year", "unstated": "drop"}},
    {"keywords": {"any": ["data"]}, "places": [{"country": "US"}]},
    {"visa_types": ["EB-3", "TN"]},
    {"keywords": {"all": ["rust"]}},
    {"keywords": {"all": ["kubernetes"]}},
)
_SPOILT: Final = ((POSTINGS, 8), (MATCHES, 4), (SUBSCRIPTIONS, 4), (OUTCOMES, 4), (REQUESTS, 1))
"""Topics with their weights."""
_TITLES: Final = ("Rust Engineer", "Go Engineer", "Machine Learning Engineer", "Data Manager", "Intern", "Plumber")
_PEOPLE: Final = 8
_PARTNERS: Final = 3


Place = tuple[str, int, int]
"""(topic, partition, offset)."""


@dataclass(slots=True)
class Silence:
    """From the answer to an end or a pause until it is asked to be resumed; both as `time.time` has them."""

    began: float
    ended: float = float("inf")


@dataclass
class Promised:
    """What clients were answered."""

    pushes: list[tuple[UUID, str]] = field(default_factory=list)
    """(posting, url) of every push that was answered with 202; each push has a url of its own."""
    postings: dict[UUID, str] = field(default_factory=dict)
    """Posting to its url as it was last answered for; "" where it was closed."""
    subscriptions: dict[UUID, Any] = field(default_factory=dict)
    """Subscription to its filter as it was last answered for; None where it is paused or has ended."""
    silent: dict[UUID, list["Silence"]] = field(default_factory=dict)
    """Subscription to the stretches in which it is paused, and that since its end."""
    tests: Counter[str] = field(default_factory=Counter)
    """Endpoint to how many requests for a test event were answered with 202."""
    bad: set[Place] = field(default_factory=set)
    """Records that no consumer can take."""


class Traffic:
    """Clients of the cluster."""

    def __init__(self, cluster: Cluster, *, seed: int, rate: float) -> None:
        self.promised = Promised()
        self.unanswered = 0
        """Requests that had to be made again."""
        self._cluster = cluster
        self._rng = random.Random(f"{seed} traffic")
        self._rate = rate
        self._samples = [one for one in read_postings(SAMPLES) if isinstance(one, dict)]
        self._keys: dict[str, str] = {}
        self._mailbox_only: set[str] = set()
        self._endpoints: dict[str, str] = {}
        self._secrets: dict[str, str] = {}
        self._active: dict[UUID, str] = {}
        """Subscription to its owner's address."""
        self._paused: dict[UUID, str] = {}
        self._open: dict[str, tuple[UUID, dict[str, Any]]] = {}
        """Source id to the posting's id and content; those that a client is at work on are taken out."""
        self._closed: dict[str, tuple[UUID, dict[str, Any]]] = {}
        self._pushed = 0

    async def begin(self) -> None:
        """Everybody who is there from the beginning comes in, while nothing breaks yet."""
        self._publisher = await asyncio.to_thread(publisher_key, self._cluster.system)
        people = [self._person(number) for number in range(_PEOPLE)]
        crowd = await subscribe_all(self._at_one_replica(), tuple(people), lambda _: None)
        self._keys = crowd.keys
        for one in crowd.subscribed:
            self._active[one.id] = one.address
            self.promised.subscriptions[one.id] = one.filter.model_dump(mode="json")
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        self._producer = AIOKafkaProducer(bootstrap_servers=self._cluster.system.kafka, **PRODUCER_SETTINGS)
        await self._producer.start()
        async with asyncio.timeout(_ANSWERED_WITHIN):
            for number in range(_PARTNERS):
                await self._become_partner(people[number].address, f"partner-{number}")

    async def run(self) -> None:
        """Until cancelled: then what clients are at work on is finished. Raises what one of them was not to be answered."""
        at_work: set[asyncio.Task[None]] = set()
        started, number = time.monotonic(), 0
        try:
            while True:
                number += 1
                await asyncio.sleep(max(0.0, started + number / self._rate - time.monotonic()))
                dice = self._rng.random() * self._rate
                work = self._subscriber_does() if dice < 0.4 else self._aside(dice) if dice < 1.2 else self._publisher_does()
                at_work.add(asyncio.create_task(work))
                within = None if len(at_work) >= _AT_ONCE else 0.0
                at_work = _waiting(*await asyncio.wait(at_work, timeout=within, return_when=asyncio.FIRST_COMPLETED))
        finally:
            if at_work and (waiting := _waiting(*await asyncio.wait(at_work, timeout=_ANSWERED_WITHIN))):
                calls = [task.get_name() for task in waiting]
                raise TimeoutError(
                    f"{len(calls)} clients had no answer {_ANSWERED_WITHIN:.0f} s after the storm, such as {calls[:3]}"
                )

    async def register_secrets(self) -> None:
        """The receiver forgets them when it is killed."""
        for name, secret in self._secrets.items():
            url = f"{self._cluster.system.receiver_url}/secrets/{name}"
            async with self._session.put(url, json={"secret": secret}) as response:
                response.raise_for_status()

    async def aclose(self) -> None:
        await self._session.close()
        await self._producer.stop()

    async def _aside(self, dice: float) -> None:
        """Something else than postings and subscriptions."""
        if dice < 0.8:
            await self._spoil()
        else:
            owner = self._rng.choice(list(self._endpoints))
            endpoint = self._endpoints[owner]
            await self._of(f"POST /v1/endpoints/{endpoint}/test", None, owner, (202,))
            self.promised.tests[endpoint] += 1

    async def _spoil(self) -> None:
        """Put something onto a topic that is not what it promises; little where there is little, or a consumer stops for it."""
        (topic,) = self._rng.choices([topic for topic, _ in _SPOILT], [weight for _, weight in _SPOILT])
        with contextlib.suppress(KafkaError):  # it is away, and it is not known whether it took it
            where = await self._producer.send_and_wait(topic.name, BAD, partition=self._rng.randrange(topic.partitions))
            self.promised.bad.add((where.topic, where.partition, where.offset))

    async def _publisher_does(self) -> None:
        dice = self._rng.random()
        if self._open and dice < 0.25:
            source_id = self._rng.choice(list(self._open))
            posting_id, content = self._open.pop(source_id)
            if dice < 0.1:
                await self._close(source_id, posting_id, content)
            else:
                await self._push(source_id, {**content, **self._change()})
        elif self._closed and dice < 0.3:
            source_id = self._rng.choice(list(self._closed))
            await self._push(source_id, self._closed.pop(source_id)[1])
        else:
            sample = self._rng.choice(self._samples)
            source_id = f"chaos-{self._pushed}"
            await self._push(source_id, {**sample, "source_id": source_id})

    def _change(self) -> dict[str, Any]:
        changes: list[dict[str, Any]] = [
            {"title": self._rng.choice(_TITLES)},
            {"workplace": self._rng.choice(["remote", "on_site"])},
            {"places": [{"city": "Austin", "state": self._rng.choice(["TX", "CA"]), "country": "US"}]},
        ]
        return self._rng.choice(changes)

    async def _push(self, source_id: str, content: dict[str, Any]) -> None:
        self._pushed += 1
        content = {**content, "url": f"https://jobs.example/{source_id}?push={self._pushed}"}
        answer = await self._ask("ingest", "POST /v1/postings", content, key=self._publisher, expected=(202,))
        posting_id = UUID(answer["items"][0]["id"])
        self.promised.pushes.append((posting_id, content["url"]))
        self.promised.postings[posting_id] = content["url"]
        self._open[source_id] = posting_id, content

    async def _close(self, source_id: str, posting_id: UUID, content: dict[str, Any]) -> None:
        await self._ask("ingest", f"POST /v1/postings/{posting_id}/close", {}, key=self._publisher, expected=(200, 202))
        self.promised.postings[posting_id] = ""
        self._closed[source_id] = posting_id, content

    async def _subscriber_does(self) -> None:
        dice = self._rng.random()
        if self._paused and dice < 0.2:
            await self._resume()
        elif len(self._active) < 2 * _PEOPLE or dice < 0.5:
            await self._subscribe(self._rng.choice(list(self._keys)))
        else:
            subscription = self._rng.choice(list(self._active))
            owner = self._active.pop(subscription)
            if dice < 0.7:
                body = {"filter": self._rng.choice(_FILTERS)}
                await self._of(f"PATCH /v1/subscriptions/{subscription}", body, owner, (200,))
                self._is_now(subscription, owner, body["filter"])
            elif dice < 0.85:
                await self._of(f"PATCH /v1/subscriptions/{subscription}", {"status": "paused"}, owner, (200,))
                self._is_silent(subscription)
                self._paused[subscription] = owner
            else:
                await self._of(f"DELETE /v1/subscriptions/{subscription}", None, owner, (204, 404))
                self._is_silent(subscription)

    async def _resume(self) -> None:
        subscription = self._rng.choice(list(self._paused))
        owner = self._paused.pop(subscription)
        self.promised.silent[subscription][-1].ended = time.time()
        answer = await self._of(f"PATCH /v1/subscriptions/{subscription}", {"status": "active"}, owner, (200,))
        self._is_now(subscription, owner, answer["filter"])

    def _is_now(self, subscription: UUID, owner: str, wanted: dict[str, Any]) -> None:
        self._active[subscription] = owner
        self.promised.subscriptions[subscription] = wanted

    def _is_silent(self, subscription: UUID) -> None:
        self.promised.silent.setdefault(subscription, []).append(Silence(time.time()))
        self.promised.subscriptions[subscription] = None

    async def _subscribe(self, owner: str) -> None:
        body: dict[str, Any] = {"name": f"made {datetime.now(UTC):%H:%M:%S}", "filter": self._rng.choice(_FILTERS)}
        if owner in self._endpoints and self._rng.random() < 0.6:
            body["destination"] = {"kind": "webhook", "id": self._endpoints[owner]}
        answer = await self._of("POST /v1/subscriptions", body | {"cadence": "instant"}, owner, (201,))
        self._is_now(UUID(answer["id"]), owner, body["filter"])

    async def _become_partner(self, owner: str, name: str) -> None:
        url = f"{self._cluster.receiver_url}/hooks/{name}"
        made = await self._of("POST /v1/endpoints", {"url": url}, owner, (201,))
        self._endpoints[owner], self._secrets[name] = made["id"], made["secret"]
        await self.register_secrets()
        for number in range(2):
            body = {
                "name": f"hook {number}",
                "filter": _FILTERS[number],
                "cadence": "instant",
                "destination": {"kind": "webhook", "id": made["id"]},
            }
            answer = await self._of("POST /v1/subscriptions", body, owner, (201,))
            self._is_now(UUID(answer["id"]), owner, _FILTERS[number])

    async def _of(self, call: str, body: Any, owner: str, expected: tuple[int, ...]) -> Any:
        return await self._ask("subscriptions", call, body, key=self._keys[owner], expected=expected)

    async def _ask(self, service: str, call: str, body: Any, *, key: str, expected: tuple[int, ...]) -> Any:
        """Ask one replica after the other until one answers. What is asked twice has the effect of asking once, or more."""
        method, path = call.split()
        if client := asyncio.current_task():
            client.set_name(call)
        replicas = self._cluster.of(service)
        turn = self._rng.randrange(len(replicas))
        headers = {"authorization": f"Bearer {key}"}
        while True:
            url = replicas[turn % len(replicas)].url + path
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with self._session.request(method, url, json=body, headers=headers) as response:
                    if response.status in expected:
                        return await response.json(content_type=None) if response.status != 204 else None
                    text = await response.text()
                    if response.status < 500:
                        raise AssertionError(f"{call} answered {response.status}: {text}")
            turn += 1
            self.unanswered += 1
            await asyncio.sleep(0.2)

    def _person(self, number: int) -> Person:
        wishes = tuple(Wish(f"wish {at}", self._rng.choice(_FILTERS)) for at in range(self._rng.choice([1, 2])))
        return Person(f"person-{number}@example.org", wishes)

    def _at_one_replica(self) -> Running:
        """The system as the demo's people know it: an address for each service."""
        urls = {replica.service: replica.url for replica in self._cluster.replicas if replica.number == 0}
        return replace(self._cluster.system, urls=urls)


def _waiting(done: set[asyncio.Task[None]], waiting: set[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
    """Those that have not ended. Raises what one of the others ended with."""
    for task in done:
        task.result()
    return waiting
