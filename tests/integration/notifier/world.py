"""The notifier's parts on a real database, put together as its `main` does, and what tests say and ask of them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from runtime.outbox import CHANNEL, Signal, listening
from runtime.postgres import open_pool
from runtime.sealing import Sealer
from schemas.filter.tree import Filter, Keywords
from schemas.match import Kind, Matched, MatchedSubscription
from schemas.outcome import Outcome, outcome
from schemas.posting import Posting, PostingClosed, PostingOpened, PostingSummary
from schemas.subscription import (
    Destination,
    EndpointState,
    Heartbeat,
    SubscriberEnded,
    SubscriberState,
    SubscriptionEnded,
    SubscriptionState,
)
from schemas.topics import SUBSCRIPTIONS
from services.notifier.ask import Asker, Request
from services.notifier.compose import Composer
from services.notifier.deliver import Dispatcher
from services.notifier.domain.delivery import Lease
from services.notifier.domain.pace import USUAL, Pace
from services.notifier.domain.retry import Channel
from services.notifier.drain import Sends
from services.notifier.freeze import Freezer, Ready
from services.notifier.mailer import Mailer
from services.notifier.main import DUE
from services.notifier.poster import Poster
from services.notifier.project import project_postings, project_subscriptions
from services.notifier.record import Recorder
from services.notifier.render import Renderer
from services.notifier.send import MailSender, WebhookSender
from services.notifier.settle import Settler
from services.notifier.store.leases import claim_destinations
from tests.unit.notifier.made import summary, uid

if TYPE_CHECKING:
    from runtime.postgres import Pool

PATIENCE = 60.0
OPENED_AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


async def until(condition: Callable[[], bool | Awaitable[bool]], what: str = "it") -> None:
    """Wait for something that other tasks, or another process, bring about."""
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                holds = condition()
                if holds if isinstance(holds, bool) else await holds:
                    return
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"{what} did not come about within {PATIENCE:.0f} s") from None


def matched(
    *subscriptions: str,
    posting: str = "p",
    kind: Kind = "opened",
    revision: int = 1,
    episode: int = 1,
    to: Literal["email", "webhook"] = "email",
    opened_at: datetime = OPENED_AT,
    clauses: tuple[str, ...] = ("keywords",),
    content: PostingSummary | None = None,
) -> Matched:
    """Each subscription is `subscriber` or `subscriber/name`; a webhook's endpoint is named as its subscriber."""
    return Matched(
        revision=revision,
        episode=episode,
        opened_at=opened_at,
        published_at=datetime.now(UTC),
        correlation_id=f"correlation-{posting}",
        posting=content or summary(posting),
        subscriptions=tuple(
            MatchedSubscription(
                subscription_id=uid(f"subscription {name}"),
                subscriber_id=subscriber(name),
                destination=destination(name, to),
                kind=kind,
                clauses=clauses,
                subscription_revision=1000,  # later than any state of a test, and earlier than what is saved after `World.later`
            )
            for name in subscriptions
        ),
    )


def subscriber(name: str) -> UUID:
    return uid(f"subscriber {name.partition('/')[0]}")


def destination(name: str, to: Literal["email", "webhook"] = "email") -> Destination:
    owner = name.partition("/")[0]
    return Destination(kind=to, id=subscriber(name) if to == "email" else uid(f"endpoint {owner}"))


