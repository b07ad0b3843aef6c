"""A cursor over a JSON value: a source asks for a text, a number, a flag by its path; what has another type is noted and left
out. A null, and a text of white space, are as good as a missing field; unknown fields are passed over.

Nothing here raises but `NoPage` and `NoPosting`.
"""

import html
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final, Never, TypeVar

from services.ingest.domain.characters import fold, printable
from services.ingest.domain.document import Malformed, read
from services.ingest.domain.stated import Stated
from services.ingest.sources.source import NoPage, Page, Unreadable
from services.ingest.sources.titles import plain_line

_T = TypeVar("_T")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = re.compile(r"\s*(\d{4})(?:-(\d{1,2})-(\d{1,2})(?:[T ].*)?|(\d{2})(\d{2})(?:T.*)?)\s*", re.ASCII | re.DOTALL)
"""As it is, extended or basic; a month or a day of one digit is common."""
# "75.000" may be seventy-five thousand: three digits behind a point are not understood.
_AMOUNT: Final = re.compile(
    r"(-?(?:\d{1,15}|[1-9]\d{0,2}([, \u00a0\u2009\u202f'\u2019])\d{3}(?:\2\d{3}){0,3})(?:\.\d{1,2})?)", re.ASCII
)
_BETWEEN_THOUSANDS: Final = str.maketrans("", "", ", \u00a0\u2009\u202f'\u2019")


class NoPosting(Exception):
    """An item is no posting: it says why."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A value and its path in the item. Paths are names joined by dots, "location.name"; the empty one is the value itself."""

    value: object
    path: str = ""
    unread: dict[str, str] = field(default_factory=dict)
    """By path, why something was not understood; shared by all cursors into one item."""

    def at(self, path: str) -> "Cursor":
        """The part at a path; its value is None where there is none."""
        cursor = self
        for name in path.split(".") if path else ():
            parts = cursor.value if isinstance(cursor.value, dict) else cursor.note("is no object", {})
            cursor = Cursor(parts.get(name), f"{cursor.path}.{name}" if cursor.path else name, self.unread)
        return cursor

    def has(self, name: str) -> bool:
        """Is there a field of that name, be it null?"""
        return isinstance(self.value, dict) and name in self.value

    def items(self, path: str = "") -> list["Cursor"]:
        """The elements of a list."""
        found = self.at(path)
        listed = found.value if isinstance(found.value, list) else found.note("is no list", [])
        prefix = f"{found.path}." if found.path else ""
        return [Cursor(value, f"{prefix}{index}", self.unread) for index, value in enumerate(listed)]

    def text(self, path: str = "") -> str:
        """A text as it is written, but for characters that are not `printable`; empty where it says nothing."""
        found = self.at(path)
        if not isinstance(found.value, str):
            return found.note("is no text", "")
        text = printable(found.value)
        return text if text.strip() else ""

    def line(self, path: str = "") -> str:
        """A title or a name: the text as a `plain_line`."""
        return plain_line(self.text(path))

    def texts(self, path: str = "") -> tuple[str, ...]:
        """The texts of a list that say something."""
        return tuple(text for item in self.items(path) if (text := item.text()))

    def flag(self, path: str = "") -> bool | None:
        """True, false, or nothing."""
        found = self.at(path)
        return found.value if isinstance(found.value, bool) else found.note("is neither true nor false", None)

    def number(self, path: str = "") -> Decimal | None:
        """A finite number, not one in quotes."""
        found = self.at(path)
        if isinstance(found.value, int | float) and not isinstance(found.value, bool) and math.isfinite(found.value):
            return Decimal(str(found.value))
        return found.note("is no number", None)

    def amount(self, path: str = "") -> Decimal | None:
        """A number, or one in quotes ("75000", "31.50"), also with something between the thousands ("75,000"); no currency."""
        found = self.at(path)
        if not isinstance(found.value, str):
            return found.number()
        amount = _AMOUNT.fullmatch(found.value.strip())
        return Decimal(amount[1].translate(_BETWEEN_THOUSANDS)) if amount else found.note("is no number", None)

    def day(self, path: str = "") -> date | None:
        """The day of an ISO 8601 date or time, as it is written: a time's own zone holds."""
        found = self.at(path)
        return _day(found.text()) or found.note("is no date", None)

    def day_of_time(self, path: str = "", *, unit: timedelta) -> date | None:
        """The day (UTC) of a time counted in `unit` since 1970."""
        found = self.at(path)
        try:
            return None if (count := found.number()) is None else (_EPOCH + float(count) * unit).date()
        except OverflowError:
            return found.note("is no time", None)

    def required(self, path: str) -> str:
        """A text that says something. Raises `NoPosting`."""
        return self.text(path) or self._missing(path)

    def required_line(self, path: str) -> str:
        """A title or a name that says something. Raises `NoPosting`."""
        return self.line(path) or self._missing(path)

    def identifier(self, path: str) -> str:
        """A text that says something, on one line, or a whole number. Raises `NoPosting`."""
        value = self.at(path).value
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else fold(self.required(path))

    def _missing(self, path: str) -> Never:
        found = self.at(path)
        raise NoPosting(f"{found.path}: {self.unread.get(found.path, 'is missing')}")

    def note(self, problem: str, instead: _T) -> _T:
        """Remembers why the value was not understood, unless it says nothing; gives what is taken in its stead."""
        empty = self.value is None or (isinstance(self.value, str) and not self.value.strip())
        if not empty:
            self.unread.setdefault(self.path, problem)
        return instead


