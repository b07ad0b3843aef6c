"""The outbox: messages are rows in the transaction that makes them true; a relay publishes them in order and deletes them.

One relay per service leads at a time, see `runtime.leadership`. It publishes through a transactional producer, whose
`transactional.id` fences a leader that wakes up after it was replaced. A crash between Kafka's commit and the delete publishes
again: readers ignore a revision they have.

A service's schema has the table:
    outbox(id bigint identity, topic text, key text, partition int, value bytea,
           created_at timestamptz default clock_timestamp())
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from runtime import logs, telemetry
from runtime.broker import MAXIMUM_RECORD, PRODUCER_SETTINGS, Message, send, stop
from runtime.errors import Permanent
from runtime.failpoint import failpoint
from runtime.leadership import alive, competing
from runtime.postgres import TRANSIENT

if TYPE_CHECKING:
    from runtime.postgres import Connection, Pool

CHANNEL: Final = "outbox"
"""NOTIFY channel, prefixed with the schema's name."""
_ANSWERS_WITHIN: Final = 30.0
"""Seconds for one statement: of a server that vanished without a word TCP would tell after a quarter of an hour, or never."""
_SWEEP: Final = 1.0
"""Seconds after which the relay looks without being woken: a lost NOTIFY costs this much."""
_BATCH: Final = 500
"""Rows in one Kafka transaction, at the most."""
_BYTES: Final = 8 * 1024 * 1024
"""Bytes in one Kafka transaction, about: what a relay holds in memory, however long Kafka was away."""
_LARGEST: Final = MAXIMUM_RECORD - 10_000
"""Bytes of a value; the rest is for key, headers and framing."""

log = logs.get("runtime.outbox")


class TooLarge(Permanent):
    """This message is larger than Kafka takes."""


async def insert_messages(connection: "Connection", messages: Sequence[Message]) -> None:
    """Write messages in order; they are published once the caller's transaction commits. Call `Signal.wake` after that.

    Raises `TooLarge`, because a row that Kafka refuses would hold up every row behind it.
    """
    if any(len(message.value or b"") > _LARGEST for message in messages):
        raise TooLarge
    await connection.execute(
        """INSERT INTO outbox (topic, key, partition, value)
           SELECT topic, key, partition, value
           FROM unnest($1::text[], $2::text[], $3::int[], $4::bytea[]) WITH ORDINALITY AS m(topic, key, partition, value, n)
           ORDER BY n""",
        [message.topic for message in messages],
        [message.key for message in messages],
        [message.partition for message in messages],
        [message.value for message in messages],
    )


class Signal:
    """Wakes whoever listens on a channel of this schema, in whatever process.

    Calls that come while a NOTIFY is on its way share the next one: a NOTIFY in every transaction would halve the commits.
    """

    def __init__(self, pool: "Pool", channel: str) -> None:
        self._pool = pool
        self._channel = channel
        self._wanted = False
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Call after the commit. Returns at once."""
        self._wanted = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._notify())

    async def settle(self) -> None:
        """Return when all that was asked for is sent: a process that ends at once would lose it."""
        if self._task is not None:
            await self._task

    async def _notify(self) -> None:
        while self._wanted:
            self._wanted = False
            try:
                await self._pool.execute("SELECT pg_notify(current_schema() || '.' || $1, '')", self._channel)
            except TRANSIENT as error:
                log.warning("signal lost, the sweep will find it", channel=self._channel, error=repr(error))


class Listener:
    """The other end of a `Signal`, on a connection of its own."""

    def __init__(self, connection: "asyncpg.Connection[Any]") -> None:
        self._connection = connection
        self._woken = asyncio.Event()

    async def start(self, channel: str) -> None:
        """Listen on this schema's `channel`; losing the connection wakes too, so that the loss is found out at once."""
        schema = await self._connection.fetchval("SELECT current_schema()")
        await self._connection.add_listener(f"{schema}.{channel}", self._wake)
        self._connection.add_termination_listener(self._wake)

    def _wake(self, *_: object) -> None:
        self._woken.set()

    async def wait(self, longest: float) -> None:
        """Until woken, or for `longest` seconds. Raises `ConnectionError` once the connection is gone."""
        if self._connection.is_closed():
            raise ConnectionError("the listening connection was lost")
        try:
            async with asyncio.timeout(longest):
                await self._woken.wait()
        except TimeoutError:
            return
        finally:
            self._woken.clear()


@asynccontextmanager
async def listening(dsn: str, channel: str, *, application: str) -> AsyncIterator[Listener]:
    """A listener on a connection of its own, for as long as the block lasts."""
    connection = await asyncpg.connect(dsn, server_settings={"application_name": application})
    try:
        listener = Listener(connection)
        await listener.start(channel)
        yield listener
    finally:
        await connection.close(timeout=2)


