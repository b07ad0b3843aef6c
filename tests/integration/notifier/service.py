"""`python -m services.notifier` as a process of its own, on a topic prefix and a database of its own."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp

from deploy.local.ports import free_ports
from runtime.broker import Message, Producer, open_producer
from schemas.contract import Event
from schemas.outcome import Outcome, outcome
from schemas.subscription import Heartbeat
from schemas.topics import SUBSCRIPTIONS
from tests.integration.notifier.world import until
from tests.integration.runtime.topic import Record, read


@dataclass
class Process:
    """One that runs, or ran."""

    running: asyncio.subprocess.Process
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

    async def end(self, number: int) -> int:
        self.running.send_signal(number)
        async with asyncio.timeout(30):
            return await self.running.wait()


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
        started = await start(roles, self.environment | settings | {"NOTIFIER_HTTP_PORT": str(port)})
        process = Process(started, f"http://127.0.0.1:{port}")
        try:
            await until(process.is_ready, "the service ready")
            yield process
        finally:
            if started.returncode is None:
                started.kill()
            await started.wait()


async def start(roles: Iterable[str], environment: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.notifier", *roles, env={"PATH": os.environ["PATH"]} | environment
    )


async def ended(*arguments: str, **environment: str) -> tuple[int, str]:
    """Exit code, and what it said to standard error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.notifier",
        *arguments,
        env={"PATH": os.environ["PATH"]} | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


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
