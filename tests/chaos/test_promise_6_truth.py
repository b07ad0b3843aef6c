"""Promise 6: never yesterday's truth. What is not true any more is not told, and is corrected where it was."""

import signal
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from schemas.posting import PostingClosed
from schemas.subscription import SubscriptionEnded
from tests.integration.notifier.service import Scene, open_scene
from tests.integration.notifier.world import OPENED_AT, PATIENCE, matched, subscriber, until, whole_posting
from tests.unit.notifier.made import REFUSED, summary, uid
from tests.unit.notifier.test_render import parsed

NAMES = ["anna", "bert"]


@pytest.fixture
async def scene(kafka: str, prefix: str, databases: dict[str, str], sealing_keys: str) -> AsyncIterator[Scene]:
    async with open_scene(kafka=kafka, prefix=prefix, databases=databases, sealing_keys=sealing_keys) as opened:
        yield opened


async def opens(scene: Scene, posting: str) -> None:
    await scene.deployment.publish("matches", matched(*NAMES, posting=posting, content=summary(posting, title=posting)))


async def changes(scene: Scene, posting: str, revision: int = 2) -> None:
    content = summary(posting, title=posting, verdict=REFUSED)
    await scene.deployment.publish(
        "matches", matched(*NAMES, posting=posting, kind="no_longer", revision=revision, content=content)
    )


async def closes(scene: Scene, *postings: str, revision: int = 9) -> None:
    events = [
        PostingClosed(
            revision=revision,
            episode=1,
            opened_at=OPENED_AT,
            published_at=datetime.now(UTC),
            closed_at=datetime.now(UTC),
            posting=whole_posting(posting).model_copy(update={"title": posting}),
        )
        for posting in postings
    ]
    await scene.deployment.publish("postings", *events)


def words(scene: Scene) -> dict[str, list[str]]:
    """What each subscriber was told of each posting, in order; fails where a correction does not refer to the first."""
    told: dict[tuple[str, str], list[EmailMessage]] = defaultdict(list)
    for recipient, mail in dict.fromkeys(scene.smtp.mails):  # a repeat after a kill is the same mail
        message = parsed(mail)
        title = str(message["Subject"]).partition(" at ")[0].rpartition(": ")[2]
        told[recipient, title].append(message)
    said: dict[str, list[str]] = {}
    for (_, title), messages in told.items():
        first, *later = messages
        assert first["In-Reply-To"] is None
        assert {str(message["In-Reply-To"]) for message in later} <= {str(first["Message-ID"])}
        assert {str(message["References"]) for message in later} <= {str(first["Message-ID"])}
        heard = [str(message["Subject"]).partition(" at ")[0].rpartition(": ")[0] or "Opened" for message in messages]
        assert said.setdefault(title, heard) == heard  # the same for everybody
    return said


async def knows(scene: Scene, posting: str, status: str = "closed") -> bool:
    return bool(await scene.rows("SELECT FROM postings WHERE id = $1 AND status = $2", uid(posting), status))


async def mails(scene: Scene, number: int) -> None:
    await until(lambda: len(scene.smtp.mails) == number, f"mail number {number}")


async def test_promise_6_the_last_word_is_true_in_either_order_of_arrival(scene: Scene) -> None:
    await scene.subscribe(*NAMES)
    async with scene.deployment.process() as process:
        async with scene.deployment.beating():
            for posting in ("stays", "closes", "changes", "changes and closes", "closes and changes"):
                await opens(scene, posting)
            await mails(scene, 10)
            await closes(scene, "closed before it was matched")
            await until(lambda: knows(scene, "closed before it was matched"), "the closing known")
            await opens(scene, "closed before it was matched")
            await closes(scene, "closes")
            await changes(scene, "changes")
            await changes(scene, "changes and closes")
            await mails(scene, 16)
            await closes(scene, "changes and closes")
            await closes(scene, "closes and changes")
            await mails(scene, 18)
            await changes(scene, "closes and changes")
            await until(lambda: _nothing_waits(scene), "every alert at its end")
        await until(process.is_silent, "silence")  # what comes now waits
        await opens(scene, "closes while it waits")
        await opens(scene, "changes while it waits")
        await until(lambda: knows(scene, "changes while it waits", "open"), "the alerts recorded")
        await until(lambda: knows(scene, "closes while it waits", "open"), "the alerts recorded")
        await closes(scene, "closes while it waits")
        await changes(scene, "changes while it waits")
        await until(lambda: knows(scene, "closes while it waits"), "the closing known")
        async with scene.deployment.beating():
            await opens(scene, "opens last")
            await until(lambda: _nothing_waits(scene), "every alert at its end")
            await mails(scene, 20)
    assert words(scene) == {
        "stays": ["Opened"],
        "closes": ["Opened", "Closed"],
        "changes": ["Opened", "Changed"],
        "changes and closes": ["Opened", "Changed"],
        "closes and changes": ["Opened", "Closed"],
        "opens last": ["Opened"],
    }


