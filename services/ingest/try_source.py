"""The newcomer's door: `try SOURCE ADDRESS|FILE` shows what a board would yield, field by field, and what is to be noted of it.

Nothing is recorded, and no setting is needed but a source's own.
"""

import asyncio
import os
from collections.abc import Iterator, Mapping, Sized
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from runtime.errors import Fatal
from schemas.posting import Posting
from schemas.provenance import Origin, Terms
from services.ingest.domain.batch import Item, posting_of
from services.ingest.domain.characters import fold
from services.ingest.domain.fault import Refused
from services.ingest.domain.provenance import Provenance
from services.ingest.domain.stated import Stated
from services.ingest.domain.translation import translate
from services.ingest.fetch import fetch
from services.ingest.page_file import parse_page, read_page_file
from services.ingest.sources.items import completed
from services.ingest.sources.registry import SOURCES
from services.ingest.sources.source import Page, Request, Source

_PAGES: Final = 20
"""Fetched at the most: a page may name itself as the next."""
_TELLS: Final = 160
"""Characters of a sentence or a text that are shown."""


def list_sources(console: Console) -> None:
    """Every source, and what an address of it looks like."""
    table = Table("source", "of", Column("an address", overflow="fold"), box=None)
    for source in SOURCES.values():
        table.add_row(source.name, source.title, source.address)
    console.print(table)


async def try_source(source: Source, target: str, *, limit: int, console: Console, given: Mapping[str, str] = {}) -> None:
    """Raises `Fatal` where the address is none of the source's, and where its first page cannot be read."""
    today = datetime.now(UTC).date()
    follows = not _is_file(target)  # a file makes nobody fetch what is written in it
    page = await _fetched(source, _request(source, target)) if follows else read_page_file(source, Path(target), today=today)
    shown, waiting, asked = 0, list(page.more), list[Request]()
    _tell_page(console, source, page)
    while True:
        for stated in page.postings[: limit - shown]:
            _tell(console, source, completed(stated, given))
            shown += 1
        if shown >= limit or not waiting or not follows or len(asked) == _PAGES:
            break
        page = await _following(console, source, waiting.pop(0), asked)
        waiting += page.more
    if waiting:
        console.print(f"{len(waiting):,} more {_plural(waiting, 'page')} would be fetched", style="dim")


def _is_file(target: str) -> bool:
    try:
        return bool(target) and Path(target).exists()
    except (OSError, ValueError):  # what is too long for a path, or no path at all
        return False


def _request(source: Source, target: str) -> Request:
    if not target:
        raise Fatal(f"name a file with a page of {source.title}, or an address, such as {source.address}")
    if (request := source.begin(target)) is None:
        raise Fatal(f"{target} is neither a file nor an address of {source.title}, such as {source.address}")
    return request


async def _following(console: Console, source: Source, request: Request, asked: list[Request]) -> Page:
    """One more page, where it was not asked for before. One that fails is told, and the others go on."""
    if request in asked:
        return Page()
    asked.append(request)
    try:
        page = await _fetched(source, request)
    except Fatal as error:
        console.print(Text(_cut(str(error)), style="red"))
        return Page()
    _tell_unreadable(console, page)
    return page


async def _fetched(source: Source, request: Request) -> Page:
    page = await fetch(_filled_in(source, request), said=request.url)
    return await asyncio.to_thread(parse_page, source, page, request, today=datetime.now(UTC).date(), said=request.url)


def _filled_in(source: Source, request: Request) -> Request:
    """With the settings that the source needs."""
    url, headers = request.url, dict(request.headers)
    for name in source.settings:
        if not (value := os.environ.get(name)):
            raise Fatal(f"{source.title} asks for a key: set {name}")
        url = url.replace(f"{{{name}}}", quote(value, safe=""))
        headers = {header: said.replace(f"{{{name}}}", value) for header, said in headers.items()}
    return request._replace(url=url, headers=headers)


def _tell_page(console: Console, source: Source, page: Page) -> None:
    counts = f"{len(page.postings):,} {_plural(page.postings, 'posting')}, {len(page.unreadable):,} that cannot be read"
    console.print(f"{source.title}: {counts}, {len(page.more):,} {_plural(page.more, 'page')} follow", style="bold")
    for line in _conditions(source.terms):
        console.print(Text(f"  {line}"))
    _tell_unreadable(console, page)


