"""Promise 2 with several matchers: they come, die and sleep under load, and every match is one ledger row.

Which rows there must be is worked out from the topics by `tests/chaos/expect.py`, which shares no code with the matcher.
"""

import asyncio
import itertools
import json
import re
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import psutil
import pytest
from aiokafka import AIOKafkaProducer

from schemas.filter.tree import Filter
from schemas.posting import FieldChange, PostingChanged, PostingOpened
from schemas.subscription import SubscriptionState
from schemas.topics import MATCHES, NOTIFIER_MATCHES, POSTINGS, SUBSCRIPTIONS
from services.matcher.domain.shard import Shard, shards
from tests.chaos.expect import Expected, Row, expected
from tests.integration.matcher.running import (
    WITHIN,
    Event,
    Running,
    all_matches,
    compared,
    matcher,
    opened,
    record,
    revision,
    subscription,
)
from tests.integration.notifier.service import Deployment, deployed, rows
from tests.integration.runtime.topic import committed, producing, read
from tests.support.topics import read_all
from tests.support.until import until
from tests.unit.matcher.made import posting

WORDS = ("Python", "Rust", "Java", "Kubernetes", "C++")
DEAD = "consumer.decoded:3"
"""Where a member dies over a batch that it has not compared yet."""
ASLEEP = ("consumer.decoded:3:STOP", "consumer.handled:3:STOP")
"""Where a member falls asleep: with a batch that it has not compared yet, and with one that it has told and not committed."""
WHILE_ASLEEP = 30
"""Postings that others compare meanwhile, at least."""
PACE = 0.02
"""Seconds between two postings, about."""
FIRST = datetime.now(UTC) - timedelta(hours=1)
"""When the subscriptions that are there from the beginning were saved: so long ago that nothing is read again for them."""


