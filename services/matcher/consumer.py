"""The door through which postings come in."""

from aiokafka import ConsumerRebalanceListener
from faststream.kafka import KafkaBroker

from runtime.broker import Producer
from runtime.consumer import BatchConsumer, DeadLetters
from schemas.match import Matched
from schemas.posting import PostingEvent, posting_event
from schemas.topics import MATCHER_POSTINGS, MATCHES, POSTINGS
from services.matcher.match import Event, Matcher


def consume_postings(
    broker: KafkaBroker,
    matcher: Matcher,
    *,
    producer: Producer,
    prefix: str,
    version: str,
    session: float,
    listener: ConsumerRebalanceListener | None = None,
) -> BatchConsumer[Event]:
    """Register the handler of `postings`, and say in AsyncAPI that `matches` leaves."""
    consumer = BatchConsumer(
        broker,
        topic=POSTINGS.name,
        group=MATCHER_POSTINGS,
        prefix=prefix,
        adapter=posting_event,
        dead_letters=DeadLetters(producer, group=MATCHER_POSTINGS, version=version),
        max_records=100,
        session=session,
        listener=listener,
    )

    async def on_postings(events: list[PostingEvent]) -> None:
        await matcher.match(events)

    consumer(on_postings)
    broker.publisher(prefix + MATCHES.name, schema=Matched, title=MATCHES.name)
    return consumer
