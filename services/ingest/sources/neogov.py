"""NEOGOV (governmentjobs.com): an agency's RSS 2.0 feed with elements of its own (`joblisting:`) for pay, dates, sections."""

import re
from datetime import date, timedelta
from typing import Final

from schemas.provenance import Terms
from services.ingest.domain.stated import Stated, StatedPay, StatedPlace
from services.ingest.sources.addresses import parse, token
from services.ingest.sources.feed import link
from services.ingest.sources.joining import ranged
from services.ingest.sources.reading import Cursor, sections, told
from services.ingest.sources.source import Page, Request, Source
from services.ingest.sources.syndication import feed, posting_page, written_day

_HOSTS: Final = frozenset({"www.governmentjobs.com", "governmentjobs.com", "www.schooljobs.com", "schooljobs.com"})
_SECTIONS: Final = {
    "description": "",
    "joblisting:examplesofduties": "Examples of Duties",
    "joblisting:qualifications": "Qualifications",
    "joblisting:supplementalinformation": "Supplemental Information",
    "joblisting:benefits": "Benefits",
}
_ADVERTISED: Final = "joblisting:advertiseFromDateUTC"
_ADVERTISED_TO: Final = "joblisting:advertiseToDateTimeUTC"
_AT_NIGHT: Final = re.compile(r"\s(?:0?[0-9]|10)(?::[0-9]{1,2}){1,3}+(?!\s*(?:[+-](?!00:?00)|[ECMP][SD]T|[Pp][Mm]))")
"""A time before 11:00 in UTC. Where it has another offset the day is as it is written."""
_NAMES: Final = {
    "source_id": "joblisting:jobId",
    "title": "title",
    "company": "channel.title",
    "url": "link",
    "description": "description",
    "places": "joblisting:location",
    "workplace": "joblisting:location",
    "employment": "joblisting:jobType",
    "pay": "joblisting:minimumSalary",
    "valid_through": _ADVERTISED_TO,
}


def begin(address: str) -> Request | None:
    """An agency's page ("/careers/AGENCY"), one of its postings, or its feed."""
    found = parse(address)
    if found is None or found.host not in _HOSTS:
        return None
    named = found.query.get("agency", "") or (
        found.parts[1] if found.parts[:1] == ("careers",) and len(found.parts) > 1 else ""
    )
    host = f"www.{found.host.removeprefix('www.')}"
    return Request(f"https://{host}/SearchEngine/JobsFeed?agency={named}") if token(named) else None


def read(page: bytes, _request: Request, _today: date) -> Page:
    """The agency is the channel's title."""
    found = feed(page)
    company = found.channel.line("title")
    return posting_page(found, lambda item: _posting(item, company))


def _posting(item: Cursor, company: str) -> Stated:
    location = item.text("joblisting:location")
    remote = location.strip().casefold() == "remote"
    dated = _ADVERTISED if item.text(_ADVERTISED).strip() else "pubDate"
    stated = Stated(
        source_id=item.identifier("joblisting:jobId"),
        title=item.required_line("title"),
        company=company,
        url=link(item),
        description=sections((heading, item.text(name)) for name, heading in _SECTIONS.items()),
        places=(StatedPlace(text=location),) if location.strip() and not remote else (),
        workplace=location if remote else "",
        employment=(item.text("joblisting:jobType"),) if item.text("joblisting:jobType").strip() else (),
        pay=_pay(item),
        posted_on=written_day(item, dated),  # "Wed, 19 Aug 2026 05:00:00:0" in UTC is midnight in Chicago
        valid_through=_last_day(item),
    )
    return told(item, stated, {**_NAMES, "posted_on": dated})


def _last_day(item: Cursor) -> date | None:
    """The day that the board shows. Agencies are in the US, four to ten hours behind UTC: "Sun, 20 Sep 2026 04:59:00:0" is
    the 19th there, a minute before midnight. Nobody closes between midnight and morning; in Guam, which is ahead of UTC, it may
    be a day early.
    """
    day = written_day(item, _ADVERTISED_TO)
    return day - timedelta(days=1) if day and day > date.min and _AT_NIGHT.search(item.text(_ADVERTISED_TO)) else day


def _pay(item: Cursor) -> StatedPay | None:
    currency, period = item.text("joblisting:salaryCurrency"), item.text("joblisting:salaryInterval")
    pay = ranged(item, "joblisting:minimumSalary", "joblisting:maximumSalary", currency=currency, period=period)
    return pay if pay and (pay.minimum or pay.maximum) else None  # 0 stands where nothing was entered


SOURCE: Final = Source(
    name="neogov",
    title="NEOGOV",
    terms=Terms(url="https://www.governmentjobs.com/home/termsofuse", read_on=None, may_republish=False),
    address="https://www.governmentjobs.com/careers/AGENCY",
    begin=begin,
    read=read,
)
