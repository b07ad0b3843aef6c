"""Bytes of a record enter, its contract leaves, or one line that says what is wrong with it."""

import re
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from runtime.errors import Permanent

E = TypeVar("E")


class BadRecord(Permanent):
    """A record is not what its topic promises."""


def decode(adapter: TypeAdapter[E], value: bytes) -> E:
    """One record's value as its contract, unknown fields ignored; `BadRecord` says in one line what is wrong."""
    try:
        return adapter.validate_json(value, extra="ignore")
    except ValidationError as error:
        raise refusal(error) from error


def refusal(error: ValidationError, *, of: str = "") -> BadRecord:
    """What is wrong with a record, or a part of it, in one line."""
    faults = error.errors(include_url=False, include_input=True)
    for fault in faults:
        if fault["loc"][-1:] == ("version",) and _newer(fault):
            return BadRecord(
                f"version {fault['input']} of this event is newer than this reader: upgrade the service, then replay"
            )
    first = faults[0]
    where = ".".join(map(str, (of, *first["loc"]) if of else first["loc"])) or "the record"
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return BadRecord(f"{where}: {first['msg']}{more}")


def _newer(fault: Any) -> bool:
    known = re.findall(r"\d+", str(fault.get("ctx", {}).get("expected", "")))  # of a Literal: "1 or 2"
    return isinstance(fault["input"], int) and bool(known) and fault["input"] > max(map(int, known))
