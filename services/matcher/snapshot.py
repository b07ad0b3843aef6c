"""A snapshot as bytes: what a matcher knows and up to which offsets, so that a restart reads only the tail of `subscriptions`.

    a line: matcher-snapshot 4
    a line: header, as JSON
    arrays: rows; clauses and programs of the active ones, which are the first; how often postings satisfied each predicate
    lines, as JSON: predicates in the order of their numbers, former terms, filters that came late, ended ids with revisions
    32 bytes: SHA-256 of all before

It holds what the topic holds and no more: nobody's address, token or secret. A reader takes all of it or nothing, and only if
it runs the very same code: programs mean what the code that made them made of the words. Which filters came late is part of it:
another process may die before it has given them what they missed, and the reader get its partitions.
"""

import hashlib
import sys
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.metadata import version
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

import schemas
from runtime.source import Source
from schemas.contract import VERSION, Contract, Instant
from services.matcher import domain
from services.matcher.domain.index import Index, State
from services.matcher.domain.known import Known, Term
from services.matcher.domain.late import Late
from services.matcher.domain.program import Compiled
from services.matcher.domain.rows import ROW, Row

_KIND: Final = b"matcher-snapshot "
_FORMAT: Final = 4
_SLICE: Final = 16_384
"""Rows made at a time: about a millisecond."""
_A_LINE: Final = 250
"""Things written in one line: as long."""
T = TypeVar("T")
_DIGEST: Final = hashlib.sha256().digest_size


class Refused(Exception):
    """This snapshot is not used. `code` is for counting, the text says why."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


class Header(Contract):
    """What a snapshot says of itself."""

    contract: str
    cluster: str
    topic: str
    topic_id: str
    offsets: dict[int, int]
    """By partition: everything before it is included."""
    written_at: Instant
    rows: int
    active: int
    words: int
    """Of all programs."""
    predicates: int
    postings: int
    """In which predicates were counted."""


class _Former(Contract):
    subscription_id: UUID
    revision: int
    effective_from: Instant
    program: tuple[int, ...]
    clauses: int
    until: Instant
    replaced_at: Instant


class _Late(Contract):
    subscription_id: UUID
    since: Instant
    arrived_at: Instant


class _Rest(Contract):
    """A line: some of one kind."""

    predicates: tuple[tuple[str | int | float | bool, ...], ...] = ()
    formers: tuple[_Former, ...] = ()
    late: tuple[_Late, ...] = ()
    ended: dict[UUID, int] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a matcher knew; `header.offsets` is where the topic's tail begins."""

    header: Header
    known: Known
    late: Mapping[UUID, Late]


@cache
def contract() -> str:
    """The contract's version and a digest of all that gives a filter's program its meaning: our code and data, the library that
    cuts legal forms off company names, and Python, whose Unicode tables fold words.
    """
    digest = hashlib.sha256(f"{sys.version} {version('cleanco')}".encode())
    for folder in (*schemas.__path__, *domain.__path__):
        for path in sorted(path for path in Path(folder).rglob("*") if path.suffix not in _PASSED and path.is_file()):
            digest.update(path.read_bytes())
    return f"{VERSION}-{digest.hexdigest()[:12]}"


_PASSED: Final = (".pyc", ".nbi", ".nbc")
"""What Python and numba make of the code."""


def encode(
    known: Known, late: Mapping[UUID, Late], *, source: Source, offsets: Mapping[int, int], now: datetime
) -> Iterator[bytes]:
    """The snapshot in pieces that each take about a millisecond, to be made in any thread. What is known is of this moment;
    until the last piece is made, `known.is_read` has to keep it from using slots again.
    """
    state, table, slots = known.index.state(), known.rows.table, known.rows.slots()
    formers = [former for formers in known.formers.values() for former in formers]
    late, ended = dict(late), dict(known.ended)

    def pieces() -> Iterator[bytes]:
        order = np.sort(slots)
        paused = table["is_paused"][order] != 0
        order, active = np.concatenate((order[~paused], order[paused])), int((~paused).sum())
        header = Header(
            contract=contract(),
            cluster=source.cluster,
            topic=source.topic,
            topic_id=source.id,
            offsets=dict(offsets),
            written_at=now,
            rows=len(order),
            active=active,
            words=state.words(order[:active]),
            predicates=len(state.seen),
            postings=state.postings,
        )
        yield header.model_dump_json().encode() + b"\n"
        yield from _arrays(state, table, order, order[:active])
        behind = (_Late(subscription_id=id, since=one.since, arrived_at=one.arrived_at) for id, one in late.items())
        yield from _lines(state.predicates, map(_former, formers), behind, ended)

    return _sealed(pieces())


def _lines(
    predicates: list[tuple[Any, ...]], formers: Iterable[_Former], late: Iterable[_Late], ended: Mapping[UUID, int]
) -> Iterator[bytes]:
    rests = chain(
        (_Rest(predicates=some) for some in _some(predicates)),
        (_Rest(formers=some) for some in _some(formers)),
        (_Rest(late=some) for some in _some(late)),
        (_Rest(ended=dict(some)) for some in _some(ended.items())),
    )
    return (rest.model_dump_json().encode() + b"\n" for rest in rests)


def _some(things: Iterable[T]) -> Iterator[tuple[T, ...]]:
    coming = iter(things)
    while some := tuple(islice(coming, _A_LINE)):
        yield some


