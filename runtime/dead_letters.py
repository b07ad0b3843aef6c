"""A group's dead letters: what it could not handle is kept on `<group>.dlq` with its story, and so is what became of it.

The topic alone tells which letters wait (`runtime.letters` says how), so that no service needs a table for them.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from aiokafka import AIOKafkaConsumer, TopicPartition

from runtime import logs, telemetry
from runtime.broker import CONSUMER_SETTINGS, Message, Producer
from runtime.errors import Permanent
from runtime.letters import Action, Folding, Letter, Record
from runtime.version import software

log = logs.get("runtime.dead_letters")


class NoLetter(Permanent):
    """There is no letter of this number."""


@dataclass(frozen=True, slots=True)
class Look:
    """The end of the dead letters as it was seen: how long the row was, and whether somebody has been there since."""

    end: int
    row: float
    marked: bool


class DeadLetters:
    """Publishes to `<group>.dlq` what a group could not handle, and what became of it."""

    def __init__(self, producer: Producer, *, bootstrap: str, prefix: str, group: str, reader: str = "") -> None:
        """`reader`: the group of consumers that sets aside, where several put their dead letters on one topic."""
        self._producer = producer
        self._bootstrap = bootstrap
        self._prefix = prefix
        self._group = group
        self._reader = reader or group
        self._version = software()

    async def publish(self, record: Record, error: Exception, *, attempts: int, row: float) -> None:
        """Returns when Kafka has it; only then may the record be committed.

        `attempts`: how often this process gave the record to the handler; 0 where it could not be decoded. `row`: how many dead
        letters in a row this one makes, see `runtime.ceiling`.
        """
        headers = {
            "error": f"{type(error).__name__}: {error}"[:1000],
            "topic": record.topic,
            "partition": str(record.partition),
            "offset": str(record.offset),
            "group": self._reader,
            "attempts": str(attempts),
            "row": f"{row:.1f}",
            "version": self._version,
        }
        unexpected = None if isinstance(error, Permanent) else error
        log.error("dead letter", exc_info=unexpected, **headers)
        telemetry.dead_letters.labels(self._reader).inc()
        await self._publish(record.key, record.value, headers)

    async def mark(self, offset: int, action: Action, *, reason: str = "") -> None:
        """Say what became of the letter at this offset."""
        headers = {"resolves": str(offset), "action": action, "reason": reason, "version": self._version}
        await self._publish(str(offset).encode(), None, headers)  # aiokafka takes no record without both key and value

    async def look(self, since: int | None = None) -> Look:
        """At what came since that offset; at the last record where there is none. A letter of another version makes no row."""
        async with open_shelf(self._bootstrap, self._prefix, self._group) as shelf:
            start = shelf.end - 1 if since is None else since
            row, marked = 0.0, False
            async for record in shelf.records(start):
                row, marked = _row(record, self._version), marked or record.value is None
        return Look(shelf.end, row, marked)

    async def _publish(self, key: bytes | None, value: bytes | None, headers: Mapping[str, str]) -> None:
        encoded = tuple((name, text.encode("utf-8", "backslashreplace")) for name, text in headers.items())
        await self._producer.publish([Message(f"{self._group}.dlq", key=key, value=value, headers=encoded)])


class Shelf:
    """Reads one group's dead letters from the beginning to the end that was seen when it was opened."""

    def __init__(self, consumer: AIOKafkaConsumer, partition: TopicPartition, *, group: str, end: int) -> None:
        self.group = group
        self.end = end
        self._consumer = consumer
        self._partition = partition

    async def records(self, start: int = 0) -> AsyncIterator[Record]:
        """Letters and marks as they stand there, in order. What was kept too long is not there any more."""
        [first] = (await self._consumer.beginning_offsets([self._partition])).values()
        self._consumer.seek(self._partition, max(first, start))
        while await self._consumer.position(self._partition) < self.end:
            for batch in (await self._consumer.getmany(timeout_ms=200)).values():
                for record in batch:
                    yield record

    async def letters(self) -> list[Letter]:
        """All letters in the order in which they were first set aside, each with what became of it."""
        folding = Folding(self.group)
        async for record in self.records():
            folding.add(record)
        return folding.letters()

    async def value(self, letter: Letter) -> bytes:
        """The value of the record that was set aside."""
        async for record in self.records(letter.offset):
            if record.offset == letter.offset and record.value is not None:
                return cast(bytes, record.value)
            break
        raise NoLetter(f"{letter.id} is not there any more: dead letters are kept for 90 days")


@asynccontextmanager
async def open_shelf(bootstrap: str, prefix: str, group: str) -> AsyncIterator[Shelf]:
    """The dead letters of a group, for as long as the block lasts."""
    settings = CONSUMER_SETTINGS | {"group_id": None, "enable_auto_commit": False}
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, client_id=f"{group}.dlq", **settings)
    await consumer.start()
    try:
        partition = TopicPartition(f"{prefix}{group}.dlq", 0)
        consumer.assign([partition])
        [end] = (await consumer.end_offsets([partition])).values()
        yield Shelf(consumer, partition, group=group, end=end)
    finally:
        await consumer.stop()


def _row(record: Any, version: str) -> float:
    """How long the row was when this record was written: a mark ends it, and so does another version."""
    headers = {name: (value or b"").decode("ascii", "replace") for name, value in record.headers}
    if record.value is None or headers.get("version") != version:
        return 0.0
    try:
        return float(headers.get("row", "0"))
    except ValueError:
        return 0.0
