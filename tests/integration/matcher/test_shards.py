"""Subscriptions divided over matchers: each tells its own subscribers, and their number changes without a miss and without a flood."""

import asyncio
import signal
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from runtime.failpoint import VARIABLE
from schemas.posting import PostingOpened
from schemas.subscription import SubscriptionState
from schemas.topics import SUBSCRIPTIONS, partition_of
from services.matcher.domain.shard import Shard, shards
from tests.integration.matcher.running import (
    WITHIN,
    Running,
    all_matches,
    compared,
    matcher,
    matches,
    opened,
    publish,
    publish_at,
    subscription,
    told,
)
from tests.integration.runtime.topic import Record, read, write
from tests.support.dlq import dlq
from tests.support.processes import Answer, answer
from tests.support.until import until, until_true
from tests.unit.matcher.made import posting

Pair = tuple[UUID, UUID]
"""Posting and subscription."""


async def crowd(kafka: str, prefix: str, count: int) -> list[SubscriptionState]:
    """Saved, and come to their topic, so long ago that nobody has postings read again for them."""
    saved = datetime.now(UTC) - timedelta(hours=1)
    states = [subscription({}, saved=saved) for _ in range(count)]
    await asyncio.gather(*(publish_at(kafka, prefix, state, saved) for state in states))
    return states


def stream(count: int) -> list[PostingOpened]:
    return [opened(posting(title=f"Posting {n}")) for n in range(count)]


def all_of(events: Iterable[PostingOpened], states: Sequence[SubscriptionState]) -> Counter[Pair]:
    return Counter((event.posting.id, state.subscription_id) for event in events for state in states)


async def found(kafka: str, prefix: str) -> Counter[Pair]:
    """How often each match stands on the topic."""
    records = await all_matches(kafka, prefix)
    return Counter((record.posting.id, one.subscription_id) for record in records for one in record.subscriptions)


def of_shard(shard: Shard, states: Iterable[SubscriptionState]) -> list[SubscriptionState]:
    return [one for one in states if shard.holds(partition_of(one.subscriber_id, SUBSCRIPTIONS.partitions))]


def start(stack: ExitStack, kafka: str, prefix: str, shard: Shard, **settings: Any) -> Running:
    return stack.enter_context(matcher(kafka, prefix, shard=shard.number, shards=shard.of, **settings))


def says(process: Running, check: str) -> str:
    """What its readiness says of a part."""
    return str(process.asked()[1]["checks"][check]["detail"])


def environment(kafka: str, prefix: str, shard: Shard = Shard()) -> dict[str, str]:
    return {
        "MATCHER_KAFKA": kafka,
        "MATCHER_TOPIC_PREFIX": prefix,
        "MATCHER_HTTP_PORT": "0",
        "MATCHER_SHARD": str(shard.number),
        "MATCHER_SHARDS": str(shard.of),
    }


async def reshard(kafka: str, prefix: str, *words: str) -> Answer:
    return await answer("matcher", "reshard", *words, env=environment(kafka, prefix))


async def test_each_shard_tells_its_own_subscribers_of_every_posting_and_says_which_it_is(kafka: str, prefix: str) -> None:
    states, events = await crowd(kafka, prefix, 48), stream(5)
    with ExitStack() as stack:
        processes = {shard: start(stack, kafka, prefix, shard) for shard in shards(3)}
        for shard, process in processes.items():
            own = of_shard(shard, states)
            assert 0 < len(own) < len(states)
            assert says(process, "subscriptions") == f"shard {shard.number} of 3, {len(own)} active in the index"
            assert says(process, shard.group).startswith("12 partitions, lag ")
        await publish(kafka, prefix, events)
        await matches(kafka, prefix, len(events) * len(states))
        for shard, process in processes.items():
            await compared(kafka, prefix, len(events), group=shard.group)
            assert process.counted(f'jobalerts_consumed_total{{group="{shard.group}"}}') == len(events)
    assert await found(kafka, prefix) == all_of(events, states)


