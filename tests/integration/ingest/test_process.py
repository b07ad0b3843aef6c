"""Ingest as it runs: its command line, its roles as processes, and events on real Kafka."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiokafka import AIOKafkaConsumer

from runtime.broker import CONSUMER_SETTINGS
from runtime.outbox import Relay
from schemas.posting import PostingClosed, PostingOpened, posting_event
from services.ingest.close import close
from services.ingest.domain.normalise import posting_id
from tests.integration.ingest.board import Board, Event, posting
from tests.support.processes import ServiceProcess, answer
from tests.support.until import until

MakeBoard = Callable[[str], Awaitable[Board]]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def environment(databases: dict[str, str], kafka: str, prefix: str) -> dict[str, str]:
    return os.environ | {
        "INGEST_POSTGRES": databases["ingest"],
        "INGEST_KAFKA": kafka,
        "INGEST_TOPIC_PREFIX": prefix,
        "INGEST_HTTP_PORT": str(free_port()),
    }


async def command(environment: dict[str, str], *arguments: str, standard_input: bytes = b"") -> tuple[int, str, str]:
    """Run the command line; its exit code, output and errors."""
    answered = await answer("ingest", *arguments, env=environment, stdin=standard_input)
    return answered.code, answered.out, answered.err


@asynccontextmanager
async def service(environment: dict[str, str], *roles: str) -> AsyncIterator[tuple[str, ServiceProcess]]:
    """The service as a process of its own, ready, and its address. Ended by SIGTERM where it still runs."""
    process = ServiceProcess("ingest", *roles, env=environment)
    address = f"http://127.0.0.1:{environment['INGEST_HTTP_PORT']}"
    try:
        await ready(address, process)
        yield address, process
    finally:
        process.terminate()
        await process.ended()


async def ready(address: str, process: ServiceProcess) -> None:
    async with aiohttp.ClientSession() as client:

        async def answers() -> bool:
            assert process.returncode is None, f"the service ended with {process.returncode}"
            try:
                async with client.get(f"{address}/health/ready") as response:
                    return response.status == 200
            except aiohttp.ClientConnectorError:
                return False  # it does not listen yet

        await until(answers, within=30)


async def on_kafka(kafka: str, prefix: str, count: int) -> list[Event]:
    """The first `count` committed events of the topic, in the order of their revisions; each under its posting's id."""
    consumer = AIOKafkaConsumer(
        f"{prefix}postings", bootstrap_servers=kafka, **CONSUMER_SETTINGS | {"group_id": None, "enable_auto_commit": False}
    )
    await consumer.start()
    try:
        events: list[Event] = []
        async with asyncio.timeout(30):
            while len(events) < count:
                record = await consumer.getone()
                event = posting_event.validate_json(record.value)
                assert record.key == str(event.posting.id).encode()
                events.append(event)
    finally:
        await consumer.stop()
    return sorted(events, key=lambda event: event.revision)


async def test_what_was_recorded_arrives_on_kafka(board: Board, databases: dict[str, str], kafka: str, prefix: str) -> None:
    await board.push(posting("1"), posting("2"))
    await close(board.pool, board.wake, publisher=board.publisher, posting_id=posting_id("board", "1"), reason="filled")
    relay = asyncio.create_task(Relay(dsn=databases["ingest"], bootstrap=kafka, service="ingest", prefix=prefix).run())
    events = await on_kafka(kafka, prefix, 3)
    kinds = {each: [type(event) for event in events if event.posting.source_id == each] for each in ("1", "2")}
    assert kinds == {"1": [PostingOpened, PostingClosed], "2": [PostingOpened]}  # in order for each posting, not across them
    await board.emptied()
    relay.cancel()
    with pytest.raises(asyncio.CancelledError):
        await relay


async def test_largest_change_that_is_taken_fits_into_a_record(
    board: Board, databases: dict[str, str], kafka: str, prefix: str
) -> None:
    """A change tells the posting three times; a relay that could not publish one would publish nothing after it."""
    largest = [f"<p>{letter * 56_000}</p>" for letter in "界世"]
    for description in largest:
        assert (await board.push(posting("1", description=description))).counts.rejected == 0
    assert (await board.push(posting("1", description="界" * 58_000))).counts.rejected == 1
    relay = asyncio.create_task(Relay(dsn=databases["ingest"], bootstrap=kafka, service="ingest", prefix=prefix).run())
    _, changed = await on_kafka(kafka, prefix, 2)
    assert len(changed.model_dump_json().encode()) > 1_000_000
    relay.cancel()
    with pytest.raises(asyncio.CancelledError):
        await relay


