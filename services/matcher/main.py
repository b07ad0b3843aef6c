"""Composition root of the matcher: the only place that reads settings and constructs."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from runtime import logs
from runtime.broker import make_broker, open_producer
from runtime.consumer import Work
from runtime.dead_letters import DeadLetters
from runtime.health import Check, consumer_check
from runtime.http import make_app
from runtime.process import run_until_stopped, serve_http
from runtime.reader import CompactedReader, Resume, from_beginning
from runtime.topics import check_topics
from schemas.places import gazetteer
from schemas.topics import MATCHER_POSTINGS, SUBSCRIPTIONS, declared
from services.matcher import http, metrics
from services.matcher.consumer import consume_postings, matching
from services.matcher.domain.shard import Shard
from services.matcher.follow import Follower
from services.matcher.keep import Keeper
from services.matcher.match import Matcher
from services.matcher.postings import Postings
from services.matcher.rebuild import keep_rebuilt
from services.matcher.recall import Recaller
from services.matcher.reshard import check_begun
from services.matcher.settings import MatcherSettings
from services.matcher.states import read
from services.matcher.warm import spare_the_collector, warm

_TITLE = "jobalerts matcher"
_DESCRIPTION = "Compares every posting with every active subscription. Owns nothing: its index is rebuilt from `subscriptions`."


async def run(settings: MatcherSettings) -> None:
    """Run the matcher until it is told to stop."""
    logs.configure("matcher", settings.log_level)
    kafka, prefix, shard = settings.kafka, settings.topic_prefix, Shard(settings.shard, settings.shards)
    gazetteer()  # read now, not while the first posting waits
    warm()
    spare_the_collector()
    await check_topics(kafka, declared(), prefix=prefix)
    await check_begun(kafka, prefix, shard)
    async with AsyncExitStack() as stack:
        producer = await stack.enter_async_context(open_producer(kafka, prefix=prefix, client="matcher"))
        matcher = Matcher(producer)
        _observe(matcher)
        postings = Postings(kafka, prefix=prefix)
        recaller = Recaller(matcher, postings, lambda some: consumer.committed(some))  # noqa: PLW0108 -- it is made below
        path, every = settings.snapshot, settings.snapshot_every
        keeper = Keeper(Path(path), matcher, offsets=lambda: reader.offsets, every=every) if path else None
        follower = Follower(matcher, recaller.reach_back)
        reader = _reader(settings, follower, shard, keeper.resume if keeper else from_beginning)
        broker = make_broker(kafka, client="matcher")
        letters = DeadLetters(producer, bootstrap=kafka, prefix=prefix, group=MATCHER_POSTINGS, reader=shard.group)
        session, work = settings.group_session, matching(matcher)
        consumer = consume_postings(
            broker, work, group=shard.group, dead_letters=letters, prefix=prefix, session=session, listener=recaller
        )
        checks = [lambda: _loaded(reader, len(matcher.known.index), keeper, shard), lambda: consumer_check(consumer)]
        app = make_app(_TITLE, description=_DESCRIPTION, broker=broker, checks=checks, body_limit=http.BODY_LIMIT)
        app.include_router(http.router)

        async def consume() -> None:
            await reader.caught_up.wait()  # a posting compared with half of the subscriptions would be missed by the rest
            logs.get("matcher").info("subscriptions loaded", active=len(matcher.known.index), shard=str(shard))
            stack.push_async_callback(broker.stop)
            await broker.start()
            await asyncio.Event().wait()

        serving = serve_http(app, host=settings.http_host, port=settings.http_port)
        keeping = [keeper.run()] if keeper else []
        await run_until_stopped(
            serving, reader.run(), recaller.run(), consume(), matcher.run(), keep_rebuilt(matcher), *keeping
        )
        if keeper:
            await keeper.write()


def _observe(matcher: Matcher) -> None:
    metrics.delta.set_function(lambda: matcher.known.index.hanging)
    metrics.predicates.set_function(lambda: matcher.known.index.predicates)


@asynccontextmanager
async def open_handlers(settings: MatcherSettings) -> AsyncIterator[Mapping[str, Work[Any]]]:
    """What the group does with its records, for the command that replays dead letters; subscriptions are read first."""
    async with open_producer(settings.kafka, prefix=settings.topic_prefix, client="matcher-dlq") as producer:
        matcher = Matcher(producer)
        sys.stderr.write("reading subscriptions\n")
        async with _reader(settings, Follower(matcher, lambda _: None)).caught_up_with():
            sys.stderr.write(f"{len(matcher.known.index)} active subscriptions\n")
            yield {MATCHER_POSTINGS: matching(matcher)}


def _reader(
    settings: MatcherSettings, follower: Follower, shard: Shard = Shard(), resume: Resume = from_beginning
) -> CompactedReader[Any]:
    return CompactedReader(
        settings.kafka,
        topic=settings.topic_prefix + SUBSCRIPTIONS.name,
        decode=read,
        apply=follower.apply,
        client="matcher",
        resume=resume,
        partitions=shard.holds,
    )


def _loaded(reader: CompactedReader[Any], active: int, keeper: Keeper | None, shard: Shard) -> Check:
    ready = reader.caught_up.is_set() and reader.following
    origin = f", {keeper.origin}" if keeper else ""
    detail = f"{shard}, {active} active in the index{origin}" + ("" if ready else "; not up to date")
    return Check("subscriptions", ready, detail)
