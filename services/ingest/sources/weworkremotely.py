"""We Work Remotely's RSS feeds: a title is "Company: Title" in nearly all, and a region says from where one may work."""

from datetime import date
from typing import Final

from schemas.provenance import Terms
from services.ingest.domain.stated import Stated
from services.ingest.sources.addresses import parse
from services.ingest.sources.feed import identity, link
from services.ingest.sources.reading import Cursor, told
from services.ingest.sources.source import Page, Request, Source
from services.ingest.sources.syndication import feed, posting_page, written_day

_HOSTS: Final = frozenset({"weworkremotely.com", "www.weworkremotely.com"})
_NAMES: Final = {
    "title": "title",
    "company": "title",
    "url": "link",
    "description": "description",
    "workplace": "link",  # "/remote-jobs/": all that it lists is
    "remote_from": "region",
    "employment": "type",
    "posted_on": "pubDate",
    "valid_through": "expires_at",
}


def begin(address: str) -> Request | None:
    """A category's page, or its feed; of another page of the site, the feed of all."""
    found = parse(address)
    if found is None or found.host not in _HOSTS:
        return None
    category = found.parts[1].removesuffix(".rss") if found.parts[:1] == ("categories",) and len(found.parts) > 1 else ""
    path = f"categories/{category}.rss" if category else "remote-jobs.rss"
    return Request(f"https://weworkremotely.com/{path}")


def read(page: bytes, _request: Request, _today: date) -> Page:
    """RSS 2.0; an item without a title or a link is no posting."""
    return posting_page(feed(page), _posting)


def _posting(item: Cursor) -> Stated:
    company, title = _headline(item.required_line("title"))
    url = link(item)
    id_name, source_id = identity(item, url)
    region = item.text("region")
    stated = Stated(
        source_id=source_id,
        title=title,
        company=company,
        url=url,
        description=item.text("description"),
        workplace="remote",
        remote_from=(region,) if region.strip() else (),
        employment=(item.text("type"),) if item.text("type").strip() else (),
        posted_on=written_day(item, "pubDate"),
        valid_through=written_day(item, "expires_at"),
    )
    return told(item, stated, {**_NAMES, "source_id": id_name})


def _headline(text: str) -> tuple[str, str]:
    """Company and title; no company where there is no colon before a space."""
    company, colon, title = text.partition(": ")
    return (company.strip(), title.strip()) if colon and company.strip() and title.strip() else ("", text.strip())


SOURCE: Final = Source(
    name="weworkremotely",
    title="We Work Remotely",
    # "Do not build a job advertising or job search service" with the data; applying goes through its site.
    terms=Terms(
        url="https://weworkremotely.com/api-terms-and-guidelines",
        read_on=date(2026, 11, 28),
        attribution="Job from We Work Remotely",
        may_republish=False,
    ),
    address="https://weworkremotely.com/categories/CATEGORY.rss",
    ids_are_unique=True,
    begin=begin,
    read=read,
)
