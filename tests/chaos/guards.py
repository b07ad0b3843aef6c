"""Takes each guard of a promise out, one at a time, in a copy of the tree, and shows that the promise's test then fails.

    python -m tests.chaos.guards [--only TEXT]      (`make guards`; about a minute each)

Exit code 1 where a test passes without its guard: it proves nothing. A guard that is no longer found in its file is an error.
"""

import argparse
import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT = Path(__file__).parents[2]
COPIED: Final = ("runtime", "schemas", "services", "deploy", "tests", "benchmarks", "pyproject.toml", "docker-compose.yml")


@dataclass(frozen=True, slots=True)
class Guard:
    """`before` stands in `file` exactly once; with `after` in its place the guard is gone."""

    promise: int
    what: str
    file: str
    before: str
    after: str
    test: str


GUARDS: Final = (
    Guard(
        1,
        "rows are deleted after Kafka has committed them, not before",
        "runtime/outbox.py",
        "            await alive(self._publish(producer, messages), connection)\n",
        '            await connection.execute("DELETE FROM outbox WHERE id = ANY($1)", [row["id"] for row in rows])\n'
        "            await alive(self._publish(producer, messages), connection)\n",
        "tests/chaos/test_promise_1_accepted_is_kept.py",
    ),
    Guard(
        1,
        "the event is written in the posting's transaction, not after it",
        "services/ingest/record.py",
        "    await insert_messages(\n        connection,\n",
        "    from runtime.failpoint import failpoint\n"
        "    await connection.execute('COMMIT; BEGIN')\n    failpoint('ingest.committed')\n"
        "    await insert_messages(\n        connection,\n",
        "tests/chaos/test_promise_1_accepted_is_kept.py",
    ),
    Guard(
        1,
        "a leader that woke up is fenced by its transactional id",
        "runtime/outbox.py",
        'transactional_id=f"{self._prefix}{self._service}-outbox"',
        'transactional_id=f"{self._prefix}{self._service}-outbox-{id(self)}-{time.time()}"',
        "tests/integration/runtime/test_relay_deaths.py::test_relay_that_is_paused_is_replaced_and_publishes_nothing_when_it_wakes",
    ),
    Guard(
        2,
        "a match that comes again is the row that is there",
        "services/notifier/store/ledger.py",
        """$8::uuid[], $9::uuid[], $10::text[], $11::bigint[]) AS n
           ON CONFLICT DO NOTHING""",
        """$8::uuid[], $9::uuid[], $10::text[], $11::bigint[]) AS n""",
        "tests/chaos/test_promise_2_one_row.py::test_promise_2_every_match_is_one_row_wherever_its_recorder_is_killed",
    ),
    Guard(
        2,
        "destinations are made due after the rows are committed",
        "services/notifier/record.py",
        "            await mark_due(self._pool, destinations)\n",
        "",
        "tests/chaos/test_promise_2_one_row.py::test_promise_2_every_match_is_one_row_wherever_its_recorder_is_killed",
    ),
    Guard(
        2,
        "a sweep looks for what is overdue and nobody is going to look at",
        "services/notifier/main.py",
        'if "sweep" in roles:',
        "if False:",
        "tests/chaos/test_promise_2_one_row.py::test_promise_2_a_row_that_nobody_is_going_to_look_at_is_found_by_the_sweep",
    ),
    Guard(
        2,
        "a batch of postings is committed when its matches are acknowledged, not before",
        "runtime/consumer.py",
        '        failpoint("consumer.decoded")\n',
        '        await self._subscriber.consumer.commit()\n        failpoint("consumer.decoded")\n',
        "tests/chaos/test_promise_2_shards_and_replicas.py",
    ),
    Guard(
        2,
        "every shard sees every posting: its group is its own",
        "services/matcher/domain/shard.py",
        'return MATCHER_POSTINGS if self.of == 1 else f"{MATCHER_POSTINGS}-{self.number}-of-{self.of}"',
        "return MATCHER_POSTINGS",
        "tests/integration/matcher/test_shards.py::"
        "test_each_shard_tells_its_own_subscribers_of_every_posting_and_says_which_it_is",
    ),
    Guard(
        2,
        "where the number of shards changes, the new ones begin where the slowest was",
        "services/matcher/domain/shard.py",
        "min(offsets.get(number, 0) for offsets in every)",
        "max(offsets.get(number, 0) for offsets in every)",
        "tests/integration/matcher/test_shards.py::test_where_a_shard_was_behind_the_new_ones_compare_what_it_had_not",
    ),
    Guard(
        3,
        "an opening that was corrected is news when it matches again",
        "services/notifier/domain/gate.py",
        "opened is not None and not is_corrected else None",
        "opened is not None else None",
        "tests/chaos/test_promise_3_told_once.py::"
        "test_promise_3_what_was_sent_and_never_written_down_is_told_anew_only_after_it_was_corrected",
    ),
    Guard(
        3,
        "who lost the lease records nothing",
        "services/notifier/settle.py",
        "kept = [result for result in results if result.delivery.destination_id in ours]",
        "kept = list(results)",
        "tests/chaos/test_promise_3_told_once.py::"
        "test_promise_3_a_dispatcher_that_lost_its_lease_records_nothing_when_it_wakes_up",
    ),
    Guard(
        3,
        "the id of a message is the frozen one at every attempt",
        "services/notifier/store/deliveries.py",
        'message_id=row["message_id"],',
        'message_id=row["message_id"].replace(str(row["id"]), __import__("uuid").uuid4().hex),',
        "tests/chaos/test_promise_3_told_once.py::test_promise_3_each_opening_is_told_once_wherever_its_dispatcher_is_killed",
    ),
    Guard(
        3,
        "a message that was given up and may have arrived is sent again, as it is, for another subscription that wants it",
        "services/notifier/domain/gate.py",
        "            if earlier is not None and earlier.given_up:\n",
        "            if False:\n",
        "tests/integration/notifier/test_given_up.py",
    ),
    Guard(
        4,
        "a filter that arrives late is given the recent postings",
        "services/matcher/match.py",
        "        self._owed[id] = min(state.effective_from, self._owed.get(id, state.effective_from))\n",
        "",
        "tests/chaos/test_promise_4_new_filters.py::"
        "test_promise_4_a_filter_that_arrives_late_meets_what_was_published_after_its_saving_and_nothing_before",
    ),
    Guard(
        4,
        "who is given partitions reads again what others compared there",
        "services/matcher/recall.py",
        "        self._latest.put_nowait(partial(self._recall_latest, await self._committed(assigned)))\n",
        "        self._matcher.recalls -= 1\n",
        "tests/chaos/test_promise_4_new_filters.py::test_promise_4_who_was_paused_while_another_compared_gives_late_filters_what_that_one_did",
    ),
    Guard(
        4,
        "a snapshot knows which filters came late",
        "services/matcher/match.py",
        "        self.late = kept.late\n",
        "",
        "tests/chaos/test_promise_4_new_filters.py::"
        "test_promise_4_a_late_filter_is_still_late_after_a_restart_from_a_snapshot_that_knows_it",
    ),
    Guard(
        4,
        "a snapshot whose checksum does not hold is refused",
        "services/matcher/snapshot.py",
        "    if hashlib.sha256(body).digest() != data[-_DIGEST:]:\n",
        "    if False:\n",
        "tests/chaos/test_promise_4_new_filters.py::test_promise_4_a_torn_snapshot_is_refused_in_words_and_rebuilt",
    ),
    Guard(
        5,
        "nothing is sent on what is known of subscriptions once their heartbeat is old",
        "services/notifier/freeze.py",
        "STALE: Final = timedelta(seconds=1)",
        "STALE: Final = timedelta(days=1)",
        "tests/chaos/test_promise_5_silence.py::"
        "test_promise_5_nothing_is_sent_without_a_heartbeat_and_all_of_it_when_it_is_back",
    ),
    Guard(
        5,
        "what is known is looked at again when the server is ready for the mail",
        "services/notifier/mailer.py",
        "        if refused is None and not await is_fresh():\n",
        "        if False:\n",
        "tests/chaos/test_promise_5_silence.py::test_promise_5_who_leaves_while_a_mail_is_on_its_way_to_the_server_gets_none",
    ),
    Guard(
        5,
        "a frozen message is withdrawn when its subscription has ended",
        "services/notifier/freeze.py",
        "        return withdrawn(delivery.members, delivery.destination_id, situation)\n",
        '        return ""\n',
        "tests/chaos/test_promise_5_silence.py::"
        "test_promise_5_who_leaves_when_all_is_frozen_and_its_dispatcher_dead_gets_nothing",
    ),
    Guard(
        6,
        "what was handed out and never settled counts as told",
        "services/notifier/store/deliveries.py",
        "n.state IN ('suppressed', 'failed') AND NOT n.begun\n",
        "n.state IN ('suppressed', 'failed')\n",
        "tests/chaos/test_promise_6_truth.py::test_promise_6_what_was_sent_and_never_written_down_is_corrected_too",
    ),
    Guard(
        6,
        "a closing corrects where it was told",
        "services/notifier/project.py",
        "        await _correct(pool, closed[key])\n",
        "",
        "tests/chaos/test_promise_6_truth.py::test_promise_6_what_is_told_is_corrected_once_wherever_a_process_is_killed",
    ),
    Guard(
        6,
        "what was held back is released again where whoever released it died before anybody was woken",
        "services/notifier/store/ledger.py",
        "a.state IN ('held', 'waiting')\n",
        "a.state = 'held'\n",
        "tests/chaos/test_promise_6_truth.py::test_promise_6_what_another_subscription_held_back_is_told_when_that_one_ends",
    ),
    Guard(
        6,
        "who holds back because of another subscription locks that one",
        "services/notifier/store/situation.py",
        """        await connection.execute("SELECT FROM subscriptions WHERE id = ANY($1) ORDER BY id FOR SHARE", list(holding))
        rows = await _matching(connection, alerts)
""",
        "        pass\n",
        "tests/integration/notifier/test_held_back.py::"
        "test_who_ends_a_subscription_while_a_correction_is_held_back_for_it_is_told",
    ),
    Guard(
        6,
        "a subscription that was changed since it was compared holds nothing back",
        "services/notifier/store/situation.py",
        " AND s.asks_since <= last.subscription_revision)",
        ")",
        "tests/integration/notifier/test_held_back.py",
    ),
    Guard(
        6,
        "the gate tells nothing of a posting that has closed",
        "services/notifier/domain/gate.py",
        'return key.kind != "no_longer" and not is_open(key, situation.postings[key.posting_id])',
        "return False",
        "tests/chaos/test_promise_6_truth.py::test_promise_6_the_last_word_is_true_in_either_order_of_arrival",
    ),
    Guard(
        7,
        "the neighbours of a poisonous record are handled without it",
        "runtime/consumer.py",
        "            good = await self._one_by_one(handle, error)\n",
        "            good = 0\n",
        "tests/chaos/test_promise_7_bad_records.py::test_promise_7_a_bad_record_blocks_nobody_and_never_disappears",
    ),
    Guard(
        7,
        "dead letters have a ceiling",
        "runtime/ceiling.py",
        "if self._row >= self._limit and not await self._somebody_knows():",
        "if False:",
        "tests/chaos/test_promise_7_bad_records.py::test_promise_7_a_bad_deploy_stops_and_says_so_and_drains_nothing",
    ),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.guards", description=str(__doc__).partition("\n")[0])
    parser.add_argument("--only", default="", metavar="TEXT", help="those that say TEXT")
    wanted = parser.parse_args().only
    useless = 0
    for guard in GUARDS:
        if wanted not in f"{guard.promise} {guard.what} {guard.test}":
            continue
        said = without(guard)
        useless += said is None
        print(
            f"promise {guard.promise}: {guard.what}\n    {guard.file}\n    {said or 'THE TEST PASSED WITHOUT IT'}", flush=True
        )
    return 1 if useless else 0


def without(guard: Guard) -> str | None:
    """What the test says when the guard is gone, and only then; None where it passes all the same."""
    _check_passes(guard.test)
    with tempfile.TemporaryDirectory() as folder:
        for name in COPIED:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, Path(folder) / name)
        file = Path(folder) / guard.file
        text = file.read_text("utf-8")
        assert text.count(guard.before) == 1, f"{guard.file}: {guard.before!r} stands there {text.count(guard.before)} times"
        file.write_text(text.replace(guard.before, guard.after), "utf-8")
        done = _run(guard.test, Path(folder))
    if done.returncode == 0:
        return None
    assert done.returncode == 1, done.stdout + done.stderr
    assert " failed" in done.stdout, f"its set-up does:\n{done.stdout}"
    errors = re.findall(r"^(?:E  |\s*\|\s*(?=\S*(?:Error|Failed))) *(.+)$", done.stdout, re.MULTILINE)
    said = (
        [line for line in errors if line.startswith(("assert ", "AssertionError", "Failed"))]
        or errors
        or done.stdout.splitlines()
    )
    return said[-1].strip()


@functools.cache
def _check_passes(test: str) -> None:
    """With every guard in its place. Several guards share a test."""
    done = _run(test, ROOT)
    assert done.returncode == 0, f"with the guard in place {test} fails:\n{done.stdout}{done.stderr}"


def _run(test: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--show-capture=no", test]
    environment = {**os.environ, "JOBALERTS_TEST_STACK": "embedded"}
    return subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main())
