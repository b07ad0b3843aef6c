"""The least degree that a text asks for: where it says so in the manner of a demand, not where it speaks of its people.

What only says "a degree in physics" names none, and nothing is derived of it, unless experience will do instead.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice, zip_longest
from typing import Final, NamedTuple, get_args

from schemas.posting import Degree
from services.ingest.domain.bounds import around
from services.ingest.domain.derived import Derived
from services.ingest.domain.vicinity import MOST, look_for, lowered, matches_near, whole
from services.ingest.domain.wish import is_wished
from services.ingest.domain.wording import wording

_FIELD: Final[dict[Degree, tuple[str, ...]]] = {
    "none": ("high school", "no requirement", "no degree"),
    "associate": ("associate",),
    "bachelor": ("bachelor",),
    "master": ("master", "postgraduate"),
    "doctorate": ("doctor", "phd", "ph.d"),
}
_ORDER: Final[tuple[Degree, ...]] = get_args(Degree)
_WORDS: Final = look_for("bachelor", "master", "doctora", "phd", "ph.d", "high school")
_DEGREE: Final = look_for("degree")
_SHORT: Final = tuple(re.compile(rf"{letter}\.? ?(?:[AS]|[Tt]ech)") for letter in "BM")
"""Where an abbreviation may begin; in the text as it is written, for "ms" is many things. One expression for each letter takes
a fifth of the time of one for both: a letter is looked for much faster than a class of them.
"""
_NAMED: Final = re.compile(
    r"(?<![\w.-])(?:(?P<bachelor>bachelors?\b(?:['’]s?)?|b\.? ?sc?\b\.?|b\.a\b\.?|ba\b|b\.?tech\b)"
    r"|(?P<master>masters\b['’]?|master['’]s?|master(?= degree| or |/)|m\.? ?sc?\b\.?|m\.a\b\.?|ma(?=/| in | degree)|mba\b"
    r"|m\.?tech\b)"
    r"|(?P<doctorate>ph\.? ?d\b(?:\.|['’]s)?|doctorate\b|doctoral degree)"
    r"|(?P<none>high school (?:diploma|degree|education)))"
)
_NAME: Final = 24
_OF_A_KIND: Final = re.compile(
    r"\b(?:(?P<bachelor>(?:four|4)[ -]year (?:college |university |technical )?degree"
    r"|(?:university|undergraduate|college) degree)"
    r"|(?P<master>(?:advanced|graduate|postgraduate|post-graduate) degree)"
    r"|(?P<associate>associates?(?:['’]s?)? degree|(?:two|2)[ -]year (?:college |technical )?degree)"
    r"|(?P<any>degree(?= in\b| or\b| and/or\b)))"
)
_KIND_AHEAD: Final = 30
_KIND_BEHIND: Final = 13
_ABBREVIATED: Final = re.compile(r"(?:[bm]\.? ?(?:sc?|a)|mba|[bm]\.?tech)\.?")
_JOINED: Final = re.compile(r"(?:[\s,/&]|\b(?:or|and|degrees?|a|an|to|through)\b)*")
_JOINT: Final = re.compile(r"[/&]|\b(?:or|and|to|through)\b")
_NEAR: Final = 24
"""Characters between two degrees of one list."""

_SAID: Final = wording("degree")
_FOLLOWS: Final = re.compile(rf"\)?,? ?{_SAID['follows']}")
_SURELY: Final = re.compile(rf"\)?,? ?{_SAID['surely']}")
_ENDS: Final = re.compile(r"\)?,? ?(?:[.;)]|\n|\Z|-\s)")
_LED: Final = re.compile(
    r"(?:\A|[:,(•-]|\b(?:an?|or|minimum|have|has|hold|complet(?:ed|ing)|pursuing|with|of|required|your))\s*\Z"
)
"""Before what nothing follows: "Minimum education: PhD", not "Intern PhD"."""
_OR_ELSE: Final = re.compile(r"\bexperience\b[^.;\n]*\bor (?:have )?(?:an? )?\Z")
_OTHERS: Final = re.compile(rf"\b{_SAID['others']}\b(?! you\b)")
_PERSONS: Final = re.compile(rf"\)?[ -]{_SAID['persons']}\b")
_END: Final = re.compile(
    r"[.!?\n•·|*–—-](?:(?<=[.!?])(?<!\betc\.)(?:\s(?!or\b)|\Z)|(?<=\betc\.)\s(?![(,])|(?<=[\n•·|])|(?<=\s[*–—-])\s)"
)
"""A semicolon is none: "bachelor with 5 years; or master with 3; or equivalent experience"."""
_STEP_AHEAD: Final = re.compile(r"\s*or\b")
_STEP: Final = 60
"""Characters between the years and the degree of one step."""
_BEFORE: Final = 110
_BEHIND: Final = 400

_INSTEAD: Final = re.compile(
    r"(?:\b(?:or|and/or)\b|[,/(])[ (]*(?:(?:an|a|any|have|other|some|with)\b ?){0,2}"
    rf"(?:(?:equivalent|equal|comparable|commensurate)[ ,/-]+(?!and\b)(?:{_SAID['fillers']}[ ,/-]+){{0,7}}"
    r"(?:experience|background|expertise)\b"
    r"|equivalency through|(?:at least |minimum |a minimum of )?\d{1,2}\+? (?:years|yrs) (?:of )?(?:equivalent|comparable))"
)
"""A list without its bullets: "or equivalent Experience with Kafka"."""
_NEXT_ITEM: Final = re.compile(r"\b[a-z]+,? (?:Experience|Background|Expertise)\Z")
"""A list without its bullets: "or equivalent Experience with Kafka"."""
_ATTACHED: Final = re.compile(
    rf"\b(?:or|and/or) (?:equivalent )?(?:{_SAID['of_experience']}[ ,/]+(?:or )?){{1,3}}(?:experiences?|background)\b"
    rf"|\bor {_SAID['else']}\b"
)
_EXPERIENCE: Final = re.compile(r"\b(?:experience|years?|yrs)\b")
_KIND: Final = rf"(?:{_SAID['any']} ){{0,3}}"
_NEEDLESS: Final = re.compile(
    rf"\bno {_KIND}degrees? (?:is |are )?(?:required|needed|necessary)|\bno degree to phd"
    rf"|(?:^|[.\n] ?|- ){_KIND}degrees? (?:is|are) ?(?:not|n['’]t) (?:strictly )?(?:required|needed|necessary)"
    rf"|\b(?:do not|don['’]t) (?:require|need|care about|care if you have) {_KIND}degrees?\b"
    rf"|\b(?:in lieu|instead) of {_KIND}degree"
)
_DENIAL: Final = re.compile(r"no |not |n['’]t |lieu of|instead of")
"""One of these stands in all that says so. It begins with letters, and takes a tenth of the time."""


class _Group(NamedTuple):
    """Degrees side by side, of which each will do: "BS/MS or PhD"."""

    degrees: Sequence[str]
    start: int
    end: int
    brief: bool
    """One abbreviation alone, which may be many things: "MS", "BA"."""


def degree_of(words: str) -> Degree | None:
    """What a field says: schema.org's "bachelor degree", "postgraduate degree", "high school"; none where it is no degree."""
    named = {degree for degree, said in _FIELD.items() if any(word in words.lower() for word in said)}
    return named.pop() if len(named) == 1 else None


