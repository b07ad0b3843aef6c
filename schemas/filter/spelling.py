"""Signs and words as people write them: what a text or a term goes through before anything is read from it.

Matching ignores punctuation, so a term says the same after `tidy`; and then a text can carry it.
"""

from collections.abc import Mapping
from typing import Final

from schemas.filter.tree import MINIMUM_PREFIX

SPELLING: Final[Mapping[int, str]] = {
    **{sign: chr(sign - 0xFEE0) for sign in range(0xFF01, 0xFF5F)},  # full width
    **dict.fromkeys(map(ord, "“”„‟«»「」『』〝〞"), '"'),
    **dict.fromkeys(map(ord, "‘’‚‛‹›"), "'"),
    **dict.fromkeys(map(ord, "‐‑‒–−﹣"), "-"),
    **dict.fromkeys(map(ord, "、，；"), ","),
    ord("―"): "—",  # which leaves a word out, or stands between two
    **dict.fromkeys(map(ord, "\u200b\u200e\u200f\u2060\ufeff"), " "),  # what pasting leaves
}
"""One character for one, so that the place of an error stays where it is."""
_NO_SIGN: Final = dict.fromkeys(map(ord, '"—'), " ")
"""What a term has none of, whatever it is written in."""

SINGLE: Final = frozenset(
    """
    a/b a/c a/p a/r a/v as/400 b/c c/o ci/cd client/server d/a d/b/a d/f/m d/m/w db/2 f/h f/m f/m/d f/m/x f/t g/l gnu/linux
    h/f h/w i/o iso/iec km/h l/c m/f m/f/d m/f/d/v m/f/x m/w/d n/a os/2 p/l p/t pl/1 pl/sql r/w s/4 s/4hana s/w tcp/ip ts/sci
    ui/ux ux/ui w/m/d w/o y/n z/os
    """.split()  # noqa: SIM905 - as sixty quoted words it reads worse
)
"""Written with a slash, and yet one thing. Two that are tied closer than "one of the two" (UI/UX) are looked for together."""


def alternatives(word: str) -> list[str]:
    """`AI/ML` means one of the two. Not what is in `SINGLE`, nor numbers (24/7), nor where a part has no letter or digit."""
    if "/" not in word:
        return [word]
    plain, parts = word.rstrip("*"), word.split("/")
    one = plain.casefold() in SINGLE or all(part.isdigit() for part in plain.split("/"))
    return [word] if one or not all(map(findable, parts)) else parts


def findable(term: str) -> bool:
    return any(map(str.isalnum, term))


def begins(term: str) -> bool:
    """Whether its last word is long enough for the beginning of one."""
    return sum(map(str.isalnum, (term.split() or [""])[-1])) >= MINIMUM_PREFIX


def tidy(term: str, *, prefix: bool = False) -> str:
    """With single spaces, plain signs, no quotation marks and no `*` at the end; as it was if nothing to be found were left."""
    plain = " ".join(term.translate(SPELLING).translate(_NO_SIGN).split()).rstrip("* ")
    return plain if (begins(plain) if prefix else findable(plain)) else term
