"""JSON Feed (https://www.jsonfeed.org/version/1.1/) of postings. Who the employer is, and where, it has no field for."""

from collections.abc import Callable
from datetime import date
from typing import Final

from schemas.provenance import Terms
from services.ingest.domain.stated import Stated
from services.ingest.sources.addresses import web_page
from services.ingest.sources.reading import Cursor, document, each, told
from services.ingest.sources.source import NoPage, Page, Request, Source

_BODIES: Final = ("content_html", "content_text", "summary")
NAMES: Final = {"source_id": "id", "title": "title", "url": "url", "posted_on": "date_published", "language": "language"}


def begin(address: str) -> Request | None:
    """Any address of http or https: what is behind it shows when it is read."""
    url = web_page(address)
    return Request(url) if url else None


def read(page: bytes, _request: Request, _today: date) -> Page:
    """Version 1 or 1.1; an item without a title or an address is no posting."""
    return feed_page(page, lambda item, whole: _posting(item, whole.text("language")))


def feed_page(page: bytes, read_one: Callable[[Cursor, Cursor], Stated]) -> Page:
    """What is read of each item and the whole feed, and the page that comes next."""
    whole = document(page)
    if not whole.at("").value or not isinstance(whole.value, dict) or "jsonfeed.org" not in whole.text("version"):
        raise NoPage("is no JSON Feed: it names no version")
    good, bad = each(whole, "items", lambda item: read_one(item, whole))
    following = begin(whole.text("next_url"))
    return Page(good, bad, [following] if following else [])


def body(item: Cursor) -> str:
    """The name of the field that has the text."""
    return next((name for name in _BODIES if item.text(name).strip()), _BODIES[0])


def _posting(item: Cursor, language: str) -> Stated:
    text = body(item)
    stated = Stated(
        source_id=item.identifier("id"),
        title=item.required_line("title"),
        company="",
        url=item.required("url"),
        description=item.text(text),
        posted_on=item.day("date_published"),
        language=item.text("language") or language,
    )
    return told(item, stated, {**NAMES, "description": text})


SOURCE: Final = Source(
    name="jsonfeed",
    title="JSON Feed",
    terms=Terms(url="", read_on=None, may_republish=False),
    address="https://example.com/jobs.json",
    begin=begin,
    read=read,
)
