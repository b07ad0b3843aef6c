"""Lever: pages of a site's postings, each a bare list; a posting's text comes in parts, its lists beside its description.

Format: https://github.com/lever/postings-api.
"""

from datetime import date, timedelta
from typing import Final

from schemas.provenance import Terms
from services.ingest.domain.stated import Stated, StatedPay, StatedPlace
from services.ingest.sources.addresses import Address, parse, token
from services.ingest.sources.joining import ranged
from services.ingest.sources.reading import Cursor, document, each, sections, told
from services.ingest.sources.source import Page, Request, Source

_APIS: Final = {
    "jobs.lever.co": "api.lever.co",
    "api.lever.co": "api.lever.co",
    "jobs.eu.lever.co": "api.eu.lever.co",
    "api.eu.lever.co": "api.eu.lever.co",
}
_LIMIT: Final = 100
"""Postings of one page."""
_FIELDS: Final = {
    "source_id": "id",
    "title": "text",
    "company": "hostedUrl",
    "description": "description",
    "workplace": "workplaceType",
    "employment": "categories.commitment",
    "pay": "salaryRange",
    "pay_text": "salaryDescriptionPlain",
    "posted_on": "createdAt",
}


def begin(address: str) -> Request | None:
    """Of a site ("https://jobs.lever.co/acme"), a posting on it, or the interface."""
    found = parse(address)
    name = _site(found) if found else None
    return Request(_page_url(_APIS[found.host], name, 0)) if found and name else None


def read(page: bytes, request: Request, today: date) -> Page:  # noqa: ARG001 -- its dates are absolute
    """A page of postings; a full one is followed by another."""
    whole = document(page)
    postings, unreadable = each(whole, "", _posting)
    return Page(postings, unreadable, _next(request, len(whole.items())))


def _posting(job: Cursor) -> Stated:
    """Raises `NoPosting`."""
    hosted = job.text("hostedUrl")
    stated = Stated(
        source_id=job.identifier("id"),
        title=job.required_line("text"),
        company=_site_of(hosted),
        url=job.text("applyUrl") or job.required("hostedUrl"),
        description=_description(job),
        places=_places(job),
        workplace="" if (workplace := job.text("workplaceType")) == "unspecified" else workplace,
        employment=tuple(filter(None, [job.text("categories.commitment")])),
        pay=_pay(job),
        pay_text=job.text("salaryDescriptionPlain"),
        posted_on=job.day_of_time("createdAt", unit=timedelta(milliseconds=1)),
    )
    own = {
        "url": "applyUrl" if stated.url != hosted else "hostedUrl",
        "places": "categories.allLocations" if job.items("categories.allLocations") else "categories.location",
    }
    return told(job, stated, _FIELDS | own)


def _description(job: Cursor) -> str:
    """As the site shows it: the description, its lists, what there is on pay, the closing words."""
    lists = [(part.text("text"), _list(part.text("content"))) for part in job.items("lists")]
    pay, closing = job.text("salaryDescription"), job.text("additional")
    opening = job.text("description") or job.text("descriptionPlain")
    return sections([("", opening), *lists, ("", pay), ("", closing)])


def _list(content: str) -> str:
    """Items come without their list; now and then it is a paragraph instead."""
    return f"<ul>{content}</ul>" if content.lstrip().startswith("<li") else content


def _places(job: Cursor) -> tuple[StatedPlace, ...]:
    """All its places; the country that is told is the first one's."""
    main = job.text("categories.location")
    names = job.texts("categories.allLocations") or tuple(filter(None, [main]))
    country = job.text("country")
    return tuple(StatedPlace(text=name, country=country if name == main else "") for name in names)


def _pay(job: Cursor) -> StatedPay | None:
    said = job.at("salaryRange")
    return ranged(said, "min", "max", currency=said.text("currency"), period=said.text("interval"))


def _next(request: Request, count: int) -> list[Request]:
    found = parse(request.url)
    name = _site(found) if found else None
    if found is None or name is None or count < _LIMIT:
        return []
    skipped = found.query.get("skip", "")
    return [Request(_page_url(found.host, name, int(skipped) + _LIMIT))] if skipped.isdecimal() else []


def _page_url(host: str, name: str, skip: int) -> str:
    return f"https://{host}/v0/postings/{name}?mode=json&skip={skip}&limit={_LIMIT}"


def _site_of(url: str) -> str:
    """The site's name is all that a posting says of its company."""
    found = parse(url)
    return (_site(found) if found else None) or ""


def _site(address: Address) -> str | None:
    parts = address.parts[2:] if address.parts[:2] == ("v0", "postings") else address.parts
    return token(parts[0]) if parts and address.host in _APIS else None


SOURCE: Final = Source(
    name="lever",
    title="Lever",
    # What it says of use: published postings can be seen, and may be collected, by anybody.
    terms=Terms(url="https://github.com/lever/postings-api", read_on=date(2026, 11, 28)),
    address="https://jobs.lever.co/COMPANY",
    ids_are_unique=True,
    begin=begin,
    read=read,
)
