"""Dead letters as their topic tells them: its records enter, in order, and letters leave, each with what became of it.

A record with a value is a letter: what was set aside, with headers that say why, where from and by which version. One without
a value is a *mark*: what somebody did about a letter, with headers `resolves` (its offset), `action`, `reason`, `version`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias, cast

from aiokafka import ConsumerRecord

Record: TypeAlias = ConsumerRecord
Action = Literal["replayed", "dropped"]
_ACTIONS: Final = ("replayed", "dropped")


@dataclass(frozen=True, slots=True)
class Mark:
    """What somebody did about a letter, when, with which version, and why."""

    action: Action
    at: datetime
    reason: str
    version: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter without its value, which may have megabytes."""

    group: str
    offset: int
    """In `<group>.dlq`."""
    at: datetime
    key: bytes | None
    headers: Mapping[str, str]
    """`error`, `topic`, `partition`, `offset`, `group`, `attempts`, `row`, `version`."""
    repeats: tuple[int, ...] = ()
    """Offsets at which it was set aside again: a process died after it had published the letter and before its commit."""
    mark: Mark | None = None

    @property
    def id(self) -> str:
        """`<group>:<offset>`."""
        return f"{self.group}:{self.offset}"

    @property
    def source(self) -> str:
        """`topic/partition@offset` of the record."""
        topic, partition, offset = (self.headers.get(name, "?") for name in ("topic", "partition", "offset"))
        return f"{topic}/{partition}@{offset}"


@dataclass(slots=True)
class Folding:
    """Makes one letter of a letter, its repeats and its mark."""

    group: str
    _letters: dict[int, Letter] = field(default_factory=dict)
    """By the offset at which each was first set aside."""
    _firsts: dict[int, int] = field(default_factory=dict)
    """From the offset of any letter to its first."""
    _waiting: dict[tuple[str, bytes], int] = field(default_factory=dict)

    def add(self, record: Record) -> None:
        """Take in the next record of the topic. What is not ours is a letter that tells little; without a value, nothing."""
        headers = {name: (value or b"").decode("utf-8", "backslashreplace") for name, value in record.headers}
        if record.value is None:
            self._settle(record, headers)
        else:
            self._set_aside(record, headers)

    def letters(self) -> list[Letter]:
        return list(self._letters.values())

    def _set_aside(self, record: Record, headers: Mapping[str, str]) -> None:
        letter = Letter(self.group, record.offset, _time(record), record.key, headers)
        # With the content: a topic that was made anew counts from 0 again, and another record must not be taken for this one.
        same = (letter.source, hashlib.sha256((record.key or b"") + b"\0" + record.value).digest())
        first = self._waiting.setdefault(same, record.offset)
        known = self._letters.get(first)
        if known is None or known.mark is not None:  # set aside again after it was done with: it waits again
            first = self._waiting[same] = record.offset
            self._letters[first] = letter
        else:
            self._letters[first] = replace(known, repeats=(*known.repeats, record.offset))
        self._firsts[record.offset] = first

    def _settle(self, record: Record, headers: Mapping[str, str]) -> None:
        resolves, action = headers.get("resolves", ""), headers.get("action")
        first = self._firsts.get(int(resolves)) if resolves.isascii() and resolves.isdigit() else None
        if first is not None and action in _ACTIONS:
            mark = Mark(cast(Action, action), _time(record), headers.get("reason", ""), headers.get("version", "?"))
            self._letters[first] = replace(self._letters[first], mark=mark)


def _time(record: Record) -> datetime:
    return datetime.fromtimestamp(record.timestamp / 1000, UTC)
