"""What a pushed posting means for the one that is known."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from schemas.posting import Posting, PostingChanged
from services.ingest.domain.decision import Known, Stamped, decide, differences
from services.ingest.domain.event import told
from services.ingest.domain.normalise import content_hash

POSTING = Posting(
    id=UUID(int=1), source="board", source_id="1", title="Engineer", company="Lodestar", url="https://a.b/", text="x"
)


def known(posting: Posting | None = None, **fields: Any) -> Known:
    kept: dict[str, Any] = {"is_open": True, "episode": 1, "content_hash": None, "content": None}
    if posting:
        kept |= {"content_hash": content_hash(posting), "content": posting.model_dump_json()}
    return Known(**kept | fields)


@pytest.mark.parametrize(
    ("before", "what"),
    [
        (known(is_open=False, episode=0), "opened"),
        (known(POSTING, is_open=False), "reopened"),
        (known(POSTING.model_copy(update={"title": "Other"}), is_open=False, episode=3), "reopened"),
        (known(POSTING, content=None), "unchanged"),
        (known(POSTING.model_copy(update={"title": "Other"})), "changed"),
        (known(POSTING, content_hash=b"of an older version"), "unchanged"),
    ],
)
def test_decision(before: Known, what: str) -> None:
    assert decide(before, POSTING, content_hash(POSTING)).what == what


def test_change_names_each_field_with_old_and_new() -> None:
    new = POSTING.model_copy(update={"title": "Senior Engineer", "skills": ("Go",)})
    changes = differences(POSTING, new)
    assert [(change.field, change.old, change.new) for change in changes] == [
        ("title", "Engineer", "Senior Engineer"),
        ("skills", [], ["Go"]),
    ]


def test_event_of_a_change_leads_back_to_the_posting_before() -> None:
    new = POSTING.model_copy(update={"title": "Senior Engineer", "text": "y"})
    decision = decide(known(POSTING), new, content_hash(new))
    at = datetime(2026, 8, 15, tzinfo=UTC)
    event = told(decision, new, Stamped(revision=2, episode=1, opened_at=at, at=at), correlation_id="c")
    assert isinstance(event, PostingChanged)
    assert event.previous() == POSTING
    assert (event.posting, event.revision, event.correlation_id) == (new, 2, "c")


def test_posting_kept_by_an_older_version_lacks_no_field() -> None:
    old = Known(is_open=True, episode=1, content_hash=b"x", content=POSTING.model_dump_json(exclude_defaults=True))
    assert decide(old, POSTING, content_hash(POSTING)).what == "unchanged"