def _sealed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    digest = hashlib.sha256()
    head = b"%s%d\n" % (_KIND, _FORMAT)
    digest.update(head)
    yield head
    for piece in pieces:
        digest.update(piece)
        yield piece
    yield digest.digest()


def _arrays(state: State, table: NDArray[Any], rows: NDArray[np.int32], active: NDArray[np.int32]) -> Iterator[bytes]:
    for some in _slices(rows):
        yield table[some].tobytes()
    for some in _slices(active):
        yield state.clauses[some].tobytes()
    for some in _slices(active):
        yield state.programs(some).tobytes()
    yield state.seen.tobytes()


def _slices(slots: NDArray[np.int32]) -> Iterator[NDArray[np.int32]]:
    return (slots[start : start + _SLICE] for start in range(0, len(slots), _SLICE))


def decode(data: bytes, source: Source, now: datetime, *, oldest: timedelta) -> Snapshot:
    """The snapshot, whole and ready to match; `Refused` where it is damaged or must not be used for this topic.

    `oldest`: how long the topic keeps the word that something has ended. A snapshot older than that could miss an end.
    """
    try:
        header, body = _opened(data)
        if refused := _refusal(header, source, now, oldest):
            raise refused
        known, late = _known(header, body)
    except (ValidationError, ValueError) as error:  # its checksum holds: who wrote it was no version that is known here
        raise Refused("format", f"it cannot be read: {str(error).splitlines()[0]}") from error
    return Snapshot(header, known, late)


def _opened(data: bytes) -> tuple[Header, memoryview]:
    end = data.find(b"\n")
    kind = data[: max(end, 0)]
    if not kind.startswith(_KIND):
        raise Refused("corrupt", "it is torn, or no snapshot at all")
    if kind != b"%s%d" % (_KIND, _FORMAT):
        raise Refused("format", f"it has format {kind.removeprefix(_KIND).decode('ascii', 'replace')}, read is {_FORMAT}")
    body = memoryview(data)[:-_DIGEST]
    if hashlib.sha256(body).digest() != data[-_DIGEST:]:
        raise Refused("corrupt", "it is torn or damaged: its checksum does not hold")
    start = data.index(b"\n", end + 1)
    return Header.model_validate_json(data[end + 1 : start]), body[start + 1 :]


def _known(header: Header, body: memoryview) -> tuple[Known, Mapping[UUID, Late]]:
    at = 0

    def take(kind: np.dtype[Any], count: int) -> NDArray[Any]:
        nonlocal at
        found = np.frombuffer(body, kind, count, at).copy()
        at += count * kind.itemsize
        return found

    rows, clauses = take(ROW, header.rows), take(np.dtype(np.int32), header.active)
    code, seen = take(np.dtype(np.int32), header.words), take(np.dtype(np.int32), header.predicates)
    lines = [_Rest.model_validate_json(line) for line in bytes(body[at:]).splitlines()]
    predicates = [one for line in lines for one in line.predicates]
    index = Index.restored(predicates=predicates, code=code, clauses=clauses, seen=seen, postings=header.postings)
    known = Known(index)
    known.rows.restore(rows)
    known.restore(
        (_term(one) for line in lines for one in line.formers),
        {id: revision for line in lines for id, revision in line.ended.items()},
    )
    return known, {one.subscription_id: Late(one.since, one.arrived_at) for line in lines for one in line.late}


def _former(term: Term) -> _Former:
    return _Former(
        subscription_id=term.row.subscription_id,
        revision=term.row.revision,
        effective_from=term.row.effective_from,
        program=tuple(term.asked.program),
        clauses=term.asked.clauses,
        until=term.until,
        replaced_at=term.replaced_at,
    )


def _term(former: _Former) -> Term:
    row = Row(former.subscription_id, former.revision, former.effective_from, is_active=True)
    return Term(row, Compiled(array("i", former.program), former.clauses), former.until, former.replaced_at)


def _refusal(header: Header, source: Source, now: datetime, oldest: timedelta) -> Refused | None:
    age = now - header.written_at
    if header.contract != contract():
        return Refused("contract", f"it holds contract {header.contract}, read is {contract()}")
    if header.cluster != source.cluster:
        return Refused("cluster", f"it is of Kafka cluster {header.cluster}, this is {source.cluster}")
    if (header.topic, header.topic_id) != (source.topic, source.id):
        return Refused(
            "topic", f"it is of topic {header.topic} with id {header.topic_id}, this is {source.topic} with id {source.id}"
        )
    if age < timedelta(0):
        return Refused("future", f"it was written at {header.written_at.isoformat()}, which is yet to come")
    if age > oldest:
        return Refused("age", f"it is {age.days} days old; what ended since may be gone from the topic after {oldest.days}")
    return _gap(header.offsets, source)


def _gap(offsets: Mapping[int, int], source: Source) -> Refused | None:
    if offsets.keys() != source.starts.keys():
        return Refused("offsets", f"it knows partitions {sorted(offsets)}, read are {sorted(source.starts)}")
    for partition, offset in sorted(offsets.items()):
        if offset > source.ends[partition]:
            return Refused(
                "offsets", f"it knows partition {partition} up to {offset}, and that ends at {source.ends[partition]}"
            )
        if offset < source.starts[partition]:
            return Refused(
                "offsets", f"it knows partition {partition} up to {offset}, and that now begins at {source.starts[partition]}"
            )
    return None
