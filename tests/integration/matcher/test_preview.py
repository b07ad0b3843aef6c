"""`python -m services.matcher preview` as a process of its own: postings in, answers out."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event
from typing import Any

from deploy.local.ports import free_ports
from schemas.posting import PostingChanged, PostingClosed, PostingOpened
from tests.integration.matcher.running import WITHIN, Running, opened
from tests.integration.runtime.topic import Record, write
from tests.support.processes import ServiceProcess
from tests.support.until import until, until_true
from tests.unit.matcher.made import posting


class Previewing(Running):
    """A preview's process."""

    def __init__(self, process: ServiceProcess, port: int) -> None:
        super().__init__(process, port)
        self._base = f"http://127.0.0.1:{port}"

    def preview(self, filter: Any, **more: Any) -> tuple[int, Any]:
        return self.posted("/v1/preview", {"filter": filter, **more})

    def titles(self, filter: Any) -> list[str]:
        status, told = self.preview(filter)
        assert status == 200
        return [one["posting"]["title"] for one in told["newest"]]

    def contract(self) -> Any:
        with urllib.request.urlopen(f"{self._base}/openapi.json", timeout=WITHIN) as answer:
            return json.load(answer)


@contextmanager
def previewing(kafka: str, prefix: str) -> Iterator[Previewing]:
    """Ready; killed at the end where it still runs."""
    [port] = free_ports(1)
    environment = {"MATCHER_KAFKA": kafka, "MATCHER_TOPIC_PREFIX": prefix, "MATCHER_HTTP_PORT": str(port)}
    running = Previewing(ServiceProcess("matcher", "preview", env=environment), port)
    try:
        until_true(running.is_ready, within=WITHIN)
        yield running
    finally:
        running.kill()


def record(event: PostingOpened | PostingChanged | PostingClosed) -> Record:
    return Record(event.model_dump_json().encode(), str(event.posting.id).encode(), event.posting.id.int % 12)


def changed(before: PostingOpened, **members: Any) -> PostingChanged:
    told = before.model_dump(exclude={"type", "posting", "revision"})
    content = before.posting.model_copy(update=members)
    return PostingChanged(**told, revision=before.revision + 1, posting=content, changes=())


def closed(before: PostingOpened | PostingChanged) -> PostingClosed:
    told = before.model_dump(exclude={"type", "changes", "revision"})
    return PostingClosed(**told, revision=before.revision + 1, closed_at=datetime.now(UTC))


async def holds(is_so: Callable[[], bool]) -> None:
    async def look() -> bool:
        return is_so()

    await until(look, within=WITHIN)


async def test_it_tells_what_is_open_and_follows_what_changes(kafka: str, prefix: str) -> None:
    now = datetime.now(UTC)
    stays, changes, closes = (
        opened(posting(title=f"Go Engineer {n}", company="Acme"), opened_at=now - timedelta(days=n)) for n in (1, 2, 3)
    )
    rust = opened(posting(title="Rust Engineer"))
    bad = [Record(b"not JSON", b"bad"), Record(None, b"tombstone")]
    await write(kafka, f"{prefix}postings", [*bad, *map(record, (stays, changes, closes, rust))])
    with previewing(kafka, prefix) as process:
        status, told = process.preview("go")
        assert status == 200
        assert (told["matching"], told["next"], told["text"]) == (3, None, "go")
        assert [one["posting"] for one in told["newest"]] == [
            one.posting.summary().model_dump(mode="json") for one in (stays, changes, closes)
        ]
        assert datetime.fromisoformat(told["newest"][0]["opened_at"]) == stays.opened_at
        assert [one["opened"] for one in told["weeks"]] == [0, 0, 0, 3]
        assert told["facets"]["companies"] == [{"value": "Acme", "postings": 3}]
        assert process.counted("jobalerts_refused_total") == 1

        later = changed(changes, title="Rust Engineer now")
        await write(kafka, f"{prefix}postings", [record(later), record(closed(closes)), record(changes)])
        await holds(lambda: process.titles("go") == ["Go Engineer 1"])
        assert process.titles("rust") == ["Rust Engineer", "Rust Engineer now"]
        assert [one["opened"] for one in process.preview("go")[1]["weeks"]] == [0, 0, 0, 2]
        assert process.asked()[1]["checks"]["postings"]["detail"] == "3 open, 1 closed and still counted"
        assert process.counted("matcher_preview_seconds_count") >= 3
        process.end()


