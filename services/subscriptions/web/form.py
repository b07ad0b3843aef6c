"""The sign-up form: what a browser sends becomes a `NewSubscription`, or a sentence beside each field that is wrong.

What is perhaps not meant is told as `doubts`; it is taken all the same if the form comes again with its `digest`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, get_args

from pydantic import ValidationError

from schemas.filter.phrases import EMPLOYMENT_TYPES, PERIODS, SENIORITIES, WORKPLACES
from schemas.filter.tree import Filter
from schemas.filter.warning import takes_everything
from schemas.places import gazetteer
from schemas.posting import VisaType
from services.subscriptions.domain.wanted import NewSubscription
from services.subscriptions.web import companies, faults, numbers
from services.subscriptions.web.doubts import Doubt, doubts
from services.subscriptions.web.labels import CLAUSES, sentence
from services.subscriptions.web.where import Where

Fields = Mapping[str, Sequence[str]]
"""Every value of every field, as it was sent."""

CHOICES: Final = {
    "workplaces": WORKPLACES,
    "visa_types": {visa: visa for visa in get_args(VisaType)},
    "hide": {"citizenship": "for US citizens and permanent residents only", "clearance": "with a security clearance"},
    "employment_types": EMPLOYMENT_TYPES,
    "seniorities": SENIORITIES,
    "pay_period": PERIODS,
    "within_unit": {"mi": "miles", "km": "km"},
    "metros": [metro.name for metro in gazetteer().metros()],
}
EMPTY: Final[Fields] = {
    "hide": ["citizenship", "clearance"],
    "pay_currency": ["USD"],
    "pay_period": ["year"],
    "pay_unstated": ["keep"],
    "within_unit": ["mi"],
}
"""The form as it is shown at first, to people who need a visa."""

_NOTHING_ASKED: Final = "Say at least one thing you are looking for; otherwise every posting would be mailed to you."
_COMPANIES: Final = ("companies_include", "companies_exclude")
_CURRENCY: Final = "USD"
_NOTHING: Final = "\N{NO-BREAK SPACE}" * 2
"""What is marked where something is missing at the end."""
_AROUND: Final = 60
"""Characters that are shown on each side of a mistake in the words."""


class Excerpt(NamedTuple):
    """A text around the place where something is wrong in it."""

    before: str
    wrong: str
    after: str


@dataclass(frozen=True, slots=True)
class Form:
    """What was sent, and what it means or why it means nothing."""

    values: Fields
    wanted: NewSubscription | None = None
    errors: Mapping[str, str] | None = None
    doubts: Sequence[Doubt] = ()
    position: int | None = None
    """Of the character in the words that is to blame."""

    def value(self, name: str) -> str:
        """The text of a field, to be shown again."""
        return next(iter(self.values.get(name, ())), "")

    def chosen(self, name: str) -> Sequence[str]:
        """The ticked boxes of a field."""
        return self.values.get(name, ())

    def error(self, name: str) -> str:
        """The sentence beside a field; empty where it is right. `form` stands for the whole."""
        return (self.errors or {}).get(name, "")

    def doubt(self, name: str) -> str:
        """The sentences beside a field that is right and perhaps not meant."""
        return " ".join(doubt.words for doubt in self.doubts if doubt.field == name)

    def excerpt(self) -> Excerpt | None:
        """The words with the place marked where they cannot be read; nothing is wrong where there is no such place."""
        if self.position is None:
            return None
        text = self.value("keywords").strip()
        before, rest = text[: self.position], text[self.position :]
        wrong, space, after = rest.partition(" ")
        more_before, more_after = "…" * (len(before) > _AROUND), "…" * (len(after) > _AROUND)
        return Excerpt(more_before + before[-_AROUND:], wrong[:_AROUND] or _NOTHING, space + after[:_AROUND] + more_after)

    def digest(self) -> str:
        """Of the filter: a form that was changed since its doubts were shown has another."""
        return hashlib.sha256(self.wanted.filter.model_dump_json().encode()).hexdigest()[:16] if self.wanted else ""

    def is_to_be_asked(self) -> bool:
        """Whether there are doubts that its sender has not seen."""
        return bool(self.doubts) and self.value("anyway") != self.digest()


def read(values: Fields) -> Form:
    """Never raises: everything wrong is in `errors`."""
    sent = Form(values)
    shown = {**values, **{name: [companies.joined(companies.split(sent.value(name)))] for name in _COMPANIES if name in values}}
    try:
        wanted = NewSubscription.model_validate(
            {"email": sent.value("email"), "name": sent.value("name"), "filter": _filter(sent)}
        )
    except ValidationError as error:
        return Form(shown, errors=_errors(error, sent), position=faults.position(error))
    if _asks_for_nothing(wanted.filter):
        return Form(shown, errors={"form": _NOTHING_ASKED})
    return Form(shown, wanted=wanted, doubts=[*_doubts_of_place(sent), *doubts(wanted.filter)])


def _asks_for_nothing(filter: Filter) -> bool:
    """What is hidden is ticked at first, and is no wish for all the rest."""
    return takes_everything(filter.model_copy(update={"hide": ()}))


def _errors(error: ValidationError, sent: Form) -> dict[str, str]:
    found = faults.sentences(error)
    metro = sent.value("metro").strip()
    if "metro" in found and gazetteer().metro(metro) is None and metro.isprintable():
        found["metro"] = faults.unknown_area(metro[:_AROUND])
    return found


def _doubts_of_place(sent: Form) -> list[Doubt]:
    words = _where(sent).doubt()
    return [Doubt("metro", CLAUSES["places"], sentence(words))] if words else []


def _filter(sent: Form) -> dict[str, Any]:
    """As it would come in JSON. Empty fields are left out: an empty clause is not the same as none."""
    tree: dict[str, Any] = {
        "keywords": sent.value("keywords").strip(),
        **_where(sent).clauses(),
        "visa_types": list(sent.chosen("visa_types")),
        "hide": list(sent.chosen("hide")),
        "minimum_pay": _pay(sent),
        "employment_types": list(sent.chosen("employment_types")),
        "seniorities": list(sent.chosen("seniorities")),
        "companies": _given({name: companies.split(sent.value(f"companies_{name}")) for name in ("include", "exclude")}),
    }
    return _given(tree)


def _given(tree: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in tree.items() if value}


def _where(sent: Form) -> Where:
    far = numbers.distance(sent.value("within"))
    country = sent.value("country").strip()
    return Where(
        city=sent.value("city").strip(),
        state=sent.value("state").strip(),
        country=gazetteer().country_code(country) or country.upper(),
        metro=sent.value("metro").strip(),
        within={"distance": far.number, "unit": far.unit or sent.value("within_unit") or "mi"} if far.number else None,
        workplaces=sent.chosen("workplaces"),
        or_remote=bool(sent.chosen("or_remote")),
    )


def _pay(sent: Form) -> dict[str, str] | None:
    amount = numbers.amount(sent.value("pay_amount"))
    if not amount.number:
        return None
    currency = numbers.currency(sent.value("pay_currency")) or _CURRENCY
    return {
        "amount": amount.number,
        "currency": amount.currency or currency if currency == _CURRENCY else currency,
        "period": sent.value("pay_period") or "year",
        "unstated": "keep" if sent.chosen("pay_unstated") else "drop",
    }
