"""What is wrong with keywords as a text, at which character, and what would be right; for people who do not program."""

from collections.abc import Sequence
from typing import Final

from lark import Token

_FIELDS: Final = "title:, company:, skill: and location: can be searched"
_OWN_FIELDS: Final = {
    "pay": "pay salary compensation wage wages income rate",
    "visas": "visa visas sponsor sponsors sponsorship h1b",
    "remote, hybrid and on-site work": "remote hybrid onsite workplace workplaces",
    "places, or write location:": "city state country place places near region metro",
    "full-time, part-time and other employment": "type employment contract jobtype",
    "seniority": "seniority level",
    "degrees": "degree education",
    "years of experience": "experience years",
    "languages": "language languages lang",
    "the boards that postings come from": "source sources site board",
    "the date of a posting": "posted date age since after",
    "occupations": "occupation occupations soc",
}
_OTHER_WORDS: Final = {
    "company:": "employer employers org organization organisation",
    "title:": "role job position jobtitle intitle",
    "skill:": "tech technology technologies stack tag tags",
    "a word without a field, which is looked for in the text too": "text body description keyword keywords",
}
_INSTEAD: Final = {
    **{name: f"there is a field of its own for {about}" for about, names in _OWN_FIELDS.items() for name in names.split()},
    **{name: f"use {other}" for other, names in _OTHER_WORDS.items() for name in names.split()},
}
_SHOWN: Final = 30
"""Characters of what is repeated in an answer."""
_LINKS: Final = frozenset({"http", "https", "ftp", "www", "mailto", "file"})


class Misspelt(ValueError):
    """Keywords that cannot be read."""

    def __init__(self, position: int, problem: str, hint: str = "") -> None:
        super().__init__(f"at character {position + 1}: {problem}" + (f"; {hint}" if hint else ""))
        self.position = position
        """Of the character to blame, counted from 0; the length of the text is its end."""
        self.problem = problem
        self.hint = hint
        """What would be right; empty where nothing better can be said."""


def unknown_field(position: int, name: str) -> Misspelt:
    if name.casefold() in _LINKS:
        return Misspelt(position, "a link cannot be looked for", "put it in quotes if its words are meant")
    plain = name.casefold().replace("-", "").replace("_", "")
    right = _INSTEAD.get(plain, 'put the word in quotes if the ":" belongs to it')
    return Misspelt(position, f'nothing can be looked for in "{_short(name)}"', f"{_FIELDS}; {right}")


def signs_together(position: int, text: str) -> Misspelt:
    """`--senior`, `--(a or b)`: whether it is to be left out, nobody knows."""
    denied = _short(text.lstrip("-!+"))
    before = f'"{denied}"' if denied else "what follows"
    return Misspelt(position, f"more than one sign stands before {before}", "one - leaves a word out: -word")


def stands_wrong(token: Token | None, before: Sequence[Token], end: int) -> Misspelt:
    """Where grammar has no place for a token, or for the end if there is none; `end` is the length of the text."""
    position = end if token is None else token.start_pos or 0
    last = before[-1].type if before else "_OPEN"
    if last in ("_AND", "_OR", "_NOT", "SCOPE"):
        return _after_operator(before[-1], token, position)
    if token is not None and token.type in ("_AND", "_OR"):
        return Misspelt(position, f'"{_short(token)}" has nothing before it', _right(token))
    opened = _opened(before)
    if token is not None:
        return _closed(position, opened)
    if opened is None:
        return Misspelt(0, "nothing is asked for", "write a word, such as python")
    return Misspelt(position, 'a ")" is missing', f"close the group that begins at character {opened + 1}")


def _opened(tokens: Sequence[Token]) -> int | None:
    """Where the group begins that is open at the end of these."""
    opened: list[int] = []
    for token in tokens:
        if token.type == "_OPEN":
            opened.append(token.start_pos or 0)
        elif token.type == "_CLOSE":
            opened.pop()
    return opened[-1] if opened else None


def _after_operator(before: Token, token: Token | None, position: int) -> Misspelt:
    if token is not None and token.type in ("_AND", "_OR") and before.type in ("_AND", "_OR"):
        return Misspelt(position, f'"{_short(token)}" stands right after "{_short(before)}"', "one of them is enough")
    if token is not None and token.type in ("SCOPE", "PLACE") and before.type == "SCOPE":
        return Misspelt(position, f'"{_short(before)}" is followed by another field', "name one of them")
    return Misspelt(before.start_pos or 0, f'"{_short(before)}" has nothing after it', _right(before))


def _closed(position: int, opened: int | None) -> Misspelt:
    if opened is None:
        return Misspelt(position, 'a ")" closes nothing', 'put a "(" before the group, or leave it out')
    return Misspelt(opened, "a group is empty", "write words between the parentheses, or leave them out")


def _right(token: Token) -> str:
    if token.type == "SCOPE":
        return f"write a word there: {str(token).rstrip(': ')}:engineer"
    sides = "a word after it" if token.type == "_NOT" else "a word on both sides"
    return f"write {sides}" + (f', or "{token}" in quotes if the word is meant' if token.isalpha() else "")


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