def document(page: bytes) -> Cursor:
    """The JSON value of a page. Raises `NoPage`."""
    try:
        return Cursor(read(page))
    except Malformed as error:
        raise NoPage(str(error)) from None


def each(page: Cursor, path: str, read_one: Callable[[Cursor], _T | None]) -> tuple[list[_T], list[Unreadable]]:
    """What is read of each item in the list at `path`, None left out, and the items that are no posting. Raises `NoPage`."""
    listed = page.at(path)
    if not isinstance(listed.value, list):
        raise NoPage(f"{path or 'the page'} is no list")
    good: list[_T] = []
    bad: list[Unreadable] = []
    for item in listed.items():
        try:
            if (result := read_one(_item(item.value))) is not None:
                good.append(result)
        except NoPosting as error:
            bad.append(Unreadable(item.path, item.value, str(error)))
    return good, bad


def alone(page: Cursor, read_one: Callable[[Cursor], Stated | None]) -> Page:
    """A page that is one posting, or none that is open."""
    try:
        stated = read_one(page)
    except NoPosting as error:
        return Page(unreadable=[Unreadable(page.path, page.value, str(error))])
    return Page([stated] if stated else [])


def told(item: Cursor, stated: Stated, names: Mapping[str, str]) -> Stated:
    """The same, with `fields` for what is filled in (`names` are the source's, by ours), and with `unread`."""
    fields = {ours: theirs for ours, theirs in names.items() if getattr(stated, ours)}
    return replace(stated, fields=fields, unread=tuple(f"{path}: {problem}" for path, problem in item.unread.items()))


def sections(parts: Iterable[tuple[str, str]]) -> str:
    """Headings (plain text, may be empty) and their HTML as one text; parts that say nothing are left out."""
    return "\n".join(
        f"<h3>{html.escape(heading.strip(), quote=False)}</h3>\n{content}" if heading.strip() else content
        for heading, content in parts
        if content.strip()
    )


def _item(value: object) -> Cursor:
    """An item by itself, with paths of its own. Raises `NoPosting`."""
    if not isinstance(value, dict):
        raise NoPosting("is no object")
    return Cursor(value)


def _day(text: str) -> date | None:
    try:
        return date(*(int(part) for part in written.groups() if part)) if (written := _DAY.fullmatch(text)) else None
    except ValueError:
        return None
