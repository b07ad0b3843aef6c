"""Texts made to cost much: what enters is nothing, what leaves is each one's name and the keywords as somebody would send them.

Each is either read or refused in words; `benchmarks` and a measurement by hand take how long that needs.
"""

import random
from collections.abc import Iterator
from typing import Final

from schemas.filter.syntax import MAXIMUM_LENGTH

_SIGNS: Final = [
    *'()()""\'*-!+|&/:,;. ',
    " ",
    " ",
    "“",
    "”",
    "‘",
    "’",
    "–",
    "—",
    "―",
    "…",
    "•",
    "（",
    "：",
    "＊",
    "\\",
    "#",
    "\t",
    "\u200b",
    "\0",
    "é",
    "ß",
]
_WORDS: Final = ["and", "or", "not", "AND", "Or", "and/or", "&&", "||", "title:", "skills: ", "salary:", "https://x.y", "a", "R&D", "C++", ".NET",
         "AI/ML", "CI/CD", "24/7", "develop*", "machine", "don't", "engineer", "x" * 101, "機械", "\U0001f600", "\ud800", "ſkill:", "1,000",
         "9:30", " -(", " (", ") ", ' "', '" ', '"*', "-title:(", "))", "((", " —", "C ++", "c #", "R & D", "at &t",
         " - ", " or b -c", "location:Oslo, WA", "location: New York, NY", "std::sort"]  # fmt: skip


_FILLED: Final = {
    "opening": "(",
    "closing": ")",
    "empty groups": "()",
    "groups of one": "(a)",
    "nested and closed": "(" * 6 + "a" + ")" * 6,
    "denials": "-",
    "denials of one": "-a ",
    "not not": "not ",
    "denied groups": "-(",
    "shouts": "!",
    "plus": "+",
    "plus minus": "+-",
    "em dashes": " —",
    "em dashes and words": " —x",
    "signs": "- * ",
    "signs that may deny": ".-(",
    "letters and signs": "C ++ R & D ",
    "letters and gaps": "R       ",
    "places": "location:Aa Bb Cc, WA ",
    "places that are none": "location:A, ",
    "denied alternatives": "a or b -c ",
    "denied alternatives in groups": "(a or b -c or ",
    "quotes": '"',
    "empty phrases": '"" ',
    "phrases": '"a" ',
    "single quotes": "'",
    "single quotes that never close": "'a ",
    "stars": "*",
    "short beginnings": "a* ",
    "beginnings": "abc* ",
    "one long word": "x",
    "one long phrase": "x y ",
    "alternatives": "a or ",
    "bars": "|",
    "ands": "and ",
    "fields": "title:",
    "fields in fields": "title:(",
    "field and gap": "title ",
    "unknown fields": "x:",
    "colons": ":",
    "slashes": "/",
    "slashed word": "a/b/",
    "commas": ",",
    "numbers with commas": "1,",
    "ampersands": "&",
    "spaces": " ",
    "astral": "\U0001f600",
    "fraktur": "𝔄",
    "accents": "e\u0301",
    "nulls": "\0",
    "lone surrogates": "\ud800",
}
"""As often as they fit into the longest text."""


def hostile() -> dict[str, str]:
    """As long as a text may be, and one that is far longer."""
    return {
        **{name: (unit * MAXIMUM_LENGTH)[:MAXIMUM_LENGTH] for name, unit in _FILLED.items()},
        "signs before a word": "-+" * (MAXIMUM_LENGTH // 2 - 1) + "x",
        "a long name before a place": "location:" + "A " * 193 + ", WA",
        "an unclosed quote after words": ("a " * MAXIMUM_LENGTH)[: MAXIMUM_LENGTH - 1] + '"',
        "many words": " ".join(chr(0x4E00 + n) for n in range(MAXIMUM_LENGTH // 2)),
        "many alternatives": "|".join(chr(0x4E00 + n) for n in range(MAXIMUM_LENGTH // 2)),
        "many slashed": "/".join(chr(0x4E00 + n) for n in range(MAXIMUM_LENGTH // 2)),
        "each in parentheses": "|".join(f"({chr(0x4E00 + n)})" for n in range(100)),
        "two lists of alternatives": "".join("(" + "|".join(chr(0x4E00 + n) for n in range(a, a + 50)) + ")" for a in (0, 50)),
        "as many words as are taken": "|".join(f"{chr(0x4E00 + n)} x" for n in range(50)),
        "as many fields as are taken": "|".join(f"t{n} title:x" for n in range(25)),
        "as many beginnings as are taken": "|".join(f"skill:b{n}x*" for n in range(10, 38)),
        "as deep as is taken": "a (b or -(c (d or -(e (f or g) -h) i) j) k) l",
        "deeper than is taken": "(a or b " * 7 + ")" * 7,
        "deep in denials": "a " + "-(b (c or d) " * 5 + ")" * 5,
        "wide and deep": "(" * 5 + " ".join(f"a{n} or b{n}" for n in range(40)) + ")" * 5,
        "ten thousand words": " ".join(f"w{n}" for n in range(10_000)),
        "a million parentheses": "(" * 1_000_000,
    }


def generated(count: int, seed: int = 20_240_601) -> Iterator[str]:
    """Texts of signs and words thrown together, the same for the same seed."""
    drawn = random.Random(seed)
    for _ in range(count):
        pieces = drawn.choices(_SIGNS, k=drawn.randrange(6)) + drawn.choices(_WORDS, k=drawn.randrange(7))
        drawn.shuffle(pieces)
        yield drawn.choice(["", " "]).join(pieces)
