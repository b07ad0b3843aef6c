"""Composition root of the matcher: the only place that reads settings and constructs."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from runtime import logs
from runtime.broker import make_broker, open_producer
from runtime.health import Check, consumer_check
from runtime.http import make_app
from runtime.process import run_until_stopped, serve_http
from runtime.reader import CompactedReader, read_since
from runtime.topics import check_topics
from schemas.contract import VERSION
from schemas.posting import posting_event
from schemas.subscription import subscription_event
from schemas.topics import POSTINGS, SUBSCRIPTIONS, declared
from services.matcher import metrics
from services.matcher.consumer import consume_postings
from services.matcher.domain.index import Index
from services.matcher.follow import Follower
from services.matcher.match import WINDOW, Event, Matcher
from services.matcher.recall import Recaller
from services.matcher.settings import MatcherSettings

DESCRIPTION = "Compares every posting with every active subscription. Owns nothing: its index is rebuilt from `subscriptions`."


async def run(settings: MatcherSettings) -> None:
    """Run the matcher until it is told to stop."""
    logs.configure("matcher", settings.log_level)
    await check_topics(settings.kafka, declared(), prefix=settings.topic_prefix)
    async with AsyncExitStack() as stack:
        producer = await stack.enter_async_context(
            open_producer(settings.kafka, prefix=settings.topic_prefix, client="matcher")
        )
        index: Index[UUID] = Index()
        metrics.candidates.set_function(lambda: index.candidates)
        matcher = Matcher(index, producer)
        reader = CompactedReader(
            settings.kafka,
            topic=settings.topic_prefix + SUBSCRIPTIONS.name,
            adapter=subscription_event,
            apply=Follower(matcher).apply,
            client="matcher",
        )
        broker = make_broker(settings.kafka, client="matcher")
        recaller = Recaller(matcher, partial(_recent_postings, settings))
        consumer = consume_postings(
            broker,
            matcher,
            producer=producer,
            prefix=settings.topic_prefix,
            version=str(VERSION),
            session=settings.group_session,
            listener=recaller,
        )
        app = make_app(
            "jobalerts matcher",
            description=DESCRIPTION,
            broker=broker,
            checks=[lambda: _loaded(reader, len(index)), lambda: consumer_check(consumer)],
            body_limit=100_000,
        )

        async def consume() -> None:
            await reader.caught_up.wait()  # a posting compared with half of the subscriptions would be missed by the rest
            logs.get("matcher").info("subscriptions loaded", active=len(index))
            stack.push_async_callback(broker.stop)
            await broker.start()
            await asyncio.Event().wait()

        serving = serve_http(app, host=settings.http_host, port=settings.http_port)
        await run_until_stopped(serving, reader.run(), recaller.run(), consume())


def _recent_postings(settings: MatcherSettings, partitions: Collection[int]) -> AsyncIterator[list[Event]]:
    return read_since(
        settings.kafka,
        topic=settings.topic_prefix + POSTINGS.name,
        partitions=partitions,
        since=datetime.now(UTC) - WINDOW,
        adapter=posting_event,
        client="matcher",
    )


def _loaded(reader: CompactedReader[Any], active: int) -> Check:
    return Check("subscriptions", reader.caught_up.is_set(), f"{active} active in the index")