def degree_in(text: str) -> Derived[Degree] | None:
    """The least that will do of all that the text demands; of "bachelor and 5 years, or master and 3" it is the bachelor.

    Where experience will do instead ("or equivalent practical experience") it is none: that is what a reader without a degree
    is told. Where another sentence demands a degree all the same, nothing is derived. "Or equivalent" alone means another
    school's degree. A high-school diploma is no degree, and asks for none. One that is pursued counts as held: an intern's
    posting asks for a student of it. Wishes ("PhD preferred") do not count.
    """
    lower = lowered(text)
    demands: list[Derived[Degree]] = []
    for said, is_step in _asked(text, lower):
        if is_step and demands:
            demands[-1] = _least(demands[-1], said)
        else:
            demands.append(said)
    is_contradictory = len({one.value == "none" for one in demands}) > 1
    found = [*(() if is_contradictory else demands), *_needless(lower)]
    return _least(*found) if found else None


class _Asked(NamedTuple):
    said: Derived[Degree]
    is_step: bool
    """Another way to do what was asked before: "..., or a master and 3 years"."""


class _Sentence(NamedTuple):
    """Around a group. `next_begins` is where the following group stands, in this sentence or not."""

    begin: int
    end: int
    next_begins: int
    is_step: bool


def _least(*said: Derived[Degree]) -> Derived[Degree]:
    return min(said, key=lambda one: (_ORDER.index(one.value), one.start))


