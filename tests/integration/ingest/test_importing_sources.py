"""A page of a source is imported: every recorded response is recorded, each posting with its origins and its source's terms."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from runtime.errors import Fatal, Permanent
from services.ingest.domain.receipt import Counts, Receipt
from services.ingest.import_file import import_page
from services.ingest.register import NotUnique, find_or_create, revoke
from services.ingest.retry import CannotRetry, Try, retry
from services.ingest.sources.registry import find_source
from tests.integration.ingest.board import Board
from tests.support.recorded import DATA, RECORDED, recorded

SEARCH = "ats-fixtures/lubobali/workday_search.json"
REJECTED = {
    "pinpoint": ["data.1: it cannot be read: url: is missing"],
    "weworkremotely": [
        "posting 3 (https://weworkremotely.com/remote-jobs/acme-customer-success-manager): company must not be empty",
        "item.3: it cannot be read: link: is missing",
    ],
}
"""What the recorded pages have that is no posting, and what is said of it."""


async def imported(board: Board, source: str, path: Path) -> tuple[Counts, list[str]]:
    """The counts, and the lines that were printed."""
    output = io.StringIO()
    console = Console(file=output, width=40)
    of = find_source(source)
    counts = await import_page(board.pool, board.wake, publisher=board.publisher, source=of, path=str(path), console=console)
    return counts, output.getvalue().splitlines()


async def tried_again(board: Board, rejection_id: int) -> Receipt:
    how = Try(datetime.now(UTC))
    return await retry(board.pool, board.wake, publisher=board.publisher, rejection_id=rejection_id, how=how)


def test_every_recorded_response_is_among_them() -> None:
    recorded(RECORDED[0][1])  # skipped where there are none
    files = {str(path.relative_to(DATA)) for folder in ("ats-fixtures", "feeds") for path in (DATA / folder).rglob("*.*")}
    assert files == {file for _, file in RECORDED} | {SEARCH}


@pytest.mark.parametrize(("source", "file"), RECORDED)
async def test_every_recorded_response_is_recorded_once(board: Board, source: str, file: str) -> None:
    recorded(file)
    wrong = REJECTED.get(source, [])
    counts, printed = await imported(board, source, DATA / file)
    events = await board.told()
    assert events
    assert counts == Counts(opened=len(events), rejected=len(wrong))
    assert printed[:-1] == wrong
    for event in events:
        assert event.posting.terms == find_source(source).terms
        assert {origin.field for origin in event.posting.origins if not origin.stated_as}.isdisjoint(
            {origin.field for origin in event.posting.origins if origin.stated_as}
        )
    again, _ = await imported(board, source, DATA / file)
    assert again == Counts(unchanged=counts.opened, rejected=len(wrong))
    assert await board.told() == []


async def test_page_that_only_lists_addresses_is_not_for_a_file(board: Board) -> None:
    recorded(SEARCH)
    with pytest.raises(Fatal, match="it is read with the site's address, not from a file"):
        await imported(board, "workday", DATA / SEARCH)


async def test_what_cannot_be_read_is_a_rejection_with_what_was_sent(board: Board, tmp_path: Path) -> None:
    job = {
        "id": 42,
        "title": "Data Engineer",
        "absolute_url": "https://x.example/42",
        "company_name": "Acme",
        "content": "Build.",
    }
    jobs = [job, {"id": 43}, job | {"id": 44, "absolute_url": "nowhere"}]
    (tmp_path / "page.json").write_text(json.dumps({"jobs": jobs}))
    counts, printed = await imported(board, "greenhouse", tmp_path / "page.json")
    assert counts == Counts(opened=1, rejected=2)
    assert printed == [
        "posting 2 (44): url must be an address that begins with http:// or https:// and has no spaces",
        "jobs.1: it cannot be read: title: is missing",
        "opened 1, reopened 0, changed 0, unchanged 0, rejected 2",
    ]
    rows = await board.pool.fetch("SELECT id, raw FROM rejections ORDER BY id")
    assert json.loads(rows[1]["raw"]) == {"id": 43}
    with pytest.raises(CannotRetry, match="read again with the page"):
        await tried_again(board, rows[1]["id"])


async def test_what_is_tried_again_is_what_the_source_said(board: Board, tmp_path: Path) -> None:
    """Its terms and its fields are kept with it."""
    job = {"id": 42, "title": "Engineer", "absolute_url": "nowhere", "company_name": "Acme", "location": {"name": "Boston, MA"}}
    (tmp_path / "page.json").write_text(json.dumps({"jobs": [job]}))
    await imported(board, "greenhouse", tmp_path / "page.json")
    await board.pool.execute("UPDATE rejections SET raw = replace(raw, 'nowhere', 'https://x.example/42')")
    receipt = await tried_again(board, await board.pool.fetchval("SELECT id FROM rejections"))
    assert (receipt.status, receipt.what) == ("accepted", "opened")
    (event,) = await board.told()
    assert event.posting.terms == find_source("greenhouse").terms
    assert ("places", "location.name") in {(origin.field, origin.stated_as) for origin in event.posting.origins}


async def test_source_is_its_own_publisher_where_its_ids_are_unique(board: Board) -> None:
    first = await find_or_create(board.pool, find_source("greenhouse"))
    assert await find_or_create(board.pool, find_source("greenhouse")) == first
    assert first.name == "greenhouse"
    with pytest.raises(NotUnique, match="say whose these are, with --publisher NAME"):
        await find_or_create(board.pool, find_source("feed"))
    await revoke(board.pool, "greenhouse")
    with pytest.raises(Permanent):
        await find_or_create(board.pool, find_source("greenhouse"))
