"""USAJOBS' search: federal postings of the US, up to 500 a page, under a key.

Format: https://developer.usajobs.gov/api-reference/get-api-search. Amounts are texts, in dollars whatever the place.
"""

import html
from collections.abc import Iterator
from datetime import date
from typing import Final
from urllib.parse import parse_qsl, urlencode

from schemas.provenance import Terms
from services.ingest.domain.markup import is_html
from services.ingest.domain.stated import Stated, StatedPay, StatedPlace
from services.ingest.sources.addresses import parse
from services.ingest.sources.joining import ranged
from services.ingest.sources.reading import Cursor, document, each, sections, told
from services.ingest.sources.source import Page, Request, Source

_SEARCH: Final = "https://data.usajobs.gov/api/search"
_HEADERS: Final = {"User-Agent": "{USAJOBS_EMAIL}", "Authorization-Key": "{USAJOBS_KEY}"}
_ASKED: Final = {"k": "Keyword", "l": "LocationName"}
"""What the site's search calls what the API calls otherwise; the API's own names begin with a capital letter."""
_SECTIONS: Final = {
    "UserArea.Details.JobSummary": "",
    "UserArea.Details.MajorDuties": "Duties",
    "UserArea.Details.Requirements": "Requirements",
    "UserArea.Details.KeyRequirements": "Key Requirements",
    "QualificationSummary": "Qualifications",
    "UserArea.Details.Education": "Education",
    "UserArea.Details.OtherInformation": "Other Information",
}
_NO_PLACE: Final = "multiple locations"
_NAMES: Final = {
    "source_id": "MatchedObjectId",
    "title": "PositionTitle",
    "company": "OrganizationName",
    "url": "PositionURI",
    "description": "UserArea.Details",
    "workplace": "UserArea.Details.RemoteIndicator",
    "remote_from": "PositionLocationDisplay",
    "employment": "PositionSchedule",
    "pay": "PositionRemuneration.0",
    "posted_on": "PublicationStartDate",
    "valid_through": "ApplicationCloseDate",
}


def begin(address: str) -> Request | None:
    """A search on the site (`?k=` words, `&l=` place), or on the API."""
    found = parse(address)
    if found is None or found.host not in {"www.usajobs.gov", "usajobs.gov", "data.usajobs.gov"}:
        return None
    asked = {_ASKED.get(name, name): value for name, value in found.query.items() if name in _ASKED or name[:1].isupper()}
    return _page({**asked, "ResultsPerPage": "500", "Page": "1"})


def read(page: bytes, request: Request, _today: date) -> Page:
    """A page, and the next one where there is."""
    whole = document(page)
    good, bad = each(whole, "SearchResult.SearchResultItems", _posting)
    asked = dict(parse_qsl(request.url.partition("?")[2]))
    number, pages = asked.get("Page", ""), whole.amount("SearchResult.UserArea.NumberOfPages")
    if pages is None or not number.isdecimal() or int(number) >= pages:
        return Page(good, bad)
    return Page(good, bad, [_page({**asked, "Page": str(int(number) + 1)})])


def _page(asked: dict[str, str]) -> Request:
    return Request(f"{_SEARCH}?{urlencode(asked)}", headers=_HEADERS)


def _posting(item: Cursor) -> Stated:
    job = item.at("MatchedObjectDescriptor")
    remote = job.flag("UserArea.Details.RemoteIndicator") is True
    display = job.text("PositionLocationDisplay").strip()
    places = () if remote else tuple(_places(job, display))
    stated = Stated(
        source_id=item.identifier("MatchedObjectId"),
        title=job.required_line("PositionTitle"),
        company=job.line("OrganizationName"),
        url=job.required("PositionURI"),
        description=sections((heading, _text(job, name)) for name, heading in _SECTIONS.items()),
        places=places,
        workplace="remote" if remote else "",
        remote_from=(display,) if remote and display and display.casefold() != _NO_PLACE else (),
        employment=tuple(name for kind in job.items("PositionSchedule") if (name := kind.text("Name").strip())),
        pay=_pay(job),
        posted_on=job.day("PublicationStartDate"),
        valid_through=job.day("ApplicationCloseDate"),
    )
    listed = job.at("PositionLocation").value is not None
    return told(item, stated, {**_NAMES, "places": "PositionLocation" if listed else "PositionLocationDisplay"})


def _places(job: Cursor, display: str) -> Iterator[StatedPlace]:
    """All of the list where there is one: what is displayed may be "Multiple Locations"."""
    listed = job.items("PositionLocation")
    for place in listed:
        if name := place.text("LocationName").strip():
            yield StatedPlace(text=name, country=place.text("CountryCode"))
    if not listed and display and display.casefold() != _NO_PLACE:
        yield StatedPlace(text=display)


def _pay(job: Cursor) -> StatedPay | None:
    """Of the first rate; `PA` is per annum, `PH` per hour. "Without Compensation" is 0."""
    for rate in job.items("PositionRemuneration")[:1]:
        pay = ranged(rate, "MinimumRange", "MaximumRange", currency="USD", period=rate.text("RateIntervalCode"))
        return pay if pay and (pay.minimum or pay.maximum) else None
    return None


def _text(job: Cursor, path: str) -> str:
    """A text, or a list of them, as HTML."""
    found = job.at(path)
    texts = found.texts() if isinstance(found.value, list) else (found.text(),)
    return "\n".join(text if is_html(text) else f"<p>{_broken(text)}</p>" for text in texts if text.strip())


def _broken(text: str) -> str:
    return "<br>".join(html.escape(text.strip(), quote=False).splitlines())


SOURCE: Final = Source(
    name="usajobs",
    title="USAJOBS",
    terms=Terms(url="https://developer.usajobs.gov/guides/terms-of-use", read_on=None, may_republish=False),
    address="https://www.usajobs.gov/search/results/?k=WORDS&l=PLACE",
    ids_are_unique=True,
    begin=begin,
    read=read,
    settings=("USAJOBS_EMAIL", "USAJOBS_KEY"),
)
