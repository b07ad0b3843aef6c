"""A snapshot is whole or refused in words, and with the topic's tail it is as good as the topic."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.source import Source
from schemas.subscription import SubscriptionEnded, SubscriptionState
from services.matcher import snapshot
from services.matcher.domain.known import Known
from services.matcher.domain.late import Late
from services.matcher.domain.program import Compiled
from services.matcher.snapshot import Refused, decode, encode
from services.matcher.states import light
from tests.unit.matcher.made import posting, seen
from tests.unit.matcher.world import World, changed_at, ended, opened, source, states, subscription, word

MOMENT = datetime.now(UTC)
OLDEST = timedelta(days=30)
OFFSETS = {0: 4, 1: 10}


def known_things() -> Known:
    """Two states, of which one has a former, and one that ended."""
    known = Known()
    changing, gone = subscription(saved=MOMENT - timedelta(minutes=3)), subscription({"keywords": {"all": ["São Paulo\n"]}})
    for state in (changing, changed_at(changing, MOMENT - timedelta(minutes=1), filter=word("rust")), gone, subscription()):
        known.take(light(state), MOMENT)
    known.end(gone.subscription_id, revision=gone.revision + 1)
    return known


def written(known: Known | None = None, **more: Any) -> bytes:
    members: dict[str, Any] = {"late": {}, "source": source(), "offsets": OFFSETS, "now": MOMENT}
    return b"".join(encode(known or known_things(), **(members | more)))


def read(data: bytes, found: Source | None = None, *, now: datetime = MOMENT) -> snapshot.Snapshot:
    return decode(data, found or source(), now, oldest=OLDEST)


def contents(known: Known) -> Any:
    def asked(compiled: Compiled, of: Known) -> Any:
        return of.index.judged([compiled], seen(title="Go Rust São Paulo")), compiled.clauses

    formers = {id: [(one.row, asked(one.asked, known), one.until) for one in formers] for id, formers in known.formers.items()}
    terms = {id: [asked(one.asked, known) for one in known.terms(id)] for id in states(known)}
    return states(known), formers, terms, known.ended


def test_what_is_read_is_what_was_written() -> None:
    known = known_things()
    late = {UUID(int=n): Late(MOMENT - timedelta(hours=n), MOMENT) for n in range(1, 251)}
    found = read(written(known, late=late))
    assert contents(found.known) == contents(known)
    assert [one.replaced_at for formers in found.known.formers.values() for one in formers] == [MOMENT]
    assert found.late == late
    assert found.header.offsets == OFFSETS


@pytest.mark.parametrize(
    ("data", "found", "now", "code", "words"),
    [
        (b"", source(), MOMENT, "corrupt", "torn, or no snapshot at all"),
        (written()[:-1], source(), MOMENT, "corrupt", "torn or damaged"),
        (b"matcher-snapshot 5\nwhat is to come", source(), MOMENT, "format", "format 5, read is 4"),
        (written(), source(cluster="other"), MOMENT, "cluster", "of Kafka cluster cluster1, this is other"),
        (written(), source(id="other"), MOMENT, "topic", "subscriptions with id topic1, this is subscriptions with id other"),
        (written(), source(topic="t.subscriptions"), MOMENT, "topic", "this is t.subscriptions"),
        (written(), source(ends={0: 3, 1: 10}), MOMENT, "offsets", "knows partition 0 up to 4, and that ends at 3"),
        (written(), source(starts={0: 5, 1: 0}), MOMENT, "offsets", "knows partition 0 up to 4, and that now begins at 5"),
        (
            written(),
            source(starts={0: 0, 1: 0, 2: 0}),
            MOMENT,
            "offsets",
            r"knows partitions \[0, 1\], read are \[0, 1, 2\]",
        ),
        (written(), source(), MOMENT + OLDEST + timedelta(seconds=1), "age", "30 days old; what ended since may be gone"),
        (written(), source(), MOMENT - timedelta(seconds=1), "future", "yet to come"),
    ],
)
def test_snapshot_that_must_not_be_used_is_refused_in_words(
    data: bytes, found: Source, now: datetime, code: str, words: str
) -> None:
    with pytest.raises(Refused, match=words) as refused:
        read(data, found, now=now)
    assert refused.value.code == code


def test_snapshot_of_another_contract_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data, ours = written(), snapshot.contract()
    monkeypatch.setattr(snapshot, "contract", lambda: "2-other")
    with pytest.raises(Refused, match=f"it holds contract {ours}, read is 2-other") as refused:
        read(data)
    assert refused.value.code == "contract"


def test_snapshot_is_used_up_to_the_edges_of_what_it_may() -> None:
    assert read(written(), source(starts={0: 4, 1: 10}, ends={0: 4, 1: 10}), now=MOMENT + OLDEST).header.rows


WHOLE = written()


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_any_byte_that_changed_is_noticed(place: int, by: int) -> None:
    data = bytearray(WHOLE)
    data[place] ^= by
    with pytest.raises(Refused):
        read(bytes(data))


@given(st.integers(0, len(WHOLE) - 1))
def test_any_torn_end_is_noticed(length: int) -> None:
    with pytest.raises(Refused):
        read(WHOLE[:length])


Event = SubscriptionState | SubscriptionEnded
IDS = [UUID(int=n) for n in range(1, 4)]


@st.composite
def topics(draw: st.DrawFn) -> list[Event]:
    """States and ends of three subscriptions, some of them repeated by a relay."""
    events: list[Event] = []
    for minute in range(draw(st.integers(1, 12))):
        id, saved = draw(st.sampled_from(IDS)), MOMENT - timedelta(minutes=30 - minute)
        state = subscription(saved=saved, subscription_id=id, subscriber_id=id)
        kind = draw(st.sampled_from(["go", "rust", "paused", "ended", "repeated"]))
        if kind == "repeated" and events:
            events.append(draw(st.sampled_from(events)))
        elif kind == "ended":
            events.append(ended(state))
        elif kind == "paused":
            events.append(state.model_copy(update={"status": "paused"}))
        else:
            events.append(state.model_copy(update={"filter": word(kind)}))
    return events


@settings(deadline=None)
@given(topics(), st.data())
def test_snapshot_and_tail_are_the_whole_topic(events: list[Event], data: st.DataObject) -> None:
    async def tell() -> None:
        whole, first, second = World(), World(), World()
        cut = data.draw(st.integers(0, len(events)))
        tail = data.draw(st.integers(0, cut))  # offsets may lie behind what is known, never before
        await whole.follow(*events)
        await first.follow(*events[:cut])
        found = read(written(first.matcher.known))
        second.matcher.restore(found)
        await second.follow(*events[tail:])
        assert contents(second.matcher.known) == contents(whole.matcher.known)
        postings = [
            opened(posting(title=title), published_at=MOMENT - timedelta(minutes=n))
            for title in ("Go", "Rust")
            for n in range(32)
        ]
        await whole.matcher.match(postings)
        await second.matcher.match(postings)
        assert second.told_by_posting() == whole.told_by_posting()

    asyncio.run(tell())
