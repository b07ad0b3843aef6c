"""Postings and filters of the matcher's tests."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from schemas.filter.tree import Filter
from schemas.posting import Posting
from services.matcher.domain.facts import Facts, facts
from services.matcher.domain.oracle import judge
from services.matcher.domain.wanted import wanted

NOW: Final = datetime(2026, 11, 2, 12, tzinfo=UTC)
"""When all of them are published."""


def posting(**members: Any) -> Posting:
    """A posting with just these members."""
    base: dict[str, Any] = {
        "id": uuid4(),
        "source": "board",
        "source_id": "1",
        "title": "Engineer",
        "company": "Acme",
        "url": "https://jobs.example/1",
    }
    return Posting.model_validate(base | members)


def seen(**members: Any) -> Facts:
    """Its facts."""
    return facts(posting(**members), NOW)


def verdicts(filter: dict[str, Any], **members: Any) -> dict[str, bool]:
    """What the oracle says of each clause."""
    asked = wanted(Filter.model_validate(filter))
    return {verdict.code: verdict.held for verdict in judge(asked, seen(**members))}