def _conditions(terms: Terms) -> Iterator[str]:
    if terms.read_on is None:
        yield f"nobody has read its terms of use{f': {terms.url}' if terms.url else ''}"
    if not terms.may_republish:
        yield "passing its postings on is not allowed, or each publisher has to be asked"
    if terms.attribution:
        yield f"to be shown beside each posting: {terms.attribution}"
    if terms.delay:
        yield f"to be passed on only after {terms.delay}"


def _tell_unreadable(console: Console, page: Page) -> None:
    for item in page.unreadable:
        console.print(Text(_cut(f"  {item.place}: {item.problem}"), style="red"))


def _tell(console: Console, source: Source, stated: Stated) -> None:
    now = datetime.now(UTC)
    translation = translate(stated, today=now.date())
    item = Item("", translation.item, provenance=Provenance(terms=source.terms, origins=translation.origins))
    try:
        posting = posting_of(item, publisher=source.name, now=now)
    except Refused as refused:
        console.print(Text(_cut(f"{stated.source_id} would be rejected: {refused}"), style="red"))
    else:
        console.print(_table(posting, stated))
    for what in translation.unread:
        console.print(Text(_cut(f"note: {what}"), style="yellow"))


def _table(posting: Posting, stated: Stated) -> Table:
    table = Table("field", "value", "from", title=Text(_cut(posting.title)), title_justify="left", expand=True)
    table.columns[1].overflow = "fold"
    origins = {origin.field.partition(".")[0]: origin for origin in reversed(posting.origins)}  # of skills the first
    for name, value in _rows(posting):
        by = Origin(field=name, stated_as=said) if (said := stated.fields.get(_AS_STATED.get(name, name))) else None
        origin = origins.get(name) or (by if name in _AS_STATED else None)
        table.add_row(name, Text(value) if value else Text("–", style="dim"), _from(origin, posting) if value else "")
    return table


_AS_STATED: Final = {"source_id": "source_id", "company": "company", "url": "url", "text": "description"}
"""Fields that need no derivation, by their names in `Stated`."""


def _rows(posting: Posting) -> Iterator[tuple[str, str]]:
    yield "source_id", _cut(posting.source_id)
    yield "company", _cut(posting.company)
    yield "url", posting.url
    yield "places", "; ".join(place.words() for place in posting.places)
    yield "workplace", posting.workplace or ""
    yield "remote_from", ", ".join(posting.remote_from)
    yield "employment_types", ", ".join(posting.employment_types)
    yield "pay", _pay(posting)
    yield "seniority", posting.seniority or ""
    yield "degree", posting.degree or ""
    yield "experience_years", "" if posting.experience_years is None else str(posting.experience_years)
    yield "skills", ", ".join(posting.skills)
    yield "posted_on", str(posting.posted_on or "")
    yield "valid_through", str(posting.valid_through or "")
    yield "language", posting.language or ""
    yield "sections", "; ".join(_cut(section.heading) for section in posting.sections)
    yield "text", _cut(posting.text)


def _pay(posting: Posting) -> str:
    if (pay := posting.pay) is None:
        return ""
    ends = (f"{end:,}" if end is not None else "" for end in (pay.minimum, pay.maximum))
    return f"{'–'.join(ends)} {pay.currency} a {pay.period}"


def _from(origin: Origin | None, posting: Posting) -> Text:
    if origin is None:
        return Text("")
    if origin.stated_as:
        return Text(f"field {_cut(origin.stated_as)}")
    if origin.field == "language":
        return Text("the text")
    sentence = (posting.title if origin.where == "title" else posting.text)[origin.start : origin.end]
    return Text(f"“{_cut(sentence)}”", style="italic")


def _cut(text: str) -> str:
    """As a terminal may be given it: what a page says must not move its cursor, nor be what it cannot write."""
    line = fold(text[: 2 * _TELLS]).encode("utf-8", "replace").decode()
    return line if len(line) <= _TELLS else f"{line[:_TELLS]}…"


def _plural(some: Sized, word: str) -> str:
    return word if len(some) == 1 else f"{word}s"
