import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from runtime.broker import Message
from runtime.outbox import Relay, insert_messages
from runtime.sealing import Sealer
from schemas.request import ConfirmationRequested, request_event
from schemas.subscription import (
    EndpointEnded,
    EndpointState,
    Heartbeat,
    SubscriberEnded,
    SubscriberState,
    SubscriptionEnded,
    SubscriptionState,
    subscription_event,
)
from schemas.topics import REQUESTS, SUBSCRIPTIONS, partition_of
from services.subscriptions.states import heartbeats
from tests.integration.subscriptions.running import FILTER, Running, open_api
from tests.integration.subscriptions.topic import Records, read_topic


@asynccontextmanager
async def relaying(dsn: str, kafka: str, prefix: str) -> AsyncIterator[None]:
    relay = Relay(dsn=dsn, bootstrap=kafka, service="subscriptions", prefix=prefix, heartbeat=heartbeats)
    task = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def relayed(databases: dict[str, str], sealer: Sealer, kafka: str, prefix: str) -> AsyncIterator[Running]:
    dsn = databases["subscriptions"]
    async with open_api(dsn, sealer) as running, relaying(dsn, kafka, prefix):
        yield running


def states(records: Records) -> list[tuple[Any, Any]]:
    """Records with their events, without heartbeats."""
    decoded = [(record, subscription_event.validate_json(record.value)) for record in records]
    return [(record, event) for record, event in decoded if not isinstance(event, Heartbeat)]


async def confirmation(relayed: Running, kafka: str, prefix: str, email: str) -> ConfirmationRequested:
    """Sign up, and find on `requests` what the notifier would."""
    answer = await relayed.call("POST", "/v1/subscriptions", json={"email": email, "filter": FILTER})
    key = answer.json["subscription_id"].encode()
    records = await read_topic(kafka, prefix + REQUESTS.name, until=lambda found: any(record.key == key for record in found))
    [asked] = [request_event.validate_json(record.value) for record in records if record.key == key]
    assert isinstance(asked, ConfirmationRequested)
    return asked


async def test_a_life_is_told_in_order_in_one_partition_and_in_no_clear_text(relayed: Running, kafka: str, prefix: str) -> None:
    asked = await confirmation(relayed, kafka, prefix, "jane.doe@example.com")
    token = relayed.token(asked.subscriber_id, asked.subscription_id, purpose="confirm")
    key = (await relayed.call("POST", "/v1/confirmations", json={"token": token})).json["api_key"]
    endpoint = (await relayed.call("POST", "/v1/endpoints", key=key, json={"url": "https://hooks.example.com/"})).json
    there = {"kind": "webhook", "id": endpoint["id"]}
    hook = (await relayed.call("POST", "/v1/subscriptions", key=key, json={"filter": FILTER, "destination": there})).json
    for status in ("paused", "active"):
        await relayed.call("PATCH", f"/v1/subscriptions/{asked.subscription_id}", key=key, json={"status": status})
    await relayed.call("POST", f"/v1/endpoints/{endpoint['id']}/test", key=key)
    await relayed.call("POST", "/v1/sign-ins", json={"email": "jane.doe@example.com"})
    assert (await relayed.call("DELETE", "/v1/account", key=key)).status == 204

    records = await read_topic(kafka, prefix + SUBSCRIPTIONS.name, until=lambda found: len(states(found)) == 10)
    told = states(records)
    assert [type(event) for _, event in told] == [
        SubscriberState,
        SubscriptionState,
        EndpointState,
        SubscriptionState,
        SubscriptionState,
        SubscriptionState,
        SubscriptionEnded,
        SubscriptionEnded,
        EndpointEnded,
        SubscriberEnded,
    ]
    assert {record.partition for record, _ in told} == {partition_of(asked.subscriber_id, SUBSCRIPTIONS.partitions)}
    assert {event.subscriber_id for _, event in told} == {asked.subscriber_id}
    for record, event in told:
        about = getattr(event, "endpoint_id", None) or getattr(event, "subscription_id", None) or event.subscriber_id
        assert record.key == str(about).encode()
    assert [str(event.subscription_id) for _, event in told[3:4]] == [hook["id"]]

    requests = await read_topic(kafka, prefix + REQUESTS.name, until=lambda found: len(found) == 3)
    secret = endpoint["secret"].removeprefix("whsec_")
    for record in records + requests:
        assert b"jane.doe" not in record.value.lower()
        for clear in ("@example.com", secret, key.split("_")[2], token):
            assert clear.encode() not in record.value


