"""Tables of postings: CSV with a line of names, JSON Lines, or a JSON list of objects; which column is which a mapping says.

Formats: RFC 4180, also with `;`, tabs or `|` between the columns, and https://jsonlines.org.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from schemas.provenance import Terms
from services.ingest.domain.stated import Stated, StatedPay, StatedPlace
from services.ingest.sources.addresses import parse, web_page
from services.ingest.sources.joining import ranged
from services.ingest.sources.reading import Cursor, document, each, told
from services.ingest.sources.source import NoPage, Page, Request, Source, Unreadable

COLUMNS: Final = (
    "source_id", "title", "company", "url", "description", "places", "workplace", "remote_from", "employment", "seniority",
    "pay_minimum", "pay_maximum", "pay_currency", "pay_period", "pay_text", "skills", "posted_on", "valid_through", "language",
)  # fmt: skip
"""What a column may be: the names of `Stated`, and the parts of its pay."""
_NEEDED: Final = ("source_id", "title", "url")
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_ENDS: Final = (".csv", ".tsv", ".jsonl", ".ndjson")
_TOLD: Final = 300
"""Characters of what is wrong."""
_SEVERAL: Final = re.compile(r"[;|]")
_SECOND: Final = timedelta(seconds=1)


def table(*, name: str, title: str, columns: Mapping[str, str], terms: Terms) -> Source:
    """A source of tables whose columns have these names (theirs, by ours); what is not named has ours. Raises `ValueError`."""
    if unknown := sorted(set(columns) - set(COLUMNS)):
        raise ValueError(f"{unknown[0]} is no column of a posting; there are {', '.join(COLUMNS)}")
    theirs = {ours: columns.get(ours, ours) for ours in COLUMNS}
    return Source(
        name=name,
        title=title,
        terms=terms,
        address="https://example.com/jobs.csv",
        begin=begin,
        read=lambda page, _request, _today: read(page, theirs),
    )


def begin(address: str) -> Request | None:
    """An address whose path ends as a table's file does."""
    found, url = parse(address), web_page(address)
    return Request(url) if found and url and "".join(found.parts[-1:]).lower().endswith(_ENDS) else None


def read(page: bytes, theirs: Mapping[str, str]) -> Page:
    """Rows; one that has not its columns, or no title, link or id, is no posting. `theirs` has every column's name, whose case
    does not count.
    """
    if page.startswith(_UTF_16):
        raise NoPage("is not UTF-8 but UTF-16: save it as UTF-8")
    start = page.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if not start:
        raise NoPage("the table is empty")
    if start == b"[":
        good, bad = each(document(page), "", lambda row: _posting(row, _as_spelt(row.value, theirs)))
        return Page(good, bad)
    rows = _json_lines(page) if start == b"{" else _csv_rows(page, theirs)
    postings: list[Stated] = []
    unreadable: list[Unreadable] = []
    for place, row in rows:
        if isinstance(row, Unreadable):
            unreadable.append(row)
            continue
        good, bad = each(Cursor({"row": [row]}), "row", lambda row: _posting(row, _as_spelt(row.value, theirs)))
        postings += good
        unreadable += [one._replace(place=place) for one in bad]
    return Page(postings, unreadable)


def _json_lines(page: bytes) -> Iterator[tuple[str, object]]:
    for number, line in enumerate(page.splitlines(), 1):
        if not line.strip():
            continue
        place = f"line.{number}"
        try:
            yield place, document(line).value
        except NoPage as error:
            yield place, Unreadable(place, line.decode("utf-8", "replace"), str(error))


