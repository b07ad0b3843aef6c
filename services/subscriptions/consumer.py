"""The Kafka door: outcomes of alerts come in; and the topics this service writes, as AsyncAPI shows them."""

from faststream.kafka import KafkaBroker

from runtime.consumer import Work
from schemas.outcome import Outcome, outcome
from schemas.request import RequestEvent
from schemas.subscription import SubscriptionEvent
from schemas.topics import REQUESTS, SUBSCRIPTIONS
from services.subscriptions.record import record
from services.subscriptions.store import Store


def keeping(store: Store) -> Work[Outcome]:
    """What is done with outcomes."""

    async def keep(events: list[Outcome]) -> None:
        await record(store, events)

    return Work(outcome, keep)


def declare(broker: KafkaBroker, *, prefix: str) -> None:
    """What the outbox's relay publishes. Declared for the page of contracts; nothing is ever sent through these."""
    broker.publisher(
        prefix + SUBSCRIPTIONS.name,
        schema=SubscriptionEvent,
        title=SUBSCRIPTIONS.name,
        description="States of subscribers, subscriptions and endpoints, what remains of ended ones, and the heartbeat.",
    )
    broker.publisher(
        prefix + REQUESTS.name,
        schema=RequestEvent,
        title=REQUESTS.name,
        description="Mails and test events that people asked for.",
    )