async def _nothing_waits(scene: Scene) -> bool:
    return not await scene.rows("SELECT FROM alerts WHERE state IN ('waiting', 'frozen')")


async def test_promise_6_what_is_told_is_corrected_once_wherever_a_process_is_killed(scene: Scene) -> None:
    await scene.subscribe(*NAMES)
    async with scene.deployment.beating():
        async with scene.deployment.process(JOBALERTS_FAILPOINT="notifier.projected") as process:
            await opens(scene, "first")
            await opens(scene, "second")
            await mails(scene, 4)
            await until(lambda: _nothing_waits(scene), "all of it written down")
            await closes(scene, "first")
            assert await process.running.ended(PATIENCE) == -signal.SIGKILL
        await closes(scene, "second")
        await scene.killed(failpoint="notifier.corrected:2")  # once for each posting
        await scene.killed(failpoint="notifier.frozen")
        async with scene.deployment.process():
            await until(lambda: _corrections(scene, 4), "both corrections for each")
            await until(lambda: _nothing_waits(scene), "every alert at its end")
    assert words(scene) == {"first": ["Opened", "Closed"], "second": ["Opened", "Closed"]}


@pytest.mark.parametrize("then", ["Closed", "Changed"])
async def test_promise_6_what_was_sent_and_never_written_down_is_corrected_too(scene: Scene, then: str) -> None:
    """Killed when the server has both mails. What became of the posting is known before anybody could repeat them."""
    await scene.subscribe(*NAMES)
    async with scene.deployment.beating(), scene.deployment.process("consume"):
        await opens(scene, "first")
        await until(lambda: _recorded(scene, 2), "the alerts recorded")
        await scene.killed("dispatch", failpoint="notifier.sent:2")
        await (closes if then == "Closed" else changes)(scene, "first")
        await until(lambda: _recorded(scene, 4), "the corrections recorded")
        async with scene.deployment.process("dispatch"):
            await until(lambda: _nothing_waits(scene), "every alert at its end")
    assert words(scene) == {"first": ["Opened", then]}


async def test_promise_6_what_another_subscription_held_back_is_told_when_that_one_ends(scene: Scene) -> None:
    """Killed when the end is committed and nobody was woken yet."""
    await scene.subscribe("anna", "anna/other")
    async with scene.deployment.beating():
        async with scene.deployment.process():
            content = summary("first", title="first")
            await scene.deployment.publish("matches", matched("anna", "anna/other", posting="first", content=content))
            await mails(scene, 1)
            await scene.deployment.publish(
                "matches", matched("anna", posting="first", kind="no_longer", revision=2, content=content)
            )
            await until(lambda: _recorded(scene, 3), "the correction recorded")
            await until(lambda: _nothing_waits(scene), "it held back")
        end = SubscriptionEnded(subscription_id=uid("subscription anna/other"), subscriber_id=subscriber("anna"), revision=3)
        await scene.deployment.publish("subscriptions", end)
        await scene.killed("consume", failpoint="notifier.released")
        async with scene.deployment.process():
            await mails(scene, 2)
            await until(lambda: _nothing_waits(scene), "every alert at its end")
    assert words(scene) == {"first": ["Opened", "Changed"]}


async def _recorded(scene: Scene, alerts: int) -> bool:
    return await scene.count("alerts") == alerts


async def _corrections(scene: Scene, number: int) -> bool:
    [row] = await scene.rows("SELECT count(*) FROM deliveries WHERE kind = 'no_longer' AND state = 'sent'")
    return bool(row[0] == number)
