"""What a source states and what its text says become the fields of a posting, each with where it came from.

A field of the source comes first, the text second; what neither says is absent.
"""

from collections.abc import Sized
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, TypeVar

from schemas.posting import Country, EmploymentType, Pay, Place, Workplace
from services.ingest.domain.characters import fold
from services.ingest.domain.derived import Derived
from services.ingest.domain.description import Description, clean
from services.ingest.domain.employment import employment_in, employment_of
from services.ingest.domain.link import without_tracking
from services.ingest.domain.pay import pay_in, pay_of
from services.ingest.domain.places import places_of
from services.ingest.domain.remote_from import remote_from, remote_from_in
from services.ingest.domain.stated import Stated
from services.ingest.domain.workplace import workplace_at, workplace_in, workplace_of

T = TypeVar("T", bound=Sized)
V = TypeVar("V")


class Origin(NamedTuple):
    """Where a value came from: a field of the source, by the source's name of it, or a sentence of the title or text."""

    field: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Enriched:
    """The fields as `schemas.posting.Posting` has them; `origins` by their names."""

    source_id: str
    title: str
    company: str
    url: str
    description: Description
    places: tuple[Place, ...]
    workplace: Workplace | None
    remote_from: tuple[Country, ...]
    employment_types: tuple[EmploymentType, ...]
    pay: Pay | None
    skills: tuple[str, ...]
    posted_on: date | None
    valid_through: date | None
    origins: dict[str, Origin]


def enrich(stated: Stated) -> Enriched:
    """Raises `TooManyTags`, as `clean` does."""
    text = clean(stated.description)
    told = _Origins(stated, text.text)
    places = places_of(stated.places)
    countries = {place.country for place in places if place.country}
    workplace = told.stated("workplace", workplace_of(stated.workplace)) or told.stated(
        "workplace", workplace_at(place.text for place in stated.places), by="places"
    )
    fields = pay_of(stated.pay, text.text, countries) if stated.pay else None
    words = pay_in(stated.pay_text, countries) if stated.pay_text else None
    return Enriched(
        source_id=stated.source_id,
        title=fold(stated.title),
        company=fold(stated.company),
        url=without_tracking(stated.url),
        description=text,
        places=told.stated("places", places) or (),
        workplace=workplace or told.read("workplace", workplace_in(stated.title, text.text)),
        remote_from=told.stated("remote_from", remote_from(stated.remote_from))
        or told.read("remote_from", remote_from_in(text.text))
        or (),
        employment_types=told.stated("employment_types", employment_of(stated.employment), by="employment")
        or told.read("employment_types", employment_in(stated.title, text.text))
        or (),
        pay=told.stated("pay", fields)
        or told.stated("pay", words and words.value, by="pay_text")
        or told.read("pay", pay_in(text.text, countries)),
        skills=told.stated("skills", stated.skills) or (),
        posted_on=told.stated("posted_on", stated.posted_on),
        valid_through=told.stated("valid_through", stated.valid_through),
        origins=told.origins,
    )


@dataclass(slots=True)
class _Origins:
    """Takes values, and notes where they came from."""

    said: Stated
    text: str
    origins: dict[str, Origin] = field(default_factory=dict)

    def stated(self, name: str, value: V, *, by: str = "") -> V:
        """A value of a field, the one of the same name where no other is given."""
        if value:
            self.origins[name] = Origin(field=self.said.fields.get(by or name, by or name))
        return value

    def read(self, name: str, found: Derived[V] | None) -> V | None:
        """A value of the title or the text."""
        if found is None:
            return None
        where = self.said.title if found.where == "title" else self.text
        self.origins[name] = Origin(sentence=" ".join(where[found.start : found.end].split()))
        return found.value
