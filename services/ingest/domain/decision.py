"""What a posting that was pushed means for the one that is known: opened, opened again, changed, or nothing new."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from schemas.posting import FieldChange, Posting

What = Literal["opened", "reopened", "changed", "unchanged"]


@dataclass(frozen=True, slots=True)
class Known:
    """What is kept of a posting. `episode` 0: never opened, a place kept for it."""

    is_open: bool
    episode: int
    content_hash: bytes | None
    content: str | None
    """As JSON; None where it is the same as what was pushed, or there is none."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be recorded and told."""

    what: What
    changes: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Stamped:
    """What Postgres made of a write: its clock is the one that is compared across services."""

    revision: int
    episode: int
    opened_at: datetime
    at: datetime


def decide(known: Known, posting: Posting, content_hash: bytes) -> Decision:
    """A closed posting that is pushed is open again, whatever it says; an open one is news only where it says otherwise."""
    if not known.is_open:
        return Decision("reopened" if known.episode else "opened")
    if known.content_hash == content_hash or known.content is None:
        return Decision("unchanged")
    changes = differences(Posting.model_validate_json(known.content), posting)
    return Decision("changed", changes) if changes else Decision("unchanged")


_ABOUT: Final = {"origins", "sections"}
"""Fields about other fields: where they are read from may move, for one, when we learn to read better. That is no news."""


def differences(old: Posting, new: Posting) -> tuple[FieldChange, ...]:
    """Each field of the contract that differs in what it tells of the job, with both values."""
    before, after = (posting.model_dump(mode="json", exclude=_ABOUT) for posting in (old, new))
    return tuple(
        FieldChange(field=field, old=before[field], new=after[field]) for field in after if before[field] != after[field]
    )
