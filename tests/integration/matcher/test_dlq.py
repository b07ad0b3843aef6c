"""`python -m services.matcher dlq`: a posting that was set aside meets the subscriptions there are, and only through `matches`."""

from schemas.match import Matched, matched
from schemas.topics import MATCHES
from tests.integration.matcher.running import opened, record, subscription, told
from tests.integration.runtime.topic import read, write
from tests.support.dlq import dlq, set_aside
from tests.support.processes import Answer
from tests.unit.matcher.made import posting

GROUP = "matcher-postings"


async def test_replayed_posting_meets_every_active_subscription(kafka: str, prefix: str) -> None:
    wants, other = subscription({"keywords": {"all": ["go"]}}), subscription({"keywords": {"all": ["rust"]}})
    await write(kafka, f"{prefix}subscriptions", [record(wants), record(other)])
    content = posting(title="Go Engineer")
    await set_aside(kafka, prefix, GROUP, opened(content).model_dump_json().encode())
    environment = {"MATCHER_KAFKA": kafka, "MATCHER_TOPIC_PREFIX": prefix}
    answer = await dlq("matcher", environment, "replay", f"{GROUP}:0")
    assert answer == Answer(0, f"[1/1] {GROUP}:0 replayed\n", "reading subscriptions\n2 active subscriptions\n")
    assert told(await found(kafka, prefix)) == {(content.id, wants.subscription_id, "opened")}
    assert await read(kafka, f"{prefix}postings") == []
    assert (await dlq("matcher", environment, "list")).out == "no dead letter waits; 1 are done with, see --all\n"


async def found(kafka: str, prefix: str) -> list[Matched]:
    return [matched.validate_json(one.value or b"") for one in await read(kafka, prefix + MATCHES.name)]
