"""What a source of postings is: addresses it understands, pages to fetch, and how a page is read. A page's bytes enter, what it
states of each posting leaves, and what could not be read of it, each with its reason; nothing is fetched here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from schemas.provenance import Terms
from services.ingest.domain.stated import Stated


class Request(NamedTuple):
    """A page to be fetched. With a body it is a POST of JSON."""

    url: str
    body: Mapping[str, object] | None = None
    headers: Mapping[str, str] = {}
    seen: frozenset[str] = frozenset()
    """Ids that earlier pages of the same list told, where a list may begin again behind its end. It is not sent."""


class Unreadable(NamedTuple):
    """Something of a page that is no posting: `raw` as it came, `place` in the page ("jobs.3"), and why."""

    place: str
    raw: object
    problem: str


@dataclass(frozen=True, slots=True)
class Page:
    """What one page says."""

    postings: Sequence[Stated] = ()
    unreadable: Sequence[Unreadable] = ()
    more: Sequence[Request] = ()
    """Pages that follow from this one: the next, or one for each posting that is told elsewhere."""


class NoPage(Exception):
    """A page as a whole is not what the source sends: it says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One board or feed. `read` raises `NoPage`, and nothing else whatever the bytes are."""

    name: str
    title: str
    """As people write it: "Greenhouse"."""
    terms: Terms
    address: str
    """What an address looks like, for help texts: "https://boards.greenhouse.io/COMPANY"."""
    begin: Callable[[str], Request | None]
    """The first page of an address; none where the address is not one of this source."""
    read: Callable[[bytes, Request, date], Page]
    """A page, the request that brought it (of a file, one with an empty address), and today's date (UTC)."""
    ids_are_unique: bool = False
    """Whether no two boards of it give two postings the same id: it can do without a publisher then."""
    settings: Sequence[str] = field(default=())
    """Names of settings it needs, such as a key. In requests they stand as "{NAME}", and are filled in when it is sent."""
