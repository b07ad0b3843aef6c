"""Consumers: a batch of records enters, is decoded one by one, handled as one piece of work, and only then committed.

A record that cannot be decoded or handled goes to the group's dead letters and its neighbours go on; a transient failure
rewinds the batch after a pause, and so does a long row of dead letters: then the fault is probably ours, not the records'.
Tombstones are taken out before decoding. Nothing is acknowledged before it is durable.
"""

import asyncio
import functools
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, Generic, TypeAlias, TypeVar

from aiokafka import ConsumerRebalanceListener, ConsumerRecord
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import KafkaAckableMessage
from pydantic import TypeAdapter

from runtime import logs, telemetry
from runtime.broker import CONSUMER_SETTINGS, Message, Producer, session_settings
from runtime.decoding import BadRecord, decode
from runtime.errors import Fatal, Permanent, Transient
from runtime.postgres import TRANSIENT

E = TypeVar("E")
Record: TypeAlias = ConsumerRecord
Handler = Callable[[list[E]], Awaitable[None]]

_IDLE: Final = 10
"""Milliseconds. FastStream sleeps this long after an empty fetch of this length, so it is the latency an idle consumer adds."""
_LONGEST_PAUSE: Final = 30.0
"""Seconds before a failed batch is tried again, at most; far under `max_poll_interval_ms`, so the group keeps its member."""
log = logs.get("runtime.consumer")


def is_retried(error: Exception) -> bool:
    """Whether the batch is read again after this error. After any other the record that provokes it is set aside.

    asyncpg's complaint about a value that no column takes is an InterfaceError, as a lost connection is, and a ValueError.
    """
    return isinstance(error, (Transient, Fatal, KafkaError, *TRANSIENT)) and not isinstance(error, ValueError)