class Load:
    """Postings that open and change, and subscriptions that come and change, as fast as the pace lets them."""

    def __init__(self, producer: AIOKafkaProducer, prefix: str) -> None:
        self._producer = producer
        self._prefix = prefix
        self._states: list[SubscriptionState] = []
        self._last: PostingOpened | None = None
        self.postings = 0
        self.changes = 0

    async def begin(self, count: int) -> None:
        for number in range(count):
            await self._send(SUBSCRIPTIONS.name, self._saved(subscription(_asks(number), saved=FIRST)), at=FIRST)

    async def run(self) -> None:
        """Until cancelled, which may only be while it waits."""
        for number in itertools.count():
            await asyncio.shield(self._step(number))
            await asyncio.sleep(PACE)

    async def _step(self, number: int) -> None:
        if number % 7 == 3 and self._last is not None:
            await self._post(_changed(self._last, f"{_title(number)} {number}"))
        else:
            content = posting(title=f"{_title(number)} {number}")
            self._last = opened(content, published_at=datetime.now(UTC))
            await self._post(self._last)
        if number % 10 == 5:
            new = subscription(_asks(number), saved=datetime.now(UTC))
            await self._send(SUBSCRIPTIONS.name, self._saved(new))
        if number % 10 == 8:
            now, former = datetime.now(UTC), self._states[number % len(self._states)]
            wanted = Filter.model_validate(_asks(number // 3))
            changes = {"revision": revision(now), "effective_from": now, "filter": wanted}
            await self._send(SUBSCRIPTIONS.name, former.model_copy(update=changes))
            self.changes += 1

    def _saved(self, state: SubscriptionState) -> SubscriptionState:
        self._states.append(state)
        return state

    async def _post(self, event: PostingOpened | PostingChanged) -> None:
        await self._send(POSTINGS.name, event)
        self.postings += 1

    async def _send(self, topic: str, event: Event, *, at: datetime | None = None) -> None:
        one, stamp = record(event), at and int(at.timestamp() * 1000)
        await self._producer.send_and_wait(
            self._prefix + topic, one.value, key=one.key, partition=one.partition, timestamp_ms=stamp
        )


def _asks(number: int) -> dict[str, Any]:
    return {"keywords": {"all": [WORDS[number % 5]]}}


def _title(number: int) -> str:
    return f"{WORDS[number % 5]} and {WORDS[number // 5 % 5]} Engineer"


def _changed(before: PostingOpened, title: str) -> PostingChanged:
    members = before.model_dump(exclude={"type", "revision", "published_at", "posting"})
    content = before.posting.model_copy(update={"title": title})
    change = FieldChange(field="title", old=before.posting.title, new=title)
    return PostingChanged(**members, revision=2, published_at=datetime.now(UTC), posting=content, changes=(change,))


class Team:
    """The replicas of one shard."""

    def __init__(self, stack: ExitStack, kafka: str, prefix: str, shard: Shard) -> None:
        self.shard = shard
        self.members: list[Running] = []
        self.killed = 0
        self.slept = 0
        self._stack = stack
        self._start = partial(matcher, kafka, prefix, shard=shard.number, shards=shard.of)
        self._group = kafka, prefix + shard.group

    async def add(self, *, failpoint: str = "") -> Running:
        """One more; ready, unless it is to die or to fall asleep."""
        entering = self._start(ready=not failpoint, failpoint=failpoint)
        member = await asyncio.to_thread(self._stack.enter_context, entering)
        self.members.append(member)
        return member

    async def hold_everything(self, *members: Running) -> None:
        """Until these have some partitions each, and all of them together."""

        async def divided() -> bool:
            held = [await self._held(member) for member in members]
            return all(held) and sum(held) == POSTINGS.partitions

        await until(divided, within=WITHIN)

    async def kill(self, member: Running) -> None:
        """In the middle of its work."""
        await until(partial(_has_told, member), within=WITHIN)
        await asyncio.to_thread(member.kill)
        assert member.process.returncode == -signal.SIGKILL
        self.members.remove(member)
        self.killed += 1

    async def die(self, *members: Running) -> None:
        """Until their failpoints have ended these."""
        for member in members:
            await asyncio.to_thread(member.wait_killed)
            self.members.remove(member)
            self.killed += 1

    async def fall_asleep(self, *members: Running) -> None:
        """Until these have fallen asleep, and others, who have all of their partitions, have compared more."""
        for member in members:
            await until(partial(_is_asleep, member), within=WITHIN)
            self.slept += 1
        await self.hold_everything(*(member for member in self.members if member not in members))
        before = await self._compared()

        async def further() -> bool:
            return await self._compared() >= before + WHILE_ASLEEP

        await until(further, within=WITHIN)

    async def _compared(self) -> int:
        return sum((await committed(*self._group)).values())

    async def _held(self, member: Running) -> int:
        _, answer = await asyncio.to_thread(member.asked)
        said = re.match(r"(\d+) partitions", answer["checks"][self.shard.group]["detail"]) if answer else None
        return int(said[1]) if said else 0


async def _has_told(member: Running) -> bool:
    return await asyncio.to_thread(member.counted, "matcher_matches_total") > 0


async def _is_asleep(member: Running) -> bool:
    return psutil.Process(member.process.pid).status() == psutil.STATUS_STOPPED


async def disturb(team: Team, replicas: int) -> None:
    """Add and kill, at random and over a batch, and put to sleep and wake. In the end there are as many as at the beginning."""
    last = await team.add()
    await team.hold_everything(*team.members)
    for member in list(team.members[:-1]):
        await team.kill(member)
    await team.hold_everything(last)
    await team.die(*[await team.add(failpoint=DEAD) for _ in range(replicas - 1)])
    sleepers = [await team.add(failpoint=ASLEEP[(team.shard.number + number) % 2]) for number in range(replicas - 1)]
    await team.fall_asleep(*sleepers)
    for member in sleepers:
        member.process.send_signal(signal.SIGCONT)
    await team.hold_everything(*team.members)
    await team.kill(last)
    await team.hold_everything(*sleepers)
    await team.add()
    await team.hold_everything(*team.members)


@pytest.fixture
async def deployment(kafka: str, prefix: str, databases: dict[str, str], sealing_keys: str) -> AsyncIterator[Deployment]:
    async with deployed(kafka=kafka, prefix=prefix, dsn=databases["notifier"], sealing_keys=sealing_keys, smtp_port=1) as made:
        yield made


@asynccontextmanager
async def under_load(kafka: str, prefix: str) -> AsyncIterator[Load]:
    async with producing(kafka, enable_idempotence=True) as producer:
        load = Load(producer, prefix)
        await load.begin(30)
        going = asyncio.create_task(load.run())
        try:
            yield load
            assert not going.done(), "the load ended by itself"
        finally:
            going.cancel()
            await asyncio.gather(going, return_exceptions=True)


async def wanted(kafka: str, prefix: str) -> Expected:
    events, states = [
        [json.loads(value) for value in await read_all(kafka, prefix + topic.name)] for topic in (POSTINGS, SUBSCRIPTIONS)
    ]
    return await asyncio.to_thread(expected, events, states)


async def ledger(databases: dict[str, str]) -> Counter[Row]:
    found = await rows(databases, "SELECT subscription_id, posting_id, episode, kind, revision FROM alerts")
    return Counter((str(one[0]), str(one[1]), one[2], one[3], one[4]) for one in found)


@pytest.mark.parametrize(("of", "replicas"), [(1, 3), (2, 2)])
async def test_promise_2_every_match_is_one_row_while_matchers_come_die_and_sleep(
    deployment: Deployment, databases: dict[str, str], of: int, replicas: int
) -> None:
    kafka, prefix = deployment.kafka, deployment.prefix
    with ExitStack() as stack:
        async with deployment.process("consume"):
            teams = [Team(stack, kafka, prefix, shard) for shard in shards(of)]
            async with under_load(kafka, prefix) as load:
                await asyncio.gather(*(team.add() for team in teams for _ in range(replicas - 1)))
                await asyncio.gather(*(disturb(team, replicas) for team in teams))
            for team in teams:
                await compared(kafka, prefix, load.postings, group=team.shard.group)
            rows_wanted = await wanted(kafka, prefix)

            async def complete() -> bool:
                return rows_wanted.must <= (await ledger(databases)).keys()

            await until(complete, within=WITHIN)
            for member in (member for team in teams for member in team.members):
                await asyncio.to_thread(member.end)
            told = await read(kafka, prefix + MATCHES.name)

            async def recorded() -> bool:
                return sum((await committed(kafka, prefix + NOTIFIER_MATCHES)).values()) == len(told)

            await until(recorded, within=WITHIN)
    found = await ledger(databases)
    assert set(found.values()) == {1}
    assert rows_wanted.must <= found.keys() <= rows_wanted.must | rows_wanted.may
    assert [(team.killed, team.slept) for team in teams] == [(2 * replicas - 1, replicas - 1)] * of
    assert len(rows_wanted.must) > 10 * load.postings > 2000, "too little was asked for to prove anything"
    assert load.changes > 20
    assert await repeats(kafka, prefix) > 0, "nothing was compared again: deaths and sleep came to nothing"


async def repeats(kafka: str, prefix: str) -> int:
    """Matches that stand on the topic once more, of filters that only comparing the posting again can repeat."""
    told = Counter(
        (one.subscription_id, record.posting.id, one.kind, record.revision)
        for record in await all_matches(kafka, prefix)
        for one in record.subscriptions
        if one.subscription_revision == revision(FIRST)
    )
    return told.total() - len(told)
