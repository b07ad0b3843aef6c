"""Greenhouse: one page tells all postings of a board; pay comes with each posting's own page, fetched where that is asked.

Format: https://developers.greenhouse.io/job-board.html. All postings of a board may share one `updated_at`, so it is not read.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from schemas.provenance import Terms
from services.ingest.domain.stated import Stated, StatedPay, StatedPlace
from services.ingest.sources.addresses import parse, token
from services.ingest.sources.joining import limits, span
from services.ingest.sources.reading import Cursor, NoPosting, alone, document, each, told
from services.ingest.sources.source import NoPage, Page, Request, Source

_API: Final = "https://boards-api.greenhouse.io/v1/boards"
"""Also of boards whose pages are at an address in Europe."""
_BOARD_HOST: Final = re.compile(r"(?:job-)?boards(?:\.eu)?\.greenhouse\.io")
_API_HOST: Final = re.compile(r"(?:boards-api(?:\.eu)?|api)\.greenhouse\.io")
_PAY: Final = "pay_transparency=true"
_SEVERAL: Final = re.compile(r"[|;]")
# Companies add fields of their own, and name them as they like.
_WORKPLACE: Final = frozenset({"location type", "workplace type", "work location type", "workplace"})
_EMPLOYMENT: Final = frozenset({"employment type", "job type", "time type", "commitment"})
_FIELDS: Final = {
    "source_id": "id",
    "title": "title",
    "company": "company_name",
    "url": "absolute_url",
    "description": "content",
    "places": "location.name",
    "pay": "pay_input_ranges",
    "pay_text": "pay_input_ranges.0.title",
    "posted_on": "first_published",
    "valid_through": "application_deadline",
    "language": "language",
}


def begin(address: str) -> Request | None:
    """Of a board, a posting on it, or the interface; "?pay_transparency=true" behind it asks for each posting's own page."""
    name, found = _board_of(address), parse(address)
    asked = f"&{_PAY}" if found and found.query.get("pay_transparency") == "true" else ""
    return Request(f"{_API}/{name}/jobs?content=true{asked}") if name else None


def read(page: bytes, request: Request, today: date) -> Page:  # noqa: ARG001 -- its dates are absolute
    """A board, or one posting with its pay."""
    whole = document(page)
    if whole.has("jobs"):
        found, unreadable = each(whole, "jobs", lambda job: _page_of(job, request) or _posting(job))
        postings = [posting for posting in found if isinstance(posting, Stated)]
        return Page(postings, unreadable, [posting for posting in found if isinstance(posting, Request)])
    if whole.has("id"):
        return alone(whole, _posting)
    raise NoPage("the page has neither jobs nor an id")


def _page_of(job: Cursor, request: Request) -> Request | None:
    """Where its pay is told, if that was asked for and the board's page does not tell it already. Raises `NoPosting`."""
    if _PAY not in request.url or job.has("pay_input_ranges"):
        return None
    if not (number := token(job.identifier("id"))):
        raise NoPosting("id: is no identifier")
    return Request(f"{request.url.partition('?')[0]}/{number}?{_PAY}")


def _posting(job: Cursor) -> Stated | None:
    """None of a prospect post, which takes applications for no opening. Raises `NoPosting`."""
    if job.has("internal_job_id") and job.at("internal_job_id").value is None:
        return None
    company, workplace, employment = job.line("company_name"), _own_field(job, _WORKPLACE), _own_field(job, _EMPLOYMENT)
    stated = Stated(
        source_id=job.identifier("id"),
        title=job.required_line("title"),
        company=company or _board_of(job.text("absolute_url")) or "",
        url=job.required("absolute_url"),
        description=job.text("content"),
        places=tuple(StatedPlace(text=place.strip()) for place in _SEVERAL.split(job.text("location.name")) if place.strip()),
        workplace=", ".join(workplace.values),
        employment=employment.values,
        pay=_pay(job.at("pay_input_ranges")),
        pay_text=next((title for item in job.items("pay_input_ranges") if (title := item.text("title"))), ""),
        posted_on=job.day("first_published"),
        valid_through=job.day("application_deadline"),
        language=job.text("language"),
    )
    own = {"workplace": workplace.name, "employment": employment.name}
    return told(job, stated, _FIELDS | own | ({} if company else {"company": "absolute_url"}))


class _Own(NamedTuple):
    """A field that a company added."""

    name: str = ""
    values: tuple[str, ...] = ()


def _own_field(job: Cursor, names: frozenset[str]) -> _Own:
    """The first of one of these names; it says one text, or a list of them."""
    for own in job.items("metadata"):
        if (name := own.text("name").strip()).lower() in names:
            one = tuple(filter(None, [own.text("value")])) if not isinstance(own.at("value").value, list) else ()
            return _Own(f"metadata.{name}", one or own.texts("value"))
    return _Own()


def _pay(ranges: Cursor) -> StatedPay | None:
    """Ranges by zone, in hundredths of the currency; their period is at most in their title ("Annual Salary")."""
    return span(ranges, [_range(item) for item in ranges.items()])


def _range(item: Cursor) -> StatedPay | None:
    if (cents := limits(item, "min_cents", "max_cents")) is None:
        return None
    minimum, maximum = (None if end is None else end / Decimal(100) for end in cents)
    return StatedPay(minimum=minimum, maximum=maximum, currency=item.text("currency_type"))


def _board_of(address: str) -> str | None:
    """The board's name in an address of its page, of a posting on it, of what a company embeds, or of the interface."""
    if (found := parse(address)) is None:
        return None
    parts = found.parts
    if _API_HOST.fullmatch(found.host):
        return token(parts[2]) if len(parts) > 2 and parts[:2] == ("v1", "boards") else None  # noqa: PLR2004 -- /v1/boards/NAME
    if not parts or not _BOARD_HOST.fullmatch(found.host):
        return None
    return token(found.query.get("for", "") if parts[0] == "embed" else parts[0])


SOURCE: Final = Source(
    name="greenhouse",
    title="Greenhouse",
    # What it says of use: reading needs no key, and what is on a board is public. It says nothing of passing postings on.
    terms=Terms(url="https://developers.greenhouse.io/job-board.html", read_on=date(2026, 11, 28)),
    address="https://boards.greenhouse.io/COMPANY",
    ids_are_unique=True,
    begin=begin,
    read=read,
)
