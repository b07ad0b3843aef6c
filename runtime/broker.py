"""Kafka as we use it: every setting that matters for delivery is set here, explicitly, because the defaults lose messages.

A consumer reads only committed transactions from the earliest offset; a producer is idempotent and waits for all
replicas in sync.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.producer import sender
from faststream.kafka import KafkaBroker

from runtime import logs

MAXIMUM_RECORD: Final = 4 * 1024 * 1024
"""Bytes of the largest request a producer sends; topics are declared to take it (`max.message.bytes`)."""

CONSUMER_SETTINGS: Final[dict[str, Any]] = {
    "auto_offset_reset": "earliest",  # the default, latest, skips what was written while nobody read
    "isolation_level": "read_committed",  # the relays' aborted transactions must not be seen
    "max_poll_interval_ms": 300_000,
    "fetch_max_wait_ms": 500,
    "fetch_min_bytes": 1,
    "max_partition_fetch_bytes": MAXIMUM_RECORD,
}


def session_settings(seconds: float) -> dict[str, Any]:
    """How soon a silent member of a group is taken for dead; three heartbeats may be lost."""
    return {"session_timeout_ms": int(seconds * 1000), "heartbeat_interval_ms": int(seconds * 300)}


PRODUCER_SETTINGS: Final[dict[str, Any]] = {
    "acks": "all",
    "enable_idempotence": True,
    "linger_ms": 0,
    "max_batch_size": 512 * 1024,  # of one partition in one request; the default, 16 kB, is five postings
    "max_request_size": MAXIMUM_RECORD,
    "request_timeout_ms": 40_000,
    "compression_type": None,  # lz4 and zstd want native packages; batches are small and local
}


# After a commit the broker may refuse the next transaction for some milliseconds (KAFKA-5477), and what it was to carry waits.
# aiokafka asks again after 20 ms and has no setting for it; 5 ms more than halves the relay's p99 (`make bench ONLY=relay`).
sender.BACKOFF_OVERRIDE = 0.005


@dataclass(frozen=True, slots=True)
class Message:
    """A record to be published. No `partition`: by the key's hash. No `value`: a tombstone."""

    topic: str
    key: str | bytes | None
    """Text but for dead letters, which keep the key they had."""
    value: bytes | None
    partition: int | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


def make_broker(bootstrap: str, *, client: str) -> KafkaBroker:
    """The FastStream broker on which a service's consumers are registered. It only consumes; `Producer` publishes."""
    return KafkaBroker(
        bootstrap.split(","),
        client_id=client,
        consumer_only=True,
        allow_auto_create_topics=False,
        graceful_timeout=15.0,
        logger=logging.getLogger("runtime.faststream"),  # its own one writes lines of its own, beside our JSON
        log_level=logging.DEBUG,
    )


class Producer:
    """Publishes outside a transaction and waits until every replica in sync has each record."""

    def __init__(self, producer: AIOKafkaProducer, prefix: str) -> None:
        self._producer = producer
        self._prefix = prefix

    async def publish(self, messages: Iterable[Message]) -> None:
        """Publish all; returns when Kafka acknowledged each. Raises `KafkaError` when one was not."""
        acknowledged = [await send(self._producer, message, prefix=self._prefix) for message in messages]
        await asyncio.gather(*acknowledged)


_FLUSHED_WITHIN: Final = 5.0
_GIVEN_UP_WITHIN: Final = 0.5
log = logs.get("runtime.broker")


@asynccontextmanager
async def open_producer(bootstrap: str, *, prefix: str, client: str) -> AsyncIterator[Producer]:
    """An idempotent producer for as long as the block lasts."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, client_id=client, **PRODUCER_SETTINGS)
    await producer.start()
    try:
        yield Producer(producer, prefix)
    finally:
        await stop(producer)


async def stop(producer: AIOKafkaProducer) -> None:
    """Flush and close. What Kafka does not take within a few seconds is given up: aiokafka would wait for it without end."""
    stopping = asyncio.create_task(producer.stop())
    if not (await asyncio.wait({stopping}, timeout=_FLUSHED_WITHIN))[0]:
        log.warning("Kafka did not answer, what it has not acknowledged is given up")
        sending = producer._sender.sender_task  # noqa: SLF001 -- whose end lets `stop` go on
        while not stopping.done():  # cancelled once it waits for its requests, cancelled again it gives them up
            sending.cancel()
            await asyncio.wait({stopping}, timeout=_GIVEN_UP_WITHIN)
    await stopping


async def send(producer: AIOKafkaProducer, message: Message, *, prefix: str) -> "asyncio.Future[Any]":
    """Hand one record to the producer's buffer; the future is done when it is acknowledged."""
    future: asyncio.Future[Any] = await producer.send(
        prefix + message.topic,
        value=message.value,
        key=message.key.encode() if isinstance(message.key, str) else message.key,
        partition=message.partition,
        headers=list(message.headers),
    )
    return future
