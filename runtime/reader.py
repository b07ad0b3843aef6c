"""Reads a compacted topic without a group, whole or some of its partitions, and then follows it.

For state that is rebuilt at every start; every replica reads for itself. A record that cannot be decoded or taken in is counted
and logged and stays in the topic, where the group that also stores it sets it aside as a dead letter.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final, Generic, NamedTuple, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from runtime import logs, telemetry
from runtime.broker import CONSUMER_SETTINGS
from runtime.decoding import BadRecord
from runtime.source import Source, every, find_source

E = TypeVar("E")
T = TypeVar("T")
Decode = Callable[[bytes], E]
Resume = Callable[[Source], Awaitable[Mapping[int, int]]]
"""Given the topic as it is, the offset by partition before which everything is known already; empty for nothing."""
AWAY: Final = (KafkaError, TimeoutError)
"""What a reader meets while Kafka cannot be reached."""
_QUIET: Final = 2.0
"""Seconds after which Kafka is asked again for the ends, and so whether it is there: aiokafka waits for it in silence. As long
without an answer is an interruption."""
_STALE: Final = 3 * _QUIET
"""Seconds for which the last look tells anything."""
_MANY: Final = 5000
"""Records taken at a time."""
log = logs.get("runtime.reader")


async def from_beginning(source: Source) -> Mapping[int, int]:  # noqa: ARG001 -- a `Resume`
    """Nothing is known."""
    return {}


class Arrived(NamedTuple, Generic[E]):
    """An event, and when it came to its topic: by the clock of who published it."""

    event: E
    stamp: int
    """Milliseconds since 1970."""

    @property
    def at(self) -> datetime:
        return moment(self.stamp)


class CompactedReader(Generic[E]):
    """Awaits `apply` with the events of each fetch, again with the same ones where it raised because Kafka was away.

    Where it raised for another reason, with each of them alone: what then raises again is refused.

    Sets `caught_up` when it first reached the end that it saw. `following` tells whether it goes along at present: it has read
    what was there a look ago, or all there is where nothing came. `lag`: how many records it had not read at the last look.
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        topic: str,
        decode: Decode[E],
        apply: Callable[[Sequence[Arrived[E]]], Awaitable[None]],
        client: str,
        resume: Resume = from_beginning,
        partitions: Callable[[int], bool] = every,
        at_a_time: int = _MANY,
    ) -> None:
        """`decode`: of a record's value; it may raise `BadRecord`.

        `partitions`: which of them are read; of the others nothing is known here.

        `at_a_time`: records. While they are applied nothing is known of how many wait: few, where that takes long.
        """
        self.caught_up = asyncio.Event()
        self.lag = 0
        self.last_progress = time.monotonic()
        self.source: Source | None = None
        """The topic as it was at the start, as far as it is read."""
        self.offsets: dict[int, int] = {}
        """By partition: everything before it has been applied."""
        self._bootstrap = bootstrap
        self._topic = topic
        self._decode = decode
        self._apply = apply
        self._client = client
        self._resume = resume
        self._wanted = partitions
        self._at_a_time = at_a_time
        self._goes_along = False
        self._looked = 0.0

    @property
    def following(self) -> bool:
        """False also where nobody has looked for long: what is being applied takes its time, and nothing is known meanwhile."""
        return self._goes_along and time.monotonic() - self._looked < _STALE

    async def run(self) -> None:
        """Read until cancelled. Survives Kafka going away, and goes on where it was."""
        failures = 0
        while True:
            before = self.last_progress
            try:
                async with reading(self._bootstrap, self._client) as consumer:
                    await self._follow(consumer)
            except AWAY as error:
                failures = 1 if self.last_progress > before else failures + 1
                await pause_after(error, failures, topic=self._topic)

    @asynccontextmanager
    async def caught_up_with(self) -> AsyncIterator[None]:
        """Read while the block lasts, which begins when it has caught up. Raises what ended the reading before that."""
        reading, caught_up = asyncio.create_task(self.run()), asyncio.create_task(self.caught_up.wait())
        try:
            await asyncio.wait({reading, caught_up}, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                reading.result()
            yield
        finally:
            reading.cancel()
            caught_up.cancel()
            await asyncio.gather(reading, caught_up, return_exceptions=True)

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        await self._begin(consumer)
        ends = await self._ask_ends(consumer)
        try:
            while True:
                events, offsets = await fetch(consumer, self._decode, at_most=self._at_a_time)
                if events:
                    await apply_or_refuse(self._apply, events, topic=self._topic)
                self.offsets |= offsets
                if offsets:
                    self.last_progress = time.monotonic()
                if self._is_to_look(moves=bool(offsets)):
                    ends = await self._look(consumer, ends, moves=bool(offsets))
                self.lag = await _missing(consumer, ends)
                if not self._goes_along and not self.lag:
                    self._goes_along = True
                    self.caught_up.set()
        finally:
            self._goes_along = False

    def _is_to_look(self, *, moves: bool) -> bool:
        """While it reads for the first time, and records come, the end is the one that it saw."""
        return time.monotonic() - self._looked > _QUIET and (self.caught_up.is_set() or not moves)

    async def _look(
        self, consumer: AIOKafkaConsumer, before: Mapping[TopicPartition, int], *, moves: bool
    ) -> Mapping[TopicPartition, int]:
        """The ends as they are now, given those of the look before: where records come, some are always on their way."""
        missing = await _missing(consumer, before)
        ends = await self._ask_ends(consumer)
        self._goes_along = not (missing if moves else await _missing(consumer, ends))
        return ends

    async def _begin(self, consumer: AIOKafkaConsumer) -> None:
        """Stand where it was; at the first time, where `resume` says or at the beginning."""
        if self.source is None:
            source = await find_source(consumer, self._topic, self._wanted)
            self.offsets = dict(source.starts) | dict(await self._resume(source))
            self.source = source
        consumer.assign(self._partitions())
        for partition in self._partitions():
            consumer.seek(partition, self.offsets[partition.partition])

    async def _ask_ends(self, consumer: AIOKafkaConsumer) -> Mapping[TopicPartition, int]:
        async with asyncio.timeout(_QUIET):
            ends: Mapping[TopicPartition, int] = await consumer.end_offsets(self._partitions())
        self.last_progress = self._looked = time.monotonic()
        return ends

    def _partitions(self) -> list[TopicPartition]:
        return [TopicPartition(self._topic, number) for number in self.offsets]


async def pause_after(error: BaseException, failures: int, *, topic: str) -> None:
    """Say that reading was interrupted, and wait: longer each time, at most five seconds."""
    pause = min(5.0, 0.1 * 2**failures)
    log.warning("reading interrupted, will take up again", topic=topic, error=repr(error), pause=pause)
    await asyncio.sleep(pause)


async def apply_or_refuse(apply: Callable[[Sequence[T]], Awaitable[None]], items: Sequence[T], *, topic: str) -> None:
    """Apply all; where that fails, each alone, and refuse those that fail again: one of them must not end who reads the rest.

    `apply` may be given the same item again. Raises only what says that Kafka is away.
    """
    try:
        await apply(items)
    except AWAY:
        raise
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is counted and logged
        if len(items) == 1:
            _refuse(topic, error)
        else:
            log.warning("records refused together, they are taken one by one", topic=topic, error=repr(error))
            for item in items:
                await apply_or_refuse(apply, [item], topic=topic)


@asynccontextmanager
async def reading(bootstrap: str, client: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer without a group and, as yet, without partitions."""
    settings = CONSUMER_SETTINGS | {"group_id": None, "enable_auto_commit": False}
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, client_id=client, **settings)
    try:
        await consumer.start()
        yield consumer
    finally:
        await _stop(consumer)


async def _stop(consumer: AIOKafkaConsumer) -> None:
    """Stop it in a task of its own: where Kafka is away, the cancellation of one of its fetches comes out of it (aiokafka 0.14,
    `Fetcher.close`), which would pass for ours, and its connections stay open.
    """
    stopping = asyncio.create_task(consumer.stop())
    await asyncio.wait({stopping})
    if stopping.cancelled():
        await consumer._client.close()  # noqa: SLF001 -- `stop` does nothing the second time
    else:
        stopping.result()


async def fetch(
    consumer: AIOKafkaConsumer,
    decode: Decode[E],
    *,
    before: Mapping[TopicPartition, int] | None = None,
    at_most: int = _MANY,
) -> tuple[list[Arrived[E]], dict[int, int]]:
    """The events, and by partition the offset after the last record: bad ones and tombstones are passed too.

    `before`: of these partitions alone, and nothing at their offsets or behind.
    """
    ends = before or {}
    batches = await consumer.getmany(*ends, timeout_ms=100, max_records=at_most)
    events: list[Arrived[E]] = []
    for partition, records in batches.items():
        end = ends.get(partition)
        for record in records:
            if record.value is not None and (end is None or record.offset < end):
                try:
                    events.append(Arrived(decode(record.value), record.timestamp))
                except BadRecord as error:
                    _refuse(partition.topic, error)
    return events, {partition.partition: records[-1].offset + 1 for partition, records in batches.items() if records}


def moment(stamp: int) -> datetime:
    """Of a record's timestamp, in milliseconds."""
    return datetime.fromtimestamp(stamp / 1000, UTC)


def _refuse(topic: str, error: Exception) -> None:
    telemetry.refused.labels(topic).inc()
    log.error("record refused, it stays in its topic", topic=topic, error=str(error) or repr(error))


async def unread(consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
    """Those of the partitions in which something before these offsets is left to be read."""
    return {partition: end for partition, end in ends.items() if await consumer.position(partition) < end}


async def _missing(consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> int:
    """How many offsets are left before these; those that hold no record are among them."""
    return sum([max(0, end - await consumer.position(partition)) for partition, end in ends.items()])
