"""Texts made to cost much: what enters is nothing, what leaves is each one's name and the keywords as somebody would send them.

Each is either read or refused in words; `benchmarks` and a measurement by hand take how long that needs.
"""

from schemas.filter.syntax import MAXIMUM_LENGTH


def hostile() -> dict[str, str]:
    """As long as a text may be, and one that is far longer."""
    filled = {
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
    return {
        **{name: (unit * MAXIMUM_LENGTH)[:MAXIMUM_LENGTH] for name, unit in filled.items()},
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
