"""The doors through which events come in: matches, subscriptions, postings, requests."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from faststream.kafka import KafkaBroker

from runtime.consumer import BatchConsumer, Work
from runtime.dead_letters import DeadLetters
from runtime.outbox import Signal
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


def handlers(*, pool: "Pool", due: Signal, recorder: Recorder, asker: Asker) -> dict[str, Work[Any]]:
    """What each group does with its records."""

    async def on_matches(events: list[Matched]) -> None:
        await recorder.record(events)

    async def on_subscriptions(events: list[SubscriptionEvent]) -> None:
        await project_subscriptions(pool, due, events)

    async def on_postings(events: list[PostingEvent]) -> None:
        await project_postings(pool, due, events)

    async def on_requests(events: list[RequestEvent]) -> None:
        await asker.ask(events)

    return {
        NOTIFIER_MATCHES: Work(matched, on_matches, max_records=100),  # 100 records are up to 50,000 alerts
        NOTIFIER_SUBSCRIPTIONS: Work(subscription_event, on_subscriptions),
        NOTIFIER_POSTINGS: Work(posting_event, on_postings),
        NOTIFIER_REQUESTS: Work(request_event, on_requests),
    }


def consume(
    broker: KafkaBroker,
    handlers: Mapping[str, Work[Any]],
    *,
    prefix: str,
    session: float,
    dead_letters: Callable[[str], DeadLetters],
) -> list[BatchConsumer[Any]]:
    """Register all handlers, and say in AsyncAPI that `outcomes` leaves."""

    def reading(group: str, work: Work[Any]) -> BatchConsumer[Any]:
        consumer = BatchConsumer(
            broker,
            topic=GROUPS[group].name,
            group=group,
            prefix=prefix,
            adapter=work.adapter,
            dead_letters=dead_letters(group),
            max_records=work.max_records,
            session=session,
        )
        consumer(work.handle)
        return consumer

    broker.publisher(prefix + OUTCOMES.name, schema=Outcome, title=OUTCOMES.name)
    return [reading(group, work) for group, work in handlers.items()]
