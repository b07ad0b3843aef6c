"""Workday: a search whose pages of 20 name the postings of a site, and a page for each posting.

The interface is the one that the sites themselves use; nothing is published of it. Its search tells of 2,000 postings at the
most, begins again behind its end, and its later pages may call the total 0.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from typing import Final, NamedTuple
from urllib.parse import quote

from schemas.provenance import Terms
from services.ingest.domain.stated import Stated, StatedPlace
from services.ingest.sources.addresses import parse, token
from services.ingest.sources.reading import Cursor, NoPosting, alone, document, each, told
from services.ingest.sources.source import NoPage, Page, Request, Source, Unreadable

_LIMIT: Final = 20
"""Postings of one page; more is refused."""
_MOST: Final = 2000
_HEADERS: Final = {"Accept": "application/json"}
_TENANT_HOST: Final = re.compile(r"([a-z0-9-]+)\.wd\d{1,3}\.myworkdayjobs\.com")
_SHARED_HOST: Final = re.compile(r"wd\d{1,3}\.myworkdaysite\.com")
_LOCALE: Final = re.compile(r"[a-z]{2}(?:-[A-Z]{2})?")
_PATH: Final = re.compile(r"/job/[^\s?#\ufffd]+")
_AGO: Final = re.compile(r"Posted (?:(Today)|(Yesterday)|(\d{1,2}) Days? Ago)")
_FIELDS: Final = {
    "source_id": "jobPostingInfo.id",
    "title": "jobPostingInfo.title",
    "url": "jobPostingInfo.externalUrl",
    "description": "jobPostingInfo.jobDescription",
    "workplace": "jobPostingInfo.remoteType",
    "employment": "jobPostingInfo.timeType",
    "valid_through": "jobPostingInfo.endDate",
}


class _Site(NamedTuple):
    host: str
    tenant: str
    name: str


def begin(address: str) -> Request | None:
    """Of a site ("https://acme.wd5.myworkdayjobs.com/en-US/Careers"), a posting on it, or the interface."""
    site = _site(address)
    return Request(f"https://{site.host}/wday/cxs/{site.tenant}/{site.name}/jobs", _search(0), _HEADERS) if site else None


def read(page: bytes, request: Request, today: date) -> Page:
    """A page of the search, or of one posting."""
    whole = document(page)
    if whole.has("jobPostings"):
        return _found(whole, request)
    if whole.has("jobPostingInfo"):
        return alone(whole, partial(_posting, today=today))
    raise NoPage("the page has neither jobPostings nor jobPostingInfo")


def _found(page: Cursor, request: Request) -> Page:
    """The pages of postings that are new in this search, and the search's next. Raises `NoPage`."""
    if not request.url:
        raise NoPage("a search names postings by their path on a site: it is read with the site's address, not from a file")
    paths, unreadable = each(page, "jobPostings", _path)
    new = [path for path in dict.fromkeys(paths) if path not in request.seen]
    site = request.url.removesuffix("/jobs")
    pages = [Request(f"{site}{quote(path, safe='/%:@!$&()*+,;=~')}", headers=_HEADERS) for path in new]
    return Page((), [*unreadable, *_beyond(page, request)], [*pages, *_next(page, request, new)])


def _path(job: Cursor) -> str:
    """Raises `NoPosting`."""
    if not _PATH.fullmatch(path := job.required("externalPath")):
        raise NoPosting("externalPath: is no path of a posting")
    return path


def _next(page: Cursor, request: Request, new: list[str]) -> list[Request]:
    """None behind the last page: by the total where one is told, else by a page that is not full; and where nothing was new."""
    total, following = page.number("total") or 0, _offset(request) + _LIMIT
    last = following >= min(total, _MOST) if total > 0 else len(page.items("jobPostings")) < _LIMIT or following >= _MOST
    return [] if last or not new else [request._replace(body=_search(following), seen=request.seen | set(new))]


def _beyond(page: Cursor, request: Request) -> list[Unreadable]:
    total = page.number("total") or 0
    if total < _MOST or _offset(request) > 0:
        return []
    return [
        Unreadable(
            "total", page.at("total").value, f"is the most that a search tells of, {_MOST:,}: there may be more postings"
        )
    ]


def _search(offset: int) -> Mapping[str, object]:
    return {"appliedFacets": {}, "limit": _LIMIT, "offset": offset, "searchText": ""}


def _offset(request: Request) -> int:
    offset = (request.body or {}).get("offset")
    return offset if isinstance(offset, int) else 0


def _posting(page: Cursor, *, today: date) -> Stated:
    """Raises `NoPosting`."""
    info = page.at("jobPostingInfo")
    url, company = info.required("externalUrl"), page.line("hiringOrganization.name")
    started = info.day("startDate")
    stated = Stated(
        source_id=info.identifier("id"),
        title=info.required_line("title"),
        company=company or _tenant(url),
        url=url,
        description=info.text("jobDescription"),
        places=_places(info),
        workplace=info.text("remoteType"),
        employment=tuple(filter(None, [info.text("timeType")])),
        posted_on=started or _days_ago(info.at("postedOn"), today),
        valid_through=info.day("endDate"),
    )
    places = (name for name in ("location", "additionalLocations") if info.at(name).value)
    own = {
        "places": ", ".join(f"jobPostingInfo.{name}" for name in places) or "jobPostingInfo.country",
        "company": "hiringOrganization.name" if company else "jobPostingInfo.externalUrl",
        "posted_on": "jobPostingInfo.startDate" if started else "jobPostingInfo.postedOn",
    }
    return told(page, stated, _FIELDS | own)


def _places(info: Cursor) -> tuple[StatedPlace, ...]:
    """The country that is told is the first place's."""
    country = info.text("country.descriptor")
    main = StatedPlace(text=info.text("location"), country=country)
    others = [StatedPlace(text=name) for name in info.texts("additionalLocations")]
    return tuple(place for place in (main, *others) if place != StatedPlace())


def _days_ago(said: Cursor, today: date) -> date | None:
    """ "Posted 8 Days Ago" is a day, "Posted 30+ Days Ago" is none."""
    if not (found := _AGO.fullmatch(said.text().strip())):
        return said.note("is no day", None)
    return today - timedelta(days=0 if found[1] else 1 if found[2] else int(found[3]))


def _tenant(url: str) -> str:
    return site.tenant if (site := _site(url)) else ""


def _site(address: str) -> _Site | None:
    """A tenant has a host of its own, or is named behind "recruiting" on one that many share."""
    found = parse(address)
    if found is None:
        return None
    own, parts = _TENANT_HOST.fullmatch(found.host), found.parts
    if len(parts) > 1 and parts[1] != "job" and _LOCALE.fullmatch(parts[0]):
        parts = parts[1:]
    if parts[:2] == ("wday", "cxs"):
        named = parts[2:4]
    elif parts[:1] == ("recruiting",):
        named = parts[1:3]
    else:
        named = (own[1], *parts[:1]) if own else ()
    if not (own or _SHARED_HOST.fullmatch(found.host)) or len(named) < 2 or not all(map(token, named)):  # noqa: PLR2004
        return None
    return _Site(found.host, *named)


SOURCE: Final = Source(
    name="workday",
    title="Workday",
    # The terms of Workday's own website leave out the sites it runs for customers, and whose postings those are: nobody allows
    # to pass them on.
    terms=Terms(url="https://www.workday.com/en-us/legal.html", read_on=date(2026, 11, 28), may_republish=False),
    address="https://COMPANY.wd5.myworkdayjobs.com/SITE",
    begin=begin,
    read=read,
)
