"""The operator's door: `explain FILTER POSTING` says which clauses hold, and why."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from runtime.errors import Fatal
from schemas.filter.asked import asked_filter
from schemas.filter.tree import Filter
from schemas.filter.warning import warnings
from schemas.posting import Posting
from services.matcher.explain import explain


class Unreadable(Fatal):
    """What was given is no filter, or no posting."""


async def print_explanation(filter: str, posting: str) -> None:
    """Raises `Unreadable` with what is wrong, and where."""
    asked = _read_filter(filter)
    found, now = _read_posting(posting)
    told = explain(asked, found, now=now)
    sys.stdout.write(f"{found.title} at {found.company}: {'matches' if told.matches else 'does not match'}\n")
    for clause in told.clauses:
        sys.stdout.write(f"  {'yes' if clause.held else 'NO ':<4} {clause.code:<20} {clause.words}\n")
    for warned in warnings(asked):
        sys.stdout.write(f"  note {warned.clause:<20} {warned.problem}\n")


def _read_filter(given: str) -> Filter:
    """A path ending in .json, JSON, or keywords as they are typed."""
    text = _text(given) if given.endswith(".json") else given
    sent = _json(text, "the filter") if text.lstrip().startswith("{") else text.strip()
    try:
        return asked_filter.validate_python(sent)
    except ValidationError as error:
        raise Unreadable(f"the filter is not valid: {_faults(error)}") from None


def _read_posting(given: str) -> tuple[Posting, datetime]:
    """A path or `-`: a posting, or a record of `postings` with its moment. Else now."""
    value = _json(sys.stdin.read() if given == "-" else _text(given), given)
    is_record = isinstance(value, dict) and "posting" in value
    try:
        posting = Posting.model_validate(value["posting"] if is_record else value)
        at = TypeAdapter(datetime).validate_python(value["published_at"]) if is_record and "published_at" in value else None
    except ValidationError as error:
        raise Unreadable(f"{given} is no posting as it is on `postings`: {_faults(error)}") from None
    return posting, at or datetime.now(UTC)


def _text(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except OSError as error:
        raise Unreadable(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Unreadable(f"cannot read {path}: it is no text in UTF-8") from None


def _json(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise Unreadable(f"{what} is no JSON: {error}") from None


def _faults(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'it'}: {fault['msg']}" for fault in found[:5])
