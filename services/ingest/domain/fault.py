"""What is wrong with a pushed item, field by field, in words its publisher understands.

Pydantic's errors enter, faults leave; what was sent is never echoed, so that an answer or a log line stays small and printable.
"""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from schemas.posting import OCCUPATION

MAXIMUM_FAULTS: Final = 20
"""Most faults told of one item: a person mends the first few, and an item can be made to have a million."""
_LONGEST_FIELD: Final = 100

COUNTRY: Final = r"^[A-Za-z]{2}$"
CURRENCY: Final = r"^[A-Za-z]{3}$"
LANGUAGE: Final = r"^[a-z]{2}$"
URL: Final = r"^[Hh][Tt][Tt][Pp][Ss]?://\S+$"
_PATTERNS: Final = {
    COUNTRY: "must be a country code of two letters, such as US (ISO 3166-1)",
    CURRENCY: "must be a currency code of three letters, such as USD (ISO 4217)",
    OCCUPATION: "must be a code of an occupation, such as 15-1252 (SOC 2018)",
    LANGUAGE: "must be a language code of two small letters, such as en (ISO 639-1)",
    URL: "must be an address that begins with http:// or https:// and has no spaces",
}
_WORDS: Final = {
    "missing": "is required",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "string_too_long": "is longer than {max_length:,} characters",
    "too_long": "has {actual_length:,} entries, at most {max_length} are taken",
    "literal_error": "must be one of {expected}",
    "date_type": "must be a date written as text, like 2026-08-31",
    "date_parsing": "must be a date like 2026-08-31: {error}",
    "decimal_type": "must be a number, or a decimal number written as text",
    "decimal_parsing": "must be a number, or a decimal number written as text",
    "finite_number": "must be a finite number",
    "greater_than_equal": "must not be negative",
    "less_than_equal": "must be at most {le:,}",
    "model_type": "must be an object",
    "tuple_type": "must be a list",
    "url_parsing": "must be a web address: {error}",
    "url_too_long": "is longer than {max_length:,} characters",
    "json_invalid": "cannot be read: {error}",
    "value_error": "{error}",
}


class Fault(BaseModel):
    """One thing that is wrong."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    field: str
    """Path of the field, parts separated by dots (`places.0.country`); empty where the whole item is meant."""
    problem: str
    """What is wrong with it; reads as a sentence after the field's name."""


class Refused(Exception):
    """An item cannot be taken; `faults` say why."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = _shortened(list(faults))
        super().__init__("; ".join(f"{fault.field or 'the item'} {fault.problem}" for fault in self.faults))


def fault_of(error: Any, fields: Sequence[str]) -> Fault:
    """One of Pydantic's error details in our words. `fields` are the names that exist, for a misspelt one."""
    path = field_path(error["loc"])
    if error["type"] == "extra_forbidden":
        return Fault(field=path, problem=_unknown(str(error["loc"][-1]), fields))
    context = error.get("ctx", {})
    if error["type"] == "string_pattern_mismatch":
        return Fault(field=path, problem=_PATTERNS[context["pattern"]])
    words = _WORDS.get(error["type"])
    return Fault(field=path, problem=words.format(**context) if words else error["msg"])


def field_path(parts: Iterable[str | int]) -> str:
    """The parts of a path joined by dots; characters that cannot be printed or stored are escaped, and a long one is cut."""
    path = ".".join(str(part) for part in parts)
    clean = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in path[:_LONGEST_FIELD])
    return clean[:_LONGEST_FIELD]


def _unknown(name: str, fields: Sequence[str]) -> str:
    near = difflib.get_close_matches(name[:_LONGEST_FIELD], fields, n=1)
    return "is not a field of the push format" + (f"; did you mean {near[0]}?" if near else "")


def _shortened(faults: list[Fault]) -> tuple[Fault, ...]:
    if len(faults) <= MAXIMUM_FAULTS:
        return tuple(faults)
    rest = Fault(field="", problem=f"has {len(faults) - MAXIMUM_FAULTS:,} more faults")
    return (*faults[:MAXIMUM_FAULTS], rest)
