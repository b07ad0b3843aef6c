"""Hacker News' "Who is hiring?" threads, by Algolia's API (https://hn.algolia.com/api): each comment below the question is a
posting, whose first line says what a board has fields for.
"""

import html
import re
from datetime import date
from typing import Final

from schemas.provenance import Terms
from services.ingest.domain.characters import fold
from services.ingest.domain.stated import Stated, StatedPlace
from services.ingest.sources.addresses import parse
from services.ingest.sources.headline import headline
from services.ingest.sources.reading import Cursor, NoPosting, document, each, told
from services.ingest.sources.source import Page, Request, Source

_SITE: Final = "https://news.ycombinator.com/item?id="
_LINE: Final = re.compile(r"<p>|</p>|<pre>|<br>|\n")
_HREF: Final = re.compile(r'<a [^<>]*href="([^"<>]*)"[^<>]*>[^<]*</a>')
_TAG: Final = re.compile(r"<[^<>]*>")
_MARKUP: Final = 4000
"""Characters of a first line with its tags and links; a longer one is none, and would take long."""
_LONGEST: Final = 500
"""Characters of a first line: what is longer is a paragraph."""
_NAMES: Final = dict.fromkeys(
    ("title", "company", "places", "workplace", "remote_from", "employment", "pay_text"), "first line"
)


def begin(address: str) -> Request | None:
    """A thread's page."""
    found = parse(address)
    number = found.query.get("id", "") if found and found.host == "news.ycombinator.com" else ""
    return Request(f"https://hn.algolia.com/api/v1/items/{number}") if re.fullmatch("[0-9]{1,12}", number) else None


def read(page: bytes, _request: Request, _today: date) -> Page:
    """A thread with its comments. Those that are no posting ("I wrote a script ...") have no first line of fields."""
    return Page(*each(document(page), "children", _posting))


def _posting(item: Cursor) -> Stated | None:
    text, number = item.text("text"), item.identifier("id")
    if not text.strip():
        return None  # it was deleted
    line = _first_line(text)
    said = headline(line) if len(line) <= _LONGEST else None
    if said is None:
        raise NoPosting("text: its first line has no fields between |")
    stated = Stated(
        source_id=number,
        title=" | ".join(said.titles) or _untitled(line),
        company=said.company,
        url=f"{_SITE}{number}",  # which of its links is where to apply, it does not say
        description=text,
        places=tuple(StatedPlace(text=place) for place in dict.fromkeys(said.places)),
        workplace=", ".join(dict.fromkeys(said.workplaces)),
        remote_from=tuple(dict.fromkeys(said.remote_from)),
        employment=tuple(dict.fromkeys(said.employment)),
        pay_text=", ".join(said.pay),
        posted_on=item.day("created_at"),
    )
    return told(item, stated, {**_NAMES, "source_id": "id", "url": "id", "description": "text", "posted_on": "created_at"})


def _first_line(text: str) -> str:
    """As plain text; links in full."""
    first = next((line for part in _LINE.split(text) if (line := part.strip())), "")
    if len(first) > _MARKUP:
        raise NoPosting("text: its first line does not end")
    return fold(html.unescape(_TAG.sub(" ", _HREF.sub(r"\1", first))))


def _untitled(line: str) -> str:
    """Many name no role in it: then all of it is the title, without its links."""
    fields = (field.strip() for field in re.sub(r"\(?https?://\S+", "", line).split("|"))
    return " | ".join(field for field in fields if field)


SOURCE: Final = Source(
    name="hiring",
    title="Hacker News: Who is hiring?",
    terms=Terms(url="https://www.ycombinator.com/legal/", read_on=None, may_republish=False),
    address="https://news.ycombinator.com/item?id=NUMBER",
    ids_are_unique=True,
    begin=begin,
    read=read,
)
