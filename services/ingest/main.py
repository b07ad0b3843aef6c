"""Builds ingest out of its parts: the only place that constructs, and the only one that is given the settings."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from typing import Any, Final

from rich.console import Console

from runtime import logs
from runtime.broker import make_broker
from runtime.errors import Fatal, JobAlertsError
from runtime.health import relay_check
from runtime.http import make_app
from runtime.outbox import CHANNEL, Relay, Signal
from runtime.postgres import Pool, open_pool
from runtime.process import run_until_stopped, serve_http
from runtime.topics import check_topics
from schemas.posting import PostingEvent
from schemas.topics import POSTINGS
from services.ingest import http_stream
from services.ingest.domain.quota import Quota
from services.ingest.http import DESCRIPTION, add_api
from services.ingest.import_file import import_file, import_page
from services.ingest.register import find, find_or_create
from services.ingest.settings import IngestSettings
from services.ingest.stream import Slots
from services.ingest.sweep import sweep_forever

ROLES: Final = ("api", "relay", "sweep")
"""What a process may do: answer publishers, publish the outbox, remove what is over."""
Command = Callable[[Pool, Callable[[], None], Console], Awaitable[Any]]


async def run(settings: IngestSettings, roles: frozenset[str]) -> None:
    """Run these roles until told to stop. Health and metrics are answered whatever the roles."""
    logs.configure("ingest", settings.log_level)
    dsn = settings.postgres.get_secret_value()
    parts: list[Coroutine[Any, Any, None]] = []
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(open_pool(dsn, size=settings.postgres_pool, application="ingest"))
        checks = []
        if "relay" in roles:
            await check_topics(settings.kafka, [POSTINGS], prefix=settings.topic_prefix)
            relay = Relay(dsn=dsn, bootstrap=settings.kafka, service="ingest", prefix=settings.topic_prefix)
            checks.append(lambda: relay_check(relay))
            parts.append(relay.run())
        broker = make_broker(settings.kafka, client="ingest")
        broker.publisher(settings.topic_prefix + POSTINGS.name, title="postings", schema=PostingEvent)
        app = make_app(
            "ingest",
            description=DESCRIPTION,
            broker=broker,
            checks=checks,
            body_limit=settings.body_limit,
            unlimited={http_stream.PATH},
        )
        if "api" in roles:
            quota = Quota(settings.items_per_minute, settings.open_postings)
            slots = Slots(own=settings.streams_per_publisher, total=settings.streams)
            add_api(app, pool, Signal(pool, CHANNEL).wake, quota=quota, slots=slots)
        if "sweep" in roles:
            parts.append(sweep_forever(pool))
        parts.append(serve_http(app, host=settings.http_host, port=settings.http_port))
        await run_until_stopped(*parts)


async def run_command(settings: IngestSettings, command: Command) -> None:
    """Run one command against the database. An expected error ends the process with its sentence."""
    logs.configure("ingest", "CRITICAL")  # what goes wrong is the last line
    try:
        async with open_pool(settings.postgres.get_secret_value(), size=2, application="ingest-command") as pool:
            signal = Signal(pool, CHANNEL)
            await command(pool, signal.wake, Console())
            await signal.settle()
    except Fatal:
        raise
    except JobAlertsError as error:
        raise Fatal(str(error)) from error


async def run_import(
    settings: IngestSettings,
    *,
    path: str,
    publisher: str | None,
    source: str | None,
    columns: Mapping[str, str],
    given: Mapping[str, str],
) -> None:
    """Import a file as that publisher, or as its source; the running service publishes what it writes."""
    from services.ingest.sources.registry import find_source  # noqa: PLC0415 -- a service needs no source

    async def command(pool: Pool, wake: Callable[[], None], console: Console) -> None:
        if source is None:
            if publisher is None:
                raise Fatal("say whose postings these are: --publisher NAME, or --source NAME for a page of a source")
            owner = await find(pool, publisher)
            await import_file(pool, wake, publisher=owner, path=path, console=console)
        else:
            of = find_source(source, columns)
            owner = await find(pool, publisher) if publisher else await find_or_create(pool, of)
            await import_page(pool, wake, publisher=owner, source=of, path=path, console=console, given=given)

    await run_command(settings, command)
