"""Pinpoint's public list of a company's postings: `GET https://COMPANY.pinpointhq.com/postings.json`, in one page."""

from datetime import date
from typing import Final
from urllib.parse import quote

from schemas.provenance import Terms
from services.ingest.domain.stated import Stated, StatedPay, StatedPlace
from services.ingest.sources.addresses import parse
from services.ingest.sources.joining import ranged
from services.ingest.sources.reading import Cursor, NoPosting, document, each, sections, told
from services.ingest.sources.source import Page, Request, Source

_DOMAIN: Final = ".pinpointhq.com"
_SECTIONS: Final = ("description", "key_responsibilities", "skills_knowledge_expertise", "benefits")
_NAMES: Final = {
    "source_id": "id",
    "title": "title",
    "company": "url",
    "description": "description",
    "places": "location.name",
    "pay": "compensation_minimum",
    "pay_text": "compensation",
    "valid_through": "deadline_at",
}


def begin(address: str) -> Request | None:
    """Any page of a company's site."""
    found = parse(address)
    return Request(f"https://{found.host}/postings.json") if found and _company(found.host) else None


def read(page: bytes, request: Request, _today: date) -> Page:
    """An object with `data`. A posting says nothing of its company, which stands in its address alone."""
    return Page(*each(document(page), "data", lambda item: _posting(item, request)))


def _posting(item: Cursor, request: Request) -> Stated:
    url, url_name = _url(item, request)
    workplace, employment = _worded(item, "workplace_type"), _worded(item, "employment_type")
    visible = item.flag("compensation_visible") is not False
    place = item.text("location.name")
    site = parse(url)
    stated = Stated(
        source_id=item.identifier("id"),
        title=item.required_line("title"),
        company=_company(site.host) if site else "",
        url=url,
        description=sections((item.text(f"{name}_header"), item.text(name)) for name in _SECTIONS),
        places=(StatedPlace(text=place),) if place.strip() else (),
        workplace=item.text(workplace),
        employment=(item.text(employment),) if item.text(employment).strip() else (),
        pay=_pay(item) if visible else None,
        pay_text=item.text("compensation") if visible else "",
        valid_through=item.day("deadline_at"),
    )
    return told(item, stated, {**_NAMES, "url": url_name, "workplace": workplace, "employment": employment})


def _url(item: Cursor, request: Request) -> tuple[str, str]:
    """The posting's page, and the name of the field that says so. Raises `NoPosting`."""
    if url := item.text("url").strip():
        return url, "url"
    if (path := item.text("path").strip()).startswith("/") and (site := parse(request.url)):
        return f"https://{site.host}{quote(path, safe='/%?=&')}", "path"
    raise NoPosting("url: is missing")


def _worded(item: Cursor, name: str) -> str:
    """The name of a field, or of the one beside it that has its code in words."""
    return f"{name}_text" if item.text(f"{name}_text").strip() else name


def _company(host: str) -> str:
    name = host.removesuffix(_DOMAIN)
    return name if name != host and name not in {"www", "app", ""} else ""


def _pay(item: Cursor) -> StatedPay | None:
    currency, period = item.text("compensation_currency"), item.text("compensation_frequency")
    return ranged(item, "compensation_minimum", "compensation_maximum", currency=currency, period=period)


SOURCE: Final = Source(
    name="pinpoint",
    title="Pinpoint",
    terms=Terms(url="", read_on=None, may_republish=False),
    address="https://COMPANY.pinpointhq.com",
    begin=begin,
    read=read,
)
