"""A snapshot as bytes: what a matcher knows and up to which offsets, so that a restart reads only the tail of `subscriptions`.

    a line: matcher-snapshot 3
    a line: header, as JSON
    zlib: states, then former ones with their end, then filters that came late, one a line; then ended ids with their
          revisions, in one line
    32 bytes: SHA-256 of all before

It holds what the topic holds and no more: nobody's address, token or secret. A reader takes all of it or nothing. Which filters
came late is part of it: another process may die before it has given them what they missed, and the reader get its partitions.
"""

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import chain, islice
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from runtime.source import Source
from schemas.contract import VERSION, Contract, Instant
from schemas.subscription import SubscriptionState
from services.matcher.domain.known import Known, Term
from services.matcher.domain.late import Late
from services.matcher.domain.wanted import wanted

_KIND: Final = b"matcher-snapshot "
_FORMAT: Final = 3
_SLICE: Final = 100
"""Lines made at a time: under a millisecond."""
_DIGEST: Final = hashlib.sha256().digest_size
_LEVEL: Final = 1
"""Of zlib: 6 takes three times as long and saves a quarter."""


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
    states: int
    formers: int
    late: int


class _Former(Contract):
    state: SubscriptionState
    until: Instant
    replaced_at: Instant


class _Late(Contract):
    subscription_id: UUID
    since: Instant
    arrived_at: Instant


_ended: Final = TypeAdapter(dict[UUID, int])


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a matcher knew; `offsets` is where the topic's tail begins."""

    header: Header
    states: tuple[SubscriptionState, ...]
    formers: tuple[Term, ...]
    late: Mapping[UUID, Late]
    ended: Mapping[UUID, int]


@cache
def contract() -> str:
    """The contract's version and a fingerprint of the state: a field added within a version is in the topic, but not in a
    snapshot that was written by who did not know it.
    """
    schema = json.dumps(SubscriptionState.model_json_schema(), sort_keys=True)
    return f"{VERSION}-{hashlib.sha256(schema.encode()).hexdigest()[:12]}"


def encode(
    known: Known, late: Mapping[UUID, Late], *, source: Source, offsets: Mapping[int, int], now: datetime
) -> Iterator[bytes]:
    """The snapshot in pieces that each take under a millisecond. What is known is copied before the first."""
    states = list(known.states.values())
    formers = [former for formers in known.formers.values() for former in formers]
    late, ended = dict(late), dict(known.ended)
    header = Header(
        contract=contract(),
        cluster=source.cluster,
        topic=source.topic,
        topic_id=source.id,
        offsets=dict(offsets),
        written_at=now,
        states=len(states),
        formers=len(formers),
        late=len(late),
    )
    return _pieces(header, _lines(states, formers, late, ended))


def _pieces(header: Header, body: Iterator[bytes]) -> Iterator[bytes]:
    digest, compressor = hashlib.sha256(), zlib.compressobj(_LEVEL)
    head = b"%s%d\n%s\n" % (_KIND, _FORMAT, header.model_dump_json().encode())
    digest.update(head)
    yield head
    for lines in body:
        piece = compressor.compress(lines)
        digest.update(piece)
        yield piece
    rest = compressor.flush()
    digest.update(rest)
    yield rest + digest.digest()


def _lines(
    states: list[SubscriptionState], formers: list[Term], late: Mapping[UUID, Late], ended: Mapping[UUID, int]
) -> Iterator[bytes]:
    behind = (_Late(subscription_id=id, since=one.since, arrived_at=one.arrived_at) for id, one in late.items())
    every: Iterator[Contract] = chain(states, map(_former, formers), behind)
    while some := list(islice(every, _SLICE)):
        yield "".join(f"{one.model_dump_json()}\n" for one in some).encode()
    gone = iter(ended.items())
    yield b"{"
    before = ""
    while part := list(islice(gone, _SLICE)):
        yield (before + ",".join(f'"{id}":{revision}' for id, revision in part)).encode()
        before = ","
    yield b"}"


def decode(data: bytes, source: Source, now: datetime, *, oldest: timedelta) -> Snapshot:
    """The snapshot, whole; `Refused` where it is damaged or must not be used for this topic.

    `oldest`: how long the topic keeps the word that something has ended. A snapshot older than that could miss an end.
    """
    try:
        header, body = _opened(data)
        if refused := _refusal(header, source, now, oldest):
            raise refused
        lines = zlib.decompress(body).split(b"\n")
        first, second = header.states, header.states + header.formers
        states = tuple(map(SubscriptionState.model_validate_json, lines[:first]))
        formers = tuple(map(_term, lines[first:second]))
        late = {
            one.subscription_id: Late(one.since, one.arrived_at) for one in map(_Late.model_validate_json, lines[second:-1])
        }
        ended = _ended.validate_json(lines[-1])
    except (ValidationError, zlib.error) as error:  # its checksum holds: who wrote it was no version that is known here
        raise Refused("format", f"it cannot be read: {str(error).splitlines()[0]}") from error
    return Snapshot(header, states, formers, late, ended)


def _opened(data: bytes) -> tuple[Header, bytes]:
    kind, _, rest = data.partition(b"\n")
    if not kind.startswith(_KIND):
        raise Refused("corrupt", "it is torn, or no snapshot at all")
    if kind != b"%s%d" % (_KIND, _FORMAT):
        raise Refused("format", f"it has format {kind.removeprefix(_KIND).decode('ascii', 'replace')}, read is {_FORMAT}")
    if hashlib.sha256(data[:-_DIGEST]).digest() != data[-_DIGEST:]:
        raise Refused("corrupt", "it is torn or damaged: its checksum does not hold")
    header, _, body = rest[:-_DIGEST].partition(b"\n")
    return Header.model_validate_json(header), body


def _former(term: Term) -> _Former:
    return _Former(state=term.state, until=term.until, replaced_at=term.replaced_at)


def _term(line: bytes) -> Term:
    former = _Former.model_validate_json(line)
    return Term(former.state, wanted(former.state.filter), former.until, former.replaced_at)


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
        return Refused("offsets", f"it knows partitions {sorted(offsets)}, the topic has {sorted(source.starts)}")
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
