"""`python -m services.ingest try`: typed as a newcomer types it, without any setting."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from services.ingest.sources.registry import SOURCES
from services.ingest.sources.tables import COLUMNS

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
        "Greenhouse: 1 posting, 1 that cannot be read, 0 pages follow",
        "jobs.1: title",
        "Seattle, WA, US; US",
        "field location.name",
        "120,000–150,000 USD a year",
        "“You may earn $120,000 - $150,000 a year.”",
        "https://boards.greenhouse.io/acme/jobs/42 ",
        "note: company_name: is no text",
    ):
        assert said in done.stdout


def test_what_is_wrong_is_one_line_and_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "page.json").write_text("{")
    said = {
        ("grenhouse", "x"): "there is no source grenhouse: did you mean greenhouse?\n",
        ("nosuch",): f"there is no source nosuch: there are {', '.join(SOURCES)}\n",
        ("lever", "nosuch"): "nosuch is neither a file nor an address of Lever, such as https://jobs.lever.co/COMPANY\n",
        ("lever", "x" * 300): f"{'x' * 300} is neither a file nor an address of Lever, such as https://jobs.lever.co/COMPANY\n",
        ("lever", str(tmp_path)): f"{tmp_path} cannot be read: Is a directory\n",
        ("lever",): "name a file with a page of Lever, or an address, such as https://jobs.lever.co/COMPANY\n",
        ("lever", "x", "--column", "url=Link"): "only the source table has columns to be named, and not lever\n",
        ("table", "x", "--column", "uri=Link"): "uri is no column of a posting; there are " + ", ".join(COLUMNS) + "\n",
    }
    for words, line in said.items():
        assert (done := tried(*words)).stderr == line
        assert done.stdout == ""
    broken = tried("lever", str(tmp_path / "page.json"))
    assert broken.returncode == 1
    assert broken.stderr.startswith(f"{tmp_path / 'page.json'} is not what Lever sends: ")


def test_page_of_another_source_says_whose_it_may_be(tmp_path: Path) -> None:
    (tmp_path / "page.json").write_text(json.dumps(PAGE))
    done = tried("lever", str(tmp_path / "page.json"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"{tmp_path / 'page.json'} is not what Lever sends: the page is no list; it looks like what Greenhouse (try greenhouse) sends\n"
    )


def test_gzipped_file_is_unpacked_and_one_that_is_cut_or_empty_is_said_to_be(tmp_path: Path) -> None:
    packed = gzip.compress(json.dumps(PAGE).encode())
    for name, content in (
        ("page.json.gz", packed),
        ("cut.gz", packed[:-20]),
        ("empty.json", b" \n"),
        ("empty.gz", gzip.compress(b"")),
    ):
        (tmp_path / name).write_bytes(content)
    assert "Greenhouse: 1 posting" in tried("greenhouse", str(tmp_path / "page.json.gz")).stdout
    for name, problem in (("cut.gz", "cannot be read: "), ("empty.json", "is empty\n"), ("empty.gz", "is empty\n")):
        assert tried("greenhouse", str(tmp_path / name)).stderr.startswith(f"{tmp_path / name} {problem}")


def test_what_a_page_says_does_not_reach_the_terminal_as_it_is(tmp_path: Path) -> None:
    hostile = {"title": "\x1b[2JEngineer [red]", "content": "x" * 200_000, "location": {"name": "\x1b[31mAcme"}}
    jobs = [PAGE["jobs"][0] | hostile, PAGE["jobs"][0] | hostile | {"content": "a \x1b]0; title"}]
    jobs.append(jobs[1] | {"title": "a \ud800"})
    (tmp_path / "page.json").write_text(json.dumps({"jobs": jobs}))
    done = tried("greenhouse", str(tmp_path / "page.json"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert "[2JEngineer [red]" in done.stdout
    assert "a \ufffd" in done.stdout
    assert "42 would be rejected: description is longer than 100,000 characters" in done.stdout


def test_file_makes_nobody_fetch_what_is_written_in_it(tmp_path: Path) -> None:
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": [], "next_url": "http://127.0.0.1:9/feed.json"}
    (tmp_path / "feed.json").write_text(json.dumps(feed))
    done = tried("jsonfeed", str(tmp_path / "feed.json"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 more page would be fetched" in done.stdout


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
    files = {"table": "tables"}
    assert all(f"services.ingest.sources.{files.get(name, name)}" in sys.modules for name in SOURCES)


def test_without_a_source_all_are_listed() -> None:
    for words in ((), ("?",)):
        done = tried(*words)
        assert (done.returncode, done.stderr) == (0, "")
        assert all(name in done.stdout for name in SOURCES)
    assert tried("lever", "x", "--limit", "0").returncode == 2


def test_what_a_page_does_not_say_may_be_said_for_all_of_it(tmp_path: Path) -> None:
    item = {"id": "7", "title": "Data Engineer", "url": "https://jobs.example/7", "content_text": "Build."}
    (tmp_path / "feed.json").write_text(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item]}))
    alone = tried("jsonfeed", str(tmp_path / "feed.json"))
    assert "7 would be rejected: company must not be empty" in alone.stdout
    said = tried("jsonfeed", str(tmp_path / "feed.json"), "--set", "company=Acme", "--set", "title=Other")
    assert "Acme" in said.stdout
    assert "Other" not in said.stdout, "the page says it"
    assert tried("jsonfeed", "x", "--set", "salary=1").returncode == 2


def test_table_with_columns_of_its_own_is_read(tmp_path: Path) -> None:
    (tmp_path / "jobs.csv").write_text("Number;Job;Firm;Link\n7;Data Engineer;Acme;https://jobs.example/7\n")
    named = ("source_id=Number", "title=Job", "company=Firm", "url=Link")
    done = tried("table", str(tmp_path / "jobs.csv"), *(word for column in named for word in ("--column", column)))
    assert (done.returncode, done.stderr) == (0, "")
    assert "https://jobs.example/7" in done.stdout
    assert "field Firm" in done.stdout
