"""A hundred thousand subscribers put straight onto the `subscriptions` topic, as their service would publish them."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from runtime.broker import Message, open_producer
from runtime.sealing import Sealer
from schemas.filter.tree import Filter, Keywords, PlaceWanted
from schemas.subscription import Destination, SubscriberState, SubscriptionState
from schemas.topics import SUBSCRIPTIONS, partition_of

SKILLS: Final = 1000
CITIES: Final = 20
NAMESPACE: Final = UUID("a3b1f3a0-7d4e-5c55-8a57-6d2f1f0b9c11")


def skill(number: int) -> str:
    """A word that no other text contains."""
    return f"skill{number % SKILLS:04d}"


def city(number: int) -> str:
    return f"City {number % CITIES}"


def subscriber_id(number: int) -> UUID:
    return uuid5(NAMESPACE, f"subscriber {number}")


def subscription_id(number: int) -> UUID:
    return uuid5(NAMESPACE, f"subscription {number}")


def states(count: int, sealer: Sealer) -> Iterator[tuple[UUID, SubscriberState | SubscriptionState]]:
    """One subscriber with one subscription each: a skill and a city, so that a posting with both meets count / 20,000."""
    since = datetime.now(UTC) - timedelta(minutes=1)
    for number in range(count):
        person = subscriber_id(number)
        address = sealer.seal(f"person-{number}@example.org".encode(), purpose="address")
        yield person, SubscriberState(revision=1, subscriber_id=person, address=address)
        yield (
            person,
            SubscriptionState(
                revision=1,
                subscription_id=subscription_id(number),
                subscriber_id=person,
                name=f"{skill(number)} in {city(number // SKILLS)}",
                filter=Filter(keywords=Keywords(all=(skill(number),)), places=(PlaceWanted(city=city(number // SKILLS)),)),
                destination=Destination(kind="email", id=person),
                effective_from=since,
            ),
        )


async def publish(kafka: str, count: int, sealer: Sealer) -> None:
    """Publish all of them; returns when Kafka has them."""
    async with open_producer(kafka, prefix="", client="benchmark") as producer:
        batch: list[Message] = []
        for person, state in states(count, sealer):
            key = state.subscription_id if isinstance(state, SubscriptionState) else state.subscriber_id
            partition = partition_of(person, SUBSCRIPTIONS.partitions)
            batch.append(Message(SUBSCRIPTIONS.name, str(key), state.model_dump_json().encode(), partition))
            if len(batch) == 2000:
                await producer.publish(batch)
                batch = []
                await asyncio.sleep(0)
        await producer.publish(batch)
