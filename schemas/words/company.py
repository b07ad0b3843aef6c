"""The name of a company enters, and a key leaves that is the same for every way to write it: "AT&T Inc." and "at & t" are one,
"Amazon" and "Amazon.com Services LLC" are not.
"""

import re
from functools import lru_cache
from typing import Final

from cleanco import prepare_default_terms

from schemas.words import fold

_PART: Final = re.compile(r"[^\W_]+(?:\.(?:com|net|org|io|ai|co|dev|app|gov|edu)\b)?")
"""A domain's name stays one word: ".com" is a part of the name, ".Inc" is not."""
_LETTERS: Final = re.compile(r"(?<![^ ])[^\W_](?: [^\W_](?![^ ]))+")
_COUNTRY: Final = re.compile(
    r"\((?:us|usa|u\.s\.|u\.s\.a\.|uk|eu|canada|india|china|germany|ireland|israel|japan|singapore)\)\s*$"
)
_APOSTROPHES: Final = str.maketrans("", "", "'’")

_MORE: Final = (
    "lc",
    "limited",
    "na",
    "pbc",
    "private limited",
    "private ltd",
    "pty",
    "pvt limited",
    "pvt",
    "pty limited",
    "pte limited",
)
"""Legal forms that cleanco does not know; "N.A." is a national association, a bank."""
_WORDS: Final = "ad at ba ca coop dat ent eu fa is koop ok private scoop see sem uk unlimited us"
"""Legal forms of cleanco's that end names as ordinary words, too, or name the country. ("spa", of Italy, stays one: "Day Spa"
is "day".)"""


@lru_cache(maxsize=65_536)
def company_key(name: str) -> str:
    """What is equal is the same company. Not empty for a name with a letter or digit in it."""
    parts = _parts(_COUNTRY.sub("", fold(name)))
    while len(parts) > 1 and parts[0] == "the":
        del parts[0]
    while size := _legal_form(parts):
        del parts[-size:]
    return " ".join(parts)


def _parts(folded: str) -> list[str]:
    """The words of a name, and letters that stand alone as one: "L.L.C." and "J. P." are "llc" and "jp"."""
    apart = " ".join(_PART.findall(folded.translate(_APOSTROPHES).replace("&", " and ")))
    return _LETTERS.sub(lambda letters: letters[0].replace(" ", ""), apart).split()


def _legal_form(parts: list[str]) -> int:
    """How many words at the end are a legal form; at least one is left before it."""
    return next((size for size in range(min(_LONGEST, len(parts) - 1), 0, -1) if tuple(parts[-size:]) in _LEGAL_FORMS), 0)


_LEGAL_FORMS: Final = frozenset(
    tuple(parts) for form in (*(" ".join(term) for _, term in prepare_default_terms()), *_MORE) if (parts := _parts(fold(form)))
) - {(word,) for word in _WORDS.split()}
_LONGEST: Final = max(map(len, _LEGAL_FORMS))
