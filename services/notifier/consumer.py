"""The doors through which events come in: matches, subscriptions, postings, requests."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from faststream.kafka import KafkaBroker
from pydantic import TypeAdapter

from runtime.consumer import BatchConsumer, DeadLetters, Handler
from schemas.match import Matched, matched
from schemas.outcome import Outcome
from schemas.posting import PostingEvent, posting_event
from schemas.request import RequestEvent, request_event
from schemas.subscription import SubscriptionEvent, subscription_event
from schemas.topics import (
    GROUPS,
    NOTIFIER_MATCHES,
    NOTIFIER_POSTINGS,
    NOTIFIER_REQUESTS,
    NOTIFIER_SUBSCRIPTIONS,
    OUTCOMES,
)
from services.notifier.ask import Asker
from services.notifier.project import project_postings, project_subscriptions
from services.notifier.record import Recorder

if TYPE_CHECKING:
    from runtime.postgres import Pool

E = TypeVar("E")


def consume(
    broker: KafkaBroker,
    *,
    pool: "Pool",
    recorder: Recorder,
    asker: Asker,
    prefix: str,
    session: float,
    dead_letters: Callable[[str], DeadLetters],
) -> list[BatchConsumer[Any]]:
    """Register all handlers, and say in AsyncAPI that `outcomes` leaves."""

    def reading(group: str, adapter: TypeAdapter[E], handle: Handler[E], max_records: int = 500) -> BatchConsumer[E]:
        consumer = BatchConsumer(
            broker,
            topic=GROUPS[group].name,
            group=group,
            prefix=prefix,
            adapter=adapter,
            dead_letters=dead_letters(group),
            max_records=max_records,
            session=session,
        )
        consumer(handle)
        return consumer

    async def on_matches(events: list[Matched]) -> None:
        await recorder.record(events)

    async def on_subscriptions(events: list[SubscriptionEvent]) -> None:
        await project_subscriptions(pool, events)

    async def on_postings(events: list[PostingEvent]) -> None:
        await project_postings(pool, events)

    async def on_requests(events: list[RequestEvent]) -> None:
        await asker.ask(events)

    broker.publisher(prefix + OUTCOMES.name, schema=Outcome, title=OUTCOMES.name)
    return [
        reading(NOTIFIER_MATCHES, matched, on_matches, max_records=100),  # 100 records are up to 50,000 alerts
        reading(NOTIFIER_SUBSCRIPTIONS, subscription_event, on_subscriptions),
        reading(NOTIFIER_POSTINGS, posting_event, on_postings),
        reading(NOTIFIER_REQUESTS, request_event, on_requests),
    ]
