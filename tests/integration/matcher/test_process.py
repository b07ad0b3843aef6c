"""`python -m services.matcher` as a process of its own: subscriptions and postings in, matches out, nothing lost over its death."""

import asyncio
import os
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from subprocess import Popen
from typing import Any
from uuid import UUID, uuid4

from deploy.local.ports import free_ports
from schemas.filter.tree import Filter
from schemas.match import Matched, matched
from schemas.posting import FieldChange, Posting, PostingChanged, PostingOpened
from schemas.subscription import Destination, SubscriptionEnded, SubscriptionState
from schemas.topics import MATCHES, partition_of
from tests.integration.runtime.topic import Record, committed, read, write
from tests.support.until import until, until_true
from tests.unit.matcher.made import posting

WITHIN = 30.0
NOW = datetime.now(UTC)


@contextmanager
def matcher(kafka: str, prefix: str) -> Iterator["Popen[bytes]"]:
    """Ready; killed at the end where it still runs."""
    [port] = free_ports(1)
    settings = {"MATCHER_KAFKA": kafka, "MATCHER_TOPIC_PREFIX": prefix, "MATCHER_HTTP_PORT": str(port)}
    with Popen([sys.executable, "-m", "services.matcher"], env={"PATH": os.environ["PATH"]} | settings) as process:
        try:
            until_true(lambda: _is_ready(process, f"http://127.0.0.1:{port}/health/ready"), within=WITHIN)
            yield process
        finally:
            process.kill()


def _is_ready(process: "Popen[bytes]", url: str) -> bool:
    assert process.poll() is None, f"the matcher ended with {process.returncode}"
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def subscription(filter: dict[str, Any], **more: Any) -> SubscriptionState:
    subscriber = uuid4()
    members: dict[str, Any] = {
        "revision": 1,
        "subscription_id": uuid4(),
        "subscriber_id": subscriber,
        "filter": Filter.model_validate(filter),
        "destination": Destination(kind="email", id=subscriber),
        "effective_from": NOW - timedelta(minutes=1),
    }
    return SubscriptionState(**(members | more))


def opened(content: Posting, **more: Any) -> PostingOpened:
    members: dict[str, Any] = {
        "revision": 1,
        "episode": 1,
        "opened_at": NOW,
        "published_at": NOW,
        "posting": content,
        "correlation_id": "walk1",
    }
    return PostingOpened(**(members | more))


def record(event: SubscriptionState | SubscriptionEnded | PostingOpened | PostingChanged) -> Record:
    key = event.posting.id if isinstance(event, PostingOpened | PostingChanged) else event.subscription_id
    return Record(event.model_dump_json().encode(), str(key).encode())


async def matches(kafka: str, prefix: str, count: int) -> list[Matched]:
    """The records of `matches` once they tell of so many subscriptions."""

    async def there() -> list[Matched]:
        found = [matched.validate_json(one.value or b"") for one in await read(kafka, prefix + MATCHES.name)]
        return found if sum(len(one.subscriptions) for one in found) >= count else []

    return await until(there, within=WITHIN)


def told(found: list[Matched]) -> set[tuple[UUID, UUID, str]]:
    return {(one.posting.id, match.subscription_id, match.kind) for one in found for match in one.subscriptions}


async def test_a_posting_meets_the_subscriptions_it_matches(kafka: str, prefix: str) -> None:
    wants, other = subscription({"keywords": {"all": ["go"]}}), subscription({"keywords": {"all": ["rust"]}})
    paused = subscription({}, status="paused")
    later = subscription({}, effective_from=NOW + timedelta(minutes=1))
    await write(kafka, f"{prefix}subscriptions", [record(one) for one in (wants, other, paused, later)])
    content = posting(title="Go Engineer")
    with matcher(kafka, prefix) as process:
        await write(kafka, f"{prefix}postings", [record(opened(content))])
        [found] = await matches(kafka, prefix, 1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(WITHIN) == 0
    assert told([found]) == {(content.id, wants.subscription_id, "opened")}
    assert found.subscriptions[0].clauses == ("keywords",)
    assert found.correlation_id == "walk1"
    [written] = await read(kafka, prefix + MATCHES.name)
    assert written.partition == partition_of(wants.subscriber_id, MATCHES.partitions)


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
        process.wait()
    await write(kafka, f"{prefix}postings", [record(opened(second))])
    with matcher(kafka, prefix):

        async def both() -> bool:
            found = [matched.validate_json(one.value or b"") for one in await read(kafka, prefix + MATCHES.name)]
            return {posting for posting, _, _ in told(found)} == {first.id, second.id}

        await until(both, within=WITHIN)


async def test_a_filter_that_arrives_late_meets_what_it_missed(kafka: str, prefix: str) -> None:
    content, before = posting(title="Now"), posting(title="Before the filter was saved")
    late = subscription({}, effective_from=NOW)
    here_first = subscription({})
    await write(kafka, f"{prefix}subscriptions", [record(here_first)])
    with matcher(kafka, prefix):
        events = [
            opened(before, published_at=NOW - timedelta(seconds=5)),
            opened(content, published_at=NOW + timedelta(seconds=1)),
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


async def test_a_filter_that_its_predecessor_did_not_live_to_see_meets_what_it_missed(kafka: str, prefix: str) -> None:
    """The first process compared the posting and died; only then came a filter that had been saved before the posting was."""
    here_first = subscription({})
    await write(kafka, f"{prefix}subscriptions", [record(here_first)])
    content = posting()
    with matcher(kafka, prefix) as process:
        await write(kafka, f"{prefix}postings", [record(opened(content, published_at=NOW + timedelta(seconds=1)))])
        await matches(kafka, prefix, 1)
        await until(lambda: read_to_the_end(kafka, prefix), within=WITHIN)
        process.kill()
        process.wait()
    late = subscription({}, revision=int(NOW.timestamp() * 1_000_000), effective_from=NOW)
    await write(kafka, f"{prefix}subscriptions", [record(late)])
    with matcher(kafka, prefix):
        found = await matches(kafka, prefix, 2)
    assert told(found) == {(content.id, one.subscription_id, "opened") for one in (here_first, late)}


async def read_to_the_end(kafka: str, prefix: str) -> bool:
    """Whether the group has committed the one posting there is: what comes after this cannot be from reading it again."""
    return sum((await committed(kafka, f"{prefix}matcher-postings")).values()) == 1


async def test_no_match_is_lost_over_two_deaths_in_a_stream_of_postings(kafka: str, prefix: str) -> None:
    wants = subscription({})
    await write(kafka, f"{prefix}subscriptions", [record(wants)])
    stream = [posting(title=f"Posting {n}") for n in range(400)]

    async def publish(some: list[Posting]) -> None:
        await write(kafka, f"{prefix}postings", [replace(record(opened(one)), partition=one.id.int % 12) for one in some])

    async def seen(count: int) -> set[UUID]:
        ids = {posting for posting, _, _ in told(await matches(kafka, prefix, 1))}
        return ids if len(ids) >= count else set()

    await publish(stream[:200])
    for more, least in ((stream[200:300], 1), (stream[300:], 201)):
        with matcher(kafka, prefix) as process:
            writing = asyncio.create_task(publish(more))
            await until(partial(seen, least), within=WITHIN)  # in the middle of its work
            process.kill()
            process.wait()
            await writing
    with matcher(kafka, prefix):
        assert await until(partial(seen, 400), within=WITHIN) == {one.id for one in stream}