@dataclass
class World:
    """One database with everything that works on it."""

    pool: "Pool"
    dsn: str
    sealer: Sealer
    composer: Composer
    due: Signal
    outcomes: Signal
    leased: list[Lease] = field(default_factory=list)
    ready: list[Ready] = field(default_factory=list)
    """What was frozen last, under those leases."""
    _revision: int = 0
    _names: dict[UUID, str] = field(default_factory=dict)

    # what others say

    async def hear(self, *events: Any) -> None:
        await project_subscriptions(self.pool, self.due, events)

    async def beat(self, *, age: timedelta = timedelta(0), partitions: Iterable[int] = range(SUBSCRIPTIONS.partitions)) -> None:
        """A heartbeat on every partition, stamped by Postgres `age` ago."""
        now = await self.pool.fetchval("SELECT clock_timestamp()")
        await self.hear(*(Heartbeat(partition=partition, stamped_at=now - age) for partition in partitions))

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """A heart that beats for as long as the block lasts."""

        async def beat_on() -> None:
            while True:
                await self.beat()
                await asyncio.sleep(0.1)

        await self.beat()
        heart = asyncio.create_task(beat_on())
        try:
            yield
        finally:
            heart.cancel()
            await asyncio.gather(heart, return_exceptions=True)

    async def subscribe(
        self,
        *names: str,
        status: Literal["active", "paused"] = "active",
        to: Literal["email", "webhook"] = "email",
        url: str = "",
        wanted: Filter | None = None,
        called: str = "",
    ) -> None:
        """Subscribers with their mailbox or endpoint, and one subscription for each name."""
        events: list[Any] = []
        for name in names:
            owner = name.partition("/")[0]
            address = self.sealer.seal(f"{owner}@example.org".encode(), purpose="address")
            events.append(SubscriberState(subscriber_id=subscriber(name), revision=self.next(), address=address))
            if to == "webhook":
                secret = self.sealer.seal(SECRET.encode(), purpose="webhook-secret")
                events.append(
                    EndpointState(
                        endpoint_id=destination(name, to).id,
                        subscriber_id=subscriber(name),
                        revision=self.next(),
                        url=url,
                        secrets=(secret,),
                    )
                )
            events.append(
                SubscriptionState(
                    subscription_id=uid(f"subscription {name}"),
                    subscriber_id=subscriber(name),
                    revision=self.next(),
                    name=called or f"Alert of {name}",
                    filter=wanted or Filter(keywords=Keywords(all=("machine learning",))),
                    destination=destination(name, to),
                    status=status,
                    effective_from=OPENED_AT - timedelta(days=1),
                )
            )
        await self.hear(*events)

    async def unsubscribe(self, *names: str) -> None:
        await self.hear(
            *(
                SubscriptionEnded(
                    subscription_id=uid(f"subscription {name}"), subscriber_id=subscriber(name), revision=self.next()
                )
                for name in names
            )
        )

    async def erase(self, name: str) -> None:
        await self.hear(SubscriberEnded(subscriber_id=subscriber(name), revision=self.next()))

    async def open_posting(self, name: str = "p", *, revision: int = 1, episode: int = 1) -> None:
        await project_postings(self.pool, self.due, [posting_opened(name, revision=revision, episode=episode)])

    async def close_posting(self, name: str = "p", *, revision: int = 100, episode: int = 1) -> None:
        await project_postings(self.pool, self.due, [posting_closed(name, revision=revision, episode=episode)])

    async def record(self, *events: Matched) -> None:
        await Recorder(self.pool, self.due).record(events)

    async def ask(self, *requests: Request) -> None:
        await Asker(self.pool, self.sealer, self.composer, self.due).ask(requests)

    async def later(self) -> None:
        """What is saved from here on is younger than what was recorded: a revision has the clock's microseconds."""
        self._revision = await self.pool.fetchval("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")

    def next(self) -> int:
        self._revision += 1
        return self._revision

    # parts

    def freezer(self, channel: Channel = "email") -> Freezer:
        return Freezer(self.pool, self.composer, self.outcomes, channel=channel)

    def settler(self, channel: Channel = "email", pace: Pace = USUAL) -> Settler:
        return Settler(self.pool, self.outcomes, self.due, channel=channel, pace=pace)

    async def claim(self, channel: Channel = "email", *, limit: int = 100, lease: timedelta = USUAL.lease) -> list[Lease]:
        return await claim_destinations(self.pool, channel, limit=limit, lease=lease)

    async def expire_leases(self) -> None:
        """As if their time had passed: whoever holds one is taken for dead."""
        await self.pool.execute("UPDATE destinations SET leased_until = '-infinity' WHERE leased_until > '-infinity'")

    async def make_due(self) -> None:
        """As if the time of every retry had come."""
        await self.pool.execute("UPDATE deliveries SET due_at = now() WHERE state IN ('waiting', 'unknown')")
        await self.pool.execute("UPDATE alerts SET due_at = now() WHERE state = 'waiting'")
        await self.pool.execute("UPDATE destinations SET due_at = now()")

    @asynccontextmanager
    async def dispatching(
        self, sender: Sends, channel: Channel = "email", *, batches: int = 4, pace: Pace = USUAL
    ) -> AsyncIterator[Dispatcher]:
        """A dispatcher at work, stopped as a signal stops it."""
        dispatcher = Dispatcher(
            claim=lambda limit: self.claim(channel, limit=limit, lease=pace.lease),
            freezer=self.freezer(channel),
            sender=sender,
            settler=self.settler(channel, pace),
            batches=batches,
            pace=pace,
        )
        async with listening(self.dsn, DUE, application="test-dispatch") as listener:
            running = asyncio.create_task(dispatcher.run(listener))
            try:
                yield dispatcher
            finally:
                running.cancel()
                [ended] = await asyncio.gather(running, return_exceptions=True)
                assert isinstance(ended, asyncio.CancelledError), ended

    async def waits_for_a_lock(self, statement: str) -> None:
        """Return once a session waits for a lock in a statement that begins so."""

        async def waits() -> bool:
            return bool(
                await self.pool.fetchval(
                    """SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'
                         AND datname = current_database() AND starts_with(query, $1))""",
                    statement,
                )
            )

        await until(waits, f"a session that waits for a lock in {statement}")

    # what became of it

    async def alerts(self) -> list[tuple[str, str, str]]:
        """(subscription's name, kind, state with the reason behind a colon), in the order of recording."""
        rows = await self.pool.fetch(
            """SELECT a.kind, a.state, a.reason, s.name FROM alerts a LEFT JOIN subscriptions s ON s.id = a.subscription_id
               ORDER BY a.recorded_at, a.subscription_id"""
        )
        return [
            (
                (row["name"] or "").removeprefix("Alert of "),
                row["kind"],
                row["state"] + (f": {row['reason']}" if row["reason"] else ""),
            )
            for row in rows
        ]

    async def states(self) -> list[str]:
        """States of all alerts, with reasons, in the order of recording."""
        return [state for _, _, state in await self.alerts()]

    async def deliveries(self) -> list[Any]:
        return await self.pool.fetch("SELECT * FROM deliveries ORDER BY frozen_at, id")

    async def attempts(self) -> list[tuple[int, str, int | None]]:
        rows = await self.pool.fetch("SELECT number, result, status FROM attempts ORDER BY at, number")
        return [(row["number"], row["result"], row["status"]) for row in rows]

    async def told(self) -> list[Outcome]:
        """Outcomes that wait to be published."""
        rows = await self.pool.fetch("SELECT value FROM outbox WHERE topic = 'outcomes' ORDER BY id")
        return [outcome.validate_json(row["value"]) for row in rows]

    async def settled(self) -> bool:
        """Whether every alert and every message has reached its end."""
        return not await self.pool.fetchval(
            """SELECT EXISTS (SELECT FROM alerts WHERE state IN ('waiting', 'frozen'))
                   OR EXISTS (SELECT FROM deliveries WHERE finished_at IS NULL)"""
        )


