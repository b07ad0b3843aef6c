"""What every contract has in common: immutable, strict where it is written, lenient where it is read.

Compatibility within a major version goes both ways: a reader ignores fields it does not know and every field added later has a
default. Doors that take input from people validate with `extra="forbid"` so that a misspelt field is an error, never a silence.
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

VERSION = 1
"""The major version of every event in this tree. A reader refuses a record whose `version` is higher than this."""

Revision = Annotated[int, Field(ge=0, lt=2**63)]
"""max(previous + 1, microseconds of the owner's database clock). It only grows; a reader ignores a lower one than it has."""

Episode = Annotated[int, Field(ge=1, lt=2**31)]
"""Counts a posting's openings: a reopening after a lasting closure is a new episode."""

Instant = AwareDatetime
"""A point in time with its offset; on the wire ISO 8601 in UTC. Those compared across services are stamped by Postgres."""


class Contract(BaseModel):
    """An immutable value on the wire."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_bytes="base64", use_attribute_docstrings=True)


class Event(Contract):
    """A fact in the past tense, complete in itself."""

    version: Literal[1] = 1
    """Major version of the event; a higher one is refused by an old reader, in words."""
    correlation_id: str = Field(default="", max_length=64)
    """Follows one posting or request through every service and log line."""


class State(Event):
    """The whole present state of one thing; a later one replaces it."""

    revision: Revision
