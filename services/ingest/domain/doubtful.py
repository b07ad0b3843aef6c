"""Words that are skills only where they are written or placed so: "React" and "C" are, "to react" and "section C" are not.

Which words those are is data, `skills.toml`; of C, R and Go `schemas.words.language` decides.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from schemas.words import Placed, placed
from schemas.words.language import ALONE, NEAR, is_language
from schemas.words.skill import sequences
from schemas.words.word import FORMS, folded

_NEXT: Final = re.compile(r"[\s-]{1,2}([^\W_]+)")
_BEGINS: Final = re.compile(r"(?:\A|[\n.!?:•·]|(?:\A|\n)[-*]|[.!?]\W)\s?\Z")
_GOES_ON: Final = re.compile(
    r"[^\w\s]|\s?(?:\n|\Z)|\s(?:[A-Z(|/&+-]|develop|engineer|experience|expert|knowledge|program|skill|front|back|and\b|or\b|is\b|for\b)"
)
"""What follows a skill at the beginning of a sentence, and seldom a verb there."""
_BESIDE: Final = 25
"""Characters of a name and what joins it."""
_LISTED_BEFORE: Final = re.compile(r"([\w.+#-]+)\)?\s?(?:[,/|;&+•·]|\band|\bor)[\s(]{0,2}(?:(?:and|or)\s)?\Z")
_LISTED_BEHIND: Final = re.compile(r"\s?(?:[,/|;&+•·(]|\band\b|\bor\b)\s?(?:(?:and|or)\s)?([\w.+#-]+)")


class _Words(NamedTuple):
    capital: frozenset[str]
    list: frozenset[str]
    not_in_capitals: frozenset[str]
    sure_in_capitals: frozenset[str]
    before: Mapping[str, frozenset[str]]
    near: Mapping[str, frozenset[str]]
    not_near: Mapping[str, frozenset[str]]


def is_doubtful(word: Placed, rest: tuple[str, ...]) -> bool:
    """Words in a row are sure, but for those with a language that is one letter ("C language", not "C sharp")."""
    if rest and word.form in ALONE:
        return (ALONE[word.form], *rest) in sequences()
    return " ".join((word.form, *rest)) in _doubtful()


def is_meant(word: Placed, rest: tuple[str, ...], text: str, start: int, end: int) -> bool:
    """Whether a word that may be something else is the skill."""
    if word.form in ALONE:
        end = start + len(word.written)
    before, after = folded(text[max(0, start - NEAR) : start]), folded(text[end : end + NEAR])
    if word.form in ALONE:
        return is_language(word.written, before, after)
    words, form = _words(), " ".join((word.form, *rest))
    if form in words.before and (behind := _NEXT.match(after)) and FORMS[behind[1]] in words.before[form]:
        return False
    if (name := sequences()[(word.form, *rest)]) in words.not_near:
        return words.not_near[name].isdisjoint(_forms(before, after))
    if _is_sure(word, form, before, after):
        return True
    is_name = word.written[0].isupper() and form not in words.list
    if not is_name or (form in words.not_in_capitals and word.written.isupper()):
        return _is_listed(before, after)
    return not _BEGINS.search(before[-4:]) or _GOES_ON.match(after) is not None or _is_listed(before, after)


def _is_listed(before: str, after: str) -> bool:
    """Whether a skill stands beside it that is sure, or has a capital: "react, redux and Python"."""
    beside = (_LISTED_BEFORE.search(before[-_BESIDE:]), _LISTED_BEHIND.match(after))
    return any(_is_beside(word) for found in beside if found for word in placed(found[1]))


def _is_sure(word: Placed, form: str, before: str, after: str) -> bool:
    """By how it is written, or what is spoken of."""
    if word.written.isupper():
        return form in _words().sure_in_capitals
    beside = _words().near.get(form) if word.written.islower() else None
    return beside is not None and not beside.isdisjoint(_forms(before, after))


def _forms(before: str, after: str) -> frozenset[str]:
    return frozenset(word.form for side in (before, after) for word in placed(side))


def _is_beside(word: Placed) -> bool:
    return word.form in _sure() or (word.written[0].isupper() and (word.form in _words().capital or word.form in ALONE))


@cache
def _doubtful() -> frozenset[str]:
    elsewhere = (" ".join(row) for row, name in sequences().items() if name in _words().not_near)
    return _words().capital.union(_words().list, ALONE, elsewhere)


@cache
def _sure() -> frozenset[str]:
    """Single words that are a skill wherever they stand."""
    return frozenset(row[0] for row, name in sequences().items() if len(row) == 1 and name) - _doubtful()


@cache
def _words() -> _Words:
    read = tomllib.loads((Path(__file__).parent / "skills.toml").read_text("utf-8"))
    lists = {name: frozenset[str](read[name]) for name in ("capital", "list", "not_in_capitals", "sure_in_capitals")}
    tables = {
        name: {word: frozenset[str](some) for word, some in read[name].items()} for name in ("before", "near", "not_near")
    }
    return _Words(
        lists["capital"], lists["list"], lists["not_in_capitals"], lists["sure_in_capitals"],
        tables["before"], tables["near"], tables["not_near"],
    )  # fmt: skip
