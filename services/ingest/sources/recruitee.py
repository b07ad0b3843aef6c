"""Recruitee: one page tells all postings of a careers site, which is at an address of Recruitee's or of the company's own.

Format: https://docs.recruitee.com. Salaries are numbers in quotes, dates "2026-08-05 10:10:39 UTC".
"""

import re
from datetime import date
from typing import Final

from schemas.provenance import Terms
from services.ingest.domain.stated import Stated, StatedPay, StatedPlace
from services.ingest.sources.addresses import parse
from services.ingest.sources.joining import flagged, ranged
from services.ingest.sources.reading import Cursor, document, each, sections, told
from services.ingest.sources.source import Page, Request, Source

_SITE_HOST: Final = re.compile(r"(?!(?:api|app|auth|docs|support|www)\.)[a-z0-9-]+\.recruitee\.com")
_FLAGS: Final = {"remote": "remote", "hybrid": "hybrid", "on_site": "on-site"}
_FIELDS: Final = {
    "source_id": "id",
    "title": "title",
    "company": "company_name",
    "description": "description",
    "employment": "employment_type_code",
    "seniority": "experience_code",
    "pay": "salary",
    "posted_on": "published_at",
    "valid_through": "close_at",
}


def begin(address: str) -> Request | None:
    """Of a site ("https://acme.recruitee.com") or a posting on it; of a company's own address only with its "/api/offers"."""
    found = parse(address)
    if found is None or not (_SITE_HOST.fullmatch(found.host) or found.parts == ("api", "offers")):
        return None
    return Request(f"https://{found.host}/api/offers/")


def read(page: bytes, request: Request, today: date) -> Page:  # noqa: ARG001 -- one page, and its dates are absolute
    """A careers site."""
    postings, unreadable = each(document(page), "offers", _posting)
    return Page(postings, unreadable)


def _posting(offer: Cursor) -> Stated:
    """Raises `NoPosting`."""
    apply = offer.text("careers_apply_url")
    stated = Stated(
        source_id=offer.identifier("id"),
        title=offer.required_line("title"),
        company=offer.line("company_name"),
        url=apply or offer.required("careers_url"),
        description=sections([("", offer.text("description")), ("Requirements", offer.text("requirements"))]),
        places=_places(offer),
        workplace=flagged(offer, _FLAGS),
        employment=tuple(filter(None, [offer.text("employment_type_code")])),
        seniority=offer.text("experience_code"),
        pay=_pay(offer.at("salary")),
        posted_on=offer.day("published_at"),
        valid_through=offer.day("close_at"),
    )
    flag = next((path for path, word in _FLAGS.items() if word == stated.workplace), "")
    own = {
        "url": "careers_apply_url" if apply else "careers_url",
        "places": "locations" if offer.has("locations") else "location",
        "workplace": flag,
    }
    return told(offer, stated, _FIELDS | own)


def _places(offer: Cursor) -> tuple[StatedPlace, ...]:
    """A posting has several places, or, on older sites, the one that its own fields tell."""
    if offer.has("locations"):
        found = [_place(said, said.text("name"), said.text("state")) for said in offer.items("locations")]
    else:
        found = [_place(offer, offer.text("location"), offer.text("state_name"))]
    return tuple(place for place in found if place != StatedPlace())


def _place(said: Cursor, name: str, state: str) -> StatedPlace:
    return StatedPlace(
        text=name, city=said.text("city"), state=state, country=said.text("country_code") or said.text("country")
    )


def _pay(salary: Cursor) -> StatedPay | None:
    return ranged(salary, "min", "max", currency=salary.text("currency"), period=salary.text("period"))


SOURCE: Final = Source(
    name="recruitee",
    title="Recruitee",
    # What it says of use: no key is needed; it shows a company's jobs. It says nothing of passing postings on.
    terms=Terms(url="https://docs.recruitee.com", read_on=date(2026, 11, 28)),
    address="https://COMPANY.recruitee.com",
    ids_are_unique=True,
    begin=begin,
    read=read,
)
