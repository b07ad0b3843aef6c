"""`python -m services.notifier dlq`: dead letters listed, shown, run through their group's handler again, and let go."""

import signal
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from schemas.contract import Event
from tests.integration.notifier.service import Deployment
from tests.integration.notifier.world import matched
from tests.support.dlq import dlq, set_aside
from tests.support.processes import Answer
from tests.unit.notifier.made import uid

GROUP = "notifier-matches"


@pytest.fixture(autouse=True)
def version(deployment: Deployment) -> None:
    deployment.environment["JOBALERTS_VERSION"] = "v7"


@pytest.fixture
async def database(databases: dict[str, str]) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(databases["notifier"])
    yield connection
    await connection.close()


async def told(database: Any, posting: str = "p") -> int:
    count: int = await database.fetchval("SELECT count(*) FROM alerts WHERE posting_id = $1", uid(posting))
    return count


async def command(deployment: Deployment, *words: str, **environment: str) -> Answer:
    return await dlq("notifier", deployment.environment | environment, *words)


async def letters(deployment: Deployment, *events: Event | bytes) -> None:
    values = [event.model_dump_json().encode() if isinstance(event, Event) else event for event in events]
    await set_aside(deployment.kafka, deployment.prefix, GROUP, *values)


async def test_a_record_that_the_database_refused_is_replayed_once_that_is_mended(
    deployment: Deployment, database: Any
) -> None:
    """From the consumer's refusal to the row, by a real process and the command, and nothing goes where the record came from."""
    posting = matched("anna").posting.id
    await database.execute(f"ALTER TABLE postings ADD CONSTRAINT mistake CHECK (id <> '{posting}')")
    await deployment.publish("matches", matched("anna"), matched("anna", posting="good"))
    async with deployment.process("consume"):
        await deployment.dead(GROUP, 1)
    listed = await command(deployment, "list")
    assert (listed.code, listed.err) == (0, "")
    heading, line = listed.out.splitlines()
    assert heading.split() == ["ID", "SET", "ASIDE", "(UTC)", "FROM", "KEY", "VERSION", "ERROR"]
    assert line.startswith(f"{GROUP}:0  ")
    assert f"  {deployment.prefix}matches/0@0  key  v7 " in line
    assert "CheckViolationError" in line

    still_wrong = await command(deployment, "replay", f"{GROUP}:0")
    assert still_wrong.code == 1
    assert still_wrong.out.startswith(f"[1/1] {GROUP}:0 failed again, and still waits: CheckViolationError: new row")
    assert still_wrong.err == "0 of 1 letters replayed\n"
    assert await told(database) == 0

    await database.execute("ALTER TABLE postings DROP CONSTRAINT mistake")
    assert await command(deployment, "replay", f"{GROUP}:0") == Answer(0, f"[1/1] {GROUP}:0 replayed\n", "")
    assert (await told(database), await told(database, "good")) == (1, 1)
    assert len(await deployment.read("matches")) == 2

    again = await command(deployment, "replay", f"{GROUP}:0")
    assert again.code == 1
    assert f"{GROUP}:0 not replayed: it was replayed at 20" in again.out
    assert (await command(deployment, "list")).out == "no dead letter waits; 1 are done with, see --all\n"
    assert "  replayed 20" in (await command(deployment, "list", "--all", "--group", GROUP)).out


async def test_nothing_is_listed_where_there_are_no_letters(deployment: Deployment) -> None:
    for words in (["list", "--all"], ["replay", "--all"]):
        assert await command(deployment, *words) == Answer(0, "no dead letter waits\n", "")


async def test_only_a_replay_needs_more_than_kafka(kafka: str, prefix: str) -> None:
    """Whoever sees to letters at night has neither the service's keys nor its database at hand."""
    await set_aside(kafka, prefix, GROUP, b"{}")
    given = {"NOTIFIER_KAFKA": kafka, "NOTIFIER_TOPIC_PREFIX": prefix}
    listed = await dlq("notifier", given, "list")
    assert (listed.code, listed.err, listed.out.count(f"{GROUP}:0")) == (0, "", 1)
    assert (await dlq("notifier", given, "show", f"{GROUP}:0")).out.endswith("value, 2 bytes:\n{}\n")
    needs = [f"NOTIFIER_{name}: Field required" for name in ("POSTGRES", "SEALING_KEYS", "PUBLIC_URL")]
    refused = Answer(1, "", f"settings: {'; '.join(needs)}\n")
    assert await dlq("notifier", given, "replay", f"{GROUP}:0") == refused
    assert await dlq("notifier", given, "drop", "--all", "--reason", "a test") == Answer(0, f"[1/1] {GROUP}:0 dropped\n", "")
    nowhere = Answer(1, "", "settings: NOTIFIER_KAFKA: Field required\n")
    for words in (["list"], ["show", f"{GROUP}:0"], ["drop", f"{GROUP}:0", "--reason", "a test"]):
        assert await dlq("notifier", {}, *words) == nowhere