async def test_accepted_posting_survives_the_death_of_the_process(
    environment: dict[str, str], board: Board, kafka: str, prefix: str
) -> None:
    key = {"authorization": f"Bearer {board.key}"}
    async with service(environment, "api") as (address, process):
        async with (
            aiohttp.ClientSession(headers=key) as client,
            client.post(f"{address}/v1/postings", json=posting("1")) as response,
        ):
            assert response.status == 202
        process.send_signal(signal.SIGKILL)
        await process.ended()
    async with service(environment, "relay") as (address, _):
        (event,) = await on_kafka(kafka, prefix, 1)
        async with (
            aiohttp.ClientSession(headers=key) as client,
            client.post(f"{address}/v1/postings", json=posting("2")) as response,
        ):
            assert response.status == 404, "this process has no api role"
    assert event.posting.source_id == "1"


async def test_newcomer_gets_from_nothing_to_kafka_by_commands(
    environment: dict[str, str], kafka: str, prefix: str, tmp_path: Path
) -> None:
    code, key, told = await command(environment, "publisher", "create", "visa-board")
    assert (code, key.startswith("jai_"), key.count("\n")) == (0, True, 1)
    assert "shown this once" in told
    path = tmp_path / "jobs.jsonl"
    path.write_text(json.dumps(posting("1")) + "\nrubbish\n")
    code, output, _ = await command(environment, "import", str(path), "--publisher", "visa-board")
    assert (code, output.splitlines()[-1]) == (0, "opened 1, reopened 0, changed 0, unchanged 0, rejected 1")
    code, output, _ = await command(environment, "import", "-", "--publisher", "visa-board", standard_input=path.read_bytes())
    assert (code, output.splitlines()[-1]) == (0, "opened 0, reopened 0, changed 0, unchanged 1, rejected 1")
    code, output, _ = await command(environment, "rejections", "--publisher", "visa-board")
    assert code == 0
    assert [line.partition(" visa-board ")[2] for line in output.splitlines()] == [
        "- line 2 #1 (2 times): it is not JSON: Expecting value at column 1"
    ]
    async with service(environment) as (address, _):
        authorization = {"authorization": f"Bearer {key.strip()}"}
        async with aiohttp.ClientSession(headers=authorization) as client:
            async with client.post(f"{address}/v1/postings", json=posting("2")) as response:
                assert response.status == 202
            events = await on_kafka(kafka, prefix, 2)
            async with client.get(f"{address}/asyncapi.json") as response:
                channels = json.dumps(await response.json())
            async with client.get(f"{address}/metrics") as response:
                metrics = await response.text()
    assert [event.posting.source_id for event in events] == ["1", "2"]
    assert f"{prefix}postings" in channels
    assert all(name in channels for name in ("PostingOpened", "PostingChanged", "PostingClosed"))
    assert 'jobalerts_ingest_postings_total{result="opened"} 1.0' in metrics


async def test_commands_say_in_a_sentence_what_is_wrong(environment: dict[str, str], board: Board, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "none")
    wrong = {
        ("publisher", "create", "Not A Name"): "A publisher's name has up to 100 lower-case letters",
        ("publisher", "create", "board"): "There is a publisher of that name already",
        ("publisher", "revoke", "nobody"): "There is no such publisher",
        ("import", nowhere, "--publisher", "nobody"): "There is no such publisher",
        ("import", nowhere, "--publisher", "board"): "cannot be read: No such file or directory",
        ("rejections", "--publisher", "nobody"): "There is no such publisher",
    }
    results = await asyncio.gather(*(command(environment, *arguments) for arguments in wrong))
    for (code, output, errors), sentence in zip(results, wrong.values(), strict=True):
        assert code == 1
        assert sentence in errors
        assert (output, errors.count("\n")) == ("", 1), "it is said once"


async def test_publishers_are_listed_renewed_and_revoked(
    environment: dict[str, str], board: Board, make_board: MakeBoard
) -> None:
    await make_board("old")
    await board.push(posting("1"))
    (code, key, _), revoked = await asyncio.gather(
        command(environment, "publisher", "renew", "board"), command(environment, "publisher", "revoke", "old")
    )
    assert (code, key.startswith("jai_")) == (0, True)
    assert revoked == (0, "old can no longer push; its postings stay\n", "")
    code, output, _ = await command(environment, "publisher", "list")
    assert code == 0
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in output.splitlines() if "│" in line]
    assert [(name, bool(revoked), *rest) for name, _, revoked, *rest in rows] == [
        ("board", False, "1", "1 of default", "default"),
        ("old", True, "0", "0 of default", "default"),
    ]
