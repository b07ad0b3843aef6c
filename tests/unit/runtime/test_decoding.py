"""A record that is not what its topic promises is refused in one line that a person can act on."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runtime.decoding import BadRecord, decode
from schemas.posting import posting_event
from schemas.subscription import subscription_event

HEARTBEAT = {"type": "heartbeat", "partition": 3, "stamped_at": "2026-11-03T09:05:30Z"}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b"", "the record: Invalid JSON: EOF while parsing a value at line 1 column 0"),
        (b"not json", "the record: Invalid JSON: expected ident at line 1 column 2"),
        (b"\x00\x01\x02", "the record: Invalid JSON: expected value at line 1 column 1"),
        (
            b'{"type": "heartbeat", "partition": 3, "stamped_at": "\xff\xfe"}',
            "the record: Invalid JSON: invalid unicode code point",
        ),
        (b'{"type": "heartbeat", "correlation_id": "\\ud800"}', "the record: Invalid JSON: "),
        (b"null", "the record: Input should be "),
        (b"[]", "the record: Input should be "),
        (b"7", "the record: Input should be "),
        (b"{}", "the record: Unable to extract tag using discriminator 'type'"),
        (b'{"type": "rained"}', "the record: Input tag 'rained' found using 'type' does not match any of the expected tags"),
        (b'{"type": "heartbeat"}', "heartbeat.partition: Field required (and 1 more)"),
        (
            json.dumps(HEARTBEAT | {"partition": "three"}).encode(),
            "heartbeat.partition: Input should be a valid integer, unable to parse string as an integer",
        ),
        (
            json.dumps(HEARTBEAT | {"stamped_at": "2026-11-03T09:05:30"}).encode(),
            "heartbeat.stamped_at: Input should have timezone info",
        ),
        (json.dumps(HEARTBEAT | {"version": 2}).encode(), "version 2 of this event is newer than this reader"),
        (json.dumps({"type": "heartbeat", "version": 7}).encode(), "version 7 of this event is newer than this reader"),
        (json.dumps(HEARTBEAT | {"version": 0}).encode(), "heartbeat.version: Input should be 1"),
        (json.dumps(HEARTBEAT | {"version": "2"}).encode(), "heartbeat.version: Input should be 1"),
        (json.dumps(HEARTBEAT | {"version": None}).encode(), "heartbeat.version: Input should be 1"),
        (json.dumps(HEARTBEAT | {"partition": 10**400}).encode(), "heartbeat.partition: Input should be less than 2147483648"),
        (b"[" * 5000, "the record: Invalid JSON: recursion limit exceeded"),
    ],
)
def test_bad_record_is_refused_with_the_field_and_the_fault(value: bytes, said: str) -> None:
    with pytest.raises(BadRecord) as refused:
        decode(subscription_event, value)
    assert str(refused.value).startswith(said)
    assert "\n" not in str(refused.value)


def test_revision_that_no_database_could_store_is_refused() -> None:
    event = {"type": "subscriber_ended", "subscriber_id": "4f8a1c2e-90b3-4d6f-8a21-7b5c3e9d1f04"}
    assert decode(subscription_event, json.dumps(event | {"revision": 2**63 - 1}).encode())
    with pytest.raises(BadRecord, match=r"revision: Input should be less than 9223372036854775808"):
        decode(subscription_event, json.dumps(event | {"revision": 2**63}).encode())


def test_unknown_fields_are_ignored_also_where_a_door_would_refuse_them() -> None:
    state = {
        "type": "subscription_state",
        "revision": 1,
        "subscription_id": "4f8a1c2e-90b3-4d6f-8a21-7b5c3e9d1f04",
        "subscriber_id": "9b2d7e61-3c48-4a95-b0f7-15e6d8c2a394",
        "filter": {"keywords": {"all": ["c++"], "near": ["rust"]}, "mood": "good"},
        "destination": {"kind": "email", "id": "9b2d7e61-3c48-4a95-b0f7-15e6d8c2a394"},
        "effective_from": "2026-11-03T09:05:30Z",
    }
    decoded: Any = decode(subscription_event, json.dumps(state).encode())
    assert decoded.filter.model_dump(exclude_defaults=True) == {"keywords": {"all": ("c++",)}}


@given(
    st.binary(max_size=300)
    | st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    ).map(lambda value: json.dumps(value).encode())
)
@example(b'{"type": {}}')
@example(b'{"type": ["posting_opened"]}')
def test_nothing_but_bad_record_comes_of_any_bytes(value: bytes) -> None:
    with pytest.raises(BadRecord, match=r"^[^\n]+$"):
        decode(posting_event, value)
