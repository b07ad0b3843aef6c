"""Consumers: a batch of records enters, is decoded one by one, handled as one piece of work, and only then committed.

A record that cannot be decoded or handled goes to the group's dead letters and its neighbours go on; a transient failure
rewinds the batch after a pause. Tombstones are taken out before decoding. Nothing is acknowledged before it is durable.
"""

import asyncio
import functools
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, Generic, TypeAlias, TypeVar

from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from pydantic import TypeAdapter, ValidationError

from runtime import logs, telemetry
from runtime.broker import CONSUMER_SETTINGS, Message, Producer
from runtime.errors import Permanent, Transient
from runtime.postgres import TRANSIENT

E = TypeVar("E")
Record: TypeAlias = ConsumerRecord
Handler = Callable[[list[E]], Awaitable[None]]

_IDLE: Final = 10
"""Milliseconds. FastStream sleeps this long after an empty fetch of this length, so it is the latency an idle consumer adds."""
_LONGEST_PAUSE: Final = 30.0
"""Seconds before a failed batch is tried again, at most; far under `max_poll_interval_ms`, so the group keeps its member."""

log = logs.get("runtime.consumer")


class BadRecord(Permanent):
    """A record is not what its topic promises."""


def decode(adapter: TypeAdapter[E], value: bytes) -> E:
    """One record's value as its contract, unknown fields ignored; `BadRecord` says in one line what is wrong."""
    try:
        return adapter.validate_json(value, extra="ignore")
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=True)
        for fault in faults:
            if fault["loc"][-1:] == ("version",):
                raise BadRecord(
                    f"version {fault['input']!r} of this event is newer than this reader: upgrade the service, then replay"
                ) from error
        first = faults[0]
        where = ".".join(map(str, first["loc"])) or "the record"
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise BadRecord(f"{where}: {first['msg']}{more}") from error


class DeadLetters:
    """Publishes to `<group>.dlq` what a group could not handle: value and key as they were, the story in headers."""

    def __init__(self, producer: Producer, *, group: str, version: str) -> None:
        self._producer = producer
        self._group = group
        self._version = version

    async def publish(self, record: Record, error: Exception) -> None:
        """Returns when Kafka has it; only then may the record be committed."""
        headers = {
            "error": f"{type(error).__name__}: {error}"[:1000],
            "topic": record.topic,
            "partition": str(record.partition),
            "offset": str(record.offset),
            "attempts": "1",
            "version": self._version,
        }
        log.error("dead letter", group=self._group, **headers)
        telemetry.dead_letters.labels(self._group).inc()
        await self._producer.publish(
            [
                Message(
                    f"{self._group}.dlq",
                    key=(record.key or b"").decode("utf-8", "replace"),
                    value=record.value,
                    headers=tuple((name, value.encode()) for name, value in headers.items()),
                )
            ]
        )


class BatchConsumer(Generic[E]):
    """One group reading one topic. `handle` gets the decoded events of a batch and must make them durable, idempotently."""

    def __init__(
        self,
        broker: KafkaBroker,
        *,
        topic: str,
        group: str,
        prefix: str,
        adapter: TypeAdapter[E],
        dead_letters: DeadLetters,
        max_records: int = 500,
    ) -> None:
        self.group = group
        self.last_progress = time.monotonic()
        self._adapter = adapter
        self._dead_letters = dead_letters
        self._batch: list[tuple[Record, E]] = []  # of the batch being handled; batches of one consumer never overlap
        self._failures = 0
        self._subscriber = broker.subscriber(
            prefix + topic,
            group_id=prefix + group,
            batch=True,
            max_records=max_records,
            batch_timeout_ms=_IDLE,
            decoder=self._decode,
            ack_policy=AckPolicy.NACK_ON_ERROR,  # commits after the handler, rewinds all partitions of the batch on an error
            **CONSUMER_SETTINGS,
        )

    def __call__(self, handle: Handler[E]) -> Handler[E]:
        """Register the handler. Its annotation is what AsyncAPI shows."""

        @functools.wraps(handle)
        async def guarded(events: list[E]) -> None:
            await self._handle(handle, events)

        self._subscriber(guarded)
        return handle

    @property
    def assigned(self) -> int:
        """How many partitions this process reads at present."""
        return len(self._subscriber.consumer.assignment()) if self._subscriber.consumer else 0

    @property
    def lag(self) -> int:
        """Records that wait in the assigned partitions, as far as the last fetch told."""
        consumer = self._subscriber.consumer
        if consumer is None:
            return 0
        ends = {partition: consumer.highwater(partition) for partition in consumer.assignment()}
        subscription = consumer._subscription.subscription  # noqa: SLF001 -- position() is a coroutine that may wait for a fetch
        states = subscription.assignment if subscription else None
        if states is None:
            return 0
        known = ((end, states.state_value(partition)) for partition, end in ends.items() if end is not None)
        return sum(end - state.position for end, state in known if state and state.has_valid_position)

    async def _decode(self, message: KafkaMessage) -> list[E]:
        self._batch = []
        records: Any = message.raw_message  # of a batch: a tuple of records
        for record in records:
            if record.value is None:
                continue  # a tombstone says that a key is gone; who ended it said so in words before
            try:
                self._batch.append((record, decode(self._adapter, record.value)))
            except BadRecord as error:
                await self._dead_letters.publish(record, error)
        return [event for _, event in self._batch]

    async def _handle(self, handle: Handler[E], events: list[E]) -> None:
        started = time.perf_counter()
        try:
            if events:
                await handle(events)
        except (Transient, KafkaError, *TRANSIENT) as error:
            await self._pause(error)
            raise
        except Permanent as error:
            await self._one_by_one(handle, error)
        self._failures = 0
        self.last_progress = time.monotonic()
        telemetry.consumed.labels(self.group).inc(len(events))
        telemetry.batch_seconds.labels(self.group).observe(time.perf_counter() - started)

    async def _one_by_one(self, handle: Handler[E], error: Permanent) -> None:
        """A batch has a poisonous record: find it, so that its neighbours are handled."""
        log.warning("batch refused, handling its records one by one", group=self.group, error=str(error))
        for record, event in self._batch:
            try:
                await handle([event])
            except Permanent as poison:
                await self._dead_letters.publish(record, poison)

    async def _pause(self, error: Exception) -> None:
        self._failures += 1
        pause = min(_LONGEST_PAUSE, 0.1 * 2**self._failures) * random.uniform(0.5, 1)  # noqa: S311 -- jitter, not a secret
        log.warning("batch failed, will be read again", group=self.group, error=repr(error), pause=round(pause, 2))
        telemetry.batch_failures.labels(self.group).inc()
        await asyncio.sleep(pause)
