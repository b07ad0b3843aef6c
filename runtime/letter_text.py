"""Dead letters in words: letters enter, text for a terminal leaves. What a record holds is never written as it is.

Whoever made a bad record may have put anything into it, also what moves a terminal's cursor or turns the direction of text.
"""

import json
from collections.abc import Sequence
from typing import Final

from runtime.letters import Letter

_KEY: Final = 40
"""Characters of a key in the table; `show` has all of it."""


def escaped(text: str) -> str:
    """The text on one line, everything in it that does not print as a backslash sequence."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def table(letters: Sequence[Letter], *, everything: bool = False, width: int | None = None) -> str:
    """A line for each under a heading, columns aligned, cut to `width` characters where it is given; the error comes last.

    `everything`: with what became of each.
    """
    heading = ["ID", "SET ASIDE (UTC)", "FROM", "KEY", "VERSION", *(["BECAME"] if everything else []), "ERROR"]
    rows = [heading, *(_row(letter, everything=everything) for letter in letters)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(line if width is None or len(line) <= width else line[: width - 1] + "…" for line in lines)


def _row(letter: Letter, *, everything: bool) -> list[str]:
    key = escaped(_text(letter.key)) if letter.key is not None else "-"
    return [
        letter.id,
        f"{letter.at:%Y-%m-%d %H:%M:%S}",
        escaped(letter.source),
        key if len(key) <= _KEY else key[: _KEY - 1] + "…",
        escaped(letter.headers.get("version", "?")),
        *([_became(letter)] if everything else []),
        escaped(letter.headers.get("error", "?")),
    ]


def _became(letter: Letter) -> str:
    if letter.mark is None:
        return "waits"
    return f"{letter.mark.action} {letter.mark.at:%Y-%m-%d %H:%M}" + (
        f": {escaped(letter.mark.reason)}" if letter.mark.reason else ""
    )


def shown(letter: Letter, value: bytes) -> str:
    """What became of a letter, its headers, key and value. JSON is indented; bytes that are no text are escaped."""
    facts = {
        "id": letter.id,
        "set aside": f"{letter.at:%Y-%m-%d %H:%M:%S} UTC",
        "became": _became(letter) + (f" (with version {escaped(letter.mark.version)})" if letter.mark else ""),
        **({"again at": ", ".join(map(str, letter.repeats))} if letter.repeats else {}),
        "key": escaped(_text(letter.key)) if letter.key is not None else "none",
        **{escaped(name): escaped(text) for name, text in letter.headers.items()},
    }
    widest = max(map(len, facts))
    lines = [f"{name.ljust(widest)}  {fact}" for name, fact in facts.items()]
    return "\n".join([*lines, "", f"value, {len(value):,} bytes:", *map(escaped, _lines(value))])


def _lines(value: bytes) -> list[str]:
    text = _text(value)
    try:
        return json.dumps(json.loads(value), indent=2, ensure_ascii=False).split("\n")
    except (ValueError, RecursionError):  # no JSON, no UTF-8, or nested deeper than anybody would read
        return text.split("\n")


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")
