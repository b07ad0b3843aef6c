"""One posting as plain text, as boards print it: lines of "LABEL: value", headed sections, bullets. One text, one posting.

All of it is the description, but for a line that only tells the link; labels are read besides. A line without a label, before
any other, is the title. Title, company and link may be missing.
"""

import re
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Final

from schemas.provenance import Terms
from services.ingest.domain.characters import printable
from services.ingest.domain.stated import Stated, StatedPlace
from services.ingest.sources.days import day_of
from services.ingest.sources.reading import Cursor, told
from services.ingest.sources.source import NoPage, Page, Request, Source

_LABELS: Final[Mapping[str, tuple[str, ...]]] = {
    "title": ("title", "job title", "position", "position title", "role"),
    "company": ("company", "company name", "employer", "organization", "organisation"),
    "url": ("apply", "apply at", "apply here", "apply online", "url", "link", "application link"),
    "source_id": ("job id", "req id", "requisition", "requisition id", "job number", "reference", "posting id"),
    "places": ("location", "locations", "job location", "primary location", "work location", "place"),
    "workplace": (
        "workplace", "workplace type", "work type", "remote", "remote work", "remote type", "work arrangement", "work model",
    ),
    "employment": ("job type", "employment type", "type of employment", "position type", "time type", "schedule"),
    "seniority": ("seniority", "seniority level", "experience level", "level"),
    "experience_years": ("experience", "experience required", "required experience", "minimum experience", "work experience"),
    "pay_text": (
        "salary", "salary range", "pay", "pay range", "pay rate", "compensation", "compensation range", "base salary",
        "base pay", "base salary range", "base pay range", "hourly rate", "hourly pay", "annual salary",
    ),
    "posted_on": ("posted", "posted on", "date posted", "posting date", "publication date"),
    "valid_through": ("deadline", "application deadline", "closing date", "apply by", "closes", "valid through"),
}  # fmt: skip
_MEANINGS: Final = {label: ours for ours, labels in _LABELS.items() for label in labels}
_LINE: Final = re.compile(r"[ \t]*(?:[-*•][ \t]*)?([A-Za-z][A-Za-z /-]{1,30}?)[ \t]*:[ \t]*(\S.*?)[ \t]*")
_ADDRESS: Final = re.compile(r"https?://\S+")
_ANSWERS: Final = {"yes": "remote", "true": "remote", "no": "", "false": ""}
"""To the question whether it is."""
_YEARS: Final = re.compile(
    r"(?i)(?:(?:at least|minimum(?: of)?|min\.?) )?([0-9]{1,2}) ?\+?(?: ?(?:-|–|to) ?[0-9]{1,2} ?\+?)? ?(?:years?|yrs?\.?)"
    r"(?: ?\+| or more)?(?: of experience)?\.?"
)
_SEVERAL: Final = re.compile(r"[;|]")
_LONGEST_VALUE: Final = 200
"""Characters: what is longer is a sentence, and no value."""
_LONGEST_TITLE: Final = 150


def begin(address: str) -> Request | None:  # noqa: ARG001 -- as every source's
    """None: a text is a file's."""
    return None


def read(page: bytes, request: Request, _today: date) -> Page:
    """Raises `NoPage` where the text is empty."""
    text = printable(page.decode("utf-8-sig", "replace"))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    labelled = _labelled(lines)
    said = {ours: value for ours, (_, value) in labelled.items()}
    title = said.get("title", "") or _first_line(lines)
    url = _address(said.get("url", "")) or request.url
    if not lines:
        raise NoPage("the text is empty")
    labels = {ours: label for ours, (label, _) in labelled.items()}
    if labels.get("workplace", "").casefold().startswith("remote"):
        said["workplace"] = _ANSWERS.get(said["workplace"].casefold().rstrip("."), said["workplace"])
    names = {"source_id": "url and title" if url and title else "text", "title": "first line", **labels, "description": "text"}
    text = "\n".join(line for line in text.split("\n") if not _is_link(line))
    return Page([_posting(Cursor({**said, "title": title, "url": url, "text": text}), names)])


def _posting(item: Cursor, names: Mapping[str, str]) -> Stated:
    stated = Stated(
        source_id=item.text("source_id") or _named_by(item.text("url"), item.text("title"), item.text("text")),
        title=item.line("title"),
        company=item.line("company"),
        url=item.text("url"),
        description=item.text("text"),
        places=tuple(StatedPlace(text=place) for part in _SEVERAL.split(item.text("places")) if (place := part.strip())),
        workplace=item.text("workplace"),
        employment=tuple(kind for part in _SEVERAL.split(item.text("employment")) if (kind := part.strip())),
        seniority=item.text("seniority"),
        pay_text=item.text("pay_text"),
        experience_years=int(years[1]) if (years := _YEARS.fullmatch(item.line("experience_years"))) else None,
        posted_on=day_of(item.text("posted_on")) or item.day("posted_on"),
        valid_through=day_of(item.text("valid_through")) or item.day("valid_through"),
    )
    return told(item, stated, names)


def _labelled(lines: list[str]) -> dict[str, tuple[str, str]]:
    """By our names, the first label of that meaning as it is written, and its value."""
    said: dict[str, tuple[str, str]] = {}
    for line in lines:
        found = _LINE.fullmatch(line) if len(line) <= _LONGEST_VALUE else None
        ours = _MEANINGS.get(found[1].casefold().replace("-", " ")) if found else None
        if found and ours:
            said.setdefault(ours, (found[1], found[2]))
    return said


def _is_link(line: str) -> bool:
    """ "APPLY: https://example.com/7", and nothing besides: a reader is given the link, and a heading it is not."""
    found = _LINE.fullmatch(line) if len(line) <= _LONGEST_VALUE else None
    is_label = found and _MEANINGS.get(found[1].casefold().replace("-", " ")) == "url"
    return bool(found and is_label and _ADDRESS.fullmatch(found[2]))


def _first_line(lines: list[str]) -> str:
    first = next(iter(lines), "")
    return "" if len(first) > _LONGEST_TITLE or _LINE.fullmatch(first) else first


def _address(text: str) -> str:
    found = _ADDRESS.search(text)
    return found[0].rstrip(".,;)>\"'") if found else ""


def _named_by(url: str, title: str, text: str) -> str:
    """Without a number of its own it is the same posting as long as link and title stay; where one is missing, all of it."""
    named = f"{url}\n{title}" if url and title else text
    return sha256(named.encode("utf-8", "replace")).hexdigest()[:32]


SOURCE: Final = Source(
    name="plain",
    title="Plain text",
    terms=Terms(url="", read_on=None, may_republish=False),
    address="posting.txt",
    begin=begin,
    read=read,
)