async def test_bad_record_is_one_letter_that_says_which_group_set_it_aside_and_is_replayed_for_all(
    kafka: str, prefix: str
) -> None:
    [event] = stream(1)
    await crowd(kafka, prefix, 24)
    newer = event.model_dump_json().replace('"version":1', '"version":2').encode()
    with ExitStack() as stack:
        for shard in shards(2):
            start(stack, kafka, prefix, shard)
        await write(kafka, f"{prefix}postings", [Record(newer, b"newer")])

        async def letters() -> list[Record]:
            there = await read(kafka, f"{prefix}matcher-postings.dlq")
            return there if len(there) == 2 else []

        groups = {dict(letter.headers)["group"] for letter in await until(letters, within=WITHIN)}
        assert groups == {b"matcher-postings-0-of-2", b"matcher-postings-1-of-2"}
    shown = await dlq("matcher", environment(kafka, prefix), "list")
    assert shown.out.count("matcher-postings:") == 1
    replayed = await dlq("matcher", environment(kafka, prefix, Shard(1, 2)), "replay", "--all")
    assert replayed.err.startswith("reading subscriptions\n24 active subscriptions\n")  # all, whatever shard its settings name
    assert "newer than this reader" in replayed.out


async def test_snapshot_of_another_division_is_refused_in_words_and_one_of_this_is_taken(
    kafka: str, prefix: str, tmp_path: Path
) -> None:
    file = tmp_path / "kept"
    await crowd(kafka, prefix, 24)
    with ExitStack() as stack:
        first = start(stack, kafka, prefix, Shard(), snapshot=file, snapshot_every=0.1)
        await asyncio.to_thread(until_true, file.exists, within=WITHIN)
        first.end()
        of_all = file.read_bytes()
        second = start(stack, kafka, prefix, Shard(1, 2), snapshot=file, snapshot_every=0.1)
        said = says(second, "subscriptions")
        assert "the snapshot is refused: it knows partitions [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]" in said
        assert "[1, 3, 5, 7, 9, 11]" in said
        await asyncio.to_thread(until_true, lambda: file.read_bytes() != of_all, within=WITHIN)
        second.end()
        again = start(stack, kafka, prefix, Shard(1, 2), snapshot=file)
        assert "from the snapshot of" in says(again, "subscriptions")
        other = start(stack, kafka, prefix, Shard(0, 2), snapshot=file)
        assert "the snapshot is refused: it knows partitions [1, 3, 5, 7, 9, 11]" in says(other, "subscriptions")


async def test_number_of_shards_changes_up_and_down_without_a_miss_or_a_repeat(kafka: str, prefix: str) -> None:
    states, published = await crowd(kafka, prefix, 24), list[PostingOpened]()
    for of in (1, 2, 5, 1):
        if published:
            moved = await reshard(kafka, prefix, "--to", str(of), "--commit")
            assert moved.code == 0, moved.err
            assert f" to {of} shard" in moved.out
            assert moved.out.count("10 records to compare") == of  # what came while nobody ran
        with ExitStack() as stack:
            processes = [start(stack, kafka, prefix, shard) for shard in shards(of)]
            published += (events := stream(10))
            await publish(kafka, prefix, events)
            for shard in shards(of):
                await compared(kafka, prefix, len(published), group=shard.group)
            for process in processes:
                process.end()
        assert await found(kafka, prefix) == all_of(published, states)
        published += (meanwhile := stream(10))
        await publish(kafka, prefix, meanwhile)


async def test_where_a_shard_was_behind_the_new_ones_compare_what_it_had_not(kafka: str, prefix: str) -> None:
    states, events = await crowd(kafka, prefix, 24), stream(10)
    with ExitStack() as stack:
        first, second = (start(stack, kafka, prefix, shard) for shard in shards(2))
        await publish(kafka, prefix, events[:5])
        for shard in shards(2):
            await compared(kafka, prefix, 5, group=shard.group)
        second.end()
        await publish(kafka, prefix, events[5:])
        await compared(kafka, prefix, 10, group=Shard(0, 2).group)
        first.end()
    moved = await reshard(kafka, prefix, "--to", "3", "--commit")
    assert moved.out.count("5 records to compare") == 3
    with ExitStack() as stack:
        for shard in shards(3):
            start(stack, kafka, prefix, shard)
        for shard in shards(3):
            await compared(kafka, prefix, 10, group=shard.group)
    told_twice = all_of(events[5:], of_shard(Shard(0, 2), states))
    assert told_twice
    assert await found(kafka, prefix) == all_of(events, states) + told_twice


