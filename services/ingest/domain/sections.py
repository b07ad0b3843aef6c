"""The headed sections of a description: its clean text enters, with its HTML if there is one; where each section stands leaves.

A heading's tag is the better sign where there is one; boards of plain text, and careless ones of HTML, have none.
"""

import html as entities
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from schemas.provenance import Section
from services.ingest.domain.heading import LONGEST, Heading, heading_of, inside, named

_GLUED: Final = 1000
"""Characters of a line that may be all lines of a text, glued together by an export."""
_CUT: Final = 200
"""Characters of one, where it is the whole text and a board has cut it off: it ends in an ellipsis."""
_ITEM: Final = "- "
_LABEL: Final = 60
_BEHIND: Final = 40
"""Characters of a heading with its text behind it in one line at the most, and of that text at least."""
_VALUE: Final = 80
"""Characters of a field's value at the most, where its label has a line of its own; half of it where that names a kind."""
_FIELDS: Final = re.compile(r"[^.!?\n:]{1,60} [A-Z]\w{2,20}: ")
_TAGGED: Final = re.compile(r"<(h[34]|strong)>([^\n]{1,200}?)</\1>")
_TAG: Final = re.compile(r"<[^<>]*>")


class _Head(NamedTuple):
    begin: int
    end: int
    last: int
    """Where its section ends at the latest."""
    heading: Heading


def sections(text: str, html: str = "") -> tuple[Section, ...]:
    """Of a clean text and its HTML (`description.clean`), in the order of the text.

    What stands before the first heading is in none; nor are the lines behind one that holds headings itself, as an export
    makes of a whole text. A heading with another right behind it has no section.
    """
    heads = list(_heads(text, _tagged(html)))
    kept = [head for head, body in zip(heads, _bodies(text, heads), strict=True) if not _is_field(text, head, body)]
    return tuple(
        Section(kind=head.heading.kind, heading=head.heading.words, start=start, end=end)
        for head, (start, end) in zip(kept, _bodies(text, kept), strict=True)
        if start < end
    )


def _heads(text: str, tagged: frozenset[str]) -> Iterator[_Head]:
    lines, begin = text.split("\n"), 0
    glued = _CUT if len(lines) == 1 and text.endswith(("…", "...")) else _GLUED
    for number, line in enumerate(lines):
        if len(line) > glued:
            for first, last in inside(line):
                yield _Head(begin + first, begin + last, begin + len(line), named(line[first:last]))
        elif line.startswith(_ITEM):
            if line.endswith(":") and len(line) <= LONGEST and _leads(heading := named(line), lines, number):
                yield _Head(begin, begin + len(line), len(text), heading)
        elif line:
            following = next((one for one in lines[number + 1 : number + 3] if one), "")
            if found := _head_of_line(line, following, is_marked=line.rstrip(": ") in tagged):
                yield _Head(begin, begin + found[0], len(text), found[1])
        begin += len(line) + 1


def _leads(heading: Heading, lines: list[str], number: int) -> bool:
    """Whether an item is a heading: it says its kind and no more, and other items follow, "- Requirements:"."""
    following = lines[number + 1 : number + 2]
    return heading.is_whole and bool(following) and following[0].startswith(_ITEM) and not following[0].endswith(":")


def _head_of_line(line: str, following: str, *, is_marked: bool) -> tuple[int, Heading] | None:
    """A heading, and where it ends: with the line, or with a colon ("Requirements: three years of")."""
    if len(line) <= LONGEST and (heading := heading_of(line, following, is_marked=is_marked)):
        return len(line), heading
    colon = line.find(":", 0, _LABEL)
    if colon < 1 or len(line) - colon < _BEHIND or not line[0].isupper():
        return None
    heading = named(line[:colon])
    return (colon + 1, heading) if heading.is_whole and heading.kind != "pay" else None


def _bodies(text: str, heads: list[_Head]) -> Iterator[tuple[int, int]]:
    stops = [*(head.begin for head in heads[1:]), len(text)] if heads else []
    for head, stop in zip(heads, stops, strict=True):
        body = text[head.end : min(stop, head.last)]
        start = head.end + len(body) - len(body.lstrip())
        yield start, start + len(body.strip())


def _is_field(text: str, head: _Head, body: tuple[int, int]) -> bool:
    """A label in a line, and its value in the next: "Job family:", "Engineering". Or one of several in a line: "Job
    description: Sailor Location: Riverton".
    """
    if text[head.end - 1] == ":" and body[1] - body[0] <= _VALUE and _FIELDS.match(text, *body):
        return True
    most = _VALUE // 2 if head.heading.kind else _VALUE
    if head.heading.is_whole or not text.startswith("\n", head.end) or not 0 < body[1] - body[0] <= most:
        return False
    value = text[slice(*body)]
    return "\n" not in value and not value.startswith("- ") and not value.endswith(".")


def _tagged(html: str) -> frozenset[str]:
    """What stands in headings, or is bold: a line that is all of it is a heading."""
    return frozenset(
        " ".join(entities.unescape(_TAG.sub(" ", found[2])).split()).rstrip(": ")
        for found in _TAGGED.finditer(html)
        if "<a " not in found[2]
    )
