"""JSON as it really arrives: bytes enter, Python values leave, and what one item has that cannot be stored stays its own fault.

A byte that is not UTF-8 or a lone surrogate spoils the item it stands in, never its neighbours in the same array.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from services.ingest.domain.fault import Fault, field_path

MAXIMUM_DEPTH: Final = 30
"""Levels of nesting in one item; the push format has three."""
MAXIMUM_RAW: Final = 1_000_000
"""Characters of a rejected item that are kept; every item of allowed length fits."""
_HEAD: Final = 64
"""Bytes by which another encoding is told: a multiple of four."""
_LONGEST_INTEGER: Final = 300
"""Digits. Longer ones become infinite, and then a fault of their field; Python refuses to read 4,300 and more at all."""


class Malformed(Exception):
    """The document is not JSON; `line` and `column`, from 1, are where it stops being so."""

    def __init__(self, problem: str, line: int, column: int) -> None:
        super().__init__(f"not JSON: {problem} at line {line}, column {column}")
        self.problem = problem
        self.line = line
        self.column = column


def read(document: bytes) -> Any:
    """The document's value. Raises `Malformed`."""
    try:
        # surrogateescape: a bad byte becomes a lone surrogate inside its string, where `unstorable` finds it.
        return json.loads(document.decode("utf-8-sig", "surrogateescape"), parse_int=_integer)
    except json.JSONDecodeError as error:
        if encoding := _other_encoding(document):
            raise Malformed(f"it is written in {encoding}, and has to be in UTF-8", 1, 1) from None
        raise Malformed(error.msg, error.lineno, error.colno) from None
    except RecursionError:
        raise Malformed("nested too deeply", 1, 1) from None


def unstorable(item: object) -> Iterator[Fault]:
    """A fault for each text that has a NUL or a lone surrogate (Postgres, Kafka and mail refuse them), and for deep nesting."""
    waiting: list[tuple[tuple[str | int, ...], object]] = [((), item)]
    while waiting:  # a stack, not recursion: the depth is the sender's choice
        path, value = waiting.pop()
        if isinstance(value, str):
            if problem := _unstorable_text(value):
                yield Fault(field=field_path(path), problem=problem)
        elif isinstance(value, dict | list):
            if len(path) >= MAXIMUM_DEPTH:
                yield Fault(field=field_path(path), problem="is nested too deeply")
                return
            parts: list[tuple[str | int, object]] = list(value.items() if isinstance(value, dict) else enumerate(value))
            waiting.extend(((*path, key), part) for key, part in reversed(parts))
            for key in value if isinstance(value, dict) else ():
                if problem := _unstorable_text(key):
                    yield Fault(field=field_path((*path, key)), problem=f"is a name that {problem}")


def storable(item: object) -> str:
    """The item as JSON in ASCII, NUL and lone surrogates escaped, so that any column takes it; cut after `MAXIMUM_RAW`."""
    try:
        return json.dumps(item)[:MAXIMUM_RAW]
    except RecursionError:
        return "nested too deeply to be kept"


def _other_encoding(document: bytes) -> str:
    """UTF-16 or UTF-32, as Windows saves texts, by where the zeros of the first characters stand; empty where it is neither."""
    encoding = json.detect_encoding(document[:_HEAD])
    if not encoding.startswith(("utf-16", "utf-32")):
        return ""
    head = document[:_HEAD].decode(encoding, "replace")
    return encoding[:6].upper() if head.strip("\ufeff \t\r\n").startswith(("{", "[")) else ""


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else float("inf")


def _unstorable_text(text: str) -> str:
    if "\0" in text:
        return "contains a NUL character (U+0000)"
    try:
        text.encode()
    except UnicodeEncodeError as error:
        code = ord(text[error.start])
        if 0xDC80 <= code <= 0xDCFF:  # noqa: PLR2004 -- what surrogateescape makes of the bytes 80 to FF
            return f"contains a byte that is not UTF-8, or a lone surrogate, at character {error.start}"
        return f"contains a lone surrogate (U+{code:04X}) at character {error.start}"
    return ""