def whole_posting(name: str) -> Posting:
    return Posting.model_validate(summary(name).model_dump() | {"text": "the whole text"})


def posting_opened(name: str = "p", *, revision: int = 1, episode: int = 1) -> PostingOpened:
    return PostingOpened(
        revision=revision, episode=episode, opened_at=OPENED_AT, published_at=OPENED_AT, posting=whole_posting(name)
    )


def posting_closed(name: str = "p", *, revision: int = 100, episode: int = 1) -> PostingClosed:
    return PostingClosed(
        revision=revision,
        episode=episode,
        opened_at=OPENED_AT,
        published_at=OPENED_AT,
        closed_at=OPENED_AT,
        posting=whole_posting(name),
    )


@asynccontextmanager
async def open_world(dsn: str, sealer: Sealer, *, application: str = "notifier-test") -> AsyncIterator[World]:
    async with open_pool(dsn, size=12, application=application) as pool:
        world = World(pool, dsn, sealer, Composer(sealer, domain="jobalerts.example"), Signal(pool, DUE), Signal(pool, CHANNEL))
        try:
            yield world
        finally:
            await world.due.settle()
            await world.outcomes.settle()


@asynccontextmanager
async def mail_sender(sealer: Sealer, port: int, *, connections: int = 4) -> AsyncIterator[MailSender]:
    mailer = Mailer(host="127.0.0.1", port=port, connections=connections)
    try:
        yield MailSender(mailer, renderer(), sealer, bounces="bounces@jobalerts.example", at_a_time=connections)
    finally:
        await mailer.aclose()


@asynccontextmanager
async def webhook_sender(sealer: Sealer) -> AsyncIterator[WebhookSender]:
    poster = Poster(insecure=True, ports=(443,))
    try:
        yield WebhookSender(poster, sealer)
    finally:
        await poster.aclose()


def renderer() -> Renderer:
    return Renderer(
        sender="jobalerts <alerts@jobalerts.example>",
        list_domain="jobalerts.example",
        public_url="https://jobalerts.example",
        postal_address="jobalerts, 1 Example Street",
    )


def named(items: Sequence[Any], name: str) -> list[Any]:
    return [getattr(item, name) for item in items]


async def always() -> bool:
    """A message that is fresh however long it takes."""
    return True
