"""What is told is what the contract would write, in records of one partition and at most 500 subscriptions."""

from typing import Any
from uuid import UUID, uuid4

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from schemas.match import MAXIMUM_SUBSCRIPTIONS, Matched, matched
from schemas.subscription import Destination, SubscriptionState
from schemas.topics import MATCHES, partition_of
from services.matcher.domain.codes_held import told as codes_told
from services.matcher.domain.rows import Rows
from services.matcher.domain.told import KINDS, Entries, split, told
from services.matcher.states import light
from tests.unit.matcher.made import posting
from tests.unit.matcher.world import opened, subscription

IDS = st.uuids() | st.sampled_from([UUID(int=0), UUID(int=1), UUID(int=2**128 - 1)])


def entries(states: list[SubscriptionState], *, kinds: list[int], bits: list[int]) -> Entries:
    rows = Rows()
    for slot, state in enumerate(states):
        rows.put(slot, light(state))
    asked = np.array([state.revision for state in states], np.int64)
    return Entries(rows.table[: len(states)], np.array(kinds, np.uint8), np.array(bits, np.int64), asked)


def record() -> Matched:
    return told(opened(posting(title='A "quoted" title\\, and ]} of its own')))


@given(st.lists(st.tuples(IDS, IDS, IDS, st.booleans(), st.sampled_from(range(3)), st.integers(0, 2**42 - 1)), max_size=20))
def test_each_is_written_as_the_contract_writes_it(drawn: list[tuple[Any, ...]]) -> None:
    states = [
        subscription(
            subscription_id=id,
            subscriber_id=subscriber,
            destination=Destination(kind="webhook" if is_webhook else "email", id=to),
        )
        for id, subscriber, to, is_webhook, _, _ in drawn
    ]
    kinds, bits = [kind for *_, kind, _ in drawn], [bits for *_, bits in drawn]
    expected = {
        (
            partition_of(state.subscriber_id, MATCHES.partitions),
            state.subscription_id,
            state.subscriber_id,
            state.destination,
            KINDS[kind],
            codes_told(held),
            state.revision,
        )
        for state, kind, held in zip(states, kinds, bits, strict=True)
    }
    found = set()
    for partition, value in split(record(), entries(states, kinds=kinds, bits=bits)):
        one = matched.validate_json(value)
        assert one.model_dump_json().encode() == value
        for said in one.subscriptions:
            found.add(
                (
                    partition,
                    said.subscription_id,
                    said.subscriber_id,
                    said.destination,
                    said.kind,
                    said.clauses,
                    said.subscription_revision,
                )
            )
    assert found == expected


def test_a_record_has_one_partition_and_not_too_many_subscriptions() -> None:
    one, other = (next(id for id in iter(uuid4, None) if partition_of(id, MATCHES.partitions) == number) for number in (3, 4))
    states = [subscription(subscriber_id=one) for _ in range(2 * MAXIMUM_SUBSCRIPTIONS + 1)] + [
        subscription(subscriber_id=other)
    ]
    many = len(states)
    parts = list(split(record(), entries(states, kinds=[0] * many, bits=[0] * many)))
    sizes = [(partition, len(matched.validate_json(value).subscriptions)) for partition, value in parts]
    assert sizes == [(3, MAXIMUM_SUBSCRIPTIONS), (3, MAXIMUM_SUBSCRIPTIONS), (3, 1), (4, 1)]


def test_nobody_is_told_nothing() -> None:
    assert list(split(record(), entries([], kinds=[], bits=[]))) == []
