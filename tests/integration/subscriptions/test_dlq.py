"""`python -m services.subscriptions dlq`: an outcome that was set aside is kept after all; and ingest, which has no dead letters."""

from datetime import UTC, datetime
from uuid import uuid4

from schemas.outcome import Outcome
from tests.integration.subscriptions.running import Running
from tests.support.dlq import dlq, set_aside
from tests.support.processes import Answer

GROUP = "subscriptions-outcomes"


async def test_replayed_outcome_says_when_the_subscriber_was_last_told(
    api: Running, kafka: str, prefix: str, databases: dict[str, str], sealing_keys: str
) -> None:
    account = await api.account()
    told_at = datetime(2026, 11, 27, 10, tzinfo=UTC)
    outcome = Outcome(
        alert_id=uuid4(),
        subscription_id=account.subscription_id,
        subscriber_id=account.subscriber_id,
        posting_id=uuid4(),
        episode=1,
        kind="opened",
        outcome="sent",
        at=told_at,
    )
    await set_aside(kafka, prefix, GROUP, outcome.model_dump_json().encode())
    environment = {
        "SUBSCRIPTIONS_KAFKA": kafka,
        "SUBSCRIPTIONS_TOPIC_PREFIX": prefix,
        "SUBSCRIPTIONS_POSTGRES": databases["subscriptions"],
        "SUBSCRIPTIONS_SEALING_KEYS": sealing_keys,
        "SUBSCRIPTIONS_PUBLIC_URL": "https://jobalerts.example",
    }
    assert await dlq("subscriptions", environment, "replay", "--all") == Answer(0, f"[1/1] {GROUP}:0 replayed\n", "")
    kept = await api.pool.fetchval("SELECT last_alert_at FROM subscriptions WHERE id = $1", account.subscription_id)
    assert kept == told_at
    assert (await dlq("subscriptions", environment, "list")).out == "no dead letter waits; 1 are done with, see --all\n"


async def test_only_a_replay_needs_more_than_kafka(kafka: str, prefix: str) -> None:
    await set_aside(kafka, prefix, GROUP, b"{}")
    given = {"SUBSCRIPTIONS_KAFKA": kafka, "SUBSCRIPTIONS_TOPIC_PREFIX": prefix}
    listed = await dlq("subscriptions", given, "list")
    assert (listed.code, listed.err, listed.out.count(f"{GROUP}:0")) == (0, "", 1)
    assert (await dlq("subscriptions", given, "show", f"{GROUP}:0")).code == 0
    refused = await dlq("subscriptions", given, "replay", "--all")
    assert (refused.code, refused.out) == (1, "")
    assert "SUBSCRIPTIONS_SEALING_KEYS: Field required" in refused.err
    dropped = await dlq("subscriptions", given, "drop", f"{GROUP}:0", "--reason", "a test")
    assert dropped == Answer(0, f"[1/1] {GROUP}:0 dropped\n", "")
    assert await dlq("subscriptions", {}, "list") == Answer(1, "", "settings: SUBSCRIPTIONS_KAFKA: Field required\n")


async def test_ingest_says_that_it_has_no_dead_letters() -> None:
    answer = await dlq("ingest", {}, "list")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == (
        "ingest reads no topic and so has no dead letters: `rejections` lists what publishers sent that could not be taken\n"
    )
