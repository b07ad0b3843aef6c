"""Remote OK's API: one JSON list of all that is open. Its first element is a legal notice, which is no posting."""

from datetime import date
from typing import Final

from schemas.provenance import Terms
from services.ingest.domain.stated import Stated, StatedPay
from services.ingest.sources.addresses import parse
from services.ingest.sources.joining import limits
from services.ingest.sources.reading import Cursor, document, each, told
from services.ingest.sources.source import Page, Request, Source

_HOSTS: Final = frozenset({"remoteok.com", "www.remoteok.com", "remoteok.io", "www.remoteok.io"})
_NAMES: Final = {
    "source_id": "id",
    "title": "position",
    "company": "company",
    "url": "url",
    "description": "description",
    "workplace": "url",  # "/remote-jobs/": all that it lists is
    "remote_from": "location",
    "pay": "salary_min",
    "posted_on": "date",
}


def begin(address: str) -> Request | None:
    """Any page of the site."""
    found = parse(address)
    return Request("https://remoteok.com/api") if found and found.host in _HOSTS else None


def read(page: bytes, _request: Request, _today: date) -> Page:
    """A bare list."""
    return Page(*each(document(page), "", _posting))


def _posting(item: Cursor) -> Stated | None:
    if item.at("legal").value is not None and item.at("position").value is None:
        return None
    location = item.text("location")
    stated = Stated(
        source_id=item.identifier("id"),
        title=item.required_line("position"),
        company=item.line("company"),
        url=item.required("url"),  # not `apply_url`: the terms want a link to the page there
        description=item.text("description"),
        workplace="remote",
        remote_from=(location,) if location.strip() else (),
        pay=_pay(item),
        posted_on=item.day("date"),
    )
    return told(item, stated, _NAMES)


def _pay(item: Cursor) -> StatedPay | None:
    """Neither currency nor period is said; 0 stands where no pay is."""
    minimum, maximum = limits(item, "salary_min", "salary_max") or (None, None)
    return StatedPay(minimum=minimum or None, maximum=maximum or None) if minimum or maximum else None


SOURCE: Final = Source(
    name="remoteok",
    title="Remote OK",
    # A link that search engines follow is asked for, and the name; its logo may not be shown.
    terms=Terms(url="https://remoteok.com/api", read_on=date(2026, 11, 28), attribution="Job from Remote OK"),
    address="https://remoteok.com",
    ids_are_unique=True,
    begin=begin,
    read=read,
)
