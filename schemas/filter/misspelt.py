"""What is wrong with keywords as a text, at which character, and what would be right; for people who do not program."""

from collections.abc import Sequence
from typing import Final

from lark import Token

_FIELDS: Final = "title:, company:, skill: and location: are the fields"
_CLAUSES: Final = {
    "the clause minimum_pay": "pay salary compensation wage wages income rate",
    "the clause visa_types": "visa visas sponsor sponsors sponsorship h1b",
    "the clause workplaces": "remote hybrid onsite workplace workplaces",
    "the clause places, or location:": "city state country place places near region metro",
    "the clause employment_types": "type employment contract jobtype",
    "the clause seniorities": "seniority level",
    "the clause maximum_degree": "degree education",
    "the clause maximum_experience": "experience years",
    "the clause languages": "language languages lang",
    "the clause sources": "source sources site board",
    "the clause posted_within": "posted date age since after",
    "the clause occupations": "occupation occupations soc",
    "company:": "employer employers org organization organisation",
    "title:": "role job position jobtitle intitle",
    "skill:": "tech technology technologies stack tag tags",
    "a word without a field, which is looked for in the text too": "text body description keyword keywords",
}
_INSTEAD: Final = {name: clause for clause, names in _CLAUSES.items() for name in names.split()}
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
    clause = _INSTEAD.get(name.casefold().replace("-", "").replace("_", ""))
    right = f"use {clause}" if clause else 'put the word in quotes if the ":" belongs to it'
    return Misspelt(position, f'there is no field "{_short(name)}"', f"{_FIELDS}; {right}")


def no_word(position: int, text: str) -> Misspelt:
    """Of punctuation alone."""
    if "*" in text:
        return Misspelt(position + text.index("*"), 'a "*" stands alone', "write the beginning of a word before it: develop*")
    if text == "-":
        return Misspelt(position, 'a "-" stands alone', "write -word, without a space, to leave a word out")
    if text == "/":
        return Misspelt(position, 'a "/" stands alone', "write AI/ML, without spaces, for one of the two")
    return Misspelt(position, f'"{_short(text)}" has no letter or digit', "write a word, or leave it out")


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
    if token is not None and token.type == before.type == "SCOPE":
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
