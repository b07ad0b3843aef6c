"""Composition root of the matcher: the only place that reads settings and constructs."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from runtime import logs
from runtime.broker import make_broker, open_producer
from runtime.consumer import Work
from runtime.dead_letters import DeadLetters
from runtime.health import Check, consumer_check
from runtime.http import make_app
from runtime.process import run_until_stopped, serve_http
from runtime.reader import CompactedReader, Resume, from_beginning, read_since
from runtime.topics import check_topics
from schemas.posting import posting_event
from schemas.subscription import subscription_event
from schemas.topics import MATCHER_POSTINGS, POSTINGS, SUBSCRIPTIONS, declared
from services.matcher import metrics
from services.matcher.consumer import consume_postings, matching
from services.matcher.domain.index import Index
from services.matcher.follow import Follower
from services.matcher.keep import Keeper
from services.matcher.match import Event, Matcher
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
        recaller = Recaller(matcher, partial(_postings_since, settings))
        keeper = _keeper(settings, matcher, lambda: reader.offsets)
        follower = Follower(matcher, recaller.reach_back)
        reader = _reader(settings, follower, keeper.resume if keeper else from_beginning)
        broker = make_broker(settings.kafka, client="matcher")
        consumer = consume_postings(
            broker,
            matching(matcher),
            dead_letters=DeadLetters(producer, bootstrap=settings.kafka, prefix=settings.topic_prefix, group=MATCHER_POSTINGS),
            prefix=settings.topic_prefix,
            session=settings.group_session,
            listener=recaller,
        )
        app = make_app(
            "jobalerts matcher",
            description=DESCRIPTION,
            broker=broker,
            checks=[lambda: _loaded(reader, len(index), keeper), lambda: consumer_check(consumer)],
            body_limit=100_000,
        )

        async def consume() -> None:
            await reader.caught_up.wait()  # a posting compared with half of the subscriptions would be missed by the rest
            logs.get("matcher").info("subscriptions loaded", active=len(index))
            stack.push_async_callback(broker.stop)
            await broker.start()
            await asyncio.Event().wait()

        serving = serve_http(app, host=settings.http_host, port=settings.http_port)
        keeping = [keeper.run()] if keeper else []
        await run_until_stopped(serving, reader.run(), recaller.run(), consume(), _forget(matcher), *keeping)
        if keeper:
            await keeper.write()


@asynccontextmanager
async def open_handlers(settings: MatcherSettings) -> AsyncIterator[Mapping[str, Work[Any]]]:
    """What the group does with its records, for the command that replays dead letters; subscriptions are read first."""
    async with open_producer(settings.kafka, prefix=settings.topic_prefix, client="matcher-dlq") as producer:
        index: Index[UUID] = Index()
        matcher = Matcher(index, producer)
        reader = _reader(settings, Follower(matcher, lambda _: None))
        sys.stderr.write("reading subscriptions\n")
        following = asyncio.create_task(reader.run())
        caught_up = asyncio.create_task(reader.caught_up.wait())
        try:
            await asyncio.wait({following, caught_up}, return_when=asyncio.FIRST_COMPLETED)
            if following.done():
                following.result()
            sys.stderr.write(f"{len(index)} active subscriptions\n")
            yield {MATCHER_POSTINGS: matching(matcher)}
        finally:
            following.cancel()
            caught_up.cancel()
            await asyncio.gather(following, caught_up, return_exceptions=True)


def _reader(settings: MatcherSettings, follower: Follower, resume: Resume = from_beginning) -> CompactedReader[Any]:
    return CompactedReader(
        settings.kafka,
        topic=settings.topic_prefix + SUBSCRIPTIONS.name,
        adapter=subscription_event,
        apply=follower.apply,
        client="matcher",
        resume=resume,
    )


def _keeper(settings: MatcherSettings, matcher: Matcher, offsets: Callable[[], Mapping[int, int]]) -> Keeper | None:
    path = settings.snapshot
    return Keeper(Path(path), matcher, offsets=offsets, every=settings.snapshot_every) if path else None


def _postings_since(settings: MatcherSettings, partitions: Collection[int], since: datetime) -> AsyncIterator[list[Event]]:
    return read_since(
        settings.kafka,
        topic=settings.topic_prefix + POSTINGS.name,
        partitions=partitions,
        since=since,
        adapter=posting_event,
        client="matcher",
    )


async def _forget(matcher: Matcher) -> None:
    while True:
        matcher.forget(datetime.now(UTC))
        await asyncio.sleep(1)


def _loaded(reader: CompactedReader[Any], active: int, keeper: Keeper | None) -> Check:
    ready = reader.caught_up.is_set() and reader.following
    origin = f", {keeper.origin}" if keeper else ""
    return Check("subscriptions", ready, f"{active} active in the index{origin}" + ("" if ready else "; not up to date"))
