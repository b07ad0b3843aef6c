"""A posting as every service sees it, and the three events of its life: opened, changed, closed."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, JsonValue, TypeAdapter, model_validator

from schemas.contract import Contract, Episode, Event, Instant, Revision
from schemas.provenance import Origin, Section, Terms

Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2."""
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
"""ISO 4217."""
Amount = Annotated[Decimal, Field(ge=0, le=1_000_000_000_000)]
"""Bounded, so that no arithmetic with it overflows and no sentence about it is a million digits long."""
Period = Literal["hour", "day", "week", "month", "year"]
Workplace = Literal["on_site", "hybrid", "remote"]
EmploymentType = Literal["full_time", "part_time", "contract", "temporary", "intern", "volunteer", "per_diem", "other"]
SponsorshipValue = Literal["offered", "conditional", "not_offered", "contradictory", "unstated"]
Seniority = Literal["intern", "entry", "mid", "senior", "staff", "manager", "director", "executive"]
"""Entry includes new graduates and associates; staff is principal, lead and distinguished too."""
Degree = Literal["none", "associate", "bachelor", "master", "doctorate"]
"""From the least to the highest."""
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
"""ISO 639-1."""
OCCUPATION: Final = r"^\d\d-\d{4}(\.\d\d)?$"
Occupation = Annotated[str, Field(pattern=OCCUPATION), AfterValidator(lambda code: code[:7])]
"""SOC 2018 (Bureau of Labor Statistics), such as "15-1252"; O*NET's further digits ("15-1252.00") fall away."""
VisaType = Literal["H-1B", "H-1B1", "E-3", "TN", "O-1", "L-1", "J-1", "F-1 CPT", "F-1 OPT", "STEM OPT", "EB-2", "EB-3"]


class Place(Contract):
    """Where the work is done; what is not known is absent."""

    city: str | None = Field(default=None, min_length=1, max_length=100)
    state: str | None = Field(default=None, min_length=1, max_length=100)
    """ISO 3166-2 subdivision without the country ("CA"), or its name where no code is known."""
    country: Country | None = None

    def words(self) -> str:
        """The place as a person writes it: "Mountain View, CA, US"."""
        return ", ".join(part for part in (self.city, self.state, self.country) if part)


class Pay(Contract):
    """A stated range before tax. At least one end is given; an open end is absent."""

    minimum: Amount | None = None
    maximum: Amount | None = None
    currency: Currency
    period: Period

    @model_validator(mode="after")
    def _has_an_end(self) -> "Pay":
        if self.minimum is None and self.maximum is None:
            raise ValueError("name a minimum or a maximum")
        return self


class Evidence(Contract):
    """The sentence that proves a verdict, and where it stands in the posting's text (offsets in characters)."""

    sentence: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Sponsorship(Contract):
    """Does the employer sponsor a visa, and which?"""

    value: SponsorshipValue = "unstated"
    visas: tuple[VisaType, ...] = ()
    """The visa types the text names; empty where it names none."""
    evidence: Evidence | None = None


class WorkStatus(Contract):
    """Does the law or the text demand a citizenship or residence?"""

    value: Literal["us_citizen", "us_person", "export_license_possible", "none"] = "none"
    evidence: Evidence | None = None


class Clearance(Contract):
    """Does the work need a security clearance?"""

    value: Literal["active_required", "must_obtain", "preferred", "none"] = "none"
    evidence: Evidence | None = None


class Verdict(Contract):
    """Three independent axes; see the glossary in ARCHITECTURE.md."""

    sponsorship: Sponsorship = Sponsorship()
    work_status: WorkStatus = WorkStatus()
    clearance: Clearance = Clearance()

    @property
    def blocks_visa_holder(self) -> bool:
        """True exactly when a person who needs a visa cannot have the job."""
        return (
            self.sponsorship.value == "not_offered"
            or self.work_status.value in ("us_citizen", "us_person")
            or self.clearance.value in ("active_required", "must_obtain")
        )


class YearOfApprovals(Contract):
    """H-1B petitions approved for one employer in one US fiscal year, initial and continuing."""

    year: int = Field(ge=1990, le=2200)
    approvals: int = Field(ge=0)


