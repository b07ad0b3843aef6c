"""docker-compose.yml on a real engine: it comes up, accounts for every alert while its containers are restarted, and comes back.

Minutes long, and it needs an engine, so it runs only where it is asked for: JOBALERTS_TEST_STACK=containers.
"""

import json
import os
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from deploy.local.ports import free_ports
from tests.support.until import until_true

ROOT = Path(__file__).parents[2]
SERVICES = ("ingest", "matcher", "preview", "notifier", "subscriptions")
pytestmark = [
    pytest.mark.skipif(
        os.environ.get("JOBALERTS_TEST_STACK") != "containers",
        reason="set JOBALERTS_TEST_STACK=containers where Docker answers",
    ),
    pytest.mark.timeout(1800),
]


class Compose:
    """A project of its own on ports of its own, so that one that runs already is left alone."""

    def __init__(self) -> None:
        names = ("SUBSCRIPTIONS_PORT", "INGEST_PORT", "PREVIEW_PORT", "MAILPIT_PORT", "PROMETHEUS_PORT", "GRAFANA_PORT")
        ports = dict(zip(names, map(str, free_ports(len(names))), strict=True))
        self.prometheus = f"http://127.0.0.1:{ports['PROMETHEUS_PORT']}"
        self._environment = {**os.environ, **ports, "ALLOW_INSECURE_WEBHOOKS": "true"}
        self._project = f"jobalerts-test-{os.getpid()}"

    def __call__(self, *arguments: str) -> str:
        with self.start(*arguments) as running:
            output, _ = running.communicate()
        assert running.returncode == 0, output
        return output

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        argv = ["docker", "compose", "--project-name", self._project, "--profile", "demo", *arguments]
        return subprocess.Popen(
            argv, cwd=ROOT, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def demo(self, *arguments: str) -> "subprocess.Popen[str]":
        return self.start("run", "--rm", "--no-TTY", "demo", *arguments)


@pytest.fixture(scope="module")
def compose() -> Iterator[Compose]:
    project = Compose()
    try:
        project("up", "--detach", "--build", "--wait", "--quiet-pull", *SERVICES, "prometheus", "receiver")
        yield project
    finally:
        project("down", "--volumes", "--timeout", "20")


def test_every_alert_is_accounted_for(compose: Compose) -> None:
    assert "every alert is accounted for" in compose("run", "--rm", "--no-TTY", "demo")


_COUNTS_COMPILATIONS = """
from numba.core.event import install_recorder
from services.matcher.warm import warm

with install_recorder("numba:compile") as recorder:
    warm()
print(len(recorder.buffer))
"""


def test_matcher_finds_its_kernels_compiled_in_the_image(compose: Compose) -> None:
    counts = ("--entrypoint", "python", "matcher", "-c", _COUNTS_COMPILATIONS)
    assert int(compose("run", "--rm", "--no-TTY", "--no-deps", *counts).split()[-1]) == 0


def test_prometheus_sees_every_service(compose: Compose) -> None:
    def healthy() -> bool:
        return {target["labels"]["job"] for target in _targets(compose) if target["health"] == "up"} == set(SERVICES)

    until_true(healthy, within=60)


def test_each_query_of_the_dashboard_is_understood(compose: Compose) -> None:
    dashboard = json.loads((ROOT / "deploy/grafana/provisioning/dashboards/jobalerts.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    assert queries
    for query in queries:
        asked = urllib.parse.urlencode({"query": query.replace("$__rate_interval", "1m")})
        with urllib.request.urlopen(f"{compose.prometheus}/api/v1/query?{asked}") as answer:  # 400 where it is not understood
            assert json.load(answer)["data"]["resultType"] == "vector", query


def test_restarts_and_replicas_lose_nothing_and_double_nothing(compose: Compose) -> None:
    with compose.demo("--per-second", "1", "--may-repeat") as demo:
        assert demo.stdout is not None
        before = _until_pushing(demo.stdout)
        compose(
            "up",
            "--detach",
            "--no-build",
            "--no-recreate",
            "--wait",
            "--scale",
            "notifier=2",
            "--scale",
            "matcher=2",
            *SERVICES,
        )
        # not mailpit and the receiver: they are the witnesses, and what they saw is counted at the end
        compose("restart", "--no-deps", *SERVICES, "kafka", "postgres", "prometheus")
        for service in ("notifier", "matcher", "subscriptions", "ingest"):
            compose("restart", "--no-deps", service)
        assert demo.poll() is None, "it was over before the kill"
        compose("kill", "--signal", "SIGKILL", "notifier")
        compose("up", "--detach", "--no-build", "--no-recreate", "--wait", *SERVICES)
        output = before + demo.communicate()[0]
    assert demo.returncode == 0, output
    assert "every alert is accounted for" in output


def test_down_and_up_again_goes_on_where_it_was(compose: Compose) -> None:
    before = _kept(compose)
    assert all(before)
    compose("down", "--timeout", "20")
    compose("up", "--detach", "--no-build", "--wait", *SERVICES, "receiver")
    assert _kept(compose) == before
    assert "every alert is accounted for" in compose("run", "--rm", "--no-TTY", "demo")


_COUNTS_RECORDS = """
import asyncio
from aiokafka import AIOKafkaConsumer

async def count():
    async with AIOKafkaConsumer("postings", bootstrap_servers="kafka:9092") as consumer:
        print(sum((await consumer.end_offsets(consumer.assignment())).values()))

asyncio.run(count())
"""


def _kept(compose: Compose) -> tuple[int, int, int]:
    """How many alerts and active subscriptions PostgreSQL has, and records of postings Kafka has."""
    counts = "SELECT (SELECT count(*) FROM notifier.alerts), (SELECT count(*) FROM subscriptions.subscriptions WHERE status = 'active')"
    alerts, active = compose(
        "exec", "--no-TTY", "postgres", "psql", "--username=postgres", "--dbname=jobalerts", "-tAF ", "-c", counts
    ).split()
    records = compose("run", "--rm", "--no-TTY", "--no-deps", "--entrypoint", "python", "topics", "-c", _COUNTS_RECORDS)
    return int(alerts), int(active), int(records.split()[-1])


def _until_pushing(lines: IO[str]) -> str:
    """What it says until everybody has subscribed: who waits for a mail does not wait for restarts."""
    said = ""
    for line in lines:
        said += line
        if "pushing" in line:
            return said
    raise AssertionError(said)


def _targets(compose: Compose) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{compose.prometheus}/api/v1/targets") as answer:
        targets: list[dict[str, Any]] = json.load(answer)["data"]["activeTargets"]
    return targets
