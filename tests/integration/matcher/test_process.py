"""`python -m services.matcher` as a process of its own: subscriptions and postings in, matches out, nothing lost over its death."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from deploy.local.stack import Stack
from deploy.provision import provision_topics
from schemas.match import matched
from schemas.posting import FieldChange, Posting, PostingChanged
from schemas.subscription import SubscriptionEnded
from schemas.topics import MATCHES, partition_of
from tests.integration.matcher.running import (
    WITHIN,
    compared,
    matcher,
    matches,
    opened,
    publish,
    record,
    subscription,
    told,
)
from tests.integration.runtime.topic import Record, read, write
from tests.support.until import until, until_true
from tests.unit.matcher.made import posting


async def test_a_posting_meets_the_subscriptions_it_matches(kafka: str, prefix: str) -> None:
    now = datetime.now(UTC)
    wants, other = subscription({"keywords": {"all": ["go"]}}), subscription({"keywords": {"all": ["rust"]}})
    paused = subscription({}, status="paused")
    later = subscription({}, effective_from=now + timedelta(minutes=1))
    await write(kafka, f"{prefix}subscriptions", [record(one) for one in (wants, other, paused, later)])
    content = posting(title="Go Engineer")
    with matcher(kafka, prefix) as process:
        await write(kafka, f"{prefix}postings", [record(opened(content))])
        [found] = await matches(kafka, prefix, 1)
        process.end()
    assert told([found]) == {(content.id, wants.subscription_id, "opened")}
    assert found.subscriptions[0].clauses == ("keywords",)
    assert found.correlation_id == "walk1"
    [written] = await read(kafka, prefix + MATCHES.name)
    assert written.partition == partition_of(wants.subscriber_id, MATCHES.partitions)


async def test_it_explains_a_posting_by_a_filter_that_nobody_has(kafka: str, prefix: str) -> None:
    content = posting(title="Go Engineer", places=[{"city": "Redmond", "state": "WA"}]).model_dump(mode="json")
    with matcher(kafka, prefix) as process:
        status, told = process.explained({"filter": "go or rust", "posting": content})
        assert (status, told["matches"]) == (200, True)
        assert [(one["code"], one["held"]) for one in told["clauses"]] == [("keywords", True), ("verdict.unstated", True)]
        status, told = process.explained({"filter": {"places": [{"city": "Tacoma"}]}, "posting": content})
        assert (status, told["matches"]) == (200, False)
        assert told["clauses"][0]["words"] == "is in Redmond, WA, you asked for Tacoma"
        status, told = process.explained({"filter": "go (", "posting": content})
        assert status == 422
        assert told["errors"][0]["field"] == "filter.keywords"
        process.end()


async def test_a_change_is_judged_on_both_revisions(kafka: str, prefix: str) -> None:
    both, gains, loses = (subscription({"keywords": {"all": [word]}}) for word in ("engineer", "rust", "go"))
    await write(kafka, f"{prefix}subscriptions", [record(one) for one in (both, gains, loses)])
    content = posting(title="Rust Engineer")
    event = PostingChanged(
        **opened(content, revision=2).model_dump(exclude={"type"}),
        changes=(FieldChange(field="title", old="Go Engineer", new="Rust Engineer"),),
    )
    with matcher(kafka, prefix):
        await write(kafka, f"{prefix}postings", [record(event)])
        found = await matches(kafka, prefix, 3)
    assert told(found) == {
        (content.id, both.subscription_id, "changed"),
        (content.id, gains.subscription_id, "opened"),
        (content.id, loses.subscription_id, "no_longer"),
    }


async def test_what_was_published_while_it_was_dead_is_matched_after(kafka: str, prefix: str) -> None:
    wants = subscription({})
    await write(kafka, f"{prefix}subscriptions", [record(wants)])
    first, second = posting(title="First"), posting(title="Second")
    with matcher(kafka, prefix) as process:
        await write(kafka, f"{prefix}postings", [record(opened(first))])
        await matches(kafka, prefix, 1)
        process.kill()
    await write(kafka, f"{prefix}postings", [record(opened(second))])
    with matcher(kafka, prefix):

        async def both() -> bool:
            found = [matched.validate_json(one.value or b"") for one in await read(kafka, prefix + MATCHES.name)]
            return {posting for posting, _, _ in told(found)} == {first.id, second.id}

        await until(both, within=WITHIN)


async def test_a_filter_that_arrives_late_meets_what_it_missed(kafka: str, prefix: str) -> None:
    now = datetime.now(UTC)
    content, before = posting(title="Now"), posting(title="Before the filter was saved")
    late = subscription({}, effective_from=now)
    here_first = subscription({})
    await write(kafka, f"{prefix}subscriptions", [record(here_first)])
    with matcher(kafka, prefix):
        events = [
            opened(before, published_at=now - timedelta(seconds=5)),
            opened(content, published_at=now + timedelta(seconds=1)),
        ]
        await write(kafka, f"{prefix}postings", [record(event) for event in events])
        await matches(kafka, prefix, 2)
        await write(kafka, f"{prefix}subscriptions", [record(late)])
        found = await matches(kafka, prefix, 3)
    assert {one for one in told(found) if one[1] == late.subscription_id} == {(content.id, late.subscription_id, "opened")}


async def test_an_ended_subscription_matches_nothing(kafka: str, prefix: str) -> None:
    gone, stays = subscription({}), subscription({})
    ended = SubscriptionEnded(revision=2, subscription_id=gone.subscription_id, subscriber_id=gone.subscriber_id)
    await write(kafka, f"{prefix}subscriptions", [record(one) for one in (gone, stays, ended, gone)])  # repeated by a relay
    with matcher(kafka, prefix):
        await write(kafka, f"{prefix}postings", [record(opened(posting()))])
        found = await matches(kafka, prefix, 1)
    assert {subscription for _, subscription, _ in told(found)} == {stays.subscription_id}


async def test_bad_records_are_set_aside_and_their_neighbours_match(kafka: str, prefix: str) -> None:
    wants, good = subscription({}), posting()
    newer = opened(posting()).model_dump_json().replace('"version":1', '"version":2').encode()
    await write(kafka, f"{prefix}subscriptions", [Record(b"not JSON", b"bad"), record(wants), Record(None, b"tombstone")])
    with matcher(kafka, prefix):
        await write(
            kafka,
            f"{prefix}postings",
            [Record(b"not JSON", b"bad"), Record(newer, b"newer"), Record(None, b"gone"), record(opened(good))],
        )
        found = await matches(kafka, prefix, 1)

        async def dead() -> list[Record]:
            there = await read(kafka, f"{prefix}matcher-postings.dlq")
            return there if len(there) == 2 else []

        letters = await until(dead, within=WITHIN)
    assert told(found) == {(good.id, wants.subscription_id, "opened")}
    errors = {one.value: dict(one.headers)["error"] or b"" for one in letters}
    assert errors.keys() == {b"not JSON", newer}
    assert b"newer than this reader" in errors[newer]


async def test_a_state_whose_revision_is_no_moment_is_refused_and_its_neighbours_match(kafka: str, prefix: str) -> None:
    """It keeps its contract, and must end neither this start nor every one after it."""
    wants, also, good = subscription({}), subscription({}), posting()
    bad = [subscription({}, revision=10**18), subscription({}, revision=2**63 - 1, status="paused")]
    await publish(kafka, prefix, [wants, *bad, also])
    with matcher(kafka, prefix) as process:
        await publish(kafka, prefix, [opened(good)])
        found = await matches(kafka, prefix, 2)
        assert process.counted("jobalerts_refused_total") == 2
    assert told(found) == {(good.id, one.subscription_id, "opened") for one in (wants, also)}


async def test_a_record_that_was_refused_is_read_again_at_the_next_start(kafka: str, prefix: str, tmp_path: Path) -> None:
    """A mended version could take it in: no snapshot passes it."""
    early, late, file = subscription({}), subscription({}), tmp_path / "kept"
    await publish(kafka, prefix, [early])
    kept: dict[str, Any] = {"snapshot": file, "snapshot_every": 0.2}
    with matcher(kafka, prefix, **kept) as process:
        await asyncio.to_thread(until_true, file.exists, within=WITHIN)
        process.end()
    before = file.read_bytes()
    await write(kafka, f"{prefix}subscriptions", [Record(b"not JSON", b"bad"), record(late)])
    for number in (1, 2):
        with matcher(kafka, prefix, **kept) as process:
            assert process.counted("jobalerts_refused_total") == 1
            await publish(kafka, prefix, [opened(posting())])
            await matches(kafka, prefix, 2 * number)
            process.end()
        assert file.read_bytes() == before


async def test_a_filter_that_its_predecessor_did_not_live_to_see_meets_what_it_missed(kafka: str, prefix: str) -> None:
    """The first process compared the posting and died; only then came a filter that had been saved before the posting was."""
    now = datetime.now(UTC)
    here_first = subscription({})
    await write(kafka, f"{prefix}subscriptions", [record(here_first)])
    content = posting()
    with matcher(kafka, prefix) as process:
        await write(kafka, f"{prefix}postings", [record(opened(content, published_at=now + timedelta(seconds=1)))])
        await matches(kafka, prefix, 1)
        await compared(kafka, prefix, 1)
        process.kill()
    late = subscription({}, revision=int(now.timestamp() * 1_000_000), effective_from=now)
    await write(kafka, f"{prefix}subscriptions", [record(late)])
    with matcher(kafka, prefix):
        found = await matches(kafka, prefix, 2)
    assert told(found) == {(content.id, one.subscription_id, "opened") for one in (here_first, late)}


async def test_no_match_is_lost_over_two_deaths_in_a_stream_of_postings(kafka: str, prefix: str) -> None:
    wants = subscription({})
    await write(kafka, f"{prefix}subscriptions", [record(wants)])
    stream = [posting(title=f"Posting {n}") for n in range(400)]

    async def publish(some: list[Posting]) -> None:
        await write(kafka, f"{prefix}postings", [record(opened(one)) for one in some])

    async def seen(count: int) -> set[UUID]:
        ids = {posting for posting, _, _ in told(await matches(kafka, prefix, 1))}
        return ids if len(ids) >= count else set()

    await publish(stream[:200])
    for more, least in ((stream[200:300], 1), (stream[300:], 201)):
        with matcher(kafka, prefix) as process:
            writing = asyncio.create_task(publish(more))
            await until(partial(seen, least), within=WITHIN)  # in the middle of its work
            process.kill()
            await writing
    with matcher(kafka, prefix):
        assert await until(partial(seen, 400), within=WITHIN) == {one.id for one in stream}


async def test_it_takes_up_again_when_kafka_was_away_and_says_so_meanwhile() -> None:
    with Stack(durable=False) as stack:
        await asyncio.to_thread(stack.start, "kafka")
        kafka = stack.kafka.bootstrap
        await provision_topics(kafka, prefix="", replication=1, minimum_in_sync=1)
        early, late = subscription({}), subscription({}, saved=datetime.now(UTC))
        await publish(kafka, "", [early])
        with matcher(kafka, "") as process:
            first, second = (opened(posting(), published_at=late.effective_from + timedelta(seconds=n)) for n in (1, 2))
            await publish(kafka, "", [first])
            await matches(kafka, "", 1)
            stack.kafka.child.kill()

            async def is_down() -> bool:
                return (await asyncio.to_thread(process.asked))[0] == 503

            await until(is_down, within=WITHIN)
            await asyncio.to_thread(stack.start, "kafka")
            await publish(kafka, "", [late, second])
            found = await matches(kafka, "", 4)

            async def is_up() -> bool:
                return await asyncio.to_thread(process.is_ready)

            await until(is_up, within=WITHIN)
            process.end()
    assert told(found) == {
        (event.posting.id, one.subscription_id, "opened") for event in (first, second) for one in (early, late)
    }


async def test_a_filter_that_arrives_later_than_the_window_holds_has_the_postings_read_again(kafka: str, prefix: str) -> None:
    """Its relay was away for an hour."""
    saved = datetime.now(UTC) - timedelta(hours=1)
    events = [opened(posting(title="Go"), published_at=saved + timedelta(minutes=minutes)) for minutes in (-1, 1, 30, 55)]
    with matcher(kafka, prefix):
        await publish(kafka, prefix, events)
        await compared(kafka, prefix, len(events))
        late = subscription({}, saved=saved)
        await publish(kafka, prefix, [late])
        found = await matches(kafka, prefix, 3)
    assert told(found) == {(event.posting.id, late.subscription_id, "opened") for event in events[1:]}
