"""How a service's process ends: asked to, because a part failed, or because it could not start. Each is a real process."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from deploy.local.ports import free_ports

ROOT = Path(__file__).parents[3]
PREAMBLE = """
import asyncio, sys
from fastapi import FastAPI
from runtime import logs
from runtime.errors import Fatal
from runtime.process import main, run_until_stopped, serve_http

def say(line): print(line, flush=True)

async def part(name):
    say(f"{name} started")
    try:
        await asyncio.Event().wait()
    finally:
        say(f"{name} stopped")
"""


@contextmanager
def running(code: str, *arguments: object) -> Iterator["subprocess.Popen[str]"]:
    """A process of that code; ended with the block in any case."""
    command = [sys.executable, "-W", "error", "-c", PREAMBLE + code, *map(str, arguments)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, cwd=ROOT, text=True, env={"PYTHONPATH": str(ROOT)}, **pipes)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def lines_until(process: "subprocess.Popen[str]", *wanted: str) -> list[str]:
    """Lines of its output, up to the one after which all of `wanted` were seen."""
    assert process.stdout is not None
    seen: list[str] = []
    for line in process.stdout:
        seen.append(line.rstrip())
        if set(wanted) <= set(seen):
            return seen
    raise AssertionError(f"ended after {seen}, without {set(wanted) - set(seen)}: {process.stderr and process.stderr.read()}")


TWO_PARTS = 'main(lambda: run_until_stopped(part("one"), part("two")))'


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_stops_every_part_and_ends_with_0(number: signal.Signals) -> None:
    with running(TWO_PARTS) as process:
        lines_until(process, "one started", "two started")
        process.send_signal(number)
        output, errors = process.communicate(timeout=20)
    assert {"one stopped", "two stopped"} <= set(output.splitlines())
    assert (process.returncode, errors) == (0, "")


def test_signal_during_the_start_closes_what_is_open_and_ends_with_its_number() -> None:
    code = """
async def run():
    try:
        say("connecting")
        await asyncio.sleep(60)
    finally:
        say("closed")
main(run)
"""
    with running(code) as process:
        lines_until(process, "connecting")
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=20)
    assert "closed" in output
    assert (process.returncode, errors) == (128 + signal.SIGTERM, "")


def test_failing_part_stops_the_others_and_ends_with_1_and_the_error_last() -> None:
    code = """
async def fail():
    await asyncio.sleep(0)
    raise KeyError("what went wrong")
main(lambda: run_until_stopped(part("one"), fail()))
"""
    with running(code) as process:
        output, errors = process.communicate(timeout=20)
    assert "one stopped" in output
    assert errors.splitlines()[-1] == "KeyError: 'what went wrong'"
    assert process.returncode == 1


def test_part_that_ends_by_itself_is_a_failure() -> None:
    code = """
async def end(): say("done")
main(lambda: run_until_stopped(part("one"), end()))
"""
    with running(code) as process:
        output, errors = process.communicate(timeout=20)
    assert "one stopped" in output
    assert (process.returncode, errors) == (1, "a part of the service ended by itself\n")


def test_fatal_error_is_one_sentence_without_a_traceback() -> None:
    code = """
async def run(): raise Fatal("the cupboard is bare")
main(run)
"""
    with running(code) as process:
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (1, "the cupboard is bare\n")


def test_what_cannot_be_reached_at_a_start_is_waited_for_as_long_as_asked() -> None:
    code = """
from runtime.errors import Unreachable
async def run():
    if sys.stdin.readline() != "there\\n":
        raise Unreachable("the cupboard is locked")
    await run_until_stopped(part("one"))