class Relay:
    """Publishes a service's outbox. `run` in every replica; one of them leads."""

    def __init__(
        self,
        *,
        dsn: str,
        bootstrap: str,
        service: str,
        prefix: str = "",
        heartbeat: Callable[[datetime], Sequence[Message]] | None = None,
        heartbeat_every: float = 0.25,
        linger: float = 0.0,
    ) -> None:
        """`heartbeat(stamped_at)` makes messages that are published when everything committed before `stamped_at` has been.

        `linger` are seconds in which more messages may join a transaction, where nobody waits for them.
        """
        self.last_progress = time.monotonic()
        self.leading: bool | None = None
        """Whether this relay is the one that publishes, or tries to; None until Postgres has said."""
        self._dsn = dsn
        self._bootstrap = bootstrap
        self._service = service
        self._prefix = prefix
        self._heartbeat = heartbeat
        self._heartbeat_every = heartbeat_every
        self._linger = linger
        self._beaten = 0.0

    async def run(self) -> None:
        """Lead, or wait to lead, until cancelled. Survives Kafka or Postgres going away."""
        failures = 0
        while True:
            before = self.last_progress
            try:
                await self._connect_and_lead()
            except (KafkaError, *TRANSIENT) as error:
                failures = 1 if self.last_progress > before else failures + 1
                pause = min(5.0, 0.1 * 2**failures)
                log.warning("relay interrupted, will take up again", error=repr(error), pause=pause)
                await asyncio.sleep(pause)

    async def _connect_and_lead(self) -> None:
        connection = await asyncpg.connect(
            self._dsn,
            command_timeout=_ANSWERS_WITHIN,
            server_settings={"application_name": f"{self._service}-relay", "timezone": "UTC"},
        )
        try:
            listener = Listener(connection)
            await listener.start(CHANNEL)
            await self._win(connection)
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                client_id=f"{self._service}-relay",
                transactional_id=f"{self._prefix}{self._service}-outbox",
                transaction_timeout_ms=30_000,
                **PRODUCER_SETTINGS,
            )
            try:
                await alive(producer.start(), connection)
                await self._lead(connection, producer, listener)
            finally:
                await stop(producer)
        finally:
            await connection.close(timeout=2)

    async def _win(self, connection: "asyncpg.Connection[Any]") -> None:
        """Return once this relay leads. Without progress since, it is not ready: see `runtime.health.relay_check`."""
        async for leads in competing(connection, "relay"):
            self.leading = leads
            if not leads:
                self.last_progress = time.monotonic()
                telemetry.outbox_age.set(0)  # the leader's to tell

    async def _lead(self, connection: "asyncpg.Connection[Any]", producer: AIOKafkaProducer, listener: Listener) -> None:
        while True:
            full = await self._publish_batch(connection, producer)
            self.last_progress = time.monotonic()
            if not full:
                await listener.wait(self._heartbeat_every if self._heartbeat else _SWEEP)
                await asyncio.sleep(self._linger)

    async def _publish_batch(self, connection: "asyncpg.Connection[Any]", producer: AIOKafkaProducer) -> bool:
        """Publish up to `_BATCH` rows. Returns whether there may be more at once."""
        beat = self._heartbeat is not None and time.monotonic() - self._beaten >= self._heartbeat_every
        # Before the rows are read: what committed before this moment is then among them.
        stamped_at = await connection.fetchval("SELECT now()") if beat else None
        rows = await _fetch_rows(connection)
        full = len(rows) == _BATCH or sum(len(row["value"] or b"") for row in rows) >= _BYTES
        failpoint("relay.read")
        messages = [Message(row["topic"], row["key"], row["value"], row["partition"]) for row in rows]
        if self._heartbeat is not None and stamped_at is not None and not full:
            messages += self._heartbeat(stamped_at)
            self._beaten = time.monotonic()
        if messages:
            await alive(self._publish(producer, messages), connection)
            failpoint("relay.published")
        if rows:
            await connection.execute("DELETE FROM outbox WHERE id = ANY($1)", [row["id"] for row in rows])
            failpoint("relay.deleted")
        self._measure(rows)
        return full

    async def _publish(self, producer: AIOKafkaProducer, messages: Sequence[Message]) -> None:
        async with producer.transaction():
            sent = [await send(producer, message, prefix=self._prefix) for message in messages]
            await asyncio.gather(*sent)  # a record that the broker refuses must not commit, and lose its row
            failpoint("relay.sent")

    def _measure(self, rows: Sequence[asyncpg.Record]) -> None:
        now = datetime.now(UTC)
        telemetry.outbox_age.set(max(0.0, (now - rows[0]["created_at"]).total_seconds()) if rows else 0)
        for row in rows:
            telemetry.relayed.labels(row["topic"]).inc()
            telemetry.relay_seconds.observe(max(0.0, (now - row["created_at"]).total_seconds()))


async def _fetch_rows(connection: "asyncpg.Connection[Any]") -> list[asyncpg.Record]:
    """The oldest rows, as many as fit into one transaction; one at least.

    From the first each time, not from where the last batch ended: a row commits after one with a higher number, and publishing
    what follows it in its key first would be out of order.
    """
    return await connection.fetch(
        """SELECT id, topic, key, partition, value, created_at
           FROM (SELECT *, sum(size) OVER (ORDER BY id) AS bytes
                 FROM (SELECT *, coalesce(octet_length(value), 0) AS size FROM outbox ORDER BY id LIMIT $1) AS oldest)
             AS counted
           WHERE bytes - size < $2 ORDER BY id""",
        _BATCH,
        _BYTES,
    )