async def test_command_that_died_half_way_leaves_nobody_to_start_wrongly_and_is_run_again(kafka: str, prefix: str) -> None:
    states, events = await crowd(kafka, prefix, 24), stream(4)
    await publish(kafka, prefix, events[:2])
    with ExitStack() as stack:
        process = start(stack, kafka, prefix, Shard())
        await compared(kafka, prefix, 2)
        process.end()
    armed = environment(kafka, prefix) | {VARIABLE: "reshard.committed"}
    died = await answer("matcher", "reshard", "--to", "2", "--commit", env=armed)
    assert died.code == -signal.SIGKILL
    refused = await answer("matcher", env=environment(kafka, prefix, Shard(1, 2)))
    assert "run `python -m services.matcher reshard --to 2 --commit`" in refused.err
    assert (await reshard(kafka, prefix, "--to", "2", "--commit")).code == 0
    await publish(kafka, prefix, events[2:])
    with ExitStack() as stack:
        for shard in shards(2):
            start(stack, kafka, prefix, shard)
            await compared(kafka, prefix, 4, group=shard.group)
    assert await found(kafka, prefix) == all_of(events, states)


async def test_matcher_whose_group_was_not_told_where_to_begin_ends_and_names_the_command(kafka: str, prefix: str) -> None:
    events = stream(3)
    await publish(kafka, prefix, events)
    with ExitStack() as stack:
        start(stack, kafka, prefix, Shard())
        await compared(kafka, prefix, len(events))
        refused = await answer("matcher", env=environment(kafka, prefix, Shard(1, 2)))
        assert refused.code == 1
        assert refused.err == (
            "the group matcher-postings-1-of-2 has no offsets, and matchers ran as 1 shard before: end all matchers, then run "
            "`python -m services.matcher reshard --to 2 --commit`\n"
        )
        dry = await reshard(kafka, prefix, "--to", "2")
        assert dry.out.startswith("from 1 shard to 2 shards\n\nmatcher-postings-0-of-2  0 records to compare, from 0@")
        assert dry.out.endswith(
            "nothing is committed yet: end all matchers (matcher-postings has 1), then run this again with --commit\n"
        )
        used = await reshard(kafka, prefix, "--to", "2", "--commit")
        assert (used.code, used.err) == (
            1,
            "end all matchers first: matcher-postings has 1; one that was killed counts until its session ends\n",
        )
    assert (await answer("matcher", env=environment(kafka, prefix, Shard(1, 2)))).code == 1  # nothing was committed


async def test_shards_that_are_the_first_ever_begin_with_the_earliest_posting_whichever_starts_first(
    kafka: str, prefix: str
) -> None:
    states, events = await crowd(kafka, prefix, 24), stream(3)
    await publish(kafka, prefix, events)
    assert (await reshard(kafka, prefix, "--to", "2")).out == "nothing to do: no matcher has compared anything\n"
    with ExitStack() as stack:
        start(stack, kafka, prefix, Shard(0, 2))
        await compared(kafka, prefix, len(events), group=Shard(0, 2).group)
        start(stack, kafka, prefix, Shard(1, 2))
        start(stack, kafka, prefix, Shard(1, 2))
        assert {pair[:2] for pair in told(await matches(kafka, prefix, 72))} == set(all_of(events, states))
    assert (
        await reshard(kafka, prefix, "--to", "2")
    ).out == "nothing to do: only matchers of 2 shards have compared anything\n"


async def test_nothing_is_to_do_where_so_many_run_already_and_the_division_before_last_is_not_named(
    kafka: str, prefix: str
) -> None:
    events = stream(6)
    for turn, of in enumerate((3, 1, 2)):
        assert (await reshard(kafka, prefix, "--to", str(of), "--commit")).code == 0
        await publish(kafka, prefix, events[2 * turn : 2 * turn + 2])
        with ExitStack() as stack:
            processes = [start(stack, kafka, prefix, shard) for shard in shards(of)]
            for shard, process in zip(shards(of), processes, strict=True):
                await compared(kafka, prefix, 2 * turn + 2, group=shard.group)
                process.end()
    again = await reshard(kafka, prefix, "--to", "2", "--commit")
    assert (again.code, again.out) == (0, "nothing to do: matchers of 2 shards have compared all that others have\n")
    refused = await answer("matcher", env=environment(kafka, prefix, Shard(0, 4)))
    assert "matchers ran as 2 shards before" in refused.err
    assert (await reshard(kafka, prefix, "--to", "4")).out.startswith("from 2 shards to 4 shards\n")


async def test_wrong_prefix_is_not_taken_for_matchers_that_have_compared_nothing(kafka: str, prefix: str) -> None:
    refused = await reshard(kafka, f"{prefix}other-", "--to", "2")
    assert refused.code == 1
    assert f"{prefix}other-postings is missing" in refused.err


async def test_number_of_shards_that_cannot_be_is_refused(kafka: str, prefix: str) -> None:
    refused = await reshard(kafka, prefix, "--to", "13")
    assert (refused.code, refused.err) == (1, "13 is no number of shards: there may be 1 to 12\n")