async def test_every_partition_has_a_heartbeat_also_where_nothing_happens(relayed: Running, kafka: str, prefix: str) -> None:
    def twice(found: Records) -> bool:
        partitions = [record.partition for record in found]
        return all(partitions.count(number) >= 2 for number in range(SUBSCRIPTIONS.partitions))

    records = await read_topic(kafka, prefix + SUBSCRIPTIONS.name, until=twice)
    stamps: dict[int, list[datetime]] = {}
    for record in records:
        beat = subscription_event.validate_json(record.value)
        assert isinstance(beat, Heartbeat)
        assert record.key == f"heartbeat-{record.partition}".encode()
        assert beat.partition == record.partition
        stamps.setdefault(record.partition, []).append(beat.stamped_at)
    for times in stamps.values():
        assert times == sorted(times)
        assert (times[1] - times[0]).total_seconds() < 1


async def test_no_heartbeat_is_stamped_later_than_a_change_it_stands_before(relayed: Running, kafka: str, prefix: str) -> None:
    """What was answered before a heartbeat's time stands before it: with changes from several hands at once."""
    accounts = []
    for name in ("a", "b", "c"):
        asked = await confirmation(relayed, kafka, prefix, f"{name}@example.com")
        token = relayed.token(asked.subscriber_id, asked.subscription_id, purpose="confirm")
        key = (await relayed.call("POST", "/v1/confirmations", json={"token": token})).json["api_key"]
        accounts.append((asked.subscription_id, key))
    answered: dict[tuple[UUID, int], datetime] = {}

    async def change(id: UUID, key: str) -> None:
        for number in range(25):
            answer = await relayed.call("PATCH", f"/v1/subscriptions/{id}", key=key, json={"name": f"name {number}"})
            assert answer.status == 200
            answered[id, number] = await relayed.pool.fetchval("SELECT clock_timestamp()")

    await asyncio.gather(*(change(*account) for account in accounts))

    def complete(found: Records) -> bool:
        last = max(answered.values())
        beats = [subscription_event.validate_json(record.value) for record in found if record.key.startswith(b"heartbeat")]
        return len({beat.partition for beat in beats if isinstance(beat, Heartbeat) and beat.stamped_at > last}) == 12

    records = await read_topic(kafka, prefix + SUBSCRIPTIONS.name, until=complete)
    checked = 0
    latest: dict[int, datetime] = {}
    for record in sorted(records, key=lambda record: (record.partition, record.offset)):
        event = subscription_event.validate_json(record.value)
        if isinstance(event, Heartbeat):
            latest[record.partition] = event.stamped_at
        elif isinstance(event, SubscriptionState) and event.name:
            when = answered[event.subscription_id, int(event.name.split()[1])]
            if record.partition in latest:
                assert latest[record.partition] <= when
                checked += 1
    assert checked >= 50


async def test_a_change_under_way_is_not_overtaken_by_a_heartbeat_after_its_commit(
    relayed: Running, kafka: str, prefix: str
) -> None:
    """The transaction began long before it committed, while hearts beat; none that is stamped after the commit stands before it."""
    topic = prefix + SUBSCRIPTIONS.name

    def beats(found: Records) -> list[Heartbeat]:
        events = [subscription_event.validate_json(record.value) for record in found if record.partition == 0]
        return [event for event in events if isinstance(event, Heartbeat)]

    async with relayed.pool.acquire() as connection:
        async with connection.transaction():
            ended = SubscriberEnded(subscriber_id=UUID(int=0), revision=1)
            message = Message(SUBSCRIPTIONS.name, "late", ended.model_dump_json().encode(), 0)
            await insert_messages(connection, [message])
            written = await connection.fetchval("SELECT clock_timestamp()")
            await read_topic(kafka, topic, until=lambda found: any(beat.stamped_at > written for beat in beats(found)))
        committed = await connection.fetchval("SELECT clock_timestamp()")
    records = await read_topic(kafka, topic, until=lambda found: any(beat.stamped_at > committed for beat in beats(found)))
    ordered = sorted((record for record in records if record.partition == 0), key=lambda record: record.offset)
    [position] = [index for index, record in enumerate(ordered) if record.key == b"late"]
    assert all(beat.stamped_at <= committed for beat in beats(ordered[:position]))
    assert any(beat.stamped_at > written for beat in beats(ordered[:position]))


async def test_what_was_answered_while_no_relay_ran_is_published_by_the_next(
    api: Running, databases: dict[str, str], kafka: str, prefix: str
) -> None:
    account = await api.account()
    answer = await api.call("DELETE", f"/v1/subscriptions/{account.subscription_id}", key=account.key)
    assert answer.status == 204
    async with relaying(databases["subscriptions"], kafka, prefix):
        records = await read_topic(kafka, prefix + SUBSCRIPTIONS.name, until=lambda found: bool(states(found)))
    [(_, ended)] = states(records)
    assert ended.subscription_id == account.subscription_id
