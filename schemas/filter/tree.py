"""A filter as a tree of clauses. Every clause is optional; all that are given must hold. An empty filter takes everything.

Written by `subscriptions`, evaluated by `matcher`, told in words by `notifier`.
"""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from schemas.contract import Contract
from schemas.posting import Country, Currency, EmploymentType, Period, VisaType, Workplace

MAXIMUM_TERMS = 50
"""Most entries in any one list of a filter: far above what people write, far below what would slow a match."""

Term = Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]
"""A word, or several that stand together; case and accents are folded; "C++", "C#" and ".NET" are words."""
Terms = Annotated[tuple[Term, ...], Field(max_length=MAXIMUM_TERMS)]


class Clause(Contract):
    """Part of a filter. A door refuses unknown fields (a misspelt clause would match too much); readers ignore them."""

    model_config = ConfigDict(extra="forbid")


class Keywords(Clause):
    """Words looked for in title, company, skills and text."""

    all: Terms = ()
    """Every one of them occurs."""
    any: Terms = ()
    """At least one of them occurs."""
    none: Terms = ()
    """None of them occurs."""


class PlaceWanted(Clause):
    """One alternative: everything named here holds for one place of the posting."""

    city: str | None = Field(default=None, min_length=1, max_length=100)
    state: str | None = Field(default=None, min_length=1, max_length=100)
    country: Country | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "PlaceWanted":
        if not (self.city or self.state or self.country):
            raise ValueError("name a city, a state or a country")
        return self


class MinimumPay(Clause):
    """The least pay wanted. A range satisfies it by its upper end; pay in another currency counts as unstated."""

    amount: Decimal = Field(gt=0, le=100_000_000)
    currency: Currency = "USD"
    period: Period = "year"
    unstated: Literal["keep", "drop"] = "keep"
    """What happens to a posting that does not say what it pays."""


class Companies(Clause):
    """Companies by name; case, accents and punctuation are folded."""

    include: Terms = ()
    """Only these."""
    exclude: Terms = ()
    """Never these."""


class Filter(Clause):
    """All clauses that are given must hold."""

    keywords: Keywords | None = None
    places: tuple[PlaceWanted, ...] = Field(default=(), max_length=MAXIMUM_TERMS)
    """Alternatives: one of them holds. A remote posting has the places from where it may be done."""
    workplaces: tuple[Workplace, ...] = Field(default=(), max_length=3)
    """Remote, hybrid, on site: one of them. A posting that does not say is taken as on site."""
    visa_types: tuple[VisaType, ...] = Field(default=(), max_length=12)
    """The posting sponsors one of these, or sponsors and names no type. One that is silent or refuses does not match."""
    minimum_pay: MinimumPay | None = None
    employment_types: tuple[EmploymentType, ...] = Field(default=(), max_length=8)
    """One of them. A posting that does not say does not match."""
    companies: Companies | None = None
