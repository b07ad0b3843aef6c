"""The matcher as a process, what is written to its topics, and what it has told."""

import json
import signal
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID, uuid4

from deploy.local.ports import free_ports
from runtime.failpoint import VARIABLE
from schemas.filter.tree import Filter
from schemas.match import Matched, matched
from schemas.posting import Posting, PostingChanged, PostingOpened
from schemas.subscription import Destination, SubscriptionEnded, SubscriptionState
from schemas.topics import MATCHER_POSTINGS, MATCHES, partition_of
from tests.integration.runtime.topic import Record, committed, producing, read, write
from tests.support.processes import ServiceProcess
from tests.support.until import until, until_true

WITHIN = 60.0
Event = SubscriptionState | SubscriptionEnded | PostingOpened | PostingChanged
Told = set[tuple[UUID, UUID, str]]
"""Posting, subscription and kind: what the ledger takes once."""


class Running:
    """A matcher's process."""

    def __init__(self, process: ServiceProcess, port: int) -> None:
        self.process = process
        self._url = f"http://127.0.0.1:{port}/health/ready"

    def is_ready(self) -> bool:
        assert self.process.returncode is None, f"the matcher ended with {self.process.returncode}"
        return self.asked()[0] == 200

    def asked(self) -> tuple[int, Any]:
        """Status and body of its readiness; 0 where it does not answer."""
        try:
            with urllib.request.urlopen(self._url, timeout=2) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)
        except (urllib.error.URLError, OSError):
            return 0, None

    def explained(self, question: dict[str, Any]) -> tuple[int, Any]:
        """What `POST /v1/explain` answers."""
        return self.posted("/v1/explain", question)

    def posted(self, path: str, question: dict[str, Any]) -> tuple[int, Any]:
        """Status and body of what it answers to a question."""
        url, body = self._url.replace("/health/ready", path), json.dumps(question).encode()
        request = urllib.request.Request(url, body, {"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=WITHIN) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def counted(self, metric: str) -> float:
        """The sum of a metric over its labels."""
        with urllib.request.urlopen(self._url.replace("/health/ready", "/metrics"), timeout=2) as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(metric))

    def wait_ready_or_killed(self) -> None:
        until_true(lambda: self.process.returncode is not None or self.is_ready(), within=WITHIN)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    @contextmanager
    def paused(self) -> Iterator[None]:
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(WITHIN) == 0

    def wait_killed(self) -> None:
        """Until its failpoint ended it."""
        assert self.process.wait(WITHIN) == -signal.SIGKILL


@contextmanager
def matcher(kafka: str, prefix: str, *, ready: bool = True, failpoint: str = "", **settings: Any) -> Iterator[Running]:
    """Ready, unless told not to wait; killed at the end where it still runs."""
    [port] = free_ports(1)
    base = {"KAFKA": kafka, "TOPIC_PREFIX": prefix, "HTTP_PORT": port, "GROUP_SESSION": 2}
    environment = {f"MATCHER_{name.upper()}": str(value) for name, value in (base | settings).items()}
    process = ServiceProcess("matcher", env=environment | ({VARIABLE: failpoint} if failpoint else {}))
    running = Running(process, port)
    try:
        if ready:
            until_true(running.is_ready, within=WITHIN)
        yield running
    finally:
        running.kill()


def revision(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)


def subscription(filter: dict[str, Any], *, saved: datetime | None = None, **more: Any) -> SubscriptionState:
    subscriber, at = uuid4(), saved or datetime.now(UTC) - timedelta(minutes=1)
    members: dict[str, Any] = {
        "revision": revision(at) if saved else 1,
        "subscription_id": uuid4(),
        "subscriber_id": subscriber,
        "filter": Filter.model_validate(filter),
        "destination": Destination(kind="email", id=subscriber),
        "effective_from": at,
    }
    return SubscriptionState(**(members | more))


def opened(content: Posting, **more: Any) -> PostingOpened:
    now = datetime.now(UTC)
    members: dict[str, Any] = {
        "revision": 1,
        "episode": 1,
        "opened_at": now,
        "published_at": now,
        "posting": content,
        "correlation_id": "walk1",
    }
    return PostingOpened(**(members | more))


def record(event: Event) -> Record:
    """On the partition that the relays would choose, or one as good."""
    value = event.model_dump_json().encode()
    if isinstance(event, PostingOpened | PostingChanged):
        return Record(value, str(event.posting.id).encode(), event.posting.id.int % 12)
    return Record(value, str(event.subscription_id).encode(), partition_of(event.subscriber_id, 12))


async def publish(kafka: str, prefix: str, events: Iterable[Event]) -> None:
    """Each to its topic, in order."""
    for topic, some in groupby(events, _topic):
        await write(kafka, prefix + topic, map(record, some))


async def publish_at(kafka: str, prefix: str, event: Event, stamp: datetime) -> None:
    """As if it had come to its topic then."""
    one, milliseconds = record(event), int(stamp.timestamp() * 1000)
    async with producing(kafka) as producer:
        await producer.send_and_wait(
            prefix + _topic(event), one.value, key=one.key, partition=one.partition, timestamp_ms=milliseconds
        )


def _topic(event: Event) -> str:
    return "postings" if isinstance(event, PostingOpened | PostingChanged) else "subscriptions"


async def matches(kafka: str, prefix: str, count: int) -> list[Matched]:
    """The records of `matches` once they tell of so many subscriptions."""

    async def there() -> list[Matched]:
        found = await all_matches(kafka, prefix)
        return found if sum(len(one.subscriptions) for one in found) >= count else []

    return await until(there, within=WITHIN)


async def all_matches(kafka: str, prefix: str) -> list[Matched]:
    return [matched.validate_json(one.value or b"") for one in await read(kafka, prefix + MATCHES.name)]


def told(found: Iterable[Matched]) -> Told:
    return {(one.posting.id, match.subscription_id, match.kind) for one in found for match in one.subscriptions}


async def compared(kafka: str, prefix: str, count: int, *, group: str = MATCHER_POSTINGS) -> None:
    """Until the group has committed so many postings: what comes after this is not from reading them again."""

    async def done() -> bool:
        return sum((await committed(kafka, prefix + group)).values()) >= count

    await until(done, within=WITHIN)
