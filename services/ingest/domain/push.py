"""The push format: what a publisher says of one posting. A JSON value enters, a `Push` leaves, or every fault with its field.

Unknown fields are refused: a misspelt one would be lost in silence. Types are strict: `5` is no text and `"5"` no number, but
amounts of money may be decimal text.
"""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Final, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import to_json

from schemas.posting import Degree, EmploymentType, Occupation, Period, Seniority, VisaType, Workplace
from services.ingest.domain.characters import fold
from services.ingest.domain.document import unstorable
from services.ingest.domain.fault import COUNTRY, CURRENCY, LANGUAGE, URL, Refused, fault_of

MAXIMUM_ITEMS: Final = 500
"""Most items of one push."""
MAXIMUM_DESCRIPTION: Final = 100_000
"""Characters of a description as it is sent."""
MAXIMUM_URL: Final = 2000
_MAXIMUM_AMOUNT: Final = 10**12
_AHEAD: Final = timedelta(days=1)
"""A posting's date is local to its place, and zones reach 14 hours ahead of UTC."""
_web_address: Final = TypeAdapter(HttpUrl)
_CONTROL: Final = re.compile("[\\x00-\\x1f\\x7f-\\x9f\u2028\u2029]")
"""Unicode's categories Cc, Zl and Zp."""


def one_line(text: str) -> str:
    """White space folded, invisible characters gone. Raises `ValueError` at a control character, which forges mail headers."""
    if found := _CONTROL.search(text):
        kind = "a line break" if found[0] in "\r\n\x0b\x0c\x85\u2028\u2029" else "a control character"
        raise ValueError(f"must be one line of text: it has {kind} (U+{ord(found[0]):04X}) at character {found.start()}")
    if not (folded := fold(text)):
        raise ValueError("must not be empty")
    return folded


def _ascii_address(text: str) -> str:
    try:
        address = _web_address.validate_python(text)
    except ValidationError as error:
        raise ValueError(
            f"must be a web address: {error.errors()[0].get('ctx', {}).get('error', 'it cannot be read')}"
        ) from None
    if address.username or address.password:
        raise ValueError("must not carry a user name or a password")
    if len(str(address)) > MAXIMUM_URL:
        raise ValueError(f"is longer than {MAXIMUM_URL:,} characters once its special characters are encoded")
    return str(address)


Identifier = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(one_line)]
_source_id: Final[TypeAdapter[str]] = TypeAdapter(Identifier)
Title = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(one_line)]
Company = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(one_line)]
Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(one_line)]
WebAddress = Annotated[str, Field(max_length=MAXIMUM_URL, pattern=URL), AfterValidator(_ascii_address)]
CountryCode = Annotated[str, Field(pattern=COUNTRY), AfterValidator(str.upper)]
CurrencyCode = Annotated[str, Field(pattern=CURRENCY), AfterValidator(str.upper)]
Amount = Annotated[Decimal, Field(ge=0, le=_MAXIMUM_AMOUNT, allow_inf_nan=False)]
Sentence = Annotated[str, Field(min_length=1, max_length=5000)]


class _Pushed(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", use_attribute_docstrings=True)


class PushedPlace(_Pushed):
    """Where the work is done; at least one part is given."""

    city: Name | None = None
    state: Name | None = None
    """ISO 3166-2 subdivision without the country ("CA"), or its name."""
    country: CountryCode | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.city or self.state or self.country):
            raise ValueError("names no city, no state and no country")
        return self


class PushedPay(_Pushed):
    """A range before tax; an open end is left out."""

    minimum: Amount | None = None
    maximum: Amount | None = None
    currency: CurrencyCode
    period: Period

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.minimum is None and self.maximum is None:
            raise ValueError("has neither minimum nor maximum")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError("has a minimum above its maximum")
        return self


