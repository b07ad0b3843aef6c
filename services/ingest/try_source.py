"""The newcomer's door: `try SOURCE ADDRESS|FILE` shows what a board would yield, field by field, and what was not understood.

Nothing is recorded, and no setting is needed but a source's own.
"""

import asyncio
import difflib
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from runtime import logs
from runtime.errors import Fatal
from services.ingest.domain.characters import fold
from services.ingest.domain.enrich import Enriched, Origin, enrich
from services.ingest.domain.markup import TooManyTags
from services.ingest.domain.push import MAXIMUM_DESCRIPTION
from services.ingest.domain.stated import Stated
from services.ingest.fetch import fetch
from services.ingest.sources.registry import SOURCES
from services.ingest.sources.source import NoPage, Page, Request, Source

_PAGES: Final = 20
"""Fetched at the most: a page may name itself as the next."""
_TELLS: Final = 160
"""Characters of a sentence or a text that are shown."""


async def try_source(name: str, target: str, *, limit: int) -> None:
    """Raises `Fatal` where there is no such source, where the address is none of its, and where a page cannot be read."""
    logs.configure("ingest", "CRITICAL")  # what goes wrong is the last line
    source, console = source_named(name), Console()
    shown, limit, page = 0, max(0, limit), await _page(source, target)
    waiting, asked = list(page.more), list[Request]()
    follows = source.begin(target) is not None  # a file makes nobody fetch what is written in it
    _tell_page(console, source, page)
    while True:
        for stated in page.postings[: limit - shown]:
            _tell(console, stated)
            shown += 1
        if shown >= limit or not waiting or not follows or len(asked) == _PAGES:
            break
        request, page = waiting.pop(0), Page()
        if request not in asked:
            asked.append(request)
            page = await _fetched(source, request)
            waiting += page.more
            _tell_unreadable(console, page)
    if waiting:
        console.print(f"{len(waiting):,} more pages would be fetched", style="dim")


def source_named(name: str) -> Source:
    """Raises `Fatal`, with what may have been meant."""
    if source := SOURCES.get(name.lower()):
        return source
    near = difflib.get_close_matches(name.lower(), SOURCES, n=1)
    meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(SOURCES)}"
    raise Fatal(f"there is no source {name}: {meant}")


async def _page(source: Source, target: str) -> Page:
    """Of a file where there is one of that name, else of an address."""
    path = Path(target)
    if await asyncio.to_thread(path.is_file):
        return _read(source, await asyncio.to_thread(path.read_bytes), Request(""))
    if (request := source.begin(target)) is None:
        raise Fatal(f"{target} is neither a file nor an address of {source.title}, such as {source.address}")
    return await _fetched(source, request)


async def _fetched(source: Source, request: Request) -> Page:
    return _read(source, await fetch(_filled_in(source, request), said=request.url), request)


def _read(source: Source, page: bytes, request: Request) -> Page:
    try:
        return source.read(page, request, datetime.now(UTC).date())
    except NoPage as error:
        raise Fatal(f"{request.url or 'the file'} is not what {source.title} sends: {error}") from None


def _filled_in(source: Source, request: Request) -> Request:
    """With the settings that the source needs."""
    url, headers = request.url, dict(request.headers)
    for name in source.settings:
        if not (value := os.environ.get(name)):
            raise Fatal(f"{source.title} asks for a key: set {name}")
        url = url.replace(f"{{{name}}}", value)
        headers = {header: said.replace(f"{{{name}}}", value) for header, said in headers.items()}
    return request._replace(url=url, headers=headers)


def _tell_page(console: Console, source: Source, page: Page) -> None:
    counts = f"{len(page.postings):,} postings, {len(page.unreadable):,} that cannot be read"
    console.print(f"{source.title}: {counts}, {len(page.more):,} pages follow", style="bold")
    if source.terms.attribution:
        console.print(Text(f"  its terms ask for: {source.terms.attribution}"))
    _tell_unreadable(console, page)


def _tell_unreadable(console: Console, page: Page) -> None:
    for item in page.unreadable:
        console.print(Text(_cut(f"  {item.place}: {item.problem}"), style="red"))


def _tell(console: Console, stated: Stated) -> None:
    if len(stated.description) > MAXIMUM_DESCRIPTION:
        console.print(
            Text(f"{_cut(stated.source_id)}: its text is longer than {MAXIMUM_DESCRIPTION:,} characters", style="red")
        )
        return
    try:
        enriched = enrich(stated)
    except TooManyTags as error:
        console.print(Text(f"{_cut(stated.source_id)}: its text {error.__doc__}", style="red"))
        return
    table = Table("field", "value", "from", title=Text(_cut(enriched.title)), title_justify="left", expand=True)
    for name, value in _rows(enriched):
        table.add_row(name, Text(_cut(value)) if value else Text("–", style="dim"), _from(enriched.origins.get(name)))
    console.print(table)
    for what in stated.unread:
        console.print(Text(_cut(f"not understood: {what}"), style="yellow"))


def _rows(enriched: Enriched) -> Iterator[tuple[str, str]]:
    yield "source_id", enriched.source_id
    yield "company", enriched.company
    yield "url", enriched.url
    yield "places", "; ".join(place.words() for place in enriched.places)
    yield "workplace", enriched.workplace or ""
    yield "remote_from", ", ".join(enriched.remote_from)
    yield "employment_types", ", ".join(enriched.employment_types)
    yield "pay", _pay(enriched)
    yield "skills", ", ".join(enriched.skills)
    yield "posted_on", str(enriched.posted_on or "")
    yield "valid_through", str(enriched.valid_through or "")
    yield "text", " ".join(enriched.description.text.split())


def _pay(enriched: Enriched) -> str:
    if (pay := enriched.pay) is None:
        return ""
    ends: Iterable[str] = (f"{end:,}" if end is not None else "" for end in (pay.minimum, pay.maximum))
    return f"{'–'.join(ends)} {pay.currency} a {pay.period}"


def _from(origin: Origin | None) -> Text:
    if origin is None:
        return Text("")
    return Text(f"field {origin.field}") if origin.field else Text(f"“{_cut(origin.sentence)}”", style="italic")


def _cut(text: str) -> str:
    """As a terminal may be given it: what a page says must not move its cursor, nor be what it cannot write."""
    line = fold(text[: 2 * _TELLS]).encode("utf-8", "replace").decode()
    return line if len(line) <= _TELLS else f"{line[:_TELLS]}…"