class TooManyDeadLetters(Transient):
    """Record after record is refused: the fault is probably ours, so nothing more is set aside until a good one comes."""


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
        unexpected = None if isinstance(error, Permanent) else error
        log.error("dead letter", group=self._group, exc_info=unexpected, **headers)
        telemetry.dead_letters.labels(self._group).inc()
        await self._producer.publish(
            [
                Message(
                    f"{self._group}.dlq",
                    key=record.key,
                    value=record.value,
                    headers=tuple((name, value.encode("utf-8", "backslashreplace")) for name, value in headers.items()),
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
        ceiling: int = 100,
        session: float = 10.0,
        listener: ConsumerRebalanceListener | None = None,
    ) -> None:
        """`ceiling`: so many dead letters in a row, and the consumer stops setting aside and waits for a mended version.

        `session`: seconds of silence after which the group gives this member's partitions to others. `listener` is told which
        partitions come and go.
        """
        self.group = group
        self.last_progress = time.monotonic()
        self._adapter = adapter
        self._letters = _Letters(dead_letters, ceiling)
        # Of the batch under way; batches of one consumer never overlap.
        self._batch: list[tuple[Record, E]] = []
        self._under_way = 0
        self._failures = 0
        self._subscriber = broker.subscriber(
            prefix + topic,
            group_id=prefix + group,
            batch=True,
            max_records=max_records,
            batch_timeout_ms=_IDLE,
            parser=self._parse,
            decoder=self._decode,
            listener=listener,
            no_reply=True,  # a record with a header `reply_to` must not make us write where it says
            ack_policy=AckPolicy.NACK_ON_ERROR,  # commits after the handler, rewinds all partitions of the batch on an error
            **CONSUMER_SETTINGS,
            **session_settings(session),
        )

    def __call__(self, handle: Handler[E]) -> Handler[E]:
        """Register the handler. Its annotation is what AsyncAPI shows."""

        @functools.wraps(handle)
        async def guarded(*args: list[E], **named: list[E]) -> None:  # FastStream names the argument as `handle` does
            (events,) = (*args, *named.values())
            async with self._pausing():
                await self._handle(handle, events)

        self._subscriber(guarded)
        return handle

    @property
    def assigned(self) -> int:
        """How many partitions this process reads at present."""
        return len(self._subscriber.consumer.assignment()) if self._subscriber.consumer else 0

    @property
    def lag(self) -> int:
        """Records that wait in the assigned partitions, as far as the last fetch told, or that are being handled."""
        consumer = self._subscriber.consumer
        if consumer is None:
            return 0
        ends = {partition: consumer.highwater(partition) for partition in consumer.assignment()}
        subscription = consumer._subscription.subscription  # noqa: SLF001 -- position() is a coroutine that may wait for a fetch
        states = subscription.assignment if subscription else None
        if states is None:
            return 0
        known = ((end, states.state_value(partition)) for partition, end in ends.items() if end is not None)
        waiting: int = sum(end - state.position for end, state in known if state and state.has_valid_position)
        return waiting + self._under_way

    async def _parse(self, records: Any) -> KafkaMessage:
        """In place of FastStream's, which fails on a header that is no UTF-8, and then commits past the whole batch."""
        return KafkaAckableMessage(body=b"", raw_message=records, consumer=self._subscriber.consumer)

    async def _decode(self, message: KafkaMessage) -> list[E]:
        records: Any = message.raw_message  # of a batch: a tuple of records
        self._batch, self._under_way = [], len(records)
        async with self._pausing():
            for record in records:
                if record.value is not None:  # a tombstone says that a key is gone; who ended it said so in words before
                    await self._decode_one(record)
        return [event for _, event in self._batch]

    async def _decode_one(self, record: Record) -> None:
        try:
            self._batch.append((record, decode(self._adapter, record.value)))
        except BadRecord as error:
            await self._letters.set_aside("decode", record, error)
        else:
            self._letters.passed("decode")

    async def _handle(self, handle: Handler[E], events: list[E]) -> None:
        started = time.perf_counter()
        try:
            if events:
                await handle(events)
                self._letters.passed("handle")
        except Exception as error:
            if is_retried(error):
                raise
            await self._one_by_one(handle, error)
        self._letters.forget()
        self._failures = self._under_way = 0
        self.last_progress = time.monotonic()
        telemetry.consumed.labels(self.group).inc(len(events))
        telemetry.batch_seconds.labels(self.group).observe(time.perf_counter() - started)

    async def _one_by_one(self, handle: Handler[E], error: Exception) -> None:
        """A batch has a poisonous record: find it, so that its neighbours are handled."""
        log.warning("batch refused, handling its records one by one", group=self.group, error=repr(error))
        for record, event in self._batch:
            try:
                await handle([event])
            except Exception as poison:
                if is_retried(poison):
                    raise
                await self._letters.set_aside("handle", record, poison)
            else:
                self._letters.passed("handle")

    @asynccontextmanager
    async def _pausing(self) -> AsyncIterator[None]:
        """An error leaves only after a pause: FastStream reads the batch again at once, thousands of times a second."""
        try:
            yield
        except Exception as error:
            self._failures += 1
            pause = min(_LONGEST_PAUSE, 0.1 * 2**self._failures) * random.uniform(0.5, 1)  # noqa: S311 -- jitter, not a secret
            log.warning("batch failed, will be read again", group=self.group, error=repr(error), pause=round(pause, 2))
            telemetry.batch_failures.labels(self.group).inc()
            await asyncio.sleep(pause)
            self._under_way = 0  # they wait in their partition again
            raise


class _Letters:
    """Sets records aside once, however often their batch is read again, and not without end."""

    def __init__(self, dead_letters: DeadLetters, ceiling: int) -> None:
        self._dead_letters = dead_letters
        self._ceiling = ceiling
        self._in_a_row = {"decode": 0, "handle": 0}
        self._done: set[tuple[int, int]] = set()

    async def set_aside(self, step: str, record: Record, error: Exception) -> None:
        """Publish to the dead letters, or raise `TooManyDeadLetters`."""
        place = (record.partition, record.offset)
        if place in self._done:
            return
        if self._in_a_row[step] >= self._ceiling:
            raise TooManyDeadLetters from error
        await self._dead_letters.publish(record, error)
        self._in_a_row[step] += 1
        self._done.add(place)

    def passed(self, step: str) -> None:
        """A record was good at this step."""
        self._in_a_row[step] = 0

    def forget(self) -> None:
        """The batch is done with."""
        self._done.clear()
