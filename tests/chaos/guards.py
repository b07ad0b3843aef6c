"""Takes each guard of a promise out, one at a time, in a copy of the tree, and shows that the promise's test then fails.

    python -m tests.chaos.guards [--only TEXT]      (`make guards`; about half a minute each)

Exit code 1 where a test passes without its guard: it proves nothing. A guard that is no longer found in its file is an error.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT = Path(__file__).parents[2]
COPIED: Final = ("runtime", "schemas", "services", "deploy", "tests", "benchmarks", "pyproject.toml")


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
        "tests/integration/runtime/test_outbox.py::test_relay_that_is_paused_is_replaced_and_publishes_nothing_when_it_wakes",
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
    """What the test says when the guard is gone; None where it passes all the same."""
    with tempfile.TemporaryDirectory() as folder:
        for name in COPIED:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, Path(folder) / name)
        file = Path(folder) / guard.file
        text = file.read_text("utf-8")
        assert text.count(guard.before) == 1, f"{guard.file}: {guard.before!r} stands there {text.count(guard.before)} times"
        file.write_text(text.replace(guard.before, guard.after), "utf-8")
        argv = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--show-capture=no", guard.test]
        done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    assert done.returncode == 1, done.stdout + done.stderr
    errors = re.findall(r"^(?:E  |\s*\|\s*(?=\S*(?:Error|Failed))) *(.+)$", done.stdout, re.MULTILINE)
    return (errors or done.stdout.splitlines())[-1].strip()


if __name__ == "__main__":
    sys.exit(main())
