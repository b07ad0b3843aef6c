"""Any RSS or Atom feed of postings, as its elements say it: a title is a title, whatever a board puts into it.

Employer and place only the elements of WordPress's WP Job Manager say (`job_listing:company`). An author is a person.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final
from urllib.parse import urljoin

from schemas.provenance import Terms
from services.ingest.domain.stated import Stated, StatedPlace
from services.ingest.sources.addresses import web_page
from services.ingest.sources.reading import Cursor, NoPosting, told
from services.ingest.sources.source import Page, Request, Source
from services.ingest.sources.syndication import feed, posting_page, written_day

_BODIES: Final = ("content:encoded", "content", "description", "summary")
_DATES: Final = ("pubDate", "published", "dc:date", "updated")
_PLACES: Final = ("location", "job_listing:location")


def begin(address: str) -> Request | None:
    """Any address of http or https: what is behind it shows when it is read."""
    url = web_page(address)
    return Request(url) if url else None


def read(page: bytes, request: Request, _today: date) -> Page:
    """RSS 0.9x, 1.0, 2.0 and Atom; an item without a title or a link is no posting."""
    found = feed(page)
    language, base = found.channel.text("language") or found.channel.text("xml:lang"), _base(found.channel, request.url)
    return posting_page(found, lambda item: _posting(item, language, base))


def _base(channel: Cursor, address: str) -> str:
    """What links are relative to: the feed's `xml:base`, else its own link, else where it came from."""
    try:
        own = link(channel)
    except NoPosting:
        own = ""
    return _joined(_joined(address, own), channel.text("xml:base").strip())


def _joined(base: str, link: str) -> str:
    """A link that is no address stays as it is."""
    try:
        return urljoin(base, link)
    except ValueError:
        return link


def link(item: Cursor) -> str:
    """Of RSS the text; of Atom the first that is an alternate, or has no relation. Raises `NoPosting`."""
    found = item.at("link")
    if isinstance(found.value, str) or found.value is None:
        return item.required("link").strip()
    for one in found.items() if isinstance(found.value, list) else [found]:
        if isinstance(one.value, dict) and one.text("rel") in {"", "alternate"} and (address := one.text("href").strip()):
            return address
        if isinstance(one.value, str) and (address := one.text().strip()):
            return address
    raise NoPosting("link: has no address")


def identity(item: Cursor, url: str) -> tuple[str, str]:
    """The name of the element that names the item for ever, and what it says: RSS's guid, Atom's id; else its link."""
    return next(((name, text) for name in ("guid", "id") if (text := item.text(name).strip())), ("link", url))


def body(item: Cursor) -> str:
    """The name of the element that has the longest text: a summary may stand beside the content."""
    return max(_BODIES, key=lambda name: len(item.text(name)))


def published(item: Cursor) -> tuple[str, date | None]:
    """The name of the element that says when it was published, and the day."""
    name = first(item, _DATES)
    return name, written_day(item, name)


def first(item: Cursor, names: Sequence[str]) -> str:
    """The first of the names that the item has something under; the last of them where it has none."""
    return next((name for name in names if item.at(name).value), names[-1])


def _posting(item: Cursor, language: str, base: str) -> Stated:
    url = _joined(_joined(base, item.text("xml:base").strip()), link(item))
    text, place, (date_name, day) = body(item), first(item, _PLACES), published(item)
    id_name, source_id = identity(item, url)
    names = {
        "source_id": id_name,
        "title": "title",
        "company": "job_listing:company",
        "url": "link",
        "description": text,
        "places": place,
    }
    stated = Stated(
        source_id=source_id,
        title=item.required_line("title"),
        company=item.line("job_listing:company"),
        url=url,
        description=item.text(text),
        places=(StatedPlace(text=item.text(place)),) if item.text(place).strip() else (),
        employment=(item.text("job_listing:job_type"),) if item.text("job_listing:job_type").strip() else (),
        pay_text=item.text("job_listing:salary"),
        posted_on=day,
        language=item.text("xml:lang") or language,
    )
    names |= {"employment": "job_listing:job_type", "pay_text": "job_listing:salary", "posted_on": date_name}
    return told(item, stated, {**names, "language": "language"})


SOURCE: Final = Source(
    name="feed",
    title="RSS or Atom",
    terms=Terms(url="", read_on=None, may_republish=False),
    address="https://example.com/jobs.rss",
    begin=begin,
    read=read,
)
