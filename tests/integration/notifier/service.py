"""`python -m services.notifier` as a process of its own, on a topic prefix and a database of its own."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
import asyncpg

from deploy.local.ports import free_ports
from runtime.broker import Message, Producer, open_producer
from runtime.sealing import Sealer
from schemas.contract import Event
from schemas.filter.tree import Filter, Keywords
from schemas.outcome import Outcome, outcome
from schemas.posting import PostingOpened
from schemas.subscription import EndpointState, Heartbeat, SubscriberState, SubscriptionState
from schemas.topics import SUBSCRIPTIONS
from tests.integration.notifier.outside import Hook, MailServer, hook, mail_server
from tests.integration.notifier.world import OPENED_AT, PATIENCE, SECRET, destination, subscriber, until, whole_posting
from tests.integration.runtime.topic import Record, read
from tests.support.processes import ServiceProcess
from tests.unit.notifier.made import uid


@dataclass
class Process:
    """One that runs, or ran."""

    running: ServiceProcess
    url: str

    async def get(self, path: str) -> Any:
        async with aiohttp.ClientSession() as client, client.get(self.url + path) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json(content_type=None)

    async def is_ready(self) -> bool:
        assert self.running.returncode is None, f"the service ended with {self.running.returncode}"
        try:
            async with aiohttp.ClientSession() as client, client.get(f"{self.url}/health/ready") as answer:
                return answer.status == 200
        except aiohttp.ClientConnectorError:
            return False

    async def is_silent(self) -> bool:
        """Whether its dispatchers say that they send nothing for want of a heartbeat."""
        return "nothing is sent" in (await self.get("/health/ready"))["checks"]["dispatch email"]["detail"]

    async def end(self, number: int) -> int:
        self.running.send_signal(number)
        return await self.running.ended(within=30)


@dataclass
class Deployment:
    """Where processes run, and what others publish for them to read."""

    kafka: str
    prefix: str
    environment: dict[str, str]
    producer: Producer

    async def publish(self, topic: str, *events: Event | bytes | None, key: str = "key", partition: int = 0) -> None:
        """In one partition, in this order."""
        values = [event.model_dump_json().encode() if isinstance(event, Event) else event for event in events]
        await self.producer.publish([Message(topic, key, value, partition) for value in values])

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """The heartbeat that the outbox of `subscriptions` writes."""

        async def beat_on() -> None:
            while True:
                stamped_at = datetime.now(UTC)
                await self.producer.publish(
                    [
                        Message(
                            SUBSCRIPTIONS.name,
                            f"heartbeat-{partition}",
                            Heartbeat(partition=partition, stamped_at=stamped_at).model_dump_json().encode(),
                            partition,
                        )
                        for partition in range(SUBSCRIPTIONS.partitions)
                    ]
                )
                await asyncio.sleep(0.2)

        heart = asyncio.create_task(beat_on())
        try:
            yield
        finally:
            heart.cancel()
            await asyncio.gather(heart, return_exceptions=True)

    async def read(self, topic: str) -> list[Record]:
        return await read(self.kafka, self.prefix + topic)

    async def outcomes(self) -> list[Outcome]:
        return [outcome.validate_json(record.value or b"") for record in await self.read("outcomes")]

    async def dead(self, group: str, number: int) -> list[Record]:
        """The dead letters of a group, once there are so many."""

        async def are_there() -> bool:
            return len(await self.read(f"{group}.dlq")) >= number

        await until(are_there, f"{number} dead letters of {group}")
        return await self.read(f"{group}.dlq")

    @asynccontextmanager
    async def process(self, *roles: str, **settings: str) -> AsyncIterator[Process]:
        """Ready; killed where it still runs at the end."""
        [port] = free_ports(1)
        started = ServiceProcess("notifier", *roles, env=self.environment | settings | {"NOTIFIER_HTTP_PORT": str(port)})
        process = Process(started, f"http://127.0.0.1:{port}")
        try:
            await until(process.is_ready, "the service ready")
            yield process
        finally:
            started.kill()
            await started.ended()


@asynccontextmanager
async def deployed(*, kafka: str, prefix: str, dsn: str, sealing_keys: str, smtp_port: int) -> AsyncIterator[Deployment]:
    environment = {
        "NOTIFIER_KAFKA": kafka,
        "NOTIFIER_TOPIC_PREFIX": prefix,
        "NOTIFIER_POSTGRES": dsn,
        "NOTIFIER_SEALING_KEYS": sealing_keys,
        "NOTIFIER_PUBLIC_URL": "https://jobalerts.example",
        "NOTIFIER_SMTP_PORT": str(smtp_port),
        "NOTIFIER_ALLOW_INSECURE_WEBHOOKS": "true",
    }
    async with open_producer(kafka, prefix=prefix, client="test") as producer:
        yield Deployment(kafka, prefix, environment, producer)


def states(sealer: Sealer, name: str, *, url: str = "") -> list[Event]:
    """What `subscriptions` publishes of one who confirmed a subscription by mail, or with an endpoint by webhook."""
    to = destination(name, "webhook" if url else "email")
    address = sealer.seal(f"{name}@example.org".encode(), purpose="address")
    published: list[Event] = [SubscriberState(subscriber_id=subscriber(name), revision=1, address=address)]
    if url:
        secret = sealer.seal(SECRET.encode(), purpose="webhook-secret")
        published.append(
            EndpointState(endpoint_id=to.id, subscriber_id=subscriber(name), revision=1, url=url, secrets=(secret,))
        )
    published.append(
        SubscriptionState(
            subscription_id=uid(f"subscription {name}"),
            subscriber_id=subscriber(name),
            revision=2,
            name=f"Alert of {name}",
            filter=Filter(keywords=Keywords(all=("machine learning",))),
            destination=to,
            effective_from=OPENED_AT,
        )
    )
    return published


def opening(name: str, **values: Any) -> PostingOpened:
    return PostingOpened(
        revision=1, episode=1, opened_at=OPENED_AT, published_at=datetime.now(UTC), posting=whole_posting(name), **values
    )


async def rows(databases: dict[str, str], statement: str, *arguments: object) -> list[Any]:
    connection = await asyncpg.connect(databases["notifier"])
    try:
        return await connection.fetch(statement, *arguments)
    finally:
        await connection.close()


async def all_settled(databases: dict[str, str], alerts: int) -> bool:
    [row] = await rows(
        databases,
        "SELECT count(*) = $1 AND bool_and(state NOT IN ('waiting', 'frozen')) AS settled FROM alerts",
        alerts,
    )
    return bool(row["settled"])


@dataclass
class Scene:
    """The notifier's surroundings: what it reads from, its database, and where it sends to."""

    deployment: Deployment
    databases: dict[str, str]
    sealer: Sealer
    smtp: MailServer
    endpoint: Hook

    async def subscribe(self, *names: str) -> None:
        """By mail."""
        events = [event for name in names for event in states(self.sealer, name)]
        await self.deployment.publish("subscriptions", *events)

    async def killed(self, *roles: str, failpoint: str, **settings: str) -> None:
        """Run the service until it is killed where it passes `failpoint`; then its leases run out."""
        [port] = free_ports(1)
        armed = {"JOBALERTS_FAILPOINT": failpoint, "NOTIFIER_HTTP_PORT": str(port)}
        process = ServiceProcess("notifier", *roles, env=self.deployment.environment | settings | armed)
        try:
            assert await process.ended(PATIENCE) == -signal.SIGKILL
        finally:
            process.kill()
            await process.ended()
        await self.rows("UPDATE destinations SET leased_until = '-infinity' WHERE leased_until > '-infinity' RETURNING id")

    async def rows(self, statement: str, *arguments: object) -> list[Any]:
        return await rows(self.databases, statement, *arguments)

    async def count(self, table: str) -> int:
        [row] = await self.rows(f"SELECT count(*) FROM {table}")
        return int(row[0])

    async def all_settled(self, alerts: int) -> bool:
        return await all_settled(self.databases, alerts)


@asynccontextmanager
async def open_scene(*, kafka: str, prefix: str, databases: dict[str, str], sealing_keys: str) -> AsyncIterator[Scene]:
    async with (
        mail_server() as smtp,
        hook() as endpoint,
        deployed(
            kafka=kafka, prefix=prefix, dsn=databases["notifier"], sealing_keys=sealing_keys, smtp_port=smtp.port
        ) as deployment,
    ):
        deployment.environment["NOTIFIER_GROUP_SESSION"] = "2"  # so that a death is noticed soon
        yield Scene(deployment, databases, Sealer.parse(sealing_keys), smtp, endpoint)