def _asked(text: str, lower: str) -> Iterator[_Asked]:
    groups, before = list(_groups(_mentions(text, lower), lower)), 0
    for group, following in zip_longest(groups, groups[1:]):
        next_begins = following.start if following else len(text) + _STEP
        if _may_be_demand(lower, group) and not is_wished(text, group.start, group.end, next_begins):
            begin, end = around(lower, group.start, group.end, before=_BEHIND, behind=_BEHIND, bound=_END)
            is_step = before > begin or bool(_STEP_AHEAD.match(lower, begin))
            if said := _said(text, lower, group, _Sentence(begin, end, next_begins, is_step)):
                yield _Asked(said, is_step)
        before = group.end


def _said(text: str, lower: str, group: _Group, sentence: _Sentence) -> Derived[Degree] | None:
    begin = max(sentence.begin, group.start - _BEFORE)
    before = lower[begin : group.start]
    if _OTHERS.search(before) or (_ENDS.match(lower, group.end) and not _LED.search(before)):
        return None
    if not sentence.is_step and (found := _OR_ELSE.search(before)):
        return Derived("none", begin + found.start(), group.end)
    if end := _instead(text, lower, group, sentence):
        return Derived("none", group.start, end)
    known = next((degree for degree in _ORDER if degree in group.degrees), None)
    return Derived(known, group.start, group.end) if known else None


def _needless(lower: str) -> Iterator[Derived[Degree]]:
    if any(matches_near(_DENIAL, lower, _DEGREE, before=70, after=40)):
        for found in matches_near(_NEEDLESS, lower, _DEGREE, before=70, after=40):
            yield Derived("none", *found.span())


def _mentions(text: str, lower: str) -> Iterator[re.Match[str]]:
    """From left to right, none within another."""
    kinds = matches_near(_OF_A_KIND, lower, _DEGREE, before=_KIND_AHEAD, after=_KIND_BEHIND)
    names = matches_near(_NAMED, lower, _WORDS, before=0, after=_NAME)
    begins = sorted(one.start() for letter in _SHORT for one in islice(letter.finditer(text), MOST))
    short = (_NAMED.match(lower, begin) for begin in begins[:MOST])
    found = {one.start(): one for one in whole(chain(kinds, names, filter(None, short)))}
    end = 0
    for start in sorted(found):
        one = found[start]
        is_word = _ABBREVIATED.fullmatch(one[0]) and not text[start].isupper()
        if start >= end and not is_word and not (one.lastgroup == "any" and end and start - end <= 1):
            end = one.end()
            yield one


def _groups(mentions: Iterator[re.Match[str]], lower: str) -> Iterator[_Group]:
    group: _Group | None = None
    for one in mentions:
        if group and _is_joined(lower[group.end : one.start()]):
            group = _Group([*group.degrees, str(one.lastgroup)], group.start, one.end(), brief=False)
        else:
            if group:
                yield group
            group = _Group([str(one.lastgroup)], *one.span(), brief=bool(_ABBREVIATED.fullmatch(one[0])))
    if group:
        yield group


def _is_joined(between: str) -> bool:
    return (
        len(between) <= _NEAR and bool(_JOINED.fullmatch(between)) and (between.strip() == "," or bool(_JOINT.search(between)))
    )


def _may_be_demand(lower: str, group: _Group) -> bool:
    """By what stands behind it."""
    is_person = _PERSONS.match(lower, group.end)
    return not is_person and bool((_SURELY if group.brief else _FOLLOWS).match(lower, group.end))


def _instead(text: str, lower: str, group: _Group, sentence: _Sentence) -> int | None:
    """Where the words end that let experience do. "Or 5 years with a bachelor" lets none."""
    for found in _INSTEAD.finditer(lower, group.end, sentence.end):
        if not _NEXT_ITEM.search(text, found.start(), found.end()):
            return found.end()
    attached = _ATTACHED.search(lower, group.end, sentence.end)
    if not attached or 0 <= sentence.next_begins - attached.end() < _STEP:
        return None
    return None if _EXPERIENCE.search(lower, group.end, attached.start()) else attached.end()
