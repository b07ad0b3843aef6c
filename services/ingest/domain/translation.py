"""What a source states becomes an item of the push format, each field understood where it can be; it then goes on as any push.

What is stated and not understood is named, and left for the text to say.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, TypeVar

from pydantic import JsonValue
from pydantic_core import to_jsonable_python

from schemas.posting import Pay
from schemas.provenance import Origin
from services.ingest.domain.characters import fold
from services.ingest.domain.degree import degree_of
from services.ingest.domain.description import clean
from services.ingest.domain.employment import employment_of
from services.ingest.domain.language import language_of
from services.ingest.domain.link import without_tracking
from services.ingest.domain.markup import TooManyTags
from services.ingest.domain.pay import pay_in, pay_of
from services.ingest.domain.places import place_of, places_of
from services.ingest.domain.remote_from import is_everywhere, remote_from
from services.ingest.domain.seniority import seniority_of
from services.ingest.domain.skills import skills_of
from services.ingest.domain.stated import Stated, StatedPay, StatedPlace
from services.ingest.domain.workplace import workplace_at, workplace_of

_AHEAD: Final = timedelta(days=1)
"""A day that another time zone has already."""
_TOLD: Final = 80
"""Characters of what was not understood."""
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Translation:
    """One posting. What nobody stated is not in `item`."""

    item: Mapping[str, JsonValue]
    origins: tuple[Origin, ...]
    unread: Sequence[str]
    """What the source says and nobody understood, by its own names, with why."""


def translate(stated: Stated, *, today: date) -> Translation:
    """Whatever is stated. A publication that lies ahead of `today` (UTC) is not understood."""
    taken = _Taken(stated.fields, unread=list(stated.unread))
    places = taken.take("places", places_of(stated.places))
    taken.note("places", (place.text for place in stated.places if not places_of([place]) and not workplace_of(place.text)))
    countries = {place.country for place in places if place.country}
    if not taken.take("workplace", workplace_of(stated.workplace), said=[stated.workplace]):
        taken.take("workplace", workplace_at(place.text for place in stated.places), by="places")
    excluding = [words for words in stated.remote_from if not is_everywhere(words) and not remote_from([words])]
    if not taken.take("remote_from", remote_from(stated.remote_from), said=excluding) and not stated.remote_from:
        taken.take("remote_from", remote_from(_remote_in(stated.places)), by="places")
    taken.take("employment_types", employment_of(stated.employment), by="employment", said=stated.employment)
    if not (stated.pay and taken.take("pay", _pay(stated.pay, stated.description, countries), said=[_words(stated.pay)])):
        words = pay_in(f"Salary: {stated.pay_text}", countries) if stated.pay_text else None  # a field of pay needs no cue
        taken.take("pay", words and words.value, by="pay_text", said=[stated.pay_text])
    taken.take("seniority", seniority_of(stated.seniority), said=[stated.seniority])
    taken.take("degree", degree_of(stated.degree), said=[stated.degree])
    taken.take("experience_years", stated.experience_years)
    taken.take("skills", skills_of(stated.skills))
    posted_on = stated.posted_on if stated.posted_on and stated.posted_on <= today + _AHEAD else None
    taken.take("posted_on", posted_on, said=[str(stated.posted_on or "")])
    taken.take("valid_through", stated.valid_through)
    taken.take("language", language_of(stated.language), said=[stated.language])
    return Translation(_as_it_is(stated) | taken.values, tuple(taken.origins), taken.unread)


def _as_it_is(stated: Stated) -> dict[str, JsonValue]:
    """What only has to be written properly."""
    return {
        "source_id": fold(stated.source_id),
        "title": fold(stated.title),
        "company": fold(stated.company),
        "url": without_tracking(fold(stated.url)),
        "description": stated.description,
    }


def _remote_in(places: Iterable[StatedPlace]) -> Sequence[str]:
    """Of "Remote (US)" beside "San Francisco, CA" the first; none where a remote place is less than a country."""
    remote = [place for place in places if workplace_of(place.text) == "remote"]
    lands = [found for place in remote if (found := place_of(place)) and found.country and not (found.city or found.state)]
    return [place.text for place in remote] if len(lands) == len(remote) else ()


def _pay(pay: StatedPay, description: str, countries: set[str]) -> Pay | None:
    """Where currency or period are not stated, the text is asked for the same range."""
    try:
        text = "" if pay.currency.strip() and pay.period.strip() else clean(description).text
    except TooManyTags:  # for which the description is refused
        text = ""
    return pay_of(pay, text, countries)


def _words(pay: StatedPay) -> str:
    parts = (pay.minimum, pay.maximum, pay.currency, pay.period)
    return " ".join(str(part) for part in parts if part)


@dataclass(slots=True)
class _Taken:
    """Takes values, and notes where they came from and what was not understood."""

    names: Mapping[str, str]
    """The source's own, by those of `Stated`."""
    unread: list[str]
    values: dict[str, JsonValue] = field(default_factory=dict)
    origins: list[Origin] = field(default_factory=list)

    def take(self, name: str, value: V, *, by: str = "", said: Iterable[str] = ()) -> V:
        """A value of the posting's field `name`; `by`: the name in `Stated` where that is another; `said`: in what words."""
        by = by or name
        if value not in (None, ()):
            self.values[name] = to_jsonable_python(value, exclude_none=True)
            self.origins.append(Origin(field=name, stated_as=self.names.get(by, by)))
        else:
            self.note(by, said)
        return value

    def note(self, by: str, said: Iterable[str]) -> None:
        """That these words of a field say nothing."""
        self.unread += [
            f"{self.names.get(by, by)}: {fold(words)[:_TOLD]!r} is not understood" for words in said if words.strip()
        ]