async def test_another_process_reads_the_same_back(kafka: str, prefix: str) -> None:
    events = [opened(posting(title=f"Posting {n}")) for n in range(30)]
    await write(kafka, f"{prefix}postings", [*map(record, events), *map(record, map(closed, events[:5]))])
    answers = []
    for _ in range(2):
        with previewing(kafka, prefix) as process:
            pages = [process.preview({})[1]]
            pages.append(process.preview({}, after=pages[0]["next"])[1])
            answers.append([(one["matching"], one["newest"], one["next"], one["facets"]) for one in pages])
            process.kill()
    assert answers[0] == answers[1]
    [first, second] = answers[0]
    assert (first[0], len(first[1]), len(second[1]), second[2]) == (25, 20, 5, None)
    told = {one["posting"]["id"] for one in (*first[1], *second[1])}
    assert told == {str(event.posting.id) for event in events[5:]}


async def test_it_says_what_is_wrong_with_a_question_and_what_is_doubtful(kafka: str, prefix: str) -> None:
    content = posting(title="Go Engineer").model_dump(mode="json")
    with previewing(kafka, prefix) as process:
        status, told = process.preview("go (")
        assert status == 422
        assert told["errors"][0]["field"] == "filter.keywords"
        assert "position" in told["errors"][0]
        status, told = process.preview({"keyword": "go"})
        assert (status, told["errors"][0]["field"]) == (422, "filter.keyword")
        for after in ("nonsense", 7, [0, 1]):
            status, told = process.preview("go", after=after)
            assert (status, told["errors"][0]["field"]) == (422, "after")
        status, told = process.preview({"keywords": {"all": ["!!!"]}})
        assert status == 200
        assert told["warnings"][0]["problem"].startswith("never matches")
        assert process.explained({"filter": "go", "posting": content})[1]["matches"] is True
        described = process.contract()
        assert "28 days" in described["components"]["schemas"]["Preview"]["properties"]["weeks"]["description"]
        process.end()


async def test_health_and_answers_go_on_while_postings_change(kafka: str, prefix: str) -> None:
    first = [opened(posting(title=f"Go Engineer {n}", text="words " * 500)) for n in range(200)]
    await write(kafka, f"{prefix}postings", list(map(record, first)))
    with previewing(kafka, prefix) as process:
        for turn in range(3):
            again = [opened(event.posting, revision=turn + 2) for event in first]
            await write(kafka, f"{prefix}postings", [*map(record, again), record(opened(posting(title=f"Turn {turn}")))])
            await holds(partial(_sees_turn, process, turn))
        process.end()


async def test_postings_are_taken_in_while_many_ask_all_the_time(kafka: str, prefix: str) -> None:
    def ask() -> None:
        while not done.is_set():
            status, _ = process.preview("wor* go -rust")
            assert status in (200, 503)
            answered.append(status)

    first = [opened(posting(title=f"Go Engineer {n}", text="words " * 500)) for n in range(500)]
    await write(kafka, f"{prefix}postings", list(map(record, first)))
    done, answered = Event(), list[int]()
    with previewing(kafka, prefix) as process, ThreadPoolExecutor(8) as clients:
        asking = [clients.submit(ask) for _ in range(8)]
        try:
            await holds(lambda: len(answered) > 50)
            again = [opened(event.posting, revision=2) for event in first]
            await write(kafka, f"{prefix}postings", [*map(record, again), record(opened(posting(title="Latest")))])
            await holds(lambda: process.preview("latest")[1].get("matching") == 1)
            await holds(lambda: process.is_ready() and process.counted("matcher_preview_lag") == 0)
        finally:
            done.set()
        for one in asking:
            one.result()
        assert 200 in answered
        process.end()


def _sees_turn(process: Previewing, turn: int) -> bool:
    """None of the two hundred is missing meanwhile: a change takes a posting out and puts it back in one moment."""
    assert process.preview("go")[1]["matching"] == 200
    assert process.is_ready()
    return process.titles(f"turn {turn}") == [f"Turn {turn}"]
