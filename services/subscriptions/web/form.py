"""The sign-up form: what a browser sends becomes a `NewSubscription`, or a sentence beside each field that is wrong."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

from pydantic import ValidationError

from schemas.filter.phrases import EMPLOYMENT_TYPES, PERIODS, SENIORITIES, WORKPLACES
from schemas.filter.warning import takes_everything
from schemas.places import gazetteer
from schemas.posting import VisaType
from services.subscriptions.domain.wanted import NewSubscription

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
EMPTY: Final[Fields] = {"pay_currency": ["USD"], "pay_period": ["year"], "pay_unstated": ["keep"], "within_unit": ["mi"]}
"""The form as it is shown at first."""

_NOTHING_ASKED: Final = "Say at least one thing you are looking for; otherwise every posting would be mailed to you."

_PLACES_OF: Final[Sequence[tuple[tuple[str | int, ...], str]]] = (
    (("email",), "email"),
    (("name",), "name"),
    (("filter", "keywords"), "keywords"),
    (("filter", "places", 0, "city"), "city"),
    (("filter", "places", 0, "state"), "state"),
    (("filter", "places", 0, "within"), "within"),
    (("filter", "places", 0, "country"), "country"),
    (("filter", "places", 0, "metro"), "metro"),
    (("filter", "places", 1), "metro"),
    (("filter", "places"), "within"),
    (("filter", "workplaces"), "workplaces"),
    (("filter", "visa_types"), "visa_types"),
    (("filter", "hide"), "hide"),
    (("filter", "minimum_pay", "currency"), "pay_currency"),
    (("filter", "minimum_pay", "period"), "pay_period"),
    (("filter", "minimum_pay"), "pay_amount"),
    (("filter", "employment_types"), "employment_types"),
    (("filter", "seniorities"), "seniorities"),
    (("filter", "companies", "include"), "companies_include"),
    (("filter", "companies", "exclude"), "companies_exclude"),
)
"""Where an error of the input belongs on the form; the first that fits."""

_WORDS: Final = {
    "country": "Write the country as its two letters, such as US, CA or DE.",
    "within": "Write a number above 0, and the city that it is counted from.",
    "pay_amount": "Write a number above 0, such as 120000.",
    "pay_currency": "Write the currency as its three letters, such as USD.",
}
"""Better said than by a pattern that does not fit."""


@dataclass(frozen=True, slots=True)
class Form:
    """What was sent, and what it means or why it means nothing."""

    values: Fields
    wanted: NewSubscription | None = None
    errors: Mapping[str, str] | None = None

    def value(self, name: str) -> str:
        """The text of a field, to be shown again."""
        return next(iter(self.values.get(name, ())), "")

    def chosen(self, name: str) -> Sequence[str]:
        """The ticked boxes of a field."""
        return self.values.get(name, ())

    def error(self, name: str) -> str:
        """The sentence beside a field; empty where it is right. `form` stands for the whole."""
        return (self.errors or {}).get(name, "")


def read(values: Fields) -> Form:
    """Never raises: everything wrong is in `errors`."""
    sent = Form(values)
    try:
        wanted = NewSubscription.model_validate(
            {"email": sent.value("email"), "name": sent.value("name"), "filter": _filter(sent)}
        )
    except ValidationError as error:
        return Form(values, errors=_errors(error))
    if takes_everything(wanted.filter):
        return Form(values, errors={"form": _NOTHING_ASKED})
    return Form(values, wanted=wanted)


def _filter(sent: Form) -> dict[str, Any]:
    """As it would come in JSON. Empty fields are left out: an empty clause is not the same as none."""
    tree: dict[str, Any] = {
        "keywords": sent.value("keywords"),
        "places": [place for place in (_place(sent), _given({"metro": sent.value("metro")})) if place],
        "workplaces": list(sent.chosen("workplaces")),
        "visa_types": list(sent.chosen("visa_types")),
        "hide": list(sent.chosen("hide")),
        "minimum_pay": _pay(sent),
        "employment_types": list(sent.chosen("employment_types")),
        "seniorities": list(sent.chosen("seniorities")),
        "companies": _given({name: _terms(sent.value(f"companies_{name}")) for name in ("include", "exclude")}),
    }
    return _given(tree)


def _place(sent: Form) -> dict[str, Any]:
    """The city's alternative; a metro beside it is another."""
    distance = re.sub(r"[\s,]", "", sent.value("within"))
    within = {"distance": distance, "unit": sent.value("within_unit") or "mi"} if distance else None
    country = sent.value("country").strip().upper()
    return _given({"city": sent.value("city"), "state": sent.value("state"), "country": country, "within": within})


def _given(tree: Mapping[str, Any]) -> dict[str, Any]:
    clean = {name: value.strip() if isinstance(value, str) else value for name, value in tree.items()}
    return {name: value for name, value in clean.items() if value}


def _terms(text: str) -> list[str]:
    return [term for part in re.split(r"[,\n]", text) if (term := part.strip())]


def _pay(sent: Form) -> dict[str, str] | None:
    amount = re.sub(r"[\s,$€£]", "", sent.value("pay_amount"))
    if not amount:
        return None
    return {
        "amount": amount,
        "currency": sent.value("pay_currency").strip().upper() or "USD",
        "period": sent.value("pay_period") or "year",
        "unstated": "keep" if sent.chosen("pay_unstated") else "drop",
    }


def _errors(error: ValidationError) -> dict[str, str]:
    found: dict[str, str] = {}
    for fault in error.errors(include_url=False, include_input=False):
        name = next((field for path, field in _PLACES_OF if fault["loc"][: len(path)] == path), "form")
        found.setdefault(name, sentence(name, fault["type"], fault["msg"]))
    return found


def sentence(name: str, kind: str, message: str) -> str:
    """What is wrong with a field, from Pydantic's type and message of the error."""
    if name in _WORDS and kind != "refused_character":
        return _WORDS[name]
    plain = message.removeprefix("Value error, ").replace("String should", "It should")
    return plain[0].upper() + plain[1:].rstrip(".") + "."
