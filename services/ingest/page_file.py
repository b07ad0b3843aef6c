"""A file that holds a page of a source, gzipped or not: a path enters, the page leaves; what cannot be read of it is said."""

from datetime import date
from pathlib import Path
from typing import Final

from runtime.errors import Fatal
from services.ingest.opened import opened
from services.ingest.sources.resemblance import resembling
from services.ingest.sources.source import NoPage, Page, Request, Source

MOST: Final = 100 * 1024 * 1024
"""Bytes, unpacked."""


def read_page_file(source: Source, path: Path, *, today: date) -> Page:
    """Raises `Fatal` where the file cannot be read, and where it is not what the source sends."""
    with opened(str(path)) as file:
        page = file.bytes.read(MOST + 1)
    if len(page) > MOST:
        raise Fatal(f"{path} is longer than {MOST // 1024 // 1024} MB")
    if not page.strip():
        raise Fatal(f"{path} is empty")
    return parse_page(source, page, Request(""), today=today, said=str(path))


def parse_page(source: Source, page: bytes, request: Request, *, today: date, said: str) -> Page:
    """Raises `Fatal` where it is not what the source sends, and names whose it may be instead; `said` names it."""
    try:
        found = source.read(page, request, today)
    except NoPage as error:
        raise Fatal(f"{said} is not what {source.title} sends: {error}{_instead(source, page, today)}") from None
    if found.unreadable and not (found.postings or found.more) and (instead := _instead(source, page, today)):
        first = found.unreadable[0]
        raise Fatal(f"{said} has nothing that {source.title} sends: {first.place}: {first.problem}{instead}")
    return found


def _instead(source: Source, page: bytes, today: date) -> str:
    """Of a page that another source reads."""
    names = " or ".join(f"{other.title} (try {other.name})" for other in resembling(page, source=source, today=today))
    return f"; it looks like what {names} sends" if names else ""
