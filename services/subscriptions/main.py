"""Puts the service together: the only place that reads settings and constructs."""

from collections.abc import AsyncIterator, Collection, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from fastapi import FastAPI
from faststream.kafka import KafkaBroker

from runtime import logs, topics
from runtime.broker import make_broker, open_producer
from runtime.consumer import BatchConsumer, Work
from runtime.dead_letters import DeadLetters
from runtime.health import Checker, consumer_check, relay_check
from runtime.http import make_app
from runtime.outbox import CHANNEL, Relay, Signal
from runtime.postgres import open_pool
from runtime.process import run_until_stopped, serve_http
from runtime.sealing import Sealer
from schemas.outcome import Outcome
from schemas.topics import OUTCOMES, REQUESTS, SUBSCRIPTIONS, SUBSCRIPTIONS_OUTCOMES, dead_letters
from services.subscriptions import consumer, states
from services.subscriptions.http import account, endpoints, filters, manage, pages, subscriptions, unsubscribe
from services.subscriptions.http.route import Given
from services.subscriptions.seals import Seals
from services.subscriptions.settings import SubscriptionsSettings
from services.subscriptions.store import Store
from services.subscriptions.sweep import sweep_forever

ROLES: Final = ("api", "relay", "consume", "sweep")
_TOPICS: Final = (SUBSCRIPTIONS, REQUESTS, OUTCOMES, dead_letters(SUBSCRIPTIONS_OUTCOMES))
_BODY_LIMIT: Final = 256 * 1024
"""Bytes: a filter with every list full is about 100 kB."""
_DESCRIPTION: Final = "Subscriptions to job alerts: sign-up with confirmation, filters, webhook endpoints, unsubscribe."


async def run(settings: SubscriptionsSettings, roles: Collection[str] = ROLES) -> None:
    """Run these roles until told to stop; health, metrics and the contracts' pages come with any of them."""
    logs.configure("subscriptions", settings.log_level)
    await topics.check_topics(settings.kafka, _TOPICS, prefix=settings.topic_prefix)
    dsn, prefix = settings.postgres.get_secret_value(), settings.topic_prefix
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(open_pool(dsn, size=settings.postgres_pool, application="subscriptions"))
        given = Given(
            store=Store(pool, Signal(pool, CHANNEL)),
            seals=Seals(Sealer.parse(settings.sealing_keys.get_secret_value())),
            public_url=settings.public_url,
            insecure_endpoints=settings.allow_insecure_endpoints,
        )
        producer = await stack.enter_async_context(open_producer(settings.kafka, prefix=prefix, client="subscriptions"))
        broker = make_broker(settings.kafka, client="subscriptions")
        letters = DeadLetters(producer, bootstrap=settings.kafka, prefix=prefix, group=SUBSCRIPTIONS_OUTCOMES)
        outcomes = _make_consumer(broker, letters, consumer.keeping(given.store), settings)
        relay = Relay(dsn=dsn, bootstrap=settings.kafka, service="subscriptions", prefix=prefix, heartbeat=states.heartbeats)
        if "consume" in roles:
            await broker.start()
            stack.push_async_callback(broker.stop)
        checks: dict[str, Checker] = {"consume": lambda: consumer_check(outcomes), "relay": lambda: relay_check(relay)}
        used = [check for role, check in checks.items() if role in roles]
        app = build_app(given, broker=broker, prefix=prefix, checks=used, doors="api" in roles)
        parts: list[Coroutine[Any, Any, None]] = [serve_http(app, host=settings.http_host, port=settings.http_port)]
        if "relay" in roles:
            parts.append(relay.run())
        if "sweep" in roles:
            parts.append(sweep_forever(given.store))
        await run_until_stopped(*parts)


def build_app(
    given: Given, *, broker: KafkaBroker, prefix: str = "", checks: Sequence[Checker] = (), doors: bool = True
) -> FastAPI:
    """The HTTP side; without `doors` only health, metrics and the contracts' pages."""
    consumer.declare(broker, prefix=prefix)
    app = make_app("subscriptions", description=_DESCRIPTION, broker=broker, checks=checks, body_limit=_BODY_LIMIT)
    app.state.given = given
    for module in (subscriptions, filters, endpoints, account, pages, manage, unsubscribe) if doors else ():
        app.include_router(module.router)
    pages.add_error_pages(app)
    return app


@asynccontextmanager
async def open_handlers(settings: SubscriptionsSettings) -> AsyncIterator[Mapping[str, Work[Any]]]:
    """What the service's group does with its records, for the command that replays dead letters."""
    async with open_pool(settings.postgres.get_secret_value(), size=2, application="subscriptions-dlq") as pool:
        yield {SUBSCRIPTIONS_OUTCOMES: consumer.keeping(Store(pool, Signal(pool, CHANNEL)))}


def _make_consumer(
    broker: KafkaBroker, refused: DeadLetters, work: Work[Outcome], settings: SubscriptionsSettings
) -> BatchConsumer[Outcome]:
    made = BatchConsumer(
        broker,
        topic=OUTCOMES.name,
        group=SUBSCRIPTIONS_OUTCOMES,
        prefix=settings.topic_prefix,
        adapter=work.adapter,
        dead_letters=refused,
        max_records=work.max_records,
        session=settings.group_session,
    )
    made(work.handle)
    return made