async def test_replaying_all_leaves_what_fails_again_and_goes_on(deployment: Deployment, database: Any) -> None:
    newer = matched("anna").model_dump_json().replace('"version":1', '"version":2').encode()
    await letters(deployment, matched("anna", posting="a"), newer, b"not json", matched("anna", posting="b"))
    answer = await command(deployment, "replay", "--all", "--group", GROUP)
    assert answer.code == 1
    again = "failed again, and still waits: BadRecord"
    assert answer.out.splitlines() == [
        f"[1/4] {GROUP}:0 replayed",
        f"[2/4] {GROUP}:1 {again}: version 2 of this event is newer than this reader: upgrade the service, then replay",
        f"[3/4] {GROUP}:2 {again}: the record: Invalid JSON: expected ident at line 1 column 2",
        f"[4/4] {GROUP}:3 replayed",
    ]
    assert answer.err == "2 of 4 letters replayed\n"
    assert (await told(database, "a"), await told(database, "b")) == (1, 1)
    waiting = (await command(deployment, "list")).out.splitlines()[1:]
    assert [line.split()[0] for line in waiting] == [f"{GROUP}:1", f"{GROUP}:2"]


async def test_a_letter_that_is_let_go_keeps_the_reason(deployment: Deployment, database: Any) -> None:
    await letters(deployment, matched("anna"))
    dropped = await command(deployment, "drop", f"{GROUP}:0", "--reason", " sent by a test ")
    assert dropped == Answer(0, f"[1/1] {GROUP}:0 dropped\n", "")
    assert await told(database) == 0
    assert ": sent by a test  " in (await command(deployment, "list", "--all")).out
    refused = await command(deployment, "replay", f"{GROUP}:0")
    assert (refused.code, refused.err) == (1, "0 of 1 letters replayed\n")
    assert "not replayed: it was dropped at 20" in refused.out
    assert await told(database) == 0


async def test_showing_a_letter_gives_its_story_and_its_value(deployment: Deployment) -> None:
    await letters(deployment, matched("anna"), b"\xff\x1b[2J")
    answer = await command(deployment, "show", f"{GROUP}:0")
    assert answer.code == 0
    assert "error      KeyError: 'a fault of an earlier version'\n" in answer.out
    assert '\n  "type": "matched",\n' in answer.out
    assert (await command(deployment, "show", f"{GROUP}:1")).out.endswith("value, 5 bytes:\n\\xff\\x1b[2J\n")
    missing = await command(deployment, "show", f"{GROUP}:2")
    assert missing == Answer(1, "", f"there is no letter {GROUP}:2; they are kept for 90 days\n")


async def test_a_replay_killed_before_its_mark_is_done_again_and_makes_no_second_row(
    deployment: Deployment, database: Any
) -> None:
    await letters(deployment, matched("anna"))
    killed = await command(deployment, "replay", "--all", JOBALERTS_FAILPOINT="dlq.replayed")
    assert killed.code == -signal.SIGKILL
    assert await told(database) == 1
    assert (await command(deployment, "list")).out.count(f"{GROUP}:0") == 1
    assert (await command(deployment, "replay", "--all")).code == 0
    assert await told(database) == 1


async def test_a_database_that_cannot_take_it_now_stops_the_replay_and_nothing_is_marked(
    deployment: Deployment, database: Any
) -> None:
    await letters(deployment, matched("anna", posting="a"), matched("anna", posting="b"))
    await database.execute(
        "CREATE FUNCTION shut_down() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'going down' USING ERRCODE = 'admin_shutdown'; END $$"
    )
    await database.execute("CREATE TRIGGER away BEFORE INSERT ON alerts FOR EACH ROW EXECUTE FUNCTION shut_down()")
    answer = await command(deployment, "replay", "--all")
    assert answer == Answer(
        1, "", f"something is away, run this again when it is back; {GROUP}:0 still waits: AdminShutdownError: going down\n"
    )
    await database.execute("DROP TRIGGER away ON alerts")
    assert (await command(deployment, "replay", "--all")).out.splitlines()[-1] == f"[2/2] {GROUP}:1 replayed"


async def test_what_cannot_be_reached_is_said_in_one_sentence(deployment: Deployment) -> None:
    await letters(deployment, matched("anna"))
    dsn = "postgresql://notifier:test@127.0.0.1:1/jobalerts"
    no_postgres = await command(deployment, "replay", "--all", NOTIFIER_POSTGRES=dsn)
    assert (no_postgres.code, no_postgres.out) == (1, "")
    assert no_postgres.err.startswith("cannot connect to PostgreSQL: ")
    assert no_postgres.err.count("\n") == 1
    assert (await command(deployment, "list", NOTIFIER_POSTGRES=dsn)).code == 0  # a look needs no database
    no_kafka = await command(deployment, "list", NOTIFIER_KAFKA="127.0.0.1:1")
    assert no_kafka == Answer(1, "", "cannot reach Kafka at 127.0.0.1:1\n")
    no_topics = await command(deployment, "list", NOTIFIER_TOPIC_PREFIX="nowhere.")
    assert (no_topics.code, no_topics.err.count("\n")) == (1, 1)
    assert "nowhere.notifier-matches.dlq is missing" in no_topics.err
