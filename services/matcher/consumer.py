"""The door through which postings come in."""

from aiokafka import ConsumerRebalanceListener
from faststream.kafka import KafkaBroker

from runtime.consumer import BatchConsumer, Work
from runtime.dead_letters import DeadLetters
from schemas.match import Matched
from schemas.posting import PostingEvent, posting_event
from schemas.topics import MATCHES, POSTINGS
from services.matcher.match import Event, Matcher


def matching(matcher: Matcher) -> Work[Event]:
    """What is done with postings."""

    async def on_postings(events: list[PostingEvent]) -> None:
        await matcher.match(events)

    return Work(posting_event, on_postings, max_records=100)


def consume_postings(
    broker: KafkaBroker,
    work: Work[Event],
    *,
    group: str,
    dead_letters: DeadLetters,
    prefix: str,
    session: float,
    listener: ConsumerRebalanceListener | None = None,
) -> BatchConsumer[Event]:
    """Register the handler of `postings`, and say in AsyncAPI that `matches` leaves."""
    consumer = BatchConsumer(
        broker,
        topic=POSTINGS.name,
        group=group,
        prefix=prefix,
        adapter=work.adapter,
        dead_letters=dead_letters,
        max_records=work.max_records,
        session=session,
        listener=listener,
    )

    consumer(work.handle)
    broker.publisher(prefix + MATCHES.name, schema=Matched, title=MATCHES.name)
    return consumer