class SponsorHistory(Contract):
    """What the USCIS H-1B Employer Data Hub says of the employer. Without petitions, `years` is empty."""

    newest_year: int = Field(ge=1990, le=2200)
    """The newest fiscal year loaded, whether or not the employer has any in it."""
    years: tuple[YearOfApprovals, ...] = ()

    def approvals(self, years: int) -> int:
        """In the last `years` fiscal years, the newest loaded among them."""
        return sum(one.approvals for one in self.years if one.year > self.newest_year - years)


class PostingSummary(Contract):
    """What an alert tells of a posting: everything but its whole text."""

    id: UUID
    source: str = Field(max_length=100)
    """The publisher or board it came from."""
    source_id: str = Field(max_length=200)
    title: str = Field(min_length=1, max_length=300)
    company: str = Field(min_length=1, max_length=200)
    url: str = Field(max_length=2000)
    excerpt: str = ""
    """The first sentences of the text, at most 280 characters."""
    places: tuple[Place, ...] = ()
    workplace: Workplace | None = None
    remote_from: tuple[Country, ...] = ()
    """Where a remote worker may live; empty where the posting does not say."""
    employment_types: tuple[EmploymentType, ...] = ()
    pay: Pay | None = None
    posted_on: date | None = None
    valid_through: date | None = None
    skills: tuple[str, ...] = ()
    verdict: Verdict = Verdict()
    occupation: Occupation | None = None
    seniority: Seniority | None = None
    degree: Degree | None = None
    """The least that will do; "none" where the posting says that none is needed."""
    experience_years: int | None = Field(default=None, ge=0, le=60)
    """Years asked for at least."""
    language: Language | None = None
    """Of its text."""
    sponsor_history: SponsorHistory | None = None
    """Absent where nobody has looked the employer up."""
    wage_level: int | None = Field(default=None, ge=1, le=4)
    """The prevailing-wage level (OFLC) that the lowest pay of its range reaches."""
    terms: Terms | None = None
    """Of the source it was read from; absent where its publisher sent it."""

    def level(self) -> Seniority | None:
        """Its seniority; an internship is one whatever else is said of it."""
        return self.seniority or ("intern" if "intern" in self.employment_types else None)

    def locations(self) -> tuple[Place, ...]:
        """Its places, and where a remote worker may live."""
        remote = self.remote_from if self.workplace == "remote" else ()
        return (*self.places, *(Place(country=country) for country in remote))


class Posting(PostingSummary):
    """A posting, normalised. `text` is what matching reads; `html` is safe to show."""

    text: str = ""
    html: str = ""
    sections: tuple[Section, ...] = ()
    """The headed parts of `text`, in their order."""
    origins: tuple[Origin, ...] = ()
    """Where the values of its fields come from, for those that the publisher did not tell in so many words."""

    def summary(self) -> PostingSummary:
        """The posting without its text, as it travels with a match."""
        return PostingSummary.model_construct(**{name: getattr(self, name) for name in PostingSummary.model_fields})


class FieldChange(Contract):
    """One field that changed, with both its values as JSON."""

    field: str
    old: JsonValue
    new: JsonValue


class _PostingEvent(Event):
    revision: Revision
    episode: Episode
    opened_at: Instant
    """When this episode opened."""
    published_at: Instant
    """When the event was committed to the outbox; a subscription sees what was published after it was saved."""
    posting: Posting


class PostingOpened(_PostingEvent):
    """A posting is open: new, or open again after a lasting closure."""

    type: Literal["posting_opened"] = "posting_opened"


class PostingChanged(_PostingEvent):
    """An open posting says something else now."""

    type: Literal["posting_changed"] = "posting_changed"
    changes: tuple[FieldChange, ...]

    def previous(self) -> Posting:
        """The posting as it was before this change."""
        old: dict[str, Any] = {change.field: change.old for change in self.changes}
        kept = self.posting.model_dump(mode="json", exclude={"origins", "sections"})  # they are of the new text
        return Posting.model_validate(kept | old)


class PostingClosed(_PostingEvent):
    """A posting is no longer open; `posting` is its last content."""

    type: Literal["posting_closed"] = "posting_closed"
    closed_at: Instant
    reason: str = ""


PostingEvent = Annotated[PostingOpened | PostingChanged | PostingClosed, Field(discriminator="type")]
posting_event: TypeAdapter[PostingOpened | PostingChanged | PostingClosed] = TypeAdapter(PostingEvent)
