"""Promise 3: told once. A repeat comes only where the answer was not written down, with the same id and bytes."""

import json
import signal
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from deploy.local.ports import free_ports
from tests.integration.notifier.service import Process, Scene, open_scene, states
from tests.integration.notifier.world import matched, until
from tests.support.processes import ServiceProcess
from tests.unit.notifier.made import summary
from tests.unit.notifier.test_render import parsed

NAMES = [f"subscriber-{number}" for number in range(12)]


@pytest.fixture
async def scene(kafka: str, prefix: str, databases: dict[str, str], sealing_keys: str) -> AsyncIterator[Scene]:
    async with open_scene(kafka=kafka, prefix=prefix, databases=databases, sealing_keys=sealing_keys) as opened:
        yield opened


async def test_promise_3_each_opening_is_told_once_wherever_its_dispatcher_is_killed(scene: Scene) -> None:
    await scene.subscribe(*NAMES)
    await scene.deployment.publish("subscriptions", *states(scene.sealer, "hooked", url=scene.endpoint.url))
    each, may_repeat = len(NAMES) + 1, set[str]()
    async with scene.deployment.beating(), scene.deployment.process("consume", "relay"):
        for number, step in enumerate(("leased", "frozen", "sending", "sent", "settled"), start=1):
            of_step = summary(step, title=step)
            await scene.deployment.publish("matches", matched(*NAMES, posting=step, content=of_step))
            await scene.deployment.publish("matches", matched("hooked", posting=step, to="webhook", content=of_step))
            await until(lambda number=number: _is_recorded(scene, each * number), "the alerts recorded")  # type: ignore[misc]
            await scene.killed("dispatch", failpoint=f"notifier.{step}")
            may_repeat |= {one.message_id for one in _received(scene)} - await _written_down(scene)
            if step in ("leased", "frozen", "sending"):
                assert _received(scene) == []
        assert may_repeat
        async with scene.deployment.process("dispatch"):
            await until(lambda: scene.all_settled(5 * each), "every alert at its end")
    assert {row["state"] for row in await scene.rows("SELECT state FROM alerts")} == {"sent"}
    received = _received(scene)
    assert len({(one.to, one.title) for one in received}) == len(set(received)) == 5 * each  # one id and one body for each
    repeated = {one.message_id for one, times in Counter(received).items() if times > 1}
    assert repeated <= may_repeat
    assert repeated  # a test of repeats that saw none would say nothing
    assert max(Counter(received).values()) <= 3  # it was killed twice after an answer


async def test_promise_3_what_was_sent_and_never_written_down_is_told_anew_only_after_it_was_corrected(scene: Scene) -> None:
    """Killed when the server has the mail; then the posting changes away from the filter and back."""
    await scene.subscribe("anna")
    async with scene.deployment.beating(), scene.deployment.process("consume"):
        await scene.deployment.publish("matches", matched("anna"))
        await until(lambda: _is_recorded(scene, 1), "the alert recorded")
        await scene.killed("dispatch", failpoint="notifier.sent")
        await scene.deployment.publish("matches", matched("anna", kind="no_longer", revision=2))
        await until(lambda: _is_recorded(scene, 2), "the change recorded")
        async with scene.deployment.process("dispatch"):
            await until(lambda: scene.all_settled(2), "the change at its end")
            await scene.deployment.publish("matches", matched("anna", revision=3).model_copy(update={"changed": True}))
            await until(lambda: scene.all_settled(3), "every alert at its end")
    first, correction, anew = (parsed(mail) for _, mail in scene.smtp.mails)
    assert correction["Subject"].startswith("Changed: ")
    assert correction["In-Reply-To"] == first["Message-ID"]
    assert anew["Subject"] == first["Subject"]
    assert anew["Message-ID"] not in {first["Message-ID"], correction["Message-ID"]}


@dataclass(frozen=True)
class Received:
    """A message as it came."""

    to: str
    title: str
    message_id: str
    body: bytes


def _received(scene: Scene) -> list[Received]:
    mails = [(recipient, mail, parsed(mail)) for recipient, mail in scene.smtp.mails]
    return [
        *(Received(to, str(read["Subject"]).partition(" at ")[0], str(read["Message-ID"]), mail) for to, mail, read in mails),
        *(
            Received("hooked", json.loads(body)["data"]["posting"]["title"], headers["webhook-id"], body)
            for headers, body in scene.endpoint.posts
        ),
    ]


async def _written_down(scene: Scene) -> set[str]:
    return {row["message_id"] for row in await scene.rows("SELECT message_id FROM deliveries WHERE state = 'sent'")}


async def _is_recorded(scene: Scene, alerts: int) -> bool:
    return await scene.count("alerts") == alerts


async def test_promise_3_a_dispatcher_that_lost_its_lease_records_nothing_when_it_wakes_up(scene: Scene) -> None:
    """Stopped between the server's answer and writing it down, for longer than its lease; another has taken over by then."""
    await scene.subscribe("anna")
    short = {"NOTIFIER_ATTEMPT_SECONDS": "1"}
    async with scene.deployment.beating(), scene.deployment.process("consume"):
        [port] = free_ports(1)
        armed = {"JOBALERTS_FAILPOINT": "notifier.sent:1:STOP", "NOTIFIER_HTTP_PORT": str(port)}
        running = ServiceProcess("notifier", "dispatch", env=scene.deployment.environment | short | armed)
        paused = Process(running, f"http://127.0.0.1:{port}")
        try:
            await until(paused.is_ready, "the dispatcher ready")
            await scene.deployment.publish("matches", matched("anna"))
            await until(lambda: _is_stopped(paused.running.pid), "the dispatcher stopped")
            assert await scene.count("attempts") == 0
            async with scene.deployment.process("dispatch", **short):
                await until(lambda: scene.all_settled(1), "the other has sent and settled it")
            before = await _written(scene)
            paused.running.send_signal(signal.SIGCONT)
            await until(lambda: _has_lost(paused), "the first finds that its lease has passed on")
        finally:
            paused.running.kill()
            await paused.running.ended()
    assert await _written(scene) == before
    assert await scene.count("attempts") == 1
    assert len(await scene.rows("SELECT FROM outbox WHERE topic = 'outcomes'")) == 1
    (_, first), (_, second) = scene.smtp.mails
    assert first == second


def _is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


async def _written(scene: Scene) -> list[object]:
    tables = ("alerts", "deliveries", "attempts", "destinations", "outbox")
    return [sorted(map(repr, await scene.rows(f"SELECT * FROM {table}"))) for table in tables]


async def _has_lost(process: Process) -> bool:
    async with aiohttp.ClientSession() as client, client.get(f"{process.url}/metrics") as answer:
        return "notifier_leases_lost_total 1.0" in (await answer.text()).splitlines()
