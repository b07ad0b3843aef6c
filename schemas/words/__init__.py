"""Text as matching sees it: the words of a text, each in its one form, with a space around each, so that a phrase is found by
looking for a substring. What a filter asks for is brought into the same form.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from schemas.words.language import ALONE, marked
from schemas.words.word import FORMS, JOINS, folded, joined, name

_WORD: Final = re.compile(
    r"[^\W_]+(?:(?=[.+#'’&-])(?:"
    r"\.(?:[Jj][Ss]|[Nn][Ee][Tt]|[Ii][Oo]|[Aa][Ii])\b"  # Node.js, ASP.NET, Character.AI
    r"|\+\+"  # C++, g++
    r"|['’][Ss]\b"  # bachelor's
    r"|(?<![^\W_]{2})(?:(?:\.[^\W\d_]\b)+|\.(?:[Ss][Cc]|[Ee]ng|[Tt]ech)\b|\#)"  # after one letter: U.S., B.Sc., C#
    r"|(?<=\b[Pp][Hh])\. ?[Dd]s?\b"  # Ph.D., Ph. D.
    r"|(?<![^\W_]{3})&[A-Za-z]\b"  # R&D, AT&T
    r"|(?<=\b[CcRr])-lang\b|(?<=\b[Gg]o)-[Ll]ang\b"  # as the languages are marked
    r"))?"
    r"|\.[Nn][Ee][Tt]\b"
)
"""A run of letters and digits, and what belongs to it. The look-ahead lets most words pass at once."""

_ONE_THING: Final = re.compile(r"\b(?:R & D|AT & T|Q & A|M & A)\b", re.IGNORECASE)
_SMALL: Final = re.compile(r"(?<![\w&.'’-])[cr](?![\w&+#])")
"""Nobody types a capital into a search box; in a text, "c" and "r" are seldom the languages."""

_HYPHEN: Final = re.compile(r"\w[-.]\w")
_SURE: Final = 3
"""So many letters of its second word tell a compound without a hyphen."""


def fold(text: str) -> str:
    """Lower case, no accents: "São Paulo" and "SAO PAULO" are one."""
    return folded(text).casefold()


class Placed(NamedTuple):
    """A word in its one form, as it is written (without accents), and where it stands."""

    form: str
    written: str
    start: int
    end: int


def placed(text: str) -> list[Placed]:
    """The words of a piece of text one by one: languages are not marked, compounds not joined. Where folding changes the length
    of the piece, each of them is said to be all of it.
    """
    if text.isascii() and text.isalnum():  # most are, and this is a third of the time
        return [Placed(FORMS[text], text, 0, len(text))]
    plain = folded(text).replace("c/c++", "C/C++")
    if len(plain) != len(text):
        return [Placed(FORMS[token], token, 0, len(text)) for token in _WORD.findall(plain)]
    return [Placed(FORMS[found[0]], found[0], *found.span()) for found in _WORD.finditer(plain)]


def words(text: str) -> list[str]:
    """The words of a text in order, each in its one form, and C, R and Go marked: half a millisecond for 5,000 characters."""
    return joined([FORMS[token] for token in _tokens(text)])


def spaced(text: str) -> str:
    """The words with one space before, between and after: " senior c++ engineer "; a single space for no words."""
    found = words(text)
    return f" {' '.join(found)} " if found else " "


def lines(text: str) -> str:
    """A text to look for terms in: `spaced`, and in lines of their own the parts of compounds that it writes apart, so that
    "stack" finds "Full Stack".
    """
    parts: list[str] = []
    found = joined([FORMS[token] for token in _tokens(text)], parts)
    whole = f" {' '.join(found)} " if found else " "
    return "\n".join([whole, *(f" {part} " for part in dict.fromkeys(parts))]) if parts else whole


@lru_cache(maxsize=65_536)
def asked(term: str) -> str:
    """What a filter asks for, as it stands in a `spaced` text; without a word in it, two spaces, which stand in none. "c", "r"
    and "go" are the languages where they are all of it.
    """
    found = words(_SMALL.sub(lambda letter: letter[0].upper(), term.strip()))
    return f" {ALONE.get(found[0], found[0]) if len(found) == 1 else ' '.join(found)} "


def asked_prefix(term: str) -> str:
    """The same for a term whose last word may go on: no space at the end, and that word as it is, though "apis" begins no word
    of a text. A compound may break off ("front-e" is " fronte", "data s" is not " datas").
    """
    tokens = _tokens(term)
    if not tokens:
        return "  "
    before, last = joined([FORMS[token] for token in tokens[:-1]]), name(tokens[-1])
    if before and (len(last) >= _SURE or _HYPHEN.search(term)) and _makes_a_compound(before[-1], last):
        last = before.pop() + last
    return f" {' '.join([*before, last])}"


def _makes_a_compound(first: str, beginning: str) -> bool:
    return any(second.startswith(beginning) and first in firsts for second, firsts in JOINS.items())


def _tokens(text: str) -> list[str]:
    text = folded(text)
    if " & " in text:
        text = _ONE_THING.sub(lambda found: found[0].replace(" ", ""), text)
    return _WORD.findall(marked(text.replace(" & ", " and ").replace("c/c++", "C/C++")))
