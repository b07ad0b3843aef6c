"""Batches from Kafka: what is bad is set aside with its story, what failed is read again, nothing is committed before it is done."""

import asyncio
import os
import signal
import sys
from contextlib import suppress

import pytest

from runtime import health
from runtime.errors import Transient
from runtime.health import consumer_check
from runtime.version import software
from tests.integration.runtime.consuming import (
    GROUP,
    POISON,
    ROOT,
    TOPIC,
    Handled,
    consuming,
    dead_letters,
    is_committed,
    refuse_poison,
    stumble_over_poison,
)
from tests.integration.runtime.topic import Fact, Record, committed, encoded, producing, until, write


async def test_bad_records_become_dead_letters_and_their_neighbours_are_handled(kafka: str, prefix: str) -> None:
    newer = b'{"type": "fact", "version": 2, "n": 1, "mood": "new"}'
    records = [
        Record(encoded(0), b"a"),
        Record(b"not json", b"b"),
        Record(newer, b"\xff\xfe no text"),
        Record(None, b"tombstone"),
        Record(b"", None),
        Record(encoded(1), b"c", headers=(("trace", b"\xff\xfe"), ("empty", None), ("reply_to", b"outcomes"))),
        Record(encoded(POISON), b"d"),
        Record(b'{"type": "fact", "n": "\\ud800"}', b"e"),
        Record(encoded(2), b"f"),
    ]
    await write(kafka, prefix + TOPIC, records)
    handled = Handled(refuse_poison)
    async with consuming(kafka, prefix, handled):
        await is_committed(kafka, prefix, {0: len(records)})
    assert handled.numbers == [0, 1, 2]
    letters = await dead_letters(kafka, prefix)
    assert [(letter.key, letter.value) for letter in letters] == [
        (b"b", b"not json"),
        (b"\xff\xfe no text", newer),
        (None, b""),
        (b"e", b'{"type": "fact", "n": "\\ud800"}'),
        (b"d", encoded(POISON)),
    ]
    stories = [{name: (value or b"").decode() for name, value in letter.headers} for letter in letters]
    assert [story["error"].partition(":")[0] for story in stories] == ["BadRecord"] * 4 + ["Permanent"]
    assert "version 2 of this event is newer than this reader" in stories[1]["error"]
    assert stories[4] == {
        "error": "Permanent: this fact is poison",
        "topic": prefix + TOPIC,
        "partition": "0",
        "offset": "6",
        "group": GROUP,
        "attempts": "2",  # with its batch, and by itself
        "row": "5.0",
        "version": software(),
    }


async def test_record_that_meets_a_fault_of_ours_is_set_aside_and_its_neighbours_are_handled(kafka: str, prefix: str) -> None:
    await write(kafka, prefix + TOPIC, [Record(encoded(n)) for n in (1, POISON, 2)])
    handled = Handled(stumble_over_poison)
    async with consuming(kafka, prefix, handled):
        await is_committed(kafka, prefix, {0: 3})
    assert handled.numbers == [1, 2]
    [letter] = await dead_letters(kafka, prefix)
    assert dict(letter.headers)["error"] == b"KeyError: 'a fault of ours that only this fact meets'"


async def test_batch_of_tombstones_only_is_passed_over(kafka: str, prefix: str) -> None:
    await write(kafka, prefix + TOPIC, [Record(None, b"a"), Record(None, b"b")])
    handled = Handled()
    async with consuming(kafka, prefix, handled):
        await is_committed(kafka, prefix, {0: 2})
    assert handled.attempts == []


@pytest.mark.parametrize(
    "error", [Transient("not there at the moment"), ConnectionResetError("gone"), TimeoutError()], ids=repr
)
async def test_transient_failure_commits_nothing_and_is_tried_again_after_growing_pauses(
    kafka: str, prefix: str, error: Exception
) -> None:
    failures = 3

    def fail_at_first(_: int) -> None:
        if len(handled.attempts) <= failures:
            raise error

    await write(kafka, prefix + TOPIC, [Record(encoded(n), partition=n % 3) for n in range(30)])
    handled = Handled(fail_at_first)
    async with consuming(kafka, prefix, handled):
        await until(lambda: len(handled.attempts) == failures)
        assert await committed(kafka, prefix + GROUP) == {}
        await is_committed(kafka, prefix, {0: 10, 1: 10, 2: 10})
    assert sorted(handled.numbers) == list(range(30))
    pauses = [later - earlier for earlier, later in zip(handled.attempts, handled.attempts[1:], strict=False)]
    assert [pause >= least for pause, least in zip(pauses, (0.1, 0.2, 0.4), strict=False)] == [True] * failures
    assert await dead_letters(kafka, prefix) == []


