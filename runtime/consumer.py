"""Consumers: a batch of records enters, is decoded one by one, handled as one piece of work, and only then committed.

A record that cannot be decoded or handled goes to the group's dead letters and its neighbours go on; a transient failure
rewinds the batch after a pause, and so does a long row of dead letters (`runtime.ceiling`): then the fault is probably ours.
Tombstones are taken out before decoding. Nothing is acknowledged before it is durable.
"""

import asyncio
import functools
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from aiokafka import ConsumerRebalanceListener
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import KafkaAckableMessage
from pydantic import TypeAdapter

from runtime import logs, telemetry
from runtime.broker import CONSUMER_SETTINGS, session_settings
from runtime.ceiling import Ceiling
from runtime.dead_letters import DeadLetters
from runtime.decoding import BadRecord, decode
from runtime.errors import Fatal, Transient
from runtime.failpoint import failpoint
from runtime.letters import Record
from runtime.postgres import TRANSIENT

E = TypeVar("E")
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


@dataclass(frozen=True, slots=True)
class Work(Generic[E]):
    """What a group does with its records. Its consumer has it, and the command that replays its dead letters has the same."""

    adapter: TypeAdapter[E]
    handle: Handler[E]
    """Makes the events of a batch durable, idempotently. Its annotation is what AsyncAPI shows."""
    max_records: int = 500


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
        """`ceiling`: after so many dead letters in a row the consumer stops, says so, and waits for a mended version.

        `session`: seconds of silence after which the group gives this member's partitions to others. `listener` is told which
        partitions come and go.
        """
        self.group = group
        self.last_progress = time.monotonic()
        self._adapter = adapter
        self._ceiling = Ceiling(dead_letters, group=group, limit=ceiling)
        # Of the batch under way; batches of one consumer never overlap.
        self._records: tuple[Record, ...] = ()
        self._batch: list[tuple[Record, E]] = []
        self._tried: Counter[tuple[int, int]] = Counter()  # only of batches that fail
        self._under_way = 0
        self._failures = 0
        telemetry.halted.labels(group).set_function(lambda: self.halted is not None)
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
        return len(self._held())

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

    @property
    def halted(self) -> str | None:
        """What there is to say where too many dead letters have stopped this consumer, in a partition that is still its own."""
        return self._ceiling.halted(self._held())

    async def committed(self, partitions: Collection[Any]) -> Mapping[int, int]:
        """By partition, the offset before which the group has handled everything; no entry where it has handled nothing.

        May be asked by the listener: the answers are under way before anything of a new assignment is fetched.
        """
        consumer = self._subscriber.consumer
        offsets = await asyncio.gather(*map(consumer.committed, partitions)) if consumer else []
        found = zip(partitions, offsets, strict=False)
        return {partition.partition: offset for partition, offset in found if offset is not None}

    def _held(self) -> set[int]:
        consumer = self._subscriber.consumer
        return {partition.partition for partition in consumer.assignment()} if consumer else set()

    async def _parse(self, records: Any) -> KafkaMessage:
        """In place of FastStream's, which fails on a header that is no UTF-8, and then commits past the whole batch."""
        return KafkaAckableMessage(body=b"", raw_message=records, consumer=self._subscriber.consumer)

    async def _decode(self, message: KafkaMessage) -> list[E]:
        records: Any = message.raw_message  # of a batch: a tuple of records
        self._records, self._batch, self._under_way = records, [], len(records)
        async with self._pausing():
            for record in records:
                if record.value is not None:  # a tombstone says that a key is gone; who ended it said so in words before
                    await self._decode_one(record)
        failpoint("consumer.decoded")
        return [event for _, event in self._batch]

    async def _decode_one(self, record: Record) -> None:
        try:
            self._batch.append((record, decode(self._adapter, record.value)))
        except BadRecord as error:
            await self._ceiling.set_aside(record, error, attempts=0)

    async def _handle(self, handle: Handler[E], events: list[E]) -> None:
        started = time.perf_counter()
        try:
            if events:
                await handle(events)
            good = len(events)
        except Exception as error:
            self._tried.update((record.partition, record.offset) for record, _ in self._batch)
            if is_retried(error):
                raise
            good = await self._one_by_one(handle, error)
        failpoint("consumer.handled")
        self._done(good)
        telemetry.consumed.labels(self.group).inc(len(events))
        telemetry.batch_seconds.labels(self.group).observe(time.perf_counter() - started)

    def _done(self, good: int) -> None:
        self._ceiling.done(self._records, good=good, held=self._held())
        for record in self._records if self._tried else ():
            self._tried.pop((record.partition, record.offset), None)
        self._failures = self._under_way = 0
        self.last_progress = time.monotonic()

    async def _one_by_one(self, handle: Handler[E], error: Exception) -> int:
        """A batch has a poisonous record: find it, so that its neighbours are handled. Returns how many were."""
        log.warning("batch refused, handling its records one by one", group=self.group, error=repr(error))
        good = 0
        for record, event in self._batch:
            place = record.partition, record.offset
            self._tried[place] += 1
            try:
                await handle([event])
            except Exception as poison:
                if is_retried(poison):
                    raise
                await self._ceiling.set_aside(record, poison, attempts=self._tried[place])
            else:
                good += 1
        return good

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
