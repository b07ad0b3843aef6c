"""A consumer that sets too much aside stops and says so."""

import pytest

from runtime import telemetry
from runtime.broker import open_producer
from runtime.dead_letters import DeadLetters
from runtime.health import consumer_check
from tests.integration.runtime.consuming import (
    GROUP,
    POISON,
    TOPIC,
    Handled,
    consuming,
    dead_letters,
    is_committed,
    refuse_poison,
    stumble_over_poison,
)
from tests.integration.runtime.topic import Fact, Record, committed, encoded, until, write


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
