"""What recorded responses of boards become: every field of every posting, against a table that was filled in by reading them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from schemas.posting import Posting
from schemas.provenance import Origin
from services.ingest.domain.batch import Item, posting_of
from services.ingest.domain.fault import Refused
from services.ingest.domain.sentence import sentence_at
from services.ingest.sources.items import items_of
from services.ingest.sources.registry import SOURCES
from services.ingest.sources.source import Request
from tests.support.recorded import RECORDED, recorded

NOW: Final = datetime(2026, 11, 28, tzinfo=UTC)
DERIVED: Final = (
    "places",
    "workplace",
    "remote_from",
    "employment_types",
    "pay",
    "seniority",
    "degree",
    "experience_years",
    "skills",
    "posted_on",
    "valid_through",
    "language",
)
TABLE: Final[dict[str, list[dict[str, Any]]]] = yaml.safe_load(
    (Path(__file__).parents[2] / "data" / "recorded.yaml").read_text("utf-8")
)
REFUSED: Final = {"feeds/weworkremotely_sample.rss": ["company must not be empty"]}
"""By file, what becomes no posting though the source reads it: its title names no company."""
FIRST: Final = 3
"""Words of a sentence, or of a long heading, that the table has."""


def items(source: str, name: str) -> list[Item]:
    """Of what the source reads; what it cannot read is in its own tests."""
    page = SOURCES[source].read(recorded(name), Request(""), NOW.date())
    return [item for item in items_of(page, SOURCES[source], today=NOW.date()) if not item.malformed]


def postings(found: list[Item]) -> Iterator[Posting | str]:
    """Of a refusal, its words."""
    for item in found:
        try:
            yield posting_of(item, publisher="board", now=NOW)
        except Refused as refused:
            yield str(refused)


def as_in_the_table(posting: Posting) -> dict[str, Any]:
    """What is filled in, written as in the table."""
    found = {name: value for name in DERIVED if (value := _plain(posting, name)) not in (None, [])}
    origins = [origin for origin in posting.origins if origin.field != "language" or origin.stated_as]  # else the whole text
    said = {origin.field.partition(".")[0]: _by(posting, origin) for origin in reversed(origins)}  # of skills the first
    row = {name: [value, said[name]] if name in said else value for name, value in found.items()}
    sections = [f"{section.kind or '-'}: {_short(section.heading)}" for section in posting.sections]
    return {"id": posting.source_id, "url": posting.url, **row} | ({"sections": sections} if sections else {})


def _plain(posting: Posting, name: str) -> Any:
    value = getattr(posting, name)
    if name == "places":
        return [place.words() for place in posting.places]
    if name == "pay" and posting.pay:
        return [posting.pay.minimum, posting.pay.maximum, posting.pay.currency, posting.pay.period]
    return list(value) if isinstance(value, tuple) else value


def _by(posting: Posting, origin: Origin) -> str:
    if origin.stated_as:
        return f"field {origin.stated_as}"
    if origin.where == "title":
        assert origin.field.startswith("skills.") or (origin.start, origin.end) == (0, len(posting.title))
        return "title"
    start, end = origin.start, origin.end
    if origin.field.startswith("skills."):  # of a skill only its name
        start, end = sentence_at(posting.text, start, end)
    return " ".join(posting.text[start:end].split()[:FIRST])


def _short(heading: str) -> str:
    words = heading.split()
    return f"{' '.join(words[:FIRST])} …" if len(words) > 2 * FIRST else heading


def right(row: dict[str, Any]) -> dict[str, Any]:
    """A row as a reader of the file has it."""
    told = {name: value for name, value in row.items() if name != "wrong"}
    return told | ({"sections": list(_flat(told["sections"]))} if "sections" in told else {})


def given(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its known faults."""
    told = right(row) | row.get("wrong", {})
    return {name: value for name, value in told.items() if value is not None}


def _flat(sections: list[Any]) -> Iterator[str]:
    for one in sections:
        yield from _flat(one) if isinstance(one, list) else [one]


@pytest.mark.parametrize(("source", "name"), RECORDED, ids=[name for _, name in RECORDED])
def test_recorded_postings_are_what_a_reader_sees_but_for_known_faults(source: str, name: str) -> None:
    found = list(postings(items(source, name)))
    assert [as_in_the_table(posting) for posting in found if isinstance(posting, Posting)] == [
        given(row) for row in TABLE[name]
    ]
    assert [refusal for refusal in found if isinstance(refusal, str)] == REFUSED.get(name, [])


def test_table_has_every_recorded_file_and_each_fault_is_one() -> None:
    rows = [row for rows in TABLE.values() for row in rows]
    assert list(TABLE) == [name for _, name in RECORDED]
    assert len({row["id"] for row in rows}) == len(rows) == 42
    assert {name for row in rows for name in row} <= {"id", "url", "sections", "wrong", *DERIVED}
    for row in rows:
        assert all(right(row).get(name) != wrong for name, wrong in row.get("wrong", {}).items())
