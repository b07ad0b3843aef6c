"""The service as the process that is deployed."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import asyncpg
import pytest

from deploy.local.ports import free_ports
from runtime.broker import Message, open_producer
from runtime.sealing import Sealer
from schemas.link import Link
from schemas.outcome import Outcome
from schemas.subscription import SubscriberState, SubscriptionState, subscription_event
from schemas.topics import OUTCOMES, SUBSCRIPTIONS, SUBSCRIPTIONS_OUTCOMES, dead_letters
from tests.integration.subscriptions.running import FILTER
from tests.integration.subscriptions.topic import read_topic
from tests.support.processes import ServiceProcess, answer


@dataclass
class Process:
    running: ServiceProcess
    url: str

    async def end(self, number: int = signal.SIGTERM) -> int:
        self.running.send_signal(number)
        return await self.running.ended(within=20)

    async def get(self, path: str) -> tuple[int, Any]:
        async with aiohttp.ClientSession() as client, client.get(self.url + path) as answer:
            return answer.status, await answer.json(content_type=None)

    async def post(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        async with aiohttp.ClientSession() as client, client.post(self.url + path, json=body) as answer:
            return answer.status, await answer.json(content_type=None)


@dataclass
class Place:
    """Where processes run: all of them on the same database and topics."""

    dsn: str
    kafka: str
    prefix: str
    sealing_keys: str

    def environment(self, port: int) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "SUBSCRIPTIONS_POSTGRES": self.dsn,
            "SUBSCRIPTIONS_KAFKA": self.kafka,
            "SUBSCRIPTIONS_TOPIC_PREFIX": self.prefix,
            "SUBSCRIPTIONS_HTTP_PORT": str(port),
            "SUBSCRIPTIONS_SEALING_KEYS": self.sealing_keys,
            "SUBSCRIPTIONS_PUBLIC_URL": f"http://127.0.0.1:{port}/",
        }

    @asynccontextmanager
    async def process(self, *roles: str) -> AsyncIterator[Process]:
        [port] = free_ports(1)
        running = ServiceProcess("subscriptions", *roles, env=self.environment(port))
        process = Process(running, f"http://127.0.0.1:{port}")
        try:
            await _until_ready(process)
            yield process
        finally:
            await process.end(signal.SIGKILL)


async def _until_ready(process: Process) -> None:
    async with asyncio.timeout(60):
        while True:
            assert process.running.returncode is None, "the process ended at its start"
            try:
                status, _ = await process.get("/health/ready")
            except aiohttp.ClientConnectionError:
                status = 0
            if status == 200:
                return
            await asyncio.sleep(0.05)


@pytest.fixture
def place(databases: dict[str, str], kafka: str, prefix: str, sealing_keys: str) -> Place:
    return Place(databases["subscriptions"], kafka, prefix, sealing_keys)


def outcome(subscription_id: UUID, *, at: datetime, what: str = "sent") -> Message:
    event = Outcome.model_validate(
        {
            "alert_id": uuid4(),
            "subscription_id": subscription_id,
            "subscriber_id": uuid4(),
            "posting_id": uuid4(),
            "episode": 1,
            "kind": "opened",
            "outcome": what,
            "at": at,
        }
    )
    return Message(OUTCOMES.name, str(subscription_id), event.model_dump_json().encode())


async def confirmed(place: Place, process: Process, sealer: Sealer) -> UUID:
    status, answer = await process.post("/v1/subscriptions", {"email": "jane@example.com", "filter": FILTER})
    assert status == 202
    subscription_id = UUID(answer["subscription_id"])
    connection = await asyncpg.connect(place.dsn)
    try:
        subscriber_id = await connection.fetchval("SELECT subscriber_id FROM subscriptions WHERE id = $1", subscription_id)
    finally:
        await connection.close()
    link = Link(subscriber_id=subscriber_id, subscription_id=subscription_id, expires_at=datetime.now(UTC) + timedelta(hours=1))
    token = sealer.seal(link.model_dump_json().encode(), purpose="link.confirm")
    status, _ = await process.post("/v1/confirmations", {"token": token})
    assert status == 200
    return subscription_id


async def test_all_roles_in_one_process_start_answer_and_stop(place: Place) -> None:
    async with place.process() as process:
        status, ready = await process.get("/health/ready")
        assert (status, set(ready["checks"])) == (200, {"subscriptions-outcomes", "outbox"})
        status, events = await process.get("/asyncapi.json")
        channels = {channel["address"].removeprefix(place.prefix) for channel in events["channels"].values()}
        assert channels == {"subscriptions", "requests", "outcomes"}
        assert await process.end() == 0


async def test_a_killed_api_loses_nothing_it_answered(place: Place, sealer: Sealer) -> None:
    async with place.process("api") as process:
        mine = await confirmed(place, process, sealer)
        await process.end(signal.SIGKILL)
    async with place.process("relay"):
        records = await read_topic(
            place.kafka,
            place.prefix + SUBSCRIPTIONS.name,
            until=lambda found: sum(not record.key.startswith(b"heartbeat") for record in found) == 2,
        )
    states = [subscription_event.validate_json(record.value) for record in records if not record.key.startswith(b"heartbeat")]
    assert [type(state) for state in states] == [SubscriberState, SubscriptionState]
    assert isinstance(states[1], SubscriptionState)
    assert states[1].subscription_id == mine


async def test_without_the_api_role_there_are_no_pages(place: Place) -> None:
    async with place.process("sweep") as process:
        assert (await process.get("/"))[0] == 404
        assert (await process.post("/v1/sign-ins", {"email": "jane@example.com"}))[0] == 404
        assert (await process.get("/health/live"))[0] == 200


async def test_the_latest_alert_is_kept_whatever_comes_twice_or_late(place: Place, sealer: Sealer) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    async with place.process() as process:
        mine = await confirmed(place, process, sealer)
        async with open_producer(place.kafka, prefix=place.prefix, client="test") as producer:
            await producer.publish(
                [
                    outcome(mine, at=now - timedelta(minutes=5)),
                    outcome(mine, at=now - timedelta(minutes=1)),
                    outcome(mine, at=now - timedelta(minutes=1)),
                    outcome(mine, at=now - timedelta(minutes=9)),
                    outcome(mine, at=now, what="suppressed"),
                    outcome(mine, at=now, what="failed"),
                    outcome(uuid4(), at=now),
                    Message(OUTCOMES.name, str(mine), b"not JSON"),
                    Message(OUTCOMES.name, str(mine), b'{"type": "outcome", "version": 2}'),
                    Message(OUTCOMES.name, str(mine), None),
                ]
            )
            [bad, newer] = await read_topic(
                place.kafka,
                place.prefix + dead_letters(SUBSCRIPTIONS_OUTCOMES).name,
                until=lambda found: len(found) == 2,
            )
            assert bad.value == b"not JSON"
            assert "newer than this reader" in dict(newer.headers)["error"].decode()
            later = now + timedelta(minutes=1)
            await producer.publish([outcome(mine, at=later)])
            await _until_alerted(place, mine, later)
            assert (await process.get("/health/ready"))[0] == 200


async def _until_alerted(place: Place, id: UUID, expected: datetime) -> None:
    connection = await asyncpg.connect(place.dsn)
    seen: list[datetime | None] = []
    try:
        async with asyncio.timeout(20):
            while not seen or seen[-1] != expected:
                seen.append(await connection.fetchval("SELECT last_alert_at FROM subscriptions WHERE id = $1", id))
                await asyncio.sleep(0.02)
    finally:
        await connection.close()
    assert set(seen) <= {None, expected - timedelta(minutes=2), expected}


@pytest.mark.parametrize(
    ("arguments", "missing", "code", "words"),
    [
        (["--help"], "", 0, "outbox and heartbeat"),
        (["bake"], "", 2, "no such role: bake"),
        ([], "SUBSCRIPTIONS_SEALING_KEYS", 1, "SUBSCRIPTIONS_SEALING_KEYS"),
        ([], "SUBSCRIPTIONS_PUBLIC_URL", 1, "SUBSCRIPTIONS_PUBLIC_URL"),
    ],
)
async def test_the_command_line_says_what_is_wrong(
    place: Place, arguments: list[str], missing: str, code: int, words: str
) -> None:
    environment = {name: value for name, value in place.environment(0).items() if name != missing}
    answered = await answer("subscriptions", *arguments, env=environment)
    output = answered.out + answered.err
    assert answered.code == code
    assert words in output
    assert "Traceback" not in output
