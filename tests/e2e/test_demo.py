"""The demo as a person runs it: it accounts for everything, two of them do not disturb each other, and it leaves nothing behind."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import psutil

from deploy.local.guard import MARK
from tests.support.until import until_true

ROOT = Path(__file__).parents[2]
DEMO = [sys.executable, "-u", "-m", "deploy.local.demo"]


def test_two_demos_side_by_side_account_for_every_alert(tmp_path: Path) -> None:
    summaries = [tmp_path / "first.json", tmp_path / "second.json"]
    demos = [_start("--once", "--json", str(path)) for path in summaries]
    outputs = [demo.communicate(timeout=280)[0] for demo in demos]
    for demo, output, path in zip(demos, outputs, summaries, strict=True):
        assert demo.returncode == 0, output
        summary = json.loads(path.read_text())
        assert summary["unaccounted"] == []
        assert summary["postings"] == {"opened": 88, "unchanged": 1}
        assert summary["matches_expected"] == sum(summary["ledger"].values()) > 200
        assert summary["mails"]["alerts"] > 100
        assert summary["webhooks"]["verified"] > 100
        assert summary["post_to_inbox"]["measured"] == summary["mails"]["alerts"]


def test_a_file_is_pushed_instead_of_the_samples(tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    good = {
        "source_id": "1",
        "title": "Engineer",
        "company": "C",
        "url": "https://jobs.example/1",
        "description": "data engineer",
    }
    file.write_text(json.dumps(good) + "\n" + json.dumps({"source_id": "2"}) + "\n")
    demo = _start("--once", "--file", str(file))
    output = demo.communicate(timeout=200)[0]
    assert demo.returncode == 0, output
    assert "1 opened, 1 rejected" in output
    assert "title" in output


def test_a_file_that_is_not_there_is_one_clear_sentence() -> None:
    demo = _start("--once", "--file", "/nowhere/at/all.jsonl")
    output = demo.communicate(timeout=100)[0]
    assert demo.returncode == 1
    assert "cannot read /nowhere/at/all.jsonl: No such file or directory" in output
    assert "Traceback" not in output


def test_the_page_shows_the_flow_until_ctrl_c_and_nothing_is_left() -> None:
    with _start("--port", "0") as demo:
        try:
            lines = []
            assert demo.stdout is not None
            for line in demo.stdout:
                lines.append(line)
                if found := re.search(r"http://127.0.0.1:\d+(?=\s+Ctrl-C)", line):
                    break
            else:
                raise AssertionError("".join(lines))
            marks = _marks(demo.pid)
            assert marks, "the demo started processes of its own"
            flow = _until_told(found.group())
            assert flow["ready"] == dict.fromkeys(("ingest", "matcher", "notifier", "subscriptions", "preview"), True)
            assert flow["mails"]["alerts"] > 0
            assert flow["links"]["services"].keys() == flow["ready"].keys()
            demo.send_signal(signal.SIGINT)
            rest = demo.communicate(timeout=60)[0]
            assert demo.returncode == 0, rest
            assert "nothing is left running" in rest
            assert not _running(marks)
        finally:
            demo.kill()


def _start(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*DEMO, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
    )


def _until_told(url: str) -> dict[str, Any]:
    def told() -> dict[str, Any]:
        with urllib.request.urlopen(f"{url}/api/flow") as answer:
            flow: dict[str, Any] = json.load(answer)
        return flow if flow.get("mails", {}).get("alerts") else {}

    return until_true(told, within=60)


def _marks(pid: int) -> set[str]:
    """The marks that a stack gives to everything it starts."""
    children = psutil.Process(pid).children(recursive=True)
    return {mark for child in children if (mark := _mark(child))}


def _running(marks: set[str]) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if _mark(process) in marks]


def _mark(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARK) if process.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None