main(run, patience=float(sys.argv[1]))
"""
    with running(code, 60) as process:
        assert process.stdin is not None
        process.stdin.write("not yet\nnot yet\nthere\n")
        process.stdin.flush()
        said = lines_until(process, "one started")
    assert [line for line in said if "locked" in line] == [line for line in said if "waiting" in line] != []
    with running(code, 0) as process:
        _, errors = process.communicate("not yet\nthere\n", timeout=20)
    assert (process.returncode, errors) == (1, "the cupboard is locked\n")


@pytest.mark.parametrize(("error", "sentence"), [("NodeNotReadyError", True), ("TopicAuthorizationFailedError", False)])
def test_kafka_that_goes_away_at_a_start_is_one_sentence_too(error: str, *, sentence: bool) -> None:
    code = f"""
from aiokafka.errors import {error}
async def run(): raise {error}("the node went away")
main(run)
"""
    with running(code) as process:
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert ("Traceback" not in errors) is sentence
    assert not sentence or errors == "cannot reach Kafka: NodeNotReadyError: the node went away\n"


def test_port_in_use_is_one_sentence_and_ends_the_other_parts() -> None:
    code = """
port = int(sys.argv[1])
main(lambda: run_until_stopped(part("one"), serve_http(FastAPI(), host="127.0.0.1", port=port)))
"""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with running(code, port) as process:
            output, errors = process.communicate(timeout=20)
    assert "one stopped" in output
    said = f"cannot listen on 127.0.0.1:{port}: Address already in use. Choose another port or end what holds it\n"
    assert (process.returncode, errors) == (1, said)


def test_request_under_way_is_answered_before_the_end() -> None:
    code = """
app = FastAPI()
@app.get("/slow")
async def slow():
    say("asked")
    await asyncio.sleep(0.3)
    return "answered"
async def ready():
    say("ready")
    await asyncio.Event().wait()
main(lambda: run_until_stopped(serve_http(app, host="127.0.0.1", port=int(sys.argv[1])), ready()))
"""
    [port] = free_ports(1)
    client = "import urllib.request,sys; print(urllib.request.urlopen(sys.argv[1], timeout=20).read().decode())"
    with running(code, port) as process:
        until_listening(port)
        asking = subprocess.Popen(
            [sys.executable, "-c", client, f"http://127.0.0.1:{port}/slow"], stdout=subprocess.PIPE, text=True
        )
        lines_until(process, "asked")
        process.send_signal(signal.SIGTERM)
        assert asking.communicate(timeout=20)[0] == '"answered"\n'
        process.communicate(timeout=20)
    assert process.returncode == 0


def test_logs_are_one_json_object_a_line_with_service_and_correlation_id() -> None:
    code = """
import logging
logs.configure("example", "INFO")
logs.correlation_id.set("abc")
logs.get("example.part").info("ours", count=3)
logging.getLogger("library").warning("theirs %s", 4)
try:
    1 / 0
except ZeroDivisionError as error:
    logs.get("example.part").error("failed", exc_info=error)
logs.get("example.part").debug("not shown")
"""
    with running(code) as process:
        output, errors = process.communicate(timeout=20)
    lines = [json.loads(line) for line in output.splitlines()]
    assert errors == ""
    assert [line["event"] for line in lines] == ["ours", "theirs 4", "failed"]
    assert [line["logger"] for line in lines] == ["example.part", "library", "example.part"]
    assert {(line["service"], line["correlation_id"]) for line in lines} == {("example", "abc")}
    assert lines[0]["count"] == 3
    assert "ZeroDivisionError" in lines[2]["exception"]
    assert all(line["timestamp"].endswith("Z") for line in lines)


def until_listening(port: int) -> None:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except ConnectionRefusedError:
            os.sched_yield()
        else:
            return


def test_health_answers_while_the_process_serves() -> None:
    code = """
from runtime.broker import make_broker
from runtime.http import make_app
app = make_app("x", description="", broker=make_broker("127.0.0.1:1", client="x"), checks=[], body_limit=100)
main(lambda: run_until_stopped(serve_http(app, host="127.0.0.1", port=int(sys.argv[1]))))
"""
    [port] = free_ports(1)
    with running(code, port) as process:
        until_listening(port)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=20) as answer:
            assert json.load(answer) == {"status": "live"}
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == 0
