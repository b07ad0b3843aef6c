"""A file that holds a page of a source, gzipped or not: a path enters, the page leaves; what cannot be read of it is said."""

from datetime import date
from pathlib import Path
from typing import Final

from runtime.errors import Fatal
from services.ingest.opened import opened
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
    """Raises `Fatal` where it is not what the source sends; `said` names it."""
    try:
        return source.read(page, request, today)
    except NoPage as error:
        raise Fatal(f"{said} is not what {source.title} sends: {error}") from None
