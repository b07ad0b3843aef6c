"""Ashby: one page tells all postings of a board, pay included.

Format: https://developers.ashbyhq.com/docs/public-job-posting-api.
"""

from datetime import date
from typing import Final

from schemas.provenance import Terms
from services.ingest.domain.stated import Stated, StatedPay, StatedPlace
from services.ingest.sources.addresses import parse, token
from services.ingest.sources.joining import limits, span
from services.ingest.sources.reading import Cursor, document, each, told
from services.ingest.sources.source import Page, Request, Source

_FIELDS: Final = {
    "source_id": "id",
    "title": "title",
    "company": "jobUrl",
    "employment": "employmentType",
    "pay": "compensation.compensationTiers",
    "pay_text": "compensation.scrapeableCompensationSalarySummary",
    "posted_on": "publishedAt",
}


def begin(address: str) -> Request | None:
    """Of a board ("https://jobs.ashbyhq.com/acme"), a posting on it, or the interface."""
    name = _board(address)
    return Request(f"https://api.ashbyhq.com/posting-api/job-board/{name}?includeCompensation=true") if name else None


def read(page: bytes, request: Request, today: date) -> Page:  # noqa: ARG001 -- one page, and its dates are absolute
    """A board."""
    postings, unreadable = each(document(page), "jobs", _posting)
    return Page(postings, unreadable)


def _posting(job: Cursor) -> Stated | None:
    """None of a posting that its company does not list on the board. Raises `NoPosting`."""
    if job.flag("isListed") is False:
        return None
    page = job.text("jobUrl")
    html = job.text("descriptionHtml")
    stated = Stated(
        source_id=job.identifier("id"),
        title=job.required_line("title"),
        company=_board(page) or "",
        url=job.text("applyUrl") or job.required("jobUrl"),
        description=html or job.text("descriptionPlain"),
        places=tuple(place for said in (job, *job.items("secondaryLocations")) if (place := _place(said)) != StatedPlace()),
        workplace=_workplace(job),
        employment=tuple(filter(None, [job.text("employmentType")])),
        pay=_pay(job.at("compensation.compensationTiers")),
        pay_text=job.text("compensation.scrapeableCompensationSalarySummary"),
        posted_on=job.day("publishedAt"),
    )
    own = {
        "places": ", ".join(name for name in ("location", "secondaryLocations") if job.at(name).value) or "address",
        "url": "applyUrl" if stated.url != page else "jobUrl",
        "description": "descriptionHtml" if html else "descriptionPlain",
        "workplace": "workplaceType" if job.text("workplaceType") else "isRemote",
    }
    return told(job, stated, _FIELDS | own)


def _place(said: Cursor) -> StatedPlace:
    """Its name, and the parts of its address; of further places the documentation has the parts one level higher."""
    address = said.at("address")
    parts = address.at("postalAddress") if address.has("postalAddress") else address
    return StatedPlace(
        text=said.text("location"),
        city=parts.text("addressLocality"),
        state=parts.text("addressRegion"),
        country=parts.text("addressCountry"),
    )


def _workplace(job: Cursor) -> str:
    """The flag counts where nothing else is said: a hybrid posting has it as well."""
    workplace, flag = job.text("workplaceType"), job.flag("isRemote")
    if flag is not None and workplace and flag != (workplace == "Remote"):
        job.at("isRemote").note(f"is {str(flag).lower()}, against {workplace} of workplaceType", None)
    return workplace or ("Remote" if flag else "")


def _pay(tiers: Cursor) -> StatedPay | None:
    """Salaries alone: a tier has components of equity, bonus and commission, too. Tiers are zones or levels."""
    components = [part for tier in tiers.items() for part in tier.items("components")]
    return span(tiers, [_range(part) for part in components if part.text("compensationType") == "Salary"])


def _range(part: Cursor) -> StatedPay | None:
    if (ends := limits(part, "minValue", "maxValue")) is None:
        return None
    return StatedPay(minimum=ends[0], maximum=ends[1], currency=part.text("currencyCode"), period=part.text("interval"))


def _board(address: str) -> str | None:
    if (found := parse(address)) is None:
        return None
    if found.host == "api.ashbyhq.com" and found.parts[:2] == ("posting-api", "job-board"):
        return token(found.parts[2]) if found.parts[2:] else None
    return token(found.parts[0]) if found.parts and found.host == "jobs.ashbyhq.com" else None


SOURCE: Final = Source(
    name="ashby",
    title="Ashby",
    # What it says of use: a company fills its own careers page with it. It says nothing of passing postings on.
    terms=Terms(url="https://developers.ashbyhq.com/docs/public-job-posting-api", read_on=date(2026, 11, 28)),
    address="https://jobs.ashbyhq.com/COMPANY",
    ids_are_unique=True,
    begin=begin,
    read=read,
)
