"""SmartRecruiters: pages of 100 postings without their text, and a page for each posting that has it.

Format: https://dev.smartrecruiters.com/customer-api/posting-api/endpoints.
"""

import re
from datetime import date
from typing import Final

from schemas.provenance import Terms
from services.ingest.domain.stated import Stated, StatedPlace
from services.ingest.sources.addresses import Address, parse, token
from services.ingest.sources.joining import flagged
from services.ingest.sources.reading import Cursor, NoPosting, alone, document, each, sections, told
from services.ingest.sources.source import NoPage, Page, Request, Source

_API: Final = "https://api.smartrecruiters.com/v1/companies"
_BOARD_HOST: Final = re.compile(r"(?:careers|jobs|www)\.smartrecruiters\.com")
_LIMIT: Final = 100
"""Postings of one page, at the most."""
_FLAGS: Final = {"location.remote": "remote", "location.hybrid": "hybrid"}
_SECTIONS: Final = ("companyDescription", "jobDescription", "qualifications", "additionalInformation")
_FIELDS: Final = {
    "source_id": "id",
    "title": "name",
    "company": "company.name",
    "description": "jobAd.sections",
    "places": "location",
    "employment": "typeOfEmployment.label",
    "seniority": "experienceLevel.label",
    "posted_on": "releasedDate",
    "language": "language.code",
}


def begin(address: str) -> Request | None:
    """Of a company ("https://careers.smartrecruiters.com/Acme"), a posting of it, or the interface."""
    found = parse(address)
    name = _company(found) if found else None
    return Request(_page_url(name, 0)) if name else None


def read(page: bytes, request: Request, today: date) -> Page:  # noqa: ARG001 -- its dates are absolute
    """A page of the list, or of one posting. Where the list is a file, it is all there is: its postings have no text."""
    whole = document(page)
    if whole.has("content"):
        found, unreadable = each(whole, "content", (lambda job: _page_of(job, request)) if request.url else _posting)
        postings = [posting for posting in found if isinstance(posting, Stated)]
        pages = [posting for posting in found if isinstance(posting, Request)]
        return Page(postings, unreadable, [*pages, *_next(whole, request)])
    if whole.has("id"):
        return alone(whole, _posting)
    raise NoPage("the page has neither content nor an id")


def _page_of(job: Cursor, request: Request) -> Request:
    """Raises `NoPosting`."""
    if not (number := token(job.identifier("id"))):
        raise NoPosting("id: is no identifier")
    return Request(f"{request.url.partition('?')[0]}/{number}")


def _posting(job: Cursor) -> Stated:
    """Raises `NoPosting`."""
    url, page = _url(job)
    level = job.at("experienceLevel")
    stated = Stated(
        source_id=job.identifier("id"),
        title=job.required_line("name"),
        company=job.line("company.name"),
        url=url,
        description=_description(job),
        places=tuple(place for place in [_place(job.at("location"))] if place != StatedPlace()),
        workplace=flagged(job, _FLAGS),
        employment=tuple(filter(None, [job.text("typeOfEmployment.label")])),
        seniority="" if level.text("id") == "not_applicable" else level.text("label"),
        posted_on=job.day("releasedDate"),
        language=job.text("language.code"),
    )
    flag = next((path for path, word in _FLAGS.items() if word == stated.workplace), "")
    return told(job, stated, _FIELDS | {"url": page, "workplace": flag})


def _url(job: Cursor) -> tuple[str, str]:
    """Where a reader applies, and which field says so; the list names none, but a posting's page has its id in its address."""
    for path in ("applyUrl", "postingUrl"):
        if url := job.text(path):
            return url, path
    company, number = token(job.required("company.identifier")), token(job.identifier("id"))
    if company is None or number is None:
        raise NoPosting("applyUrl: is missing")
    return f"https://jobs.smartrecruiters.com/{company}/{number}", "id"


def _description(job: Cursor) -> str:
    if not job.has("jobAd"):
        job.unread["jobAd"] = "is told on the posting's own page"
    parts = [job.at(f"jobAd.sections.{name}") for name in _SECTIONS]
    return sections((part.text("title"), part.text("text")) for part in parts)


def _place(said: Cursor) -> StatedPlace:
    return StatedPlace(
        text=said.text("fullLocation"), city=said.text("city"), state=said.text("region"), country=said.text("country")
    )


def _next(page: Cursor, request: Request) -> list[Request]:
    found = parse(request.url)
    name = _company(found) if found else None
    offset = found.query.get("offset", "") if found else ""
    count, total = len(page.items("content")), page.number("totalFound")
    if name is None or not offset.isdecimal() or count == 0:
        return []
    following = int(offset) + _LIMIT
    return [Request(_page_url(name, following))] if (count == _LIMIT if total is None else following < total) else []


def _page_url(name: str, offset: int) -> str:
    return f"{_API}/{name}/postings?limit={_LIMIT}&offset={offset}"


def _company(address: Address) -> str | None:
    parts = address.parts
    if address.host == "api.smartrecruiters.com":
        return token(parts[2]) if len(parts) > 2 and parts[:2] == ("v1", "companies") else None  # noqa: PLR2004 -- /v1/companies/NAME
    return token(parts[0]) if parts and _BOARD_HOST.fullmatch(address.host) else None


SOURCE: Final = Source(
    name="smartrecruiters",
    title="SmartRecruiters",
    # What it says of use: no key is needed, as what it tells is public; for companies' careers sites and partners' widgets.
    terms=Terms(url="https://developers.smartrecruiters.com/docs/customer-overview", read_on=date(2026, 11, 28)),
    address="https://careers.smartrecruiters.com/COMPANY",
    ids_are_unique=True,
    begin=begin,
    read=read,
)
