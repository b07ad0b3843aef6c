"""Batches from Kafka: what is bad is set aside with its story, what failed is read again, nothing is committed before it is done."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from runtime import health, telemetry
from runtime.broker import make_broker, open_producer
from runtime.consumer import BatchConsumer
from runtime.dead_letters import DeadLetters
from runtime.errors import Permanent, Transient
from runtime.health import consumer_check
from runtime.version import software
from tests.integration.runtime.topic import Fact, Record, committed, encoded, fact, producing, read, until, write

TOPIC, GROUP = "outcomes", "subscriptions-outcomes"
"""A declared topic and the group that reads it; what is in it here are facts."""
POISON = 666
ROOT = Path(__file__).parents[3]


@asynccontextmanager
async def consuming(
    kafka: str,
    prefix: str,
    handle: Callable[[list[Fact]], Awaitable[None]],
    *,
    ceiling: int = 100,
    max_records: int = 500,
    session: float = 10.0,
) -> AsyncIterator[BatchConsumer[Fact]]:
    broker = make_broker(kafka, client="test")
    async with open_producer(kafka, prefix=prefix, client="test") as producer:
        letters = DeadLetters(producer, bootstrap=kafka, prefix=prefix, group=GROUP)
        consumer = BatchConsumer(
            broker,
            topic=TOPIC,
            group=GROUP,
            prefix=prefix,
            adapter=fact,
            dead_letters=letters,
            ceiling=ceiling,
            max_records=max_records,
            session=session,
        )

        async def on_facts(events: list[Fact]) -> None:
            await handle(events)

        consumer(on_facts)
        await broker.start()
        try:
            yield consumer
        finally:
            await broker.stop()


class Handled:
    """Takes facts in; refuses what `fault` raises for."""

    def __init__(self, fault: Callable[[int], None] = lambda _: None) -> None:
        self.numbers: list[int] = []
        self.attempts: list[float] = []
        self._fault = fault

    async def __call__(self, events: list[Fact]) -> None:
        self.attempts.append(time.monotonic())
        for event in events:
            self._fault(event.n)
        self.numbers += [event.n for event in events]


def refuse_poison(n: int) -> None:
    if n == POISON:
        raise Permanent("this fact is poison")


def stumble_over_poison(n: int) -> None:
    if n == POISON:
        raise KeyError("a fault of ours that only this fact meets")


async def is_committed(kafka: str, prefix: str, offsets: dict[int, int]) -> None:
    async def as_expected() -> bool:
        return await committed(kafka, prefix + GROUP) == offsets

    await until(as_expected)


async def dead_letters(kafka: str, prefix: str) -> list[Record]:
    return await read(kafka, f"{prefix}{GROUP}.dlq")


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


async def test_row_of_dead_letters_stops_at_the_ceiling_until_a_mended_version_comes(kafka: str, prefix: str) -> None:
    async def broken(events: list[Fact]) -> None:
        attempts.append(len(events))
        raise KeyError("a bad deploy")

    attempts: list[int] = []
    await write(kafka, prefix + TOPIC, [Record(encoded(n)) for n in range(8)])
    async with consuming(kafka, prefix, broken, ceiling=3):
        await until(lambda: attempts.count(8) == 3)  # it has come back to the whole batch twice
    assert [letter.value for letter in await dead_letters(kafka, prefix)] == [encoded(0), encoded(1), encoded(2)]
    mended = Handled()
    async with consuming(kafka, prefix, mended):
        await is_committed(kafka, prefix, {0: 8})
    assert mended.numbers == list(range(8))
    assert len(await dead_letters(kafka, prefix)) == 3


async def test_row_of_undecodable_records_stops_at_the_ceiling_too(kafka: str, prefix: str) -> None:
    newer = b'{"type": "fact", "version": 2, "n": 1}'
    await write(kafka, prefix + TOPIC, [Record(newer)] * 5)
    async with consuming(kafka, prefix, Handled(), ceiling=3) as consumer:
        await until(lambda: consumer._failures == 2)
    assert len(await dead_letters(kafka, prefix)) == 3
    assert await committed(kafka, prefix + GROUP) == {}


async def test_good_records_between_them_outweigh_bad_ones(kafka: str, prefix: str) -> None:
    bad_and_good = [Record(value) for n in range(5) for value in (b"bad", *(encoded(10 * n + m) for m in range(10)))]
    await write(kafka, prefix + TOPIC, bad_and_good)
    handled = Handled()
    async with consuming(kafka, prefix, handled, ceiling=2, max_records=11):
        await is_committed(kafka, prefix, {0: 55})
    assert handled.numbers == list(range(50))
    assert len(await dead_letters(kafka, prefix)) == 5


async def test_version_that_refuses_every_second_record_is_stopped_too(kafka: str, prefix: str) -> None:
    await write(kafka, prefix + TOPIC, [Record(value) for n in range(20) for value in (encoded(POISON), encoded(n))])
    async with consuming(kafka, prefix, Handled(refuse_poison), ceiling=3, max_records=2) as consumer:
        await until(lambda: consumer.halted is not None)
    assert len(await dead_letters(kafka, prefix)) == 4  # three good ones in between weigh a third of one


async def test_good_record_of_a_batch_that_is_read_again_pays_once(kafka: str, prefix: str) -> None:
    good_then_bad = [*(Record(encoded(n)) for n in range(10)), *(Record(encoded(POISON)) for _ in range(10))]
    await write(kafka, prefix + TOPIC, good_then_bad)
    handled = Handled(refuse_poison)
    async with consuming(kafka, prefix, handled, ceiling=3):
        await until(lambda: handled.numbers.count(0) >= 4)  # it has come back to the good ones three times
    assert len(await dead_letters(kafka, prefix)) == 3


async def test_good_records_of_other_partitions_move_on_and_lift_no_stop(kafka: str, prefix: str) -> None:
    await write(kafka, prefix + TOPIC, [Record(encoded(POISON)) for _ in range(3)])
    async with consuming(kafka, prefix, Handled(refuse_poison), ceiling=1, max_records=1) as consumer:
        await until(lambda: consumer.halted is not None)
        await write(kafka, prefix + TOPIC, [Record(encoded(n), partition=1) for n in range(15)])
        await is_committed(kafka, prefix, {0: 1, 1: 15})
        assert consumer.halted is not None
    assert len(await dead_letters(kafka, prefix)) == 1


async def test_consumer_that_stops_says_so_at_once_and_once(kafka: str, prefix: str, caplog: pytest.LogCaptureFixture) -> None:
    await write(kafka, prefix + TOPIC, [Record(encoded(POISON)) for _ in range(5)])
    handled = Handled(stumble_over_poison)
    async with consuming(kafka, prefix, handled, ceiling=3) as consumer:
        await until(lambda: consumer.halted is not None)
        check = consumer_check(consumer)
        assert not check.ready
        assert check.detail == (
            f"stopped: 3 dead letters in a row, the next would be {prefix}{TOPIC}/0@3: "
            "KeyError: 'a fault of ours that only this fact meets'"
        )
        assert f'jobalerts_halted{{group="{GROUP}"}} 1.0' in telemetry.exposition()[0].decode()
        seen = len(handled.attempts)
        await until(lambda: len(handled.attempts) > seen + 6)  # it has read the batch again
    said = [record.levelname for record in caplog.records if "stopped: deploy a mended version" in str(record.msg)]
    assert said == ["ERROR"]


async def test_consumer_takes_up_again_when_the_record_at_which_it_stopped_passes(kafka: str, prefix: str) -> None:
    def refuse(n: int) -> None:
        if broken:
            raise KeyError(n)

    broken = [True]
    await write(kafka, prefix + TOPIC, [Record(encoded(n)) for n in range(8)])
    handled = Handled(refuse)
    async with consuming(kafka, prefix, handled, ceiling=3) as consumer:
        await until(lambda: consumer.halted is not None)
        broken.clear()
        await is_committed(kafka, prefix, {0: 8})
        assert consumer.halted is None
        assert consumer_check(consumer).ready
    assert f'jobalerts_halted{{group="{GROUP}"}} 0.0' in telemetry.exposition()[0].decode()
    assert len(await dead_letters(kafka, prefix)) == 3


async def test_restart_of_the_same_version_continues_the_row_and_another_version_begins_one(
    kafka: str, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(kafka, prefix + TOPIC, [Record(encoded(POISON)) for _ in range(20)])

    async def set_aside_until_it_stops() -> int:
        async with consuming(kafka, prefix, Handled(refuse_poison), ceiling=3, max_records=1) as consumer:
            await until(lambda: consumer.halted is not None)
        return len(await dead_letters(kafka, prefix))

    assert await set_aside_until_it_stops() == 3
    assert await set_aside_until_it_stops() == 3
    monkeypatch.setattr("runtime.dead_letters.software", lambda: "another")
    assert await set_aside_until_it_stops() == 6


async def test_somebody_who_sees_to_a_dead_letter_lets_a_stopped_consumer_go_on(kafka: str, prefix: str) -> None:
    await write(kafka, prefix + TOPIC, [Record(encoded(POISON)) for _ in range(5)])
    async with (
        consuming(kafka, prefix, Handled(refuse_poison), ceiling=3) as consumer,
        open_producer(kafka, prefix=prefix, client="test") as producer,
    ):
        await until(lambda: consumer.halted is not None)
        letters = DeadLetters(producer, bootstrap=kafka, prefix=prefix, group=GROUP)
        await letters.mark(0, "dropped", reason="they are truly bad")
        await is_committed(kafka, prefix, {0: 5})
        assert consumer.halted is None
    assert [letter.value for letter in await dead_letters(kafka, prefix) if letter.value] == [encoded(POISON)] * 5


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
from tests.integration.runtime.test_consumer import consuming

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
