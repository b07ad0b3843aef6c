"""Postings that came to their topic before: when those at an offset came, and their events once more."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime

from runtime.stretch import find_stamps, read_since
from schemas.posting import PostingEvent, posting_event
from schemas.topics import POSTINGS


class Postings:
    """The topic, read without a group."""

    def __init__(self, bootstrap: str, *, prefix: str) -> None:
        self.topic = prefix + POSTINGS.name
        self._bootstrap = bootstrap

    async def find_stamps(self, before: Mapping[int, int]) -> Mapping[int, datetime]:
        """By partition, when the last posting before an offset came; no entry where there is none any more."""
        return await find_stamps(self._bootstrap, topic=self.topic, before=before, client="matcher")

    def read(self, since: Mapping[int, datetime], until: Mapping[int, int]) -> AsyncIterator[list[PostingEvent]]:
        """By partition, what came since a moment and before an offset, or the end where none is given; in batches."""
        return read_since(self._bootstrap, topic=self.topic, since=since, until=until, adapter=posting_event, client="matcher")