class _Proven(_Pushed):
    """A verdict is worthless without the sentence that proves it; silence needs none."""

    value: str
    sentence: Sentence | None = None
    """The words of the description that say so, verbatim but for white space."""

    @model_validator(mode="after")
    def _has_its_sentence(self) -> Self:
        if self.sentence is None and self.value not in ("unstated", "none"):
            raise ValueError(f"says {self.value}: give the sentence of the description that proves it")
        return self


class PushedSponsorship(_Proven):
    """Does the employer sponsor a visa, and which?"""

    value: Literal["offered", "conditional", "not_offered", "contradictory", "unstated"]
    visas: tuple[VisaType, ...] = Field(default=(), max_length=len(get_args(VisaType)))

    @model_validator(mode="after")
    def _visas_need_a_value(self) -> Self:
        if self.visas and self.value == "unstated":
            raise ValueError("names visas, but says unstated")
        return self


class PushedWorkStatus(_Proven):
    """Does the law or the text demand a citizenship or residence?"""

    value: Literal["us_citizen", "us_person", "export_license_possible", "none"]


class PushedClearance(_Proven):
    """Does the work need a security clearance?"""

    value: Literal["active_required", "must_obtain", "preferred", "none"]


class Push(_Pushed):
    """One posting as its publisher tells it."""

    source_id: Identifier
    """The publisher's own id of the posting. The same id again means the same posting."""
    title: Title
    company: Company
    url: WebAddress
    """Where a reader applies."""
    description: Annotated[str, Field(max_length=MAXIMUM_DESCRIPTION)]
    """The whole text, plain or HTML; empty where there is none (of 1,046 real postings 29 have none)."""
    places: tuple[PushedPlace, ...] = Field(default=(), max_length=100)
    workplace: Workplace | None = None
    remote_from: tuple[CountryCode, ...] = Field(default=(), max_length=250)
    """Countries in which a remote worker may live."""
    employment_types: tuple[EmploymentType, ...] = Field(default=(), max_length=len(get_args(EmploymentType)))
    pay: PushedPay | None = None
    posted_on: date | None = None
    """Not more than a day ahead."""
    valid_through: date | None = None
    skills: tuple[Name, ...] = Field(default=(), max_length=100)
    occupation: Occupation | None = None
    """SOC 2018, such as "15-1252"; O*NET's further digits fall away."""
    seniority: Seniority | None = None
    degree: Degree | None = None
    """The least that will do; "none" where none is needed."""
    experience_years: int | None = Field(default=None, ge=0, le=60)
    """Years asked for at least."""
    language: Annotated[str, Field(pattern=LANGUAGE)] | None = None
    """Of the text, ISO 639-1."""
    sponsorship: PushedSponsorship | None = None
    work_status: PushedWorkStatus | None = None
    clearance: PushedClearance | None = None

    @field_validator("posted_on")
    @classmethod
    def _is_not_ahead(cls, posted_on: date | None, info: ValidationInfo) -> date | None:
        now: datetime = (info.context or {})["now"]
        latest = now.date() + _AHEAD
        if posted_on is not None and posted_on > latest:
            raise ValueError(f"is in the future: {posted_on} is after {latest}")
        return posted_on


def parse(item: object, *, now: datetime) -> Push:
    """One item as it came out of the JSON document. `now` is in UTC. Raises `Refused` with every fault."""
    if faults := list(unstorable(item)):
        raise Refused(faults)
    try:
        # As JSON once more: only there do strict types let a date be text and a list be a tuple. Pydantic writes it in 0.3 of
        # the time of `json`.
        return Push.model_validate_json(to_json(item), context={"now": now})
    except ValidationError as error:
        fields = tuple(Push.model_fields)
        raise Refused(fault_of(detail, fields) for detail in error.errors(include_url=False, include_input=False)) from None


def source_id_of(item: object) -> str | None:
    """The source id of an item that may be anything, where it has one that could be taken."""
    source_id = item.get("source_id") if isinstance(item, dict) else None
    try:
        return _source_id.validate_python(source_id, strict=True) if not any(unstorable(source_id)) else None
    except ValidationError:
        return None
