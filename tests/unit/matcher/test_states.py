"""What is read light is what its contract says, and nothing else is taken; a filter read clause by clause is the whole filter."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

import schemas.subscription
from runtime.decoding import BadRecord, decode
from schemas.filter.tree import Filter
from schemas.subscription import SubscriberState, SubscriptionEnded, SubscriptionState, subscription_event
from services.matcher.domain.index import Index
from services.matcher.domain.known import LAST_REVISION, Known
from services.matcher.domain.rows import Row, Rows
from services.matcher.domain.subscription import Destination, Ended, Subscriber, Subscription
from services.matcher.domain.wanted import wanted
from services.matcher.states import light, read
from tests.unit.matcher.test_index import TREES
from tests.unit.matcher.world import SAVED, ended, later, subscription

STATES = st.builds(
    subscription,
    TREES,
    saved=st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001 -- they get it
    name=st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
    status=st.sampled_from(["active", "paused"]),
)
SUBSCRIBERS = st.builds(
    SubscriberState,
    revision=st.integers(0, 2**63 - 1),
    subscriber_id=st.uuids(),
    address=st.from_regex(r"\Ak\d{1,3}\.[A-Za-z0-9_-]{1,40}\Z"),
)
EVENTS = STATES | STATES.map(ended) | SUBSCRIBERS
ODD = st.sampled_from(
    [
        *(None, [], {}, "", " ", "x", "x" * 5000, "k1.a\n", "k٣.a", "\ud800", "1", "no-uuid", "1970-01-01T00:00:00"),
        *("5f0a52f2-6c1b-5a37-9d0e-0d7a43f1c9aa", True, 0, -1, 1, 2, 3, 1.0, 1.5, 2**63 - 1, 2**63),
        *([None], ["x"], [""], ["\u2028"], ["\x1f"], ["x"] * 51, {"all": ["x"] * 40, "any": ["x"] * 61}),
    ]
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths to everything in it."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield (*path, key)
        yield from places(member, (*path, key))


def changed(tree: Any, path: tuple[Any, ...], value: Any) -> Any:
    """With another value there; `...` for none."""
    copy = json.loads(json.dumps(tree))
    at = copy
    for key in path[:-1]:
        at = at[key]
    if value is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return copy


def is_taken(value: bytes) -> bool:
    """By the light forms, and where it is a subscription into what is known."""
    try:
        event = read(value)
        if isinstance(event, Subscription):
            Known().take(event, SAVED)
    except (BadRecord, ValueError):
        return False
    return True


def is_right(value: bytes) -> bool:
    """By the contract; and a subscription by what is known of moments."""
    try:
        event = decode(subscription_event, value)
    except BadRecord:
        return False
    return not isinstance(event, SubscriptionState) or (event.revision <= LAST_REVISION)


@given(TREES)
@settings(max_examples=500, deadline=None)
def test_filter_read_clause_by_clause_is_the_whole_one(tree: Any) -> None:
    index, filter = Index(), Filter.model_validate(tree)
    assert index.read(light(subscription(tree)).filter) == index.compile(wanted(filter))


@given(TREES)
@settings(deadline=None)
def test_filter_with_all_it_leaves_out_is_the_same(tree: Any) -> None:
    index, filter = Index(), Filter.model_validate(tree)
    state = json.loads(subscription(tree).model_dump_json()) | {"filter": filter.model_dump(mode="json")}
    event = read(json.dumps(state).encode())
    assert isinstance(event, Subscription)
    assert index.read(event.filter) == index.compile(wanted(filter))


@given(STATES)
@settings(deadline=None)
def test_state_is_what_its_contract_says(state: SubscriptionState) -> None:
    event = read(state.model_dump_json().encode())
    assert isinstance(event, Subscription)
    for name in set(SubscriptionState.model_fields) - {"type", "filter", "destination"}:
        assert getattr(event, name) == getattr(state, name)
    assert (event.destination.kind, event.destination.id) == (state.destination.kind, state.destination.id)


@pytest.mark.parametrize(
    ("form", "contract"),
    [
        (Subscription, SubscriptionState),
        (Ended, SubscriptionEnded),
        (Subscriber, SubscriberState),
        (Destination, schemas.subscription.Destination),
    ],
)
def test_light_form_has_every_field_of_its_contract(form: Any, contract: type[BaseModel]) -> None:
    assert set(form.__struct_fields__) == set(contract.model_fields) - {"type"}


@given(EVENTS, st.data())
@settings(max_examples=1000, deadline=None)
def test_record_is_refused_where_its_contract_refuses_it(event: Any, data: st.DataObject) -> None:
    tree = json.loads(event.model_dump_json())
    path = data.draw(st.sampled_from(list(places(tree))))
    value = json.dumps(changed(tree, path, data.draw(ODD | st.just(...)))).encode()
    assert is_taken(value) == is_right(value)


@given(EVENTS, st.data())
@settings(deadline=None)
def test_record_that_is_cut_or_garbled_is_refused(event: Any, data: st.DataObject) -> None:
    value = bytearray(event.model_dump_json().encode())
    at = data.draw(st.integers(0, len(value) - 1))
    if data.draw(st.booleans()):
        del value[at:]
    else:
        value[at] = data.draw(st.integers(0, 255))
    assert is_taken(bytes(value)) == is_right(bytes(value))


@pytest.mark.parametrize("field", ["unknown", "filter", "keywords"])
def test_record_of_brackets_is_refused(field: str) -> None:
    state = json.loads(subscription().model_dump_json())
    value = json.dumps(state | ({"filter": {field: "@"}} if field == "keywords" else {field: "@"}))
    assert not is_taken(value.replace('"@"', "[" * 100_000 + "]" * 100_000).encode())


def test_subscriber_is_passed_and_a_newer_version_is_refused_in_words() -> None:
    state = SubscriberState(revision=1, subscriber_id=UUID(int=1), address="k1.abc")
    assert isinstance(read(state.model_dump_json().encode()), Subscriber)
    with pytest.raises(BadRecord, match="version 2 of this event is newer than this reader"):
        read(state.model_dump_json().replace('"version":1', '"version":2').encode())


def test_clauses_that_are_long_or_seldom_come_again_are_not_kept() -> None:
    index = Index()
    for tree in ({"titles": {"include": ["é" * 90] * 50}}, {"keywords": {"all": [{"term": "go", "scope": "title"}]}}):
        index.read(light(subscription(tree)).filter)
    index.read(light(subscription({"visa_types": ["H-1B"]})).filter)
    assert index._clauses._part.cache_info().currsize == 2  # of the versions, with the visa and without


def test_state_that_is_paused_is_refused_where_its_filter_is_wrong() -> None:
    known, state = Known(), subscription()
    known.take(light(state), SAVED)
    paused = json.loads(later(state, status="paused").model_dump_json()) | {"filter": {"version": 3}}
    event = read(json.dumps(paused).encode())
    assert isinstance(event, Subscription)
    with pytest.raises(ValueError, match="newer than this reader"):
        known.take(event, SAVED)
    assert known.revision(state.subscription_id) == state.revision


def test_state_that_applies_from_no_moment_in_utc_is_refused() -> None:
    state = json.loads(subscription().model_dump_json()) | {"effective_from": "0001-01-01T00:00:00+01:00"}
    event = read(json.dumps(state).encode())
    assert isinstance(event, Subscription)
    with pytest.raises(ValueError, match="no moment in UTC"):
        Known().take(event, SAVED)


def test_rows_are_what_was_put_also_when_there_are_many() -> None:
    rows, states = Rows(), [light(subscription(saved=SAVED + timedelta(seconds=n))) for n in range(3000)]
    for slot, state in enumerate(states):
        rows.put(slot, state)
    kept = Rows()
    kept.restore(rows.table[: len(states)].copy())
    kept.put(len(states), states[0])
    for slot, state in enumerate(states[1:], 1):
        assert rows.row(slot) == kept.row(slot) == Row(state.subscription_id, state.revision, state.effective_from, True)
        assert rows.find(state.subscription_id) == kept.find(state.subscription_id) == slot
    assert kept.find(states[0].subscription_id) == len(states)
