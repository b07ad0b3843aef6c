"""Composition root of the notifier: the only place that reads settings and constructs."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from faststream.kafka import KafkaBroker

from runtime import logs
from runtime.broker import make_broker, open_producer
from runtime.consumer import Work
from runtime.dead_letters import DeadLetters
from runtime.errors import Fatal
from runtime.health import Checker, consumer_check, relay_check
from runtime.http import make_app
from runtime.outbox import CHANNEL, Relay, Signal, listening
from runtime.postgres import TRANSIENT, Pool, open_pool
from runtime.process import run_until_stopped, serve_http
from runtime.sealing import Sealer
from runtime.topics import check_topics
from schemas.places import gazetteer
from schemas.topics import declared
from services.notifier.ask import Asker
from services.notifier.compose import Composer
from services.notifier.consumer import consume, handlers
from services.notifier.deliver import Dispatcher, dispatch_check
from services.notifier.domain.pace import Pace
from services.notifier.domain.retry import Channel
from services.notifier.drain import Sends
from services.notifier.freeze import Freezer
from services.notifier.http import make_router
from services.notifier.mailer import Mailer
from services.notifier.poster import Poster
from services.notifier.record import Recorder
from services.notifier.render import Renderer
from services.notifier.send import MailSender, WebhookSender
from services.notifier.settings import NotifierSettings
from services.notifier.settle import Settler
from services.notifier.store.leases import claim_destinations
from services.notifier.sweep import Sweeper

ROLES: Final = ("consume", "dispatch", "sweep", "relay", "api")
DESCRIPTION: Final = "Keeps the ledger of alerts, and sends them as mails and signed webhooks."
OUTCOMES_LINGER: Final = 0.1
"""Seconds. Nobody waits for what became of an alert, and a Kafka transaction for each mail costs more than the mail."""
DUE: Final = "due"
"""NOTIFY channel that wakes the dispatchers."""


@dataclass(frozen=True, slots=True)
class _Base:
    """What several roles share."""

    settings: NotifierSettings
    dsn: str
    pool: Pool
    sealer: Sealer
    composer: Composer
    due: Signal
    outcomes: Signal
    broker: KafkaBroker


async def run(settings: NotifierSettings, roles: Sequence[str] = ROLES) -> None:
    """Run these roles until told to stop."""
    logs.configure("notifier", settings.log_level)
    if settings.production and settings.allow_insecure_webhooks:
        raise Fatal("NOTIFIER_ALLOW_INSECURE_WEBHOOKS is for tests and demos; production refuses it")
    if settings.production and settings.retry_pace != 1:
        raise Fatal("NOTIFIER_RETRY_PACE is for tests and demos; production keeps the pauses that are promised")
    gazetteer()  # reasons name places; read now, not while the first alert waits
    await check_topics(settings.kafka, declared(), prefix=settings.topic_prefix)
    async with AsyncExitStack() as stack:
        base = await _base(settings, stack)
        checks: list[Checker] = []
        parts: list[Coroutine[Any, Any, None]] = []
        if "consume" in roles:
            checks += await _start_consumers(base, stack)
        if "dispatch" in roles:
            for channel, dispatcher in _dispatchers(base, stack).items():
                checks.append(partial(dispatch_check, channel, dispatcher))
                parts.append(_dispatch(base, dispatcher))
        if "sweep" in roles:
            parts.append(Sweeper(base.pool, base.due).run())
        if "relay" in roles:
            relay = Relay(
                dsn=base.dsn, bootstrap=settings.kafka, service="notifier", prefix=settings.topic_prefix, linger=OUTCOMES_LINGER
            )
            checks.append(lambda: relay_check(relay))
            parts.append(relay.run())
        app = make_app("jobalerts notifier", description=DESCRIPTION, broker=base.broker, checks=checks, body_limit=100_000)
        if "api" in roles:
            app.include_router(make_router(base.pool))
        await run_until_stopped(serve_http(app, host=settings.http_host, port=settings.http_port), *parts)


@asynccontextmanager
async def open_handlers(settings: NotifierSettings) -> AsyncIterator[Mapping[str, Work[Any]]]:
    """What each group does with its records, for the command that replays dead letters: the same as the consumers have."""
    async with AsyncExitStack() as stack:
        base = await _base(settings, stack)
        yield _handlers(base)
        await base.due.settle()


def _handlers(base: _Base) -> Mapping[str, Work[Any]]:
    asker = Asker(base.pool, base.sealer, base.composer, base.due)
    return handlers(pool=base.pool, due=base.due, recorder=Recorder(base.pool, base.due), asker=asker)


async def _base(settings: NotifierSettings, stack: AsyncExitStack) -> _Base:
    dsn = settings.postgres.get_secret_value()
    pool = await stack.enter_async_context(open_pool(dsn, size=settings.postgres_pool, application="notifier"))
    sealer = Sealer.parse(settings.sealing_keys.get_secret_value())
    return _Base(
        settings=settings,
        dsn=dsn,
        pool=pool,
        sealer=sealer,
        composer=Composer(sealer, domain=settings.mail_list_domain),
        due=Signal(pool, DUE),
        outcomes=Signal(pool, CHANNEL),
        broker=make_broker(settings.kafka, client="notifier"),
    )


async def _start_consumers(base: _Base, stack: AsyncExitStack) -> list[Checker]:
    prefix = base.settings.topic_prefix
    producer = await stack.enter_async_context(open_producer(base.settings.kafka, prefix=prefix, client="notifier"))
    consumers = consume(
        base.broker,
        _handlers(base),
        prefix=prefix,
        session=base.settings.group_session,
        dead_letters=lambda group: DeadLetters(producer, bootstrap=base.settings.kafka, prefix=prefix, group=group),
    )
    stack.push_async_callback(base.broker.stop)
    await base.broker.start()
    return [partial(consumer_check, consumer) for consumer in consumers]


def _dispatchers(base: _Base, stack: AsyncExitStack) -> dict[Channel, Dispatcher]:
    """One for each channel. Webhooks have many small batches: one lasts as long as its slowest endpoint."""
    settings = base.settings
    pace = Pace(timedelta(seconds=settings.attempt_seconds), settings.retry_pace)
    mailer = Mailer(host=settings.smtp_host, port=settings.smtp_port, connections=settings.smtp_connections)
    poster = Poster(insecure=settings.allow_insecure_webhooks, ports=settings.webhook_ports)
    stack.push_async_callback(mailer.aclose)
    stack.push_async_callback(poster.aclose)
    renderer = Renderer(
        sender=settings.mail_from,
        list_domain=settings.mail_list_domain,
        public_url=settings.public_url,
        postal_address=settings.postal_address,
    )
    at_a_time = settings.smtp_connections
    mail = MailSender(mailer, renderer, base.sealer, bounces=settings.mail_bounces, at_a_time=at_a_time, pace=pace)
    webhook = WebhookSender(poster, base.sealer, pace=pace)
    return {
        "email": _dispatcher(base, "email", mail, pace=pace, most=100, batches=8),
        "webhook": _dispatcher(base, "webhook", webhook, pace=pace, most=20, batches=16),
    }


def _dispatcher(base: _Base, channel: Channel, sender: Sends, *, pace: Pace, most: int, batches: int) -> Dispatcher:
    return Dispatcher(
        claim=lambda limit: claim_destinations(base.pool, channel, limit=limit, lease=pace.lease),
        freezer=Freezer(base.pool, base.composer, base.outcomes, channel=channel),
        sender=sender,
        settler=Settler(base.pool, base.outcomes, base.due, channel=channel, pace=pace),
        most=most,
        batches=batches,
        pace=pace,
    )


async def _dispatch(base: _Base, dispatcher: Dispatcher) -> None:
    while True:  # a listener lives as long as its connection
        try:
            async with listening(base.dsn, DUE, application="notifier-dispatch") as listener:
                await dispatcher.run(listener)
        except TRANSIENT as error:
            logs.get("notifier.main").warning("dispatcher interrupted, will take up again", error=repr(error))
            await asyncio.sleep(1)
