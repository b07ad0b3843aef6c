"""Promise 5: ended means silent. Nothing begins more than a second after the end was answered, or without knowing of it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Literal

import pytest

from schemas.contract import Event
from schemas.subscription import SubscriberEnded, SubscriptionEnded, SubscriptionState
from tests.integration.notifier.service import Process, Scene, open_scene, states
from tests.integration.notifier.world import matched, subscriber, until
from tests.unit.notifier.made import uid

NAMES = [f"subscriber-{number}" for number in range(9)]
LEFT = {
    "suppressed: the subscription had ended or was paused",
    "suppressed: the mailbox or endpoint it was for is gone or disabled",
}


@pytest.fixture
async def scene(kafka: str, prefix: str, databases: dict[str, str], sealing_keys: str) -> AsyncIterator[Scene]:
    async with open_scene(kafka=kafka, prefix=prefix, databases=databases, sealing_keys=sealing_keys) as opened:
        yield opened


async def test_promise_5_nothing_is_sent_without_a_heartbeat_and_all_of_it_when_it_is_back(scene: Scene) -> None:
    await scene.subscribe(*NAMES)
    async with scene.deployment.process() as process:
        async with scene.deployment.beating():
            await scene.deployment.publish("matches", matched(*NAMES))
            await until(lambda: len(scene.smtp.mails) == len(NAMES), "the first mails")
        await until(process.is_silent, "silence")
        leased = await scene.rows("SELECT max(lease) FROM destinations")
        await scene.deployment.publish("matches", matched(*NAMES, posting="q"))
        await until(lambda: _are_recorded(scene, 2 * len(NAMES)), "the second alerts recorded")
        looks = await _looks(process)
        await until(lambda: _has_looked_since(process, looks), "the dispatchers look")
        assert await scene.rows("SELECT max(lease) FROM destinations") == leased
        assert len(scene.smtp.mails) == len(NAMES)
        assert await process.is_ready()  # a short silence is no fault
        async with scene.deployment.beating():
            await until(lambda: len(scene.smtp.mails) == 2 * len(NAMES), "the second mails")


async def _looks(process: Process) -> float:
    """For how long nothing is sent, in seconds, as it says."""
    detail = (await process.get("/health/ready"))["checks"]["dispatch email"]["detail"]
    return float(detail.removeprefix("nothing is sent for ").partition(" s")[0])


async def _has_looked_since(process: Process, silence: float) -> bool:
    return await _looks(process) >= silence + 1


async def _are_recorded(scene: Scene, alerts: int) -> bool:
    return await scene.count("alerts") == alerts


def _left(scene: Scene, name: str, how: int) -> Event:
    """The three ways to end: the subscription, a pause, and the account."""
    if how == 0:
        return SubscriptionEnded(subscription_id=uid(f"subscription {name}"), subscriber_id=subscriber(name), revision=9)
    if how == 1:
        [active] = [event for event in states(scene.sealer, name) if isinstance(event, SubscriptionState)]
        return active.model_copy(update={"status": "paused", "revision": 9})
    return SubscriberEnded(subscriber_id=subscriber(name), revision=9)


@pytest.mark.parametrize("command", ["RCPT", "EHLO", "DATA"])
async def test_promise_5_who_leaves_while_a_mail_is_on_its_way_to_the_server_gets_none(
    scene: Scene, command: Literal["RCPT", "EHLO", "DATA"]
) -> None:
    """One connection, on which the server takes its time: one mail stands at its last step, and all others wait behind it."""
    await scene.subscribe(*NAMES)
    released, asked = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        asked.set()
        await released.wait()

    scene.smtp.on[command] = hold
    async with scene.deployment.beating(), scene.deployment.process(NOTIFIER_SMTP_CONNECTIONS="1"):
        await scene.deployment.publish("matches", matched(*NAMES))
        await asked.wait()
        await scene.deployment.publish("subscriptions", *(_left(scene, name, number % 3) for number, name in enumerate(NAMES)))
        await scene.rows("SELECT pg_sleep(1.05)")  # what was answered longer ago than a second is honoured
        released.set()
        await until(lambda: scene.all_settled(len(NAMES)), "every alert at its end")
    assert scene.smtp.mails == []
    rows = await scene.rows("SELECT state || ': ' || reason AS said FROM alerts")
    assert {row["said"] for row in rows} == LEFT
    assert await scene.count("attempts") == 0


async def test_promise_5_who_leaves_when_all_is_frozen_and_its_dispatcher_dead_gets_nothing(scene: Scene) -> None:
    await scene.subscribe(*NAMES)
    async with scene.deployment.beating(), scene.deployment.process("consume"):
        await scene.deployment.publish("matches", matched(*NAMES))
        await until(lambda: _are_recorded(scene, len(NAMES)), "the alerts recorded")
        await scene.killed("dispatch", failpoint="notifier.frozen")
        await scene.deployment.publish("subscriptions", *(_left(scene, name, number % 3) for number, name in enumerate(NAMES)))
        await until(lambda: _is_known(scene), "the service knows who left")
        async with scene.deployment.process("dispatch"):
            await until(lambda: scene.all_settled(len(NAMES)), "every alert at its end")
    assert scene.smtp.mails == []


async def _is_known(scene: Scene) -> bool:
    return not await scene.rows(
        "SELECT FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id WHERE s.status = 'active' AND p.status = 'active'"
    )
