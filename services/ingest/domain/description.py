"""A description, plain or HTML, becomes safe HTML and the clean text it says; the excerpt is cut from that text.

The text is always what that HTML says (`markup.text_of`): the two never differ, and cleaning what was cleaned changes nothing.
"""

import html as entities
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Final, Literal, NamedTuple

from services.ingest.domain.characters import is_printable, printable
from services.ingest.domain.heading import heading_of
from services.ingest.domain.markup import is_html, sanitise, text_of

EXCERPT: Final = 280
"""Characters of an excerpt at the most."""
_ROUNDS: Final = 3
"""How often boards escape their HTML at the most."""

_ENTITY: Final = re.compile(r"&(?:[a-zA-Z]{2,31}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
_BULLET: Final = re.compile(r"^(?:[-*–—•·●▪◦‣⁃] )+")
_MARKS: Final = "-*–—•·●▪◦‣⁃_=~ "
"""A line of nothing else is a rule; one that begins with these may be a list's item."""
_BLANKS: Final = re.compile(r"\n{3,}")
_SENTENCE_END: Final = re.compile(r"[.!?][)\"”’]?(?= )")


Tag = Literal["p", "ul", "h3"]


class _Part(NamedTuple):
    """Lines of a plain text that become one element."""

    tag: Tag
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Description:
    """What was said, three times: to match on, to show, and to show shortly."""

    text: str
    """Lines without white space around them; list items begin with "- "; an empty line between paragraphs."""
    html: str
    excerpt: str


def clean(description: str) -> Description:
    """Any text at all, plain or HTML, escaped or not. Raises `TooManyTags`."""
    readable = printable(_unescaped(description))
    if is_html(readable):
        shown = sanitise(readable)
        text = _lines(text_of(shown))
    else:  # of plain text both are known at once, in 0.6 of the time that reading its HTML takes
        parts = list(_parts(_lines(readable)))
        shown, text = "".join(map(_shown, parts)), "\n\n".join("\n".join(part.lines) for part in parts)
    return Description(text, shown, excerpt(text))


def excerpt(text: str) -> str:
    """The first sentences on one line, at most `EXCERPT` characters; where the first is longer, it is cut after a word."""
    line = " ".join(text[: EXCERPT * 4].split())
    if len(line) <= EXCERPT:
        return line
    ends = [match.end() for match in _SENTENCE_END.finditer(line, 0, EXCERPT + 1)]
    if ends and ends[-1] >= EXCERPT // 3:
        return line[: ends[-1]]
    word = line.rfind(" ", 0, EXCERPT)
    return line[: word if word > 0 else EXCERPT - 1].rstrip(" ,;:-–—") + "…"


def _unescaped(text: str) -> str:
    """Some boards send their HTML escaped, some twice; in plain text entities are rests of a careless export."""
    for _ in range(_ROUNDS):
        if is_html(text) or not _ENTITY.search(text):
            break
        text = _ENTITY.sub(lambda entity: entities.unescape(entity[0]), text)
    return text


def _parts(text: str) -> Iterator[_Part]:
    """Of plain text, with an empty line between any two; every heading is one of its own."""
    blocks = [block.split("\n") for block in text.split("\n\n") if block]
    following = [*(block[0] for block in blocks[1:]), ""]  # one too many where the text is empty
    for lines, after in zip(blocks, following, strict=False):
        for tag, group in groupby(zip(map(_tag, lines, [*lines[1:], after]), lines, strict=True), key=itemgetter(0)):
            of_tag = [line for _, line in group]
            yield from (_Part(tag, [line]) for line in of_tag) if tag == "h3" else (_Part(tag, of_tag),)


def _shown(part: _Part) -> str:
    """As HTML."""
    escaped = [entities.escape(line, quote=False) for line in part.lines]
    if part.tag == "ul":
        return "<ul>" + "".join(f"<li>{line.removeprefix('- ')}</li>" for line in escaped) + "</ul>"
    return f"<{part.tag}>{'<br>'.join(escaped)}</{part.tag}>"


def _tag(line: str, following: str) -> Tag:
    """Only a heading that says what its section is about is made one of HTML: of others a line's looks are no proof."""
    if line.startswith("- "):
        return "ul"
    heading = heading_of(line, following, is_marked=False)
    return "h3" if heading and heading.is_whole else "p"


def _lines(text: str) -> str:
    folded = str.strip if "  " not in text and is_printable(text) else _folded  # asked once for all lines, or clean takes 1.2
    lines = "\n".join(_line(folded(line)) for line in text.split("\n"))
    return (_BLANKS.sub("\n\n", lines) if "\n\n\n" in lines else lines).strip()


def _folded(line: str) -> str:
    return " ".join(line.split())


def _line(line: str) -> str:
    if line[:1] not in _MARKS:
        return line
    return "" if line.strip(_MARKS) == "" else _BULLET.sub("- ", line)
