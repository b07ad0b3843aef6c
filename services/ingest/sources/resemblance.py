"""Whose page it may be that a source cannot read: its bytes enter, the other sources that read postings out of them leave."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from services.ingest.sources import plain, tables
from services.ingest.sources.registry import SOURCES
from services.ingest.sources.source import NoPage, Request, Source

_MOST: Final = 20 * 1024 * 1024
"""Bytes of a page that all are asked about."""
_OF_ANYBODY: Final = (plain.SOURCE, tables.SOURCE)
"""Whose pages look like anything."""


def resembling(page: bytes, *, source: Source, today: date) -> Sequence[Source]:
    """Others than `source` that read the most postings of it, no fewer than they cannot read, in the order of the registry."""
    if len(page) > _MOST:
        return ()
    others = [other for other in SOURCES.values() if other.name != source.name and other not in _OF_ANYBODY]
    read = {other.name: _postings(other, page, today) for other in others}
    most = max(read.values())
    return [other for other in others if most and read[other.name] == most]


def _postings(source: Source, page: bytes, today: date) -> int:
    """How many it reads; none where it cannot read more."""
    try:
        found = source.read(page, Request(""), today)
    except NoPage:
        return 0
    return len(found.postings) if len(found.postings) >= len(found.unreadable) else 0
