"""What a source states of one posting, in its own words: nothing is derived yet, nothing checked.

A source fills in what it has a field for, and leaves out what it has none for: what only the text says is read out of it later.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedPlace:
    """Where the work is done: by its parts where the source tells them apart, else as it writes it ("USA DC Washington")."""

    text: str = ""
    city: str = ""
    state: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedPay:
    """A range as fields say it, in whole units of its currency; currency and period as it writes them ("PA", "YEAR")."""

    minimum: Decimal | None = None
    maximum: Decimal | None = None
    currency: str = ""
    period: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """One posting. Texts may be empty, and may have white space around them; codes are as the source writes them."""

    source_id: str
    title: str
    company: str
    url: str
    """Where a reader applies, or the posting's own page where that is all there is."""
    description: str
    """The whole text, plain or HTML, escaped or not; where it comes in sections, one behind the other under their headings."""
    places: tuple[StatedPlace, ...] = ()
    workplace: str = ""
    """"on-site", "Fully remote", "hybrid"; what a flag says in those words."""
    remote_from: tuple[str, ...] = ()
    """"USA Only", "Europe", "Worldwide"."""
    employment: tuple[str, ...] = ()
    """"FULL_TIME", "Part-time", "Intern"."""
    seniority: str = ""
    pay: StatedPay | None = None
    pay_text: str = ""
    """A field of pay that is text: "$135,000 - $198,000 / year"."""
    skills: tuple[str, ...] = ()
    experience_years: int | None = None
    """At least so many are asked for."""
    degree: str = ""
    """The least that is asked for: "bachelor degree", "high school"."""
    posted_on: date | None = None
    valid_through: date | None = None
    language: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    """By the names above, the source's own name for what is filled in: `{"pay": "compensation.compensationTiers.0"}`."""
    unread: tuple[str, ...] = ()
    """The source's names of what it said and nobody understood, with why: "compensation.currencyCode: is no text"."""
