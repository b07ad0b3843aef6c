"""Composition root of the preview role: a process of its own, so that no question ever delays a match."""

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any, Final

from runtime import logs
from runtime.broker import make_broker
from runtime.decoding import decode
from runtime.health import Check
from runtime.http import make_app
from runtime.process import run_until_stopped, serve_http
from runtime.reader import CompactedReader
from runtime.topics import check_topics
from schemas.places import gazetteer
from schemas.posting import posting_event
from schemas.topics import POSTINGS
from services.matcher import http, http_preview, metrics
from services.matcher.domain.corpus import Corpus
from services.matcher.gather import AT_A_TIME, Gatherer
from services.matcher.preview import Previewer
from services.matcher.settings import MatcherSettings
from services.matcher.turns import Turns

_NAME: Final = "matcher-preview"
_TITLE: Final = "jobalerts preview"
_SAYS_EVERY: Final = 5.0
"""Seconds."""
_DESCRIPTION: Final = "Says what a filter finds among all open postings. Owns nothing: they are read back from `postings`."


async def run_preview(settings: MatcherSettings) -> None:
    """Answer until it is told to stop. It is in no group: each process reads all postings for itself."""
    logs.configure(_NAME, settings.log_level)
    gazetteer()  # read now, not while the first posting waits
    await check_topics(settings.kafka, [POSTINGS], prefix=settings.topic_prefix)
    corpus, turns = Corpus(), Turns()
    gatherer, previewer = Gatherer(corpus, turns), Previewer(corpus, turns)
    topic = settings.topic_prefix + POSTINGS.name
    reader = CompactedReader(
        settings.kafka,
        topic=topic,
        decode=partial(decode, posting_event),
        apply=gatherer.apply,
        client=_NAME,
        at_a_time=AT_A_TIME,
    )
    broker, checks = make_broker(settings.kafka, client=_NAME), [lambda: _gathered(reader, gatherer)]
    app = make_app(_TITLE, description=_DESCRIPTION, broker=broker, checks=checks, body_limit=http.BODY_LIMIT)
    app.include_router(http_preview.make_router(previewer, reader.caught_up.is_set))
    app.include_router(http.router)
    serving = serve_http(app, host=settings.http_host, port=settings.http_port)
    await run_until_stopped(serving, reader.run(), gatherer.run(), _tell(reader, gatherer))


async def _tell(reader: CompactedReader[Any], gatherer: Gatherer) -> None:
    """Say how far it is, until everything is read."""
    log, read = logs.get("matcher.preview"), reader.caught_up
    while not read.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(_SAYS_EVERY):
                await read.wait()
        log.info("postings read" if read.is_set() else "reading postings", held=gatherer.told())
    await asyncio.Event().wait()


def _gathered(reader: CompactedReader[Any], gatherer: Gatherer) -> Check:
    metrics.preview_lag.set(reader.lag)
    ready = reader.caught_up.is_set() and reader.following
    return Check("postings", ready, gatherer.told() + ("" if ready else "; not up to date"))
