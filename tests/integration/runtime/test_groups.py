"""Groups as they are seen from outside, and offsets set for one that nobody is in."""

import socket

import pytest

from runtime import groups
from runtime.errors import Unreachable
from runtime.groups import Group, GroupInUse, find_groups, set_offsets
from tests.integration.runtime.consuming import GROUP, TOPIC, Handled, consuming, is_committed
from tests.integration.runtime.topic import Record, encoded, write


async def find(kafka: str, prefix: str) -> list[Group]:
    return await find_groups(kafka, prefix + TOPIC, lambda name: name.startswith(prefix))


async def test_group_is_found_with_its_members_and_what_it_has_committed(kafka: str, prefix: str) -> None:
    assert await find(kafka, prefix) == []
    await write(kafka, prefix + TOPIC, [Record(encoded(n), b"a", n % 2) for n in range(5)])
    async with consuming(kafka, prefix, Handled()):
        await is_committed(kafka, prefix, {0: 3, 1: 2})
        committed = dict.fromkeys(range(12), 0) | {0: 3, 1: 2}
        assert await find(kafka, prefix) == [Group(prefix + GROUP, 1, committed)]
    assert await find(kafka, prefix) == [Group(prefix + GROUP, 0, committed)]


async def test_group_reads_on_where_its_offsets_were_set(kafka: str, prefix: str) -> None:
    await write(kafka, prefix + TOPIC, [Record(encoded(n), b"a") for n in range(5)])
    await set_offsets(kafka, prefix + TOPIC, prefix + GROUP, {0: 3, 1: 0})
    assert await find(kafka, prefix) == [Group(prefix + GROUP, 0, {0: 3, 1: 0})]
    handled = Handled()
    async with consuming(kafka, prefix, handled):
        await is_committed(kafka, prefix, {0: 5})
    assert handled.numbers == [3, 4]


async def test_offsets_of_a_group_that_somebody_is_in_are_refused(kafka: str, prefix: str) -> None:
    await write(kafka, prefix + TOPIC, [Record(encoded(n), b"a") for n in range(5)])
    async with consuming(kafka, prefix, Handled()):
        await is_committed(kafka, prefix, {0: 5})
        with pytest.raises(GroupInUse, match=GROUP):
            await set_offsets(kafka, prefix + TOPIC, prefix + GROUP, {0: 0})
        await is_committed(kafka, prefix, {0: 5})


async def test_kafka_that_is_away_is_said_in_words() -> None:
    with pytest.raises(Unreachable, match=r"cannot reach Kafka at 127\.0\.0\.1:1"):
        await find_groups("127.0.0.1:1", TOPIC, bool)


async def test_kafka_that_takes_no_offsets_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "_ANSWERS_WITHIN", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = "{}:{}".format(*silent.getsockname())
        with pytest.raises(Unreachable, match=f"Kafka at {address} takes no offsets of the group {GROUP}"):
            await set_offsets(address, TOPIC, GROUP, {0: 0})
