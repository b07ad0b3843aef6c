"""The language of a posting: what a source's code says, or a text, enters; ISO 639-1 leaves, or nothing.

A text is told by its small words ("the", "und", "pour"), and where it is not written in letters of Europe by its script. It has
to be clear: a short text says nothing, nor does one in two languages, or in one that is not among the three dozen known.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from schemas.posting import Language
from services.ingest.domain.vicinity import lowered

_BEGINNING, _END = 1500, 600
"""Characters that are looked at: a notice in English stands at the end of many texts."""
_FEWEST: Final = 8
"""Small words that tell a language; some 30 words of text."""
_SHARE: Final = 0.12
"""Of small words among all of them: real texts have a third, lists of names few."""
_MARGIN: Final = 4
"""So many times more of the small words that another language has not, than the other way round."""
_RIVALS: Final = 2
_FOREIGN: Final = 0.15
"""Bytes beyond the first of a character, for each character: more of them are not Latin letters with accents."""
_CHARACTERS: Final = 40
"""Letters of a script that tell a language."""
_HAN: Final = re.compile("[\u4e00-\u9fff]")
_ARABIC: Final = re.compile("[\u0620-\u064a]")
_NOT_ARABIC: Final = re.compile("[\u067e\u0679\u0686\u0688\u0691\u0698\u06a9\u06af\u06c1\u06cc\u06d2]")
"""Letters of Persian and Urdu."""
_LIST: Final = re.compile(r"[,;/|&+]|\band\b|\bor\b")
_REGION: Final = re.compile(r"[-_.(:]")
"""What stands between a language and its region, or script."""
_Group = tuple[Language, ...]


def language_of(code: str) -> Language | None:
    """What a field says: "en", "en-US", "de_DE", "eng", "English", "Deutsch". A list of several says nothing."""
    said = {_named(" ".join(one.split())) for one in _LIST.split(code[:100].casefold())}
    return said.pop() if len(said) == 1 else None


def _named(code: str) -> Language | None:
    return _names().get(code) or _names().get(_REGION.split(code)[0].strip())


def language_in(text: str) -> Language | None:
    """Of the text's beginning and end."""
    sample = _sample(text)
    is_foreign = len(sample.encode(errors="replace")) - len(sample) > _FOREIGN * len(sample)
    by_script, by_words = _by_script(sample) if is_foreign else None, _by_words(_sample(lowered(text)).split())
    return None if by_script and by_words else by_script or by_words


def _sample(text: str) -> str:
    return text if len(text) <= _BEGINNING + _END else f"{text[:_BEGINNING]} {text[-_END:]}"


def _by_words(words: list[str]) -> Language | None:
    numbers, groups = _speakers()
    counted = Counter(filter(None, map(numbers.get, words)))  # numbers, not groups: 0.85 of the time of all this
    hits = [(groups[number], times) for number, times in counted.items()]
    said: dict[Language, int] = {}
    for speakers, times in hits:
        for language in speakers:
            said[language] = said.get(language, 0) + times
    (best, times), *rivals = sorted(said.items(), key=itemgetter(1), reverse=True)[: _RIVALS + 1] or [("", 0)]
    if times < max(_FEWEST, _SHARE * len(words)):
        return None
    return best if all(_is_clear(hits, best, rival) for rival, _ in rivals) else None


def _is_clear(hits: Sequence[tuple[_Group, int]], best: str, rival: str) -> bool:
    ours = sum(times for speakers, times in hits if best in speakers and rival not in speakers)
    theirs = sum(times for speakers, times in hits if rival in speakers and best not in speakers)
    return ours >= _MARGIN * max(theirs, 1)


def _by_script(text: str) -> Language | None:
    found = {language: len(script.findall(text)) for language, script in _scripts().items()}
    han = len(_HAN.findall(text))
    found["zh"], found["ja"] = (0, found["ja"] + han) if found["ja"] else (han, 0)
    found["ar"] = 0 if _NOT_ARABIC.search(text) else len(_ARABIC.findall(text))
    best = max(found, key=lambda language: found[language])
    others = sum(found.values()) - found[best]
    return best if found[best] >= max(_CHARACTERS, _MARGIN * others) else None


@cache
def _names() -> dict[str, Language]:
    read = _read()
    names = {code: code for code in read["codes"].split()}
    return names | {name: code for code, others in read["names"].items() for name in others}


@cache
def _speakers() -> tuple[Mapping[str, int], Sequence[_Group]]:
    """Each small word to the number of the languages that have it: numbers from 1, which all are true."""
    words: dict[str, str] = _read()["words"]
    spoken = {language: set(some.split()) for language, some in words.items()}
    groups = {
        word: tuple(language for language, some in spoken.items() if word in some)
        for word in chain.from_iterable(spoken.values())
    }
    distinct = list(dict.fromkeys(((), *groups.values())))
    return {word: distinct.index(group) for word, group in groups.items()}, distinct


@cache
def _scripts() -> dict[Language, re.Pattern[str]]:
    return {language: re.compile(f"[{script}]") for language, script in _read()["scripts"].items()}


@cache
def _read() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "language.toml").read_text("utf-8"))
