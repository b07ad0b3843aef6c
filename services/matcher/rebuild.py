"""Rebuilds the index when enough has changed, in a thread beside the matching, which never waits for it."""

import asyncio
import time
from datetime import timedelta
from typing import Final

from runtime.memory import give_back
from services.matcher import metrics
from services.matcher.match import Matcher

_EVERY: Final = timedelta(seconds=1)


async def keep_rebuilt(matcher: Matcher) -> None:
    """Look from time to time whether a rebuild is due, until cancelled."""
    while True:
        await asyncio.sleep(_EVERY.total_seconds())
        if matcher.known.index.is_due():
            await rebuild(matcher)
            await asyncio.to_thread(give_back)


async def rebuild(matcher: Matcher) -> None:
    """Rebuild now. What comes meanwhile is found as ever."""
    index, started = matcher.known.index, time.perf_counter()
    rebuilding = index.begin_rebuild()
    await asyncio.to_thread(rebuilding.run)
    if matcher.known.index is index:  # a snapshot may have brought another
        index.finish(rebuilding)
        metrics.rebuilds.inc()
        metrics.rebuild_seconds.observe(time.perf_counter() - started)
