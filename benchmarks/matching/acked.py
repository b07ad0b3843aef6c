"""From a batch of records of `postings` until Kafka has acknowledged its `matches`, in one process beside a real Kafka.

JAW-1's filters as subscriptions; every posting meets about two thousand of a million. Decoding, folding, comparing, writing and
publishing count; fetching and committing, which the consumer does meanwhile, do not. Then the topic is read back, and what each
posting was told is compared with the referee's ids, each once.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Final

import msgspec
from prometheus_client import REGISTRY

from benchmarks.figure import Figure, Say
from benchmarks.matching.product import FIRST_STATE
from benchmarks.matching.progress import counted
from benchmarks.matching.referee import Referee
from benchmarks.matching.rows import PostingRow, read_filters, read_postings
from benchmarks.matching.run import DisagreementError
from benchmarks.matching.subscribed import opened, posting_id, states, subscription_id
from benchmarks.matching.workload import jaw1
from deploy.local.stack import Stack
from deploy.provision import provision_topics
from runtime.broker import open_producer
from runtime.decoding import decode
from schemas.posting import PostingChanged, PostingClosed, PostingOpened, posting_event
from schemas.topics import MATCHES
from services.matcher.domain.known import Known
from services.matcher.match import Matcher
from services.matcher.states import light
from tests.support.topics import read_all

BATCH: Final = 100
"""Records, as the consumer takes them."""
BATCHES: Final = 10


class _Identified(msgspec.Struct):
    id: str


class _Subscribed(msgspec.Struct):
    subscription_id: str


class _Told(msgspec.Struct):
    """Of a record of `matches`, whom it tells of what."""

    posting: _Identified
    subscriptions: list[_Subscribed]


def measure_acked(size: int, say: Say) -> Iterator[Figure]:
    """So many subscriptions."""
    known, now = Known(), datetime.now(UTC)
    with jaw1(size, BATCH * (BATCHES + 1), say) as folder, Stack(say=say) as stack:
        for state in counted(states(read_filters(folder, size)), "subscriptions are known", say):
            known.take(light(state), now)
        known.index.rebuild()
        rows = list(read_postings(folder))
        events = [opened(row, number, now) for number, row in enumerate(rows)]
        records = [event.model_dump_json().encode() for event in events]
        stack.start("kafka")
        asyncio.run(provision_topics(stack.kafka.bootstrap, prefix="", replication=1, minimum_in_sync=1))
        say(f"{BATCHES} batches of {BATCH} postings")
        matches, seconds = asyncio.run(_run(known, records, stack.kafka.bootstrap))
        say("what the topic says is compared with the referee")
        _check(asyncio.run(read_all(stack.kafka.bootstrap, MATCHES.name)), Referee(read_filters(folder, size)), rows)
    yield Figure("matching.event_to_acked", matches / seconds, "matches/s", ">= 100,000")
    yield Figure("matching.event_to_acked.posting", seconds / (BATCH * BATCHES) * 1e3, "ms a posting")


async def _run(known: Known, records: list[bytes], kafka: str) -> tuple[float, float]:
    """Matches, and the seconds they took. The first batch warms everything up."""
    async with open_producer(kafka, prefix="", client="benchmark") as producer:
        matcher = Matcher(producer, known)
        batches = iter(records)
        await matcher.match(_decoded(list(islice(batches, BATCH))))
        before, started = _published(), time.perf_counter()
        while batch := list(islice(batches, BATCH)):
            await matcher.match(_decoded(batch))
        return _published() - before, time.perf_counter() - started


def _check(records: list[bytes], referee: Referee, rows: list[PostingRow]) -> None:
    """Raise DisagreementError where the topic tells a posting to others than the referee, or to one of them twice."""
    found: dict[str, list[str]] = defaultdict(list)
    decoder = msgspec.json.Decoder(_Told)
    for told in map(decoder.decode, records):
        found[told.posting.id] += [subscribed.subscription_id for subscribed in told.subscriptions]
    for number, row in enumerate(rows):
        abroad = any(place < FIRST_STATE for place in row.places)  # JAW-1's countries are not the US: no visa is sponsored
        ids = referee.ids(row._replace(visas=()) if abroad else row)
        expected = sorted(str(subscription_id(one)) for one in ids.tolist())
        if sorted(found.pop(str(posting_id(number)), [])) != expected:
            raise DisagreementError(f"event_to_acked, posting {number}: the topic tells it to others, or to some twice")
    if found:
        raise DisagreementError(f"event_to_acked: {len(found):,} postings are told that nobody sent")


def _published() -> float:
    """Matches since the start."""
    return REGISTRY.get_sample_value("matcher_matches_total", {"kind": "opened"}) or 0.0


def _decoded(records: list[bytes]) -> list[PostingOpened | PostingChanged | PostingClosed]:
    return [decode(posting_event, record) for record in records]
