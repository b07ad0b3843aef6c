"""Remotive's API: one JSON object with all that is open, or all of a category."""

from datetime import date
from typing import Final
from urllib.parse import quote

from schemas.provenance import Terms
from services.ingest.domain.stated import Stated
from services.ingest.sources.addresses import parse
from services.ingest.sources.reading import Cursor, document, each, told
from services.ingest.sources.source import Page, Request, Source

_HOSTS: Final = frozenset({"remotive.com", "www.remotive.com", "remotive.io"})
_NAMES: Final = {
    "source_id": "id",
    "title": "title",
    "company": "company_name",
    "url": "url",
    "description": "description",
    "workplace": "url",  # "/remote-jobs/": all that it lists is
    "remote_from": "candidate_required_location",
    "employment": "job_type",
    "pay_text": "salary",
    "posted_on": "publication_date",
}


def begin(address: str) -> Request | None:
    """A category's page ("/remote-jobs/CATEGORY"), or the API's address with one; of another page, all there is."""
    found = parse(address)
    if found is None or found.host not in _HOSTS:
        return None
    page = found.parts[1] if found.parts[:1] == ("remote-jobs",) and len(found.parts) > 1 else ""
    category = found.query.get("category", page)
    return Request("https://remotive.com/api/remote-jobs" + (f"?category={quote(category, safe='')}" if category else ""))


def read(page: bytes, _request: Request, _today: date) -> Page:
    """A notice, a count and `jobs`."""
    return Page(*each(document(page), "jobs", _posting))


def _posting(item: Cursor) -> Stated:
    stated = Stated(
        source_id=item.identifier("id"),
        title=item.required_line("title"),
        company=item.line("company_name"),
        url=item.required("url"),
        description=item.text("description"),
        workplace="remote",
        remote_from=_regions(item.text("candidate_required_location")),
        employment=(item.text("job_type"),) if item.text("job_type").strip() else (),
        pay_text=item.text("salary"),
        posted_on=item.day("publication_date"),
    )
    return told(item, stated, _NAMES)


def _regions(text: str) -> tuple[str, ...]:
    """ "Americas, Europe, Israel": a list, and never a city with its state."""
    return tuple(region for part in text.split(",") if (region := part.strip()))


SOURCE: Final = Source(
    name="remotive",
    title="Remotive",
    # Not to be handed to other boards, nor shown in exchange for an address; at most four requests a day are asked for.
    terms=Terms(
        url="https://github.com/remotive-com/remote-jobs-api",
        read_on=date(2026, 11, 28),
        attribution="Job from Remotive",
        may_republish=False,
    ),
    address="https://remotive.com/remote-jobs/CATEGORY",
    ids_are_unique=True,
    begin=begin,
    read=read,
)
