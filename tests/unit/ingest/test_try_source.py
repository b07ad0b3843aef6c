"""`python -m services.ingest try`: typed as a newcomer types it, without any setting."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from services.ingest.sources.registry import SOURCES

ROOT = Path(__file__).parents[3]
PAGE: dict[str, Any] = {
    "jobs": [
        {
            "id": 42,
            "title": "Data Engineer",
            "absolute_url": "https://boards.greenhouse.io/acme/jobs/42?gh_src=x",
            "location": {"name": "Seattle, WA | Remote - US"},
            "content": "&lt;p&gt;You may earn $120,000 - $150,000 a year.&lt;/p&gt;",
            "company_name": 7,
        },
        {"id": 43},
    ]
}


def tried(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "services.ingest", "try", *words]
    return subprocess.run(command, env={"COLUMNS": "160"}, capture_output=True, text=True, check=False, cwd=ROOT)


def test_file_of_a_board_is_shown_field_by_field(tmp_path: Path) -> None:
    (tmp_path / "page.json").write_text(json.dumps(PAGE))
    done = tried("greenhouse", str(tmp_path / "page.json"))
    assert (done.returncode, done.stderr) == (0, "")
    for said in (
        "Greenhouse: 1 postings, 1 that cannot be read",
        "jobs.1: title",
        "Seattle, WA, US; US",
        "field location.name",
        "120,000–150,000 USD a year",
        "“$120,000 - $150,000 a year",
        "https://boards.greenhouse.io/acme/jobs/42 ",
        "not understood: company_name: is no text",
    ):
        assert said in done.stdout


def test_what_is_wrong_is_one_line_and_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "page.json").write_text("{")
    said = {
        ("grenhouse", "x"): "there is no source grenhouse: did you mean greenhouse?\n",
        ("?",): f"there is no source ?: there are {', '.join(SOURCES)}\n",
        ("lever", "nosuch"): "nosuch is neither a file nor an address of Lever, such as https://jobs.lever.co/COMPANY\n",
    }
    for words, line in said.items():
        assert tried(*words).stderr == line
    broken = tried("lever", str(tmp_path / "page.json"))
    assert broken.returncode == 1
    assert broken.stderr.startswith("the file is not what Lever sends: ")


def test_what_a_page_says_does_not_reach_the_terminal_as_it_is(tmp_path: Path) -> None:
    hostile = {"title": "\x1b[2JEngineer \ud800[red]", "content": "x" * 200_000, "location": {"name": "\x1b[31mAcme"}}
    jobs = [PAGE["jobs"][0] | hostile, PAGE["jobs"][0] | hostile | {"content": ""}]
    (tmp_path / "page.json").write_text(json.dumps({"jobs": jobs}))
    done = tried("greenhouse", str(tmp_path / "page.json"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert "[2JEngineer ?[red]" in done.stdout
    assert "42: its text is longer than 100,000 characters" in done.stdout


def test_file_makes_nobody_fetch_what_is_written_in_it(tmp_path: Path) -> None:
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": [], "next_url": "http://127.0.0.1:9/feed.json"}
    (tmp_path / "feed.json").write_text(json.dumps(feed))
    done = tried("jsonfeed", str(tmp_path / "feed.json"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 more pages would be fetched" in done.stdout


def test_comment_without_end_is_none(tmp_path: Path) -> None:
    comments = [{"id": 1, "text": '<a href="' * 200_000}, {"id": 2, "text": "Acme | Berlin | Engineer | Remote"}]
    (tmp_path / "thread.json").write_text(json.dumps({"children": comments}))
    done = tried("hiring", str(tmp_path / "thread.json"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "its first line does not end" in done.stdout


def test_source_that_needs_a_key_says_which() -> None:
    done = tried("adzuna", "https://www.adzuna.com/search?q=engineer")
    assert (done.returncode, done.stderr) == (1, "Adzuna asks for a key: set ADZUNA_ID\n")


def test_each_source_is_named_as_its_file() -> None:
    assert all(f"services.ingest.sources.{name}" in sys.modules for name in SOURCES)