async def test_transient_failure_while_looking_for_poison_sets_nothing_aside_twice(kafka: str, prefix: str) -> None:
    def poison_then_failure(n: int) -> None:
        refuse_poison(n)
        if n == 2 and len(handled.attempts) < 8:
            raise Transient("not there at the moment")

    await write(kafka, prefix + TOPIC, [Record(b"not json"), *(Record(encoded(n)) for n in (1, POISON, 2, 3))])
    handled = Handled(poison_then_failure)
    async with consuming(kafka, prefix, handled):
        await is_committed(kafka, prefix, {0: 5})
    assert set(handled.numbers) == {1, 2, 3}
    assert [letter.value for letter in await dead_letters(kafka, prefix)] == [b"not json", encoded(POISON)]
    pauses = [later - earlier for earlier, later in zip(handled.attempts, handled.attempts[1:], strict=False)]
    assert max(pauses) >= 0.1  # not thousands of times a second


async def test_aborted_transactions_are_not_seen_and_leave_no_lag(kafka: str, prefix: str) -> None:
    async with producing(kafka, transactional_id=f"{prefix}test", enable_idempotence=True) as producer:
        async with producer.transaction():
            await producer.send(prefix + TOPIC, encoded(1), partition=0)
        with suppress(ZeroDivisionError):
            async with producer.transaction():
                await producer.send_and_wait(prefix + TOPIC, encoded(2), partition=0)
                raise ZeroDivisionError
        async with producer.transaction():
            await producer.send(prefix + TOPIC, encoded(3), partition=0)
    handled = Handled()
    async with consuming(kafka, prefix, handled) as consumer:
        await until(lambda: handled.numbers == [1, 3])
        await until(lambda: consumer.assigned == 12 and consumer.lag == 0)
        assert consumer_check(consumer).ready


async def test_records_of_a_partition_are_handled_in_order_and_none_twice_in_quiet_times(kafka: str, prefix: str) -> None:
    handled = Handled()
    async with consuming(kafka, prefix, handled):
        for start in range(0, 300, 100):
            await write(kafka, prefix + TOPIC, [Record(encoded(n), partition=n % 2) for n in range(start, start + 100)])
        await is_committed(kafka, prefix, {0: 150, 1: 150})
    assert [n for n in handled.numbers if n % 2 == 0] == list(range(0, 300, 2))
    assert [n for n in handled.numbers if n % 2 == 1] == list(range(1, 300, 2))


async def test_stopping_lets_the_batch_under_way_finish_and_commits_it(kafka: str, prefix: str) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow(events: list[Fact]) -> None:
        entered.set()
        await leave.wait()

    await write(kafka, prefix + TOPIC, [Record(encoded(1))])
    async with consuming(kafka, prefix, slow):
        await entered.wait()
        asyncio.get_running_loop().call_later(0.3, leave.set)
    assert await committed(kafka, prefix + GROUP) == {0: 1}


async def test_consumer_that_gets_nowhere_is_not_ready(kafka: str, prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise Transient("not there at the moment")

    monkeypatch.setattr(health, "STUCK", 0.2)
    await write(kafka, prefix + TOPIC, [Record(encoded(1))])
    failing = Handled(fail)
    async with consuming(kafka, prefix, failing) as consumer:
        await until(lambda: len(failing.attempts) >= 3)
        stuck = consumer_check(consumer)
    assert not stuck.ready
    assert "lag 1" in stuck.detail


async def test_member_that_joins_takes_over_partitions_and_nothing_is_lost(kafka: str, prefix: str) -> None:
    first, second = Handled(), Handled()
    async with consuming(kafka, prefix, first) as one:
        await until(lambda: one.assigned == 12)
        await write(kafka, prefix + TOPIC, [Record(encoded(n), partition=n % 12) for n in range(120)])
        async with consuming(kafka, prefix, second) as two:
            await until(lambda: one.assigned == two.assigned == 6)
            await write(kafka, prefix + TOPIC, [Record(encoded(n), partition=n % 12) for n in range(120, 240)])
            await is_committed(kafka, prefix, dict.fromkeys(range(12), 20))
    assert set(first.numbers) | set(second.numbers) == set(range(240))
    assert second.numbers


MEMBER = """
import asyncio, sys
from tests.integration.runtime.consuming import consuming

async def main(kafka, prefix):
    async def never_done(events):
        print(len(events), flush=True)
        await asyncio.Event().wait()
    async with consuming(kafka, prefix, never_done, session=1.5):  # so that its death is noticed soon
        await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_what_a_killed_member_had_not_committed_is_handled_by_the_next(kafka: str, prefix: str) -> None:
    await write(kafka, prefix + TOPIC, [Record(encoded(n), partition=n % 3) for n in range(30)])
    member = await asyncio.create_subprocess_exec(
        sys.executable, "-c", MEMBER, kafka, prefix, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert member.stdout is not None
        assert int(await member.stdout.readline()) > 0
    finally:
        os.kill(member.pid, signal.SIGKILL)
        await member.wait()
    handled = Handled()
    async with consuming(kafka, prefix, handled):
        await is_committed(kafka, prefix, {0: 10, 1: 10, 2: 10})
    assert sorted(handled.numbers) == list(range(30))
