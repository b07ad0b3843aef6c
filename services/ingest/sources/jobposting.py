"""schema.org `JobPosting` in any web page: JSON-LD, also within `@graph` or a list, or microdata.

Format: https://schema.org/JobPosting, and how pages write it: https://developers.google.com/search/docs/appearance/structured-data/job-posting.
Where one thing may stand a list of it may, and where an object may its name.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final
from urllib.parse import urljoin

from schemas.places import gazetteer
from schemas.provenance import Terms
from services.ingest.domain.stated import Stated, StatedPay, StatedPlace
from services.ingest.sources import embedded, linked
from services.ingest.sources.addresses import web_page
from services.ingest.sources.joining import ranged
from services.ingest.sources.reading import Cursor, NoPosting, document, each, told
from services.ingest.sources.source import NoPage, Page, Request, Source, Unreadable
from services.ingest.sources.titles import plain_line

_KIND: Final = "JobPosting"
_YEAR: Final = 12
"""Months."""
_BETWEEN_SKILLS: Final = re.compile(r"[,;|•\n]")
_SENTENCE: Final = re.compile(r"[.!?:](?:\s|\Z)|\S(?:\s+\S+){4}")
"""Or five words, which no skill has."""
_NAMES: Final = {
    "company": "hiringOrganization",
    "description": "description",
    "places": "jobLocation",
    "workplace": "jobLocationType",
    "remote_from": "applicantLocationRequirements",
    "employment": "employmentType",
    "pay": "baseSalary",
    "pay_text": "baseSalary",
    "skills": "skills",
    "experience_years": "experienceRequirements.monthsOfExperience",
    "degree": "educationRequirements.credentialCategory",
    "posted_on": "datePosted",
    "valid_through": "validThrough",
    "language": "inLanguage",
}


def begin(address: str) -> Request | None:
    """Any address of http or https: what is behind it shows when it is read."""
    url = web_page(address)
    return Request(url) if url else None


def read(page: bytes, request: Request, _today: date) -> Page:
    """A web page, or JSON-LD by itself. Microdata counts where no JSON-LD has a posting: pages say both of the same."""
    found, bad = _found(page)
    if not found and not bad:
        raise NoPage("the page has no JobPosting")
    good, unreadable = each(Cursor({_KIND: found}), _KIND, lambda item: _on_page(item, request.url))
    return Page(good, [*bad, *unreadable])


def posting(item: Cursor, *, source_id: str, title: str, url: str) -> Stated:
    """One `JobPosting`, which applicants find at `url`."""
    kinds = [kind for one in _many(item, "employmentType") for kind in one.text().split(",")]
    stated = Stated(
        source_id=source_id,
        title=title,
        company=_company(item),
        url=url,
        description=item.text("description"),
        places=tuple(place for one in _many(item, "jobLocation") if (place := _place(one))),
        workplace=_name(next(iter(_many(item, "jobLocationType")), item.at("jobLocationType"))),
        remote_from=tuple(name for one in _many(item, "applicantLocationRequirements") if (name := _land(one))),
        employment=tuple(kind.strip() for kind in kinds if kind.strip()),
        pay=_pay(item),
        pay_text=_pay_text(item),
        skills=tuple(name for one in _many(item, "skills") for name in _skills(one)),
        experience_years=_experience(item),
        degree=_degree(item),
        posted_on=item.day("datePosted"),
        valid_through=item.day("validThrough"),
        language=_name(item.at("inLanguage")),
    )
    return told(item, stated, _NAMES)


def _found(page: bytes) -> tuple[list[object], list[Unreadable]]:
    if page.lstrip()[:1] in {b"{", b"["}:
        return linked.things([document(page).value], _KIND), []
    root = embedded.tree(page)
    scripts = list(embedded.scripts(root))
    bad = [
        Unreadable(f"script.{number}", script.text, script.problem)
        for number, script in enumerate(scripts)
        if script.problem and _KIND in script.text
    ]
    return linked.things([script.value for script in scripts], _KIND) or list(embedded.items(root, _KIND)), bad


def _on_page(item: Cursor, page: str) -> Stated:
    """Named by its address, for identifiers are an employer's own; where it has none, by the page's and its identifier.

    Raises `NoPosting`.
    """
    said = item.text("url").strip()
    try:
        url = urljoin(page, said)
    except ValueError:
        url, said = item.at("url").note("is no address", page), ""
    if not url:
        raise NoPosting("url: is missing")
    identifier = _identifier(item)
    name = url if said or not identifier else f"{url}#{identifier}"
    title = "title" if item.line("title") else "name"
    stated = posting(item, source_id=name, title=item.required_line(title), url=url)
    return replace(stated, fields={**stated.fields, "source_id": "url", "title": title, "url": "url"})


def _identifier(item: Cursor) -> str:
    """A text or number, or a `PropertyValue` with one."""
    found = item.at("identifier")
    value = found.value.get("value") if isinstance(found.value, dict) else found.value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) else ""


def _many(item: Cursor, path: str) -> list[Cursor]:
    found = item.at(path)
    if isinstance(found.value, list):
        return found.items()
    return [] if found.value is None else [found]


def _name(found: Cursor) -> str:
    """A text, a thing's name, or a literal's value."""
    if isinstance(found.value, dict):
        return (found.text("name") or found.text("@value")).strip()
    return found.text().strip()


def _company(item: Cursor) -> str:
    """Of several none is taken, nor of one that is named elsewhere than on the page."""
    if unnamed := next((one for one in _many(item, "hiringOrganization") if linked.reference(one.value)), None):
        return unnamed.note("refers to nothing on the page", "")
    names = dict.fromkeys(name for one in _many(item, "hiringOrganization") if (name := plain_line(_name(one))))
    return next(iter(names), "") if len(names) < 2 else item.at("hiringOrganization").note("names several", "")  # noqa: PLR2004


def _land(found: Cursor) -> str:
    """A `Country` is one: where its code is one of a state as well (DE, CA), its name is certain."""
    name = _name(found)
    is_country = isinstance(found.value, dict) and found.value.get("@type") == "Country"
    code = gazetteer().country_code(name) if is_country and gazetteer().state_code(name, "US") else None
    return gazetteer().country_name(code) if code else name


def _skills(found: Cursor) -> Sequence[str]:
    """The names in a list; a sentence names none."""
    parts = [part.strip().removeprefix("and ") for part in _BETWEEN_SKILLS.split(_name(found))]
    return found.note("is a sentence", ()) if any(map(_SENTENCE.search, parts)) else [part for part in parts if part]


def _experience(item: Cursor) -> int | None:
    """What one requirement says in whole years."""
    several = [one for one in _many(item, "experienceRequirements") if isinstance(one.value, dict)]
    if len(several) != 1 or (months := several[0].amount("monthsOfExperience")) is None:
        return None
    if months < 0 or months % _YEAR:
        return several[0].at("monthsOfExperience").note("is no whole number of years", None)
    return int(months // _YEAR)


def _degree(item: Cursor) -> str:
    """Where only one is named, and nothing may stand in its place."""
    asked = [one for one in _many(item, "educationRequirements") if isinstance(one.value, dict)]
    names = list(dict.fromkeys(name for one in asked for kind in _many(one, "credentialCategory") if (name := _name(kind))))
    if len(names) > 1:
        return item.at("educationRequirements").note("names several degrees", "")
    if names and item.flag("experienceInPlaceOfEducation"):
        return item.at("educationRequirements").note("may be made up for by experience", "")
    return next(iter(names), "")


def _place(found: Cursor) -> StatedPlace | None:
    """A `Place` with a `PostalAddress`; either may be a text."""
    address = found.at("address") if isinstance(found.value, dict) and found.value.get("address") else found
    if not isinstance(address.value, dict):
        text = address.text().strip()
        return StatedPlace(text=text) if text else None
    city, state = _name(address.at("addressLocality")), _name(address.at("addressRegion"))
    country = _name(address.at("addressCountry"))
    if city or state or country:
        return StatedPlace(city=city, state=state, country=country)
    return StatedPlace(text=name) if (name := address.text("name").strip()) else None


def _pay(item: Cursor) -> StatedPay | None:
    """A `MonetaryAmount` whose value is a number or a `QuantitativeValue`, or a number with `salaryCurrency` beside it.

    Of several the first, and none where they differ in their currency.
    """
    several = _many(item, "baseSalary")
    salary = next(iter(several), item.at("baseSalary"))
    if len({one.text("currency") for one in several if isinstance(one.value, dict)}) > 1:
        return item.at("baseSalary").note("has several currencies", None)
    if not isinstance(salary.value, dict):
        amount = salary.number() if isinstance(salary.value, int | float) else None
        return None if amount is None else StatedPay(minimum=amount, maximum=amount, currency=item.text("salaryCurrency"))
    value = salary.at("value") if salary.value.get("value") is not None else salary
    currency = salary.text("currency") or item.text("salaryCurrency")
    if not isinstance(value.value, dict):
        return ranged(value, "", "", currency=currency, period=salary.text("unitText"))
    period = value.text("unitText") or salary.text("unitText")
    if value is not salary and value.value.get("value") is not None:
        return ranged(value, "value", "value", currency=currency, period=period)
    return ranged(value, "minValue", "maxValue", currency=currency, period=period)


def _pay_text(item: Cursor) -> str:
    """Some write the pay as a text."""
    value = item.at("baseSalary").value
    return value.strip() if isinstance(value, str) else ""


SOURCE: Final = Source(
    name="jobposting",
    title="schema.org JobPosting",
    terms=Terms(url="", read_on=None, may_republish=False),
    address="https://example.com/jobs/7",
    begin=begin,
    read=read,
)
