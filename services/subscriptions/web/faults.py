"""What Pydantic and the filter's reader find wrong with a form becomes a sentence beside the field, in words of people."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schemas.filter.phrases import either
from schemas.places import gazetteer
from services.subscriptions.web.labels import in_plain, sentence

Path = tuple[str | int, ...]

_FIELDS: Final[Sequence[tuple[Path, str]]] = (
    (("email",), "email"),
    (("name",), "name"),
    (("filter", "keywords"), "keywords"),
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
_IN_PLACES: Final = 3
"""Where the name of a place's part stands in a path, after `filter`, `places` and its number."""

_BOXES: Final = "Choose one of the boxes."
_LIST: Final = "Choose one of the list."
_OTHERWISE: Final = "This cannot be read. Please write it in another way."
_OF_FIELD: Final = {
    "country": "Write the country by its name or its two letters, such as Germany or DE.",
    "within": "Write a number above 0, such as 25.",
    "pay_amount": "Write a number above 0, such as 120000 or 120k.",
    "pay_currency": "Write the currency as its three letters, such as USD.",
    "pay_period": _LIST,
    "workplaces": _BOXES,
    "visa_types": _BOXES,
    "hide": _BOXES,
    "employment_types": _BOXES,
    "seniorities": _BOXES,
}
_OF_KIND: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "string_too_long": lambda limits: f"Write at most {limits['max_length']} characters.",
    "too_long": lambda limits: f"Write at most {limits['max_length']} of them.",
    "literal_error": lambda _: _LIST,
    "missing": lambda _: "This is needed.",
}
_NO_CITY: Final = "Name the city that the distance is counted from."
_OUR_OWN: Final = ("filter", "refused_character", "value_error")
"""Errors that are raised in this house, with sentences for people."""


def sentences(error: ValidationError) -> dict[str, str]:
    """One for each field; `form` stands for the whole."""
    found: dict[str, str] = {}
    for fault in _faults(error):
        name = _field(fault["loc"])
        found.setdefault(name, _sentence(name, fault))
    return found


def position(error: ValidationError) -> int | None:
    """Of the character of `keywords` that is to blame."""
    found = (fault["ctx"]["position"] for fault in _faults(error) if "position" in fault.get("ctx", {}))
    return next(found, None)


def unknown_area(name: str) -> str:
    """With a few that may be meant."""
    if similar := gazetteer().similar_metros(name):
        return f'No area "{name}" is known. Did you mean {either(similar)}?'
    first = [metro.name for metro in gazetteer().metros()[:3]]
    return f'No area "{name}" is known. There is {either(first)}, for instance; or name a city, and a distance from it.'


def _faults(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_url=False, include_input=False)


def _field(path: Path) -> str:
    if path[:2] == ("filter", "places"):
        return str(path[_IN_PLACES]) if len(path) > _IN_PLACES else "within"
    return next((field for beginning, field in _FIELDS if path[: len(beginning)] == beginning), "form")


def _sentence(name: str, fault: ErrorDetails) -> str:
    kind = fault["type"]
    if (name, kind) == ("within", "value_error"):
        return _NO_CITY
    if kind in _OUR_OWN:
        return sentence(in_plain(fault["msg"].removeprefix("Value error, ")))
    if name in _OF_FIELD:
        return _OF_FIELD[name]
    return _OF_KIND[kind](fault.get("ctx", {})) if kind in _OF_KIND else _OTHERWISE
