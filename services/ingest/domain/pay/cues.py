"""What the words around an amount make of it: pay, pay on target, something else, or nothing.

The last word that tells stands for all before it: in "salary and a bonus of $10k" it is the bonus. Words are in `cues.toml`.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, Literal, NamedTuple

from schemas.posting import Period
from services.ingest.domain.pay.amounts import Stretch
from services.ingest.domain.pay.periods import period_of

_BEHIND: Final = 110
"""Characters before an amount that are looked at, at the most; and those after it."""
_FOLLOWING: Final = 60
_OPENING_WITHIN: Final = 12
_THOUSANDS: Final = 1000
_LEAST_ALONE: Final[Mapping[Period, int]] = {"year": 12_000, "month": 500}
"""Less, where no word of pay stands by it, is a benefit: "Health: $2,000 per year". Full-time work at the federal minimum wage
(7.25 dollars since 2009-07-24, 29 U.S.C. 206) is 15,080 a year."""
_WORD: Final = re.compile(r"[^\W_]+(?:['’][a-z]+)?")
_APOSTROPHE: Final = re.compile(r"['’]")
_BOUND: Final = re.compile(r"\s\|\s?|(?<![A-Z])[.!?]\s+(?=[A-Z])|[•;]\s|\n+(?=[^\n])")
_OPENING: Final = re.compile(r"(?:\A|[\n|(:]|\s[-–—]|\A-)\s*\Z")
_IN_A_FIELD: Final = re.compile(r"\|\s*\Z")
_CLOSING: Final = re.compile(
    r"(?i)\s*(?:\Z|[\n|),;&+(]|(?:plus|and|DOE|salary|base|benefits|depending|based on|with|for)\b|w/|https?:"
    r"|\.(?:\s|\Z)|[-–—]\s)"
)
_NEXT: Final = re.compile(r"\s?\(?[^\W_]+(?:[ -][^\W_]+){0,6}")

Meaning = Literal["pay", "target", "else", "work"]


class _Phrase(NamedTuple):
    words: Sequence[str]
    meaning: Meaning


class _Cues(NamedTuple):
    by_last: Mapping[str, Sequence[_Phrase]]
    by_first: Mapping[str, Sequence[_Phrase]]
    """Those that tell behind an amount: something else, or what is reached on target."""
    at_once: Mapping[str, Meaning]
    """Those that tell right before an amount only."""
    between: frozenset[str]
    behind: frozenset[str]


def told_as(text: str, stretch: Stretch, clause: str) -> Meaning | None:
    """None where the words say nothing, and the amounts do not stand for themselves as in "| $80k - $120k + equity |".

    On target is what base and commission come to. What has a maximum only, "(up to $10,000 per year)", is mostly a benefit: it
    needs a word of pay, or a field of its own in a header.
    """
    meaning = _goes_on_as(text, stretch.end) or _last_meaning(clause)
    if meaning and meaning != "work":
        return meaning
    if stretch.ends == "maximum":
        opens = _IN_A_FIELD.search(text, max(0, stretch.start - _OPENING_WITHIN), stretch.start)
        return "pay" if opens and _CLOSING.match(text, stretch.end) else None
    return "pay" if _speaks_for_itself(text, stretch, meaning) else None


def _speaks_for_itself(text: str, stretch: Stretch, meaning: Meaning | None) -> bool:
    is_alone = bool(
        _OPENING.search(text, max(0, stretch.start - _OPENING_WITHIN), stretch.start) and _CLOSING.match(text, stretch.end)
    )
    if period := period_of(stretch.period) if stretch.period else None:
        return (stretch.is_range or is_alone) and stretch.most >= _LEAST_ALONE.get(period, 0)
    return stretch.least >= _THOUSANDS and (is_alone or (meaning == "work" and stretch.is_range))


def clause_before(text: str, stretch: Stretch, floor: int) -> str:
    """What stands before an amount in its sentence, from `floor` on. A heading on a line of its own belongs to what follows."""
    before = text[max(floor, stretch.start - _BEHIND) : stretch.start]
    begin = heading = 0
    for bound in _BOUND.finditer(before):
        if before[begin : bound.start()].strip(" -:("):
            heading = begin
        begin = bound.end()
    return before[begin:] if before[begin:].strip(" -:(") or "|" in before[begin - 2 : begin] else before[heading:]


def _last_meaning(clause: str) -> Meaning | None:
    cues, words = _cues(), _words(clause)
    near = True
    for last in range(len(words) - 1, -1, -1):
        word = words[last]
        for phrase in cues.by_last.get(word, ()):
            if words[max(0, last + 1 - len(phrase.words)) : last + 1] == phrase.words:
                return phrase.meaning
        if near and (meaning := cues.at_once.get(word)):
            return meaning
        near = near and word in cues.between
    return None


def _goes_on_as(text: str, end: int) -> Meaning | None:
    cues, following = _cues(), _NEXT.match(text, end, end + _FOLLOWING)
    words = _words(following[0]) if following else []
    if words[:1] == ["base"]:  # "$150k OTE ($90k base + commission)"
        return "pay"
    for first, word in enumerate(words):
        for phrase in cues.by_first.get(word, ()):
            if words[first : first + len(phrase.words)] == phrase.words:
                return phrase.meaning
        if word not in cues.behind:
            return None
    return None


def _words(text: str) -> list[str]:
    return [_APOSTROPHE.sub("", word) for word in _WORD.findall(text.lower())]


@cache
def _cues() -> _Cues:
    read = tomllib.loads((Path(__file__).parent / "cues.toml").read_text("utf-8"))
    phrases = list(_phrases(read))
    by_last: dict[str, list[_Phrase]] = {}
    by_first: dict[str, list[_Phrase]] = {word: [_Phrase([word], "else")] for word in read["size"]}
    for phrase in sorted(phrases, key=lambda one: len(one.words), reverse=True):
        by_last.setdefault(phrase.words[-1], []).append(phrase)
        if phrase.meaning in ("else", "target"):
            by_first.setdefault(phrase.words[0], []).append(phrase)
    at_once: dict[str, Meaning] = dict.fromkeys(read["pay_at_once"], "pay")
    at_once |= dict.fromkeys(read["benefit_at_once"], "else")
    return _Cues(by_last, by_first, at_once, frozenset(read["between"]), frozenset(read["behind"]))


def _phrases(read: Mapping[str, Sequence[str]]) -> Iterator[_Phrase]:
    meanings: Sequence[Meaning] = ("pay", "target", "else", "work")
    for meaning in meanings:
        yield from (_Phrase(phrase.split(), meaning) for phrase in read[meaning])
