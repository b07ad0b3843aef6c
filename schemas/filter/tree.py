"""A filter as a tree of clauses. Every clause is optional; all that are given must hold. An empty filter asks for nothing more.

Written by `subscriptions`, evaluated by `matcher`, told in words by `notifier`. What each clause means, and what it makes of a
posting that does not say, is in docs/filters.md.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag, field_validator, model_validator

from schemas.contract import Contract
from schemas.posting import (
    Country,
    Currency,
    Degree,
    EmploymentType,
    Language,
    Occupation,
    Period,
    Seniority,
    SponsorshipValue,
    VisaType,
    Workplace,
)

VERSION: Final = 2
"""Of the language, as doors stamp it. Filters stored before there was one have version 1 and keep its meaning for ever:
they accept postings that refuse to sponsor, which from version 2 on has to be asked for.
"""
MAXIMUM_TERMS: Final = 50
"""Most entries in any one list of a filter: far above what people write, far below what would slow a match."""
MAXIMUM_KEYWORDS: Final = 100
"""Most words and phrases in the whole of `keywords`."""
MAXIMUM_DEPTH: Final = 5
"""Groups in groups in `keywords`."""
MINIMUM_PREFIX: Final = 3
"""Characters of a beginning: shorter ones fit half of all words."""

Term = Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]
"""A word, or several that stand together; case, accents and plurals are folded; "C++", "C#" and ".NET" are words."""
Terms = Annotated[tuple[Term, ...], Field(max_length=MAXIMUM_TERMS)]
Scope = Literal["title", "company", "skill", "location"]
Unit = Literal["km", "mi"]


class Clause(Contract):
    """Part of a filter. A door refuses unknown fields (a misspelt clause would match too much); readers ignore them."""

    model_config = ConfigDict(extra="forbid")


class ScopedTerm(Clause):
    """A term that stands in one field only, or is the beginning of a word."""

    term: Term
    scope: Scope | None = None
    """Title, company, skills or places; all of them and the text where absent (the places are never in that)."""
    prefix: bool = False
    """The last word may go on: "develop" fits developer and development."""

    @model_validator(mode="after")
    def _is_long_enough(self) -> "ScopedTerm":
        if self.prefix and sum(map(str.isalnum, (self.term.split() or [""])[-1])) < MINIMUM_PREFIX:
            raise ValueError(f"the beginning of a word needs at least {MINIMUM_PREFIX} letters or digits")
        return self


def _kind(entry: Any) -> str:
    if isinstance(entry, str):
        return "term"
    names = entry if isinstance(entry, dict) else type(entry).model_fields if isinstance(entry, Clause) else {}
    return "scoped" if {"term", "scope", "prefix"} & set(names) else "group"


Entry = Annotated[
    Annotated[Term, Tag("term")] | Annotated[ScopedTerm, Tag("scoped")] | Annotated["Keywords", Tag("group")],
    Discriminator(_kind),
]
"""A term anywhere, a term in one field, or a group."""
Entries = Annotated[tuple[Entry, ...], Field(max_length=MAXIMUM_TERMS)]


class Keywords(Clause):
    """Words looked for in title, company, skills and text, or in one of them. A group in a list stands in parentheses."""

    all: Entries = ()
    """Every one of them occurs."""
    any: Entries = ()
    """At least one of them occurs."""
    none: Entries = ()
    """None of them occurs."""

    def entries(self) -> Iterator["str | ScopedTerm | Keywords"]:
        """Those of all three lists."""
        yield from (*self.all, *self.any, *self.none)

    def has_groups(self) -> bool:
        """Whether one of its entries is a group."""
        return any(isinstance(entry, Keywords) for entry in self.entries())

    def size(self) -> int:
        """Terms in it, those of its groups counted."""
        return sum(entry.size() if isinstance(entry, Keywords) else 1 for entry in self.entries())

    def has_empty_group(self) -> bool:
        """A group that asks for nothing: no text can say it."""
        groups = [entry for entry in self.entries() if isinstance(entry, Keywords)]
        return any(not any(group.entries()) or group.has_empty_group() for group in groups)

    def depth(self) -> int:
        """Groups in groups; 0 where there is none."""
        return max((entry.depth() + 1 for entry in self.entries() if isinstance(entry, Keywords)), default=0)


class Distance(Clause):
    """How far from a city, as the crow flies."""

    distance: Decimal = Field(ge=Decimal("0.1"), le=20_000, decimal_places=3)
    unit: Unit = "mi"


class PlaceWanted(Clause):
    """One alternative: everything named here holds for one place of the posting."""

    city: str | None = Field(default=None, min_length=1, max_length=100)
    state: str | None = Field(default=None, min_length=1, max_length=100)
    country: Country | None = None
    metro: str | None = Field(default=None, min_length=1, max_length=100)
    """A metropolitan area by its name or a usual one, such as "Bay Area" (`schemas/places/metros.toml`)."""
    within: Distance | None = None
    """Of the city: places around it count too."""
    workplaces: tuple[Workplace, ...] = Field(default=(), max_length=3)
    """Only if the work is done so: "remote within the US" beside "on site in Seattle"."""

    @model_validator(mode="after")
    def _says_something(self) -> "PlaceWanted":
        if not (self.city or self.state or self.country or self.metro):
            raise ValueError("name a city, a state, a country or a metro")
        if self.metro and (self.city or self.state or self.country):
            raise ValueError("a metro stands for itself: give its city, state or country as a place of its own")
        if self.within and not self.city:
            raise ValueError("a distance needs the city it is counted from")
        return self


class MinimumPay(Clause):
    """The least pay wanted. A range satisfies it by its upper end; other currencies are converted (`rates.toml`)."""

    amount: Decimal = Field(gt=0, le=100_000_000)
    currency: Currency = "USD"
    period: Period = "year"
    unstated: Literal["keep", "drop"] = "keep"
    """What happens to a posting that does not say what it pays."""


class Companies(Clause):
    """Companies by name; case, accents, punctuation and legal forms (Inc., LLC, GmbH) are folded."""

    include: Terms = ()
    """Only these."""
    exclude: Terms = ()
    """Never these."""


class Titles(Clause):
    """Words or phrases of the title."""

    include: Terms = ()
    """At least one of these."""
    exclude: Terms = ()
    """None of these."""


class Skills(Clause):
    """Skills by name, also by another name they have (`schemas/words/skills.toml`), in skills, title or text."""

    all: Terms = ()
    any: Terms = ()


class Approvals(Clause):
    """H-1B petitions approved for the employer (USCIS Employer Data Hub), counted back from the newest year loaded."""

    at_least: int = Field(ge=1, le=1_000_000)
    years: int = Field(default=3, ge=1, le=20)


class Filter(Clause):
    """All clauses that are given must hold."""

    version: int = Field(default=1, ge=1)
    """Of the language it is written in; see `VERSION`. A newer one is refused: half of it read would match too much."""
    keywords: Keywords | None = None
    titles: Titles | None = None
    places: tuple[PlaceWanted, ...] = Field(default=(), max_length=MAXIMUM_TERMS)
    """Alternatives: one of them holds. A remote posting has the places from where it may be done."""
    workplaces: tuple[Workplace, ...] = Field(default=(), max_length=3)
    """Remote, hybrid, on site: one of them. A posting that does not say is taken as on site."""
    visa_types: tuple[VisaType, ...] = Field(default=(), max_length=12)
    """The posting sponsors one of these, or sponsors and names no type. One that is silent or refuses does not match."""
    accepted_verdicts: tuple[SponsorshipValue, ...] | None = Field(default=None, min_length=1, max_length=5)
    """What the posting may say of sponsorship. Where absent: anything but a refusal."""
    hide: tuple[Literal["citizenship", "clearance"], ...] = Field(default=(), max_length=2)
    """Postings for US citizens or US persons only; those that need a security clearance."""
    minimum_pay: MinimumPay | None = None
    employment_types: tuple[EmploymentType, ...] = Field(default=(), max_length=8)
    """One of them. A posting that does not say does not match."""
    companies: Companies | None = None
    skills: Skills | None = None
    occupations: tuple[Occupation, ...] = Field(default=(), max_length=MAXIMUM_TERMS)
    """One of them, or of a group: "15-1250", "15-1200", "15-0000". A posting whose occupation is not known does not match."""
    seniorities: tuple[Seniority, ...] = Field(default=(), max_length=8)
    """One of them. A posting that does not say does not match."""
    maximum_degree: Degree | None = None
    """The highest degree you have: postings that ask for more do not match. One that does not say asks for none."""
    maximum_experience: int | None = Field(default=None, ge=0, le=60)
    """The years of experience you have: postings that ask for more do not match. One that does not say asks for none."""
    employer_approvals: Approvals | None = None
    """An employer of whom nothing is known does not match."""
    minimum_wage_level: int | None = Field(default=None, ge=1, le=4)
    """Of the four levels of prevailing wages (OFLC) at least this one. A posting whose level is not known does not match."""
    sources: Terms = ()
    """Boards or publishers: one of them."""
    languages: tuple[Language, ...] = Field(default=(), max_length=20)
    """Languages the posting is written in: one of them. One that does not say matches."""
    posted_within: int | None = Field(default=None, ge=1, le=365)
    """Days since its date, when it is published here. A posting without a date matches."""

    @field_validator("version")
    @classmethod
    def _is_known(cls, version: int) -> int:
        if version > VERSION:
            raise ValueError(f"version {version} of the filter language is newer than this reader, which knows {VERSION}")
        return version

    @model_validator(mode="after")
    def _is_within_limits(self) -> "Filter":
        if self.keywords and (self.keywords.has_groups() or self.keywords.size() > MAXIMUM_KEYWORDS):
            if (depth := self.keywords.depth()) > MAXIMUM_DEPTH:
                raise ValueError(f"keywords have groups in groups {depth} deep, at most {MAXIMUM_DEPTH} are taken")
            if (size := self.keywords.size()) > MAXIMUM_KEYWORDS:
                raise ValueError(f"keywords have {size:,} words and phrases, at most {MAXIMUM_KEYWORDS} are taken")
            if self.keywords.has_empty_group():
                raise ValueError("keywords have a group that is empty")
        return self

    def verdicts_accepted(self) -> tuple[SponsorshipValue, ...]:
        """What a posting may say of sponsorship; empty where it may say anything, or `visa_types` says more."""
        if self.accepted_verdicts is not None:
            return self.accepted_verdicts
        return () if self.version == 1 or self.visa_types else ACCEPTED


ACCEPTED: Final[tuple[SponsorshipValue, ...]] = ("offered", "conditional", "contradictory", "unstated")
"""Anything but a refusal."""