def _csv_rows(page: bytes, theirs: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    """Rows as objects, without the cells that are empty. Raises `NoPage` where the first line does not name the columns.

    Within quotation marks that are not closed the rest of a file is one cell: strictly read, it is an error.
    """
    text = _decoded(page)
    header = text.lstrip().partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t|", key=header.count), strict=True)
    names: list[str] = []
    while True:
        place = f"line.{reader.line_num + 1}"
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            yield place, Unreadable(place, None, f"is no row: {_said(error)}; it ends at line {reader.line_num}")
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if names:
            yield place, _row(place, names, cells)
            continue
        names = [cell.strip() for cell in cells]
        _check(names, theirs)
    if not names:
        raise NoPage(_NO_TABLE)


_NO_TABLE: Final = "is no table: its first line names no columns"


def _decoded(page: bytes) -> str:
    try:
        return page.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = page.count(b"\n", 0, error.start) + 1
        raise NoPage(f"is not UTF-8: save it as UTF-8 (line {line} has a character of another encoding)") from None


def _said(error: csv.Error) -> str:
    return "its quotation mark is not closed" if "unexpected end" in str(error) else str(error)


def _check(names: Sequence[str], theirs: Mapping[str, str]) -> None:
    """Raises `NoPage`."""
    if len(names) < 2:  # noqa: PLR2004 -- a table has columns
        raise NoPage(_NO_TABLE)
    told = Counter(name.casefold() for name in names if name)
    if twice := next((name for name in names if told[name.casefold()] > 1), ""):
        raise NoPage(f"has two columns named {twice[:_TOLD]}")
    if missing := next((ours for ours in _NEEDED if theirs[ours].casefold() not in told), ""):
        there = ", ".join(filter(None, names))[:_TOLD]
        raise NoPage(f"has no column {theirs[missing][:_TOLD]}; it has {there}: name one with --column {missing}=NAME")


def _as_spelt(row: object, theirs: Mapping[str, str]) -> Mapping[str, str]:
    """The names as the row has them."""
    names = row if isinstance(row, dict) else {}
    there = {name.casefold(): name for name in reversed(names)}
    return {ours: name if name in names else there.get(name.casefold(), name) for ours, name in theirs.items()}


def _row(place: str, names: list[str], cells: list[str]) -> object:
    if len(cells) != len(names):
        return Unreadable(place, cells, f"has {len(cells)} cells under {len(names)} names")
    return {name: cell for name, cell in zip(names, cells, strict=True) if cell.strip()}


def _posting(row: Cursor, theirs: Mapping[str, str]) -> Stated:
    def several(ours: str) -> tuple[str, ...]:
        found = row.at(theirs[ours])
        parts = found.texts() if isinstance(found.value, list) else _SEVERAL.split(found.text())
        return tuple(text for part in parts if (text := part.strip()))

    stated = Stated(
        source_id=row.identifier(theirs["source_id"]),
        title=row.required_line(theirs["title"]),
        company=row.line(theirs["company"]),
        url=row.required(theirs["url"]),
        description=row.text(theirs["description"]),
        places=tuple(StatedPlace(text=text) for text in several("places")),
        workplace=row.text(theirs["workplace"]),
        remote_from=several("remote_from"),
        employment=several("employment"),
        seniority=row.text(theirs["seniority"]),
        pay=_pay(row, theirs),
        pay_text=row.text(theirs["pay_text"]),
        skills=several("skills"),
        posted_on=_day(row, theirs["posted_on"]),
        valid_through=_day(row, theirs["valid_through"]),
        language=row.text(theirs["language"]),
    )
    return told(
        row, stated, {**{ours: name for ours, name in theirs.items() if ours in _OF_STATED}, "pay": theirs["pay_minimum"]}
    )


_OF_STATED: Final = frozenset(COLUMNS) & frozenset(Stated.__slots__)


def _pay(row: Cursor, theirs: Mapping[str, str]) -> StatedPay | None:
    currency, period = row.text(theirs["pay_currency"]), row.text(theirs["pay_period"])
    return ranged(row, theirs["pay_minimum"], theirs["pay_maximum"], currency=currency, period=period)


def _day(row: Cursor, name: str) -> date | None:
    """ISO 8601; a number is seconds since 1970."""
    return row.day(name) if isinstance(row.at(name).value, str) else row.day_of_time(name, unit=_SECOND)


SOURCE: Final = table(
    name="table", title="CSV or JSON Lines", columns={}, terms=Terms(url="", read_on=None, may_republish=False)
)
