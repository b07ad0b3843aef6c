"""Types of employment: what a source's fields say, or a title and a text, enters; our words for it leave.

A text is believed where it speaks of this job: in a list of its own ("| Full-time |"), behind a label, or in "this is a
full-time position". "Full-time employees get", "smart contracts" and "non-internship experience" say nothing of it.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple, get_args

from schemas.posting import EmploymentType
from services.ingest.domain.derived import Derived
from services.ingest.domain.header import Piece, header, pieces
from services.ingest.domain.ranks import expressions
from services.ingest.domain.vicinity import look_for, lowered, matches_near

_ORDER: Final[tuple[EmploymentType, ...]] = get_args(EmploymentType)
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD: Final = re.compile(r"[^\W_]+")
_LONGEST: Final = 3
"""Words of a phrase."""
_MOST: Final = 10
"""Pieces of a title that are looked at."""
_OF_A_TITLE: Final = re.compile(r"(?i)\b(?:interns?(?:hips?)?|co-op|praktikum|praktikant(?:in)?|werkstudent(?:in)?)\b")
_OF_OTHERS: Final = re.compile(
    r"(?i)[\s-]*(?:program(?:me)?s?\s)?(?:manager|coordinator|recruit\w*|lead|director|specialist|experience|hiring|advisor"
    r"|supervisor|mentor|relations|education)\b"
)
_OVER_OTHERS: Final = re.compile(
    r"(?i)\b(?:director|manager|head|vp|chief|coordinator|lead|recruiter|supervisor|teacher|mentor|partner|specialist|advisor"
    r"|administrator|officer|dean)\b"
)
_SEVERAL_OTHERS: Final = re.compile(r"(?i)interns\b|internships\b|\S+\sprogram(?:me)?s?\b")
"""Of a "Director, Internships", not of a "Product Manager, Intern"."""
_OR_AN_INTERN: Final = re.compile(
    r"(?:(?<!co-op)(?<!co-op )/\s?interns?(?:hips?)?\W*\Z|(?<!co-op )\b(?:or|and)\s(?:an )?interns?(?:hips?)?\b)"
)
_BESIDE_INTERNS: Final = re.compile(
    r"(?:[,+&(]|\bor\b|\band\b) ?(?:(?:summer|fall|winter|spring|paid|student)[\s/]+){0,3}intern(?:ship)?s\s?(?:[,+(]|\Z)"
)
"""Of whom a list speaks behind others: "Engineer or Summer Interns", "Engineers, Interns (paid)"."""
_SEVERAL_INTERNS: Final = re.compile(r"\bintern(?:ship)?s\b")
_BREAK: Final = re.compile(r"[,+&(]|\b(?:or|and)\b")
_NEGATIONS: Final = frozenset({"no", "not", "non", "without", "never", "excluding", "except"})
_ARTICLES: Final = frozenset({"a", "an", "the"})
_LABEL: Final = re.compile(
    r"(?:(?:job|employment|position|work|contract|engagement)[ -]?(?:type|status|category|schedule)"
    r"|type of (?:employment|contract|position)"
    r"|schedule|anstellungsart|beschäftigungsart)\s?[:–-]\s?(?P<value>[^\n|;.]{3,40})"
)
_LABELLED: Final = look_for("type:", "type :", "type -", "status:", "schedule:", "sart:")
_SPOKEN: Final = look_for(
    "full-time", "full time", "part-time", "part time", "contract position", "contract role", "temporary ", "fixed-term",
    " internship",
)  # fmt: skip
_KIND: Final = (
    r"(?P<kind>full[- ]?time|part[- ]?time|contract|temporary|fixed[- ]term|freelance|volunteer|(?:paid )?internship)"
)
_JOB: Final = r"(?:position|role|job|opportunity|contract|engagement|internship|vacancy|appointment|assignment)"
_TIME: Final = r"(?:\d{1,2}|two|three|four|five|six|eight|nine|ten|twelve)[ -](?:weeks?|months?|years?)"
_SENTENCE: Final = re.compile(
    rf"this is an? (?:[\w-]+,? ){{0,4}}?{_KIND}(?:[ ,/-]+[\w-]+){{0,3}}? {_JOB}\b"
    rf"|this is an? (?:paid )?(?P<kind_alone>internship)\b"
    rf"|th(?:is|e) {_JOB} is an? (?:[\w-]+,? ){{0,3}}?{_KIND.replace('kind', 'kind2')}\b(?! (?:employees?|staff|member))"
    rf"|this {_KIND.replace('kind', 'kind3')} (?:position|role|job|opportunity)\b"
    rf"|th(?:is|e) (?:program(?:me)?|fellowship|residency|{_JOB}) (?:runs|lasts) (?:for )?"
    rf"(?:(?:about|approximately|at least) )?{_TIME}"
    rf"(?: \(?|, | and is ){_KIND.replace('kind', 'kind4')}\b(?! (?:employees?|staff|or|and|offers?)\b)"
)


class _Words(NamedTuple):
    phrases: Mapping[str, EmploymentType]
    aside: frozenset[str]
    speech: frozenset[str]


class _Phrase(NamedTuple):
    kind: EmploymentType
    start: int
    end: int


def employment_of(words: Iterable[str]) -> tuple[EmploymentType, ...]:
    """What fields say: "FULL_TIME", "fulltime_permanent", "Part-time, Contract". "Regular" and "Band 7" say nothing."""
    found = {kind for field in words for kind in _kinds(_words_of(field))}
    return tuple(kind for kind in _ORDER if kind in found)


def internship_in(title: str) -> re.Match[str] | None:
    """The word that makes it one: "Intern", "Co-op", "Werkstudent"; not in "Internship Coordinator"."""
    found = _OF_A_TITLE.search(title)
    return found if found and not _is_of_others(title, found) else None


def interns_are_others(line: str) -> bool:
    """Whether a title in lower case speaks of interns beside others: "Engineer or intern", "Engineers, summer interns"."""
    if _OR_AN_INTERN.search(line) or _BESIDE_INTERNS.search(line):
        return True
    several = _SEVERAL_INTERNS.search(line)
    breaks = _BREAK.finditer(line, 0, several.start()) if several else ()
    return any(expressions().last_job.search(line, 0, found.start()) for found in islice(breaks, _MOST))


def employment_in(title: str, text: str) -> Derived[tuple[EmploymentType, ...]] | None:
    """The title is asked first, the text where it is silent: an intern's text speaks of full-time work afterwards."""
    if "|" not in title and (found := _in_title(title)):
        return found
    return _in_pieces(pieces(header(text))) or _in_sentences(text)


def _in_title(title: str) -> Derived[tuple[EmploymentType, ...]] | None:
    if internship := internship_in(title):
        if interns_are_others(lowered(title)):
            return None
        return Derived(employment_of((internship[0],)), *internship.span(), where="title")
    found = _in_pieces(one for one in pieces(title) if one.start)
    if found is None or (found.value == ("intern",) and _OF_A_TITLE.search(title)):
        return None
    return found._replace(where="title")


def _is_of_others(title: str, internship: re.Match[str]) -> bool:
    """Whether somebody works for interns, and is none."""
    over = _OVER_OTHERS.search(title, 0, internship.start()) and _SEVERAL_OTHERS.match(title, internship.start())
    return bool(over or _OF_OTHERS.match(title, internship.end()))


def _in_pieces(of_line: Iterable[Piece]) -> Derived[tuple[EmploymentType, ...]] | None:
    said = [(one, kinds) for one in of_line if (kinds := _whole(one.words))]
    said = [(one, kinds) for one, kinds in said if kinds != {"other"}]  # "Engineer + other"
    if not said or all(one.words[-1] == "interns" for one, _ in said):  # beside others, of whom nothing is said
        return None
    every = {kind for _, kinds in said for kind in kinds}
    return Derived(tuple(kind for kind in _ORDER if kind in every), said[0][0].start, said[-1][0].end)


def _in_sentences(text: str) -> Derived[tuple[EmploymentType, ...]] | None:
    lower = lowered(text)
    for label in matches_near(_LABEL, lower, _LABELLED, before=24, after=80):
        if _words().speech.isdisjoint(_words_of(label["value"])) and (kinds := employment_of((label["value"],))):
            return Derived(kinds, *label.span())
    for sentence in matches_near(_SENTENCE, lower, _SPOKEN, before=90, after=90):
        kind = next(value for value in sentence.groupdict().values() if value)
        return Derived(employment_of((kind,)), *sentence.span())
    return None


def _whole(words: Sequence[str]) -> set[EmploymentType]:
    """What a piece says, if it says nothing else: "Full-time only", not "full-time experience"; an intern may be any."""
    rest = [word for word in words if word not in _words().aside and not word.isdigit()]
    if rest and rest[-1].startswith("intern"):
        return _kinds(rest[-1:])
    said = list(_phrases(rest))
    return {one.kind for one in said} if sum(one.end - one.start for one in said) == len(rest) else set()


def _kinds(words: Sequence[str]) -> set[EmploymentType]:
    """Those that are not denied; "other" only where nothing else is said: "other duties" are no type."""
    found = {one.kind for one in _phrases(words) if not _is_denied(words, one)}
    return found - {"other"} or (found if _words().aside.issuperset(set(words) - {"other"}) else set())


def _is_denied(words: Sequence[str], phrase: _Phrase) -> bool:
    """ "Not a contract", "no interns"; "part-time not available", "temporary: no"."""
    before = [word for word in words[max(0, phrase.start - 2) : phrase.start] if word not in _ARTICLES]
    behind = words[phrase.end :]
    return bool(before and before[-1] in _NEGATIONS) or behind[:2] == ["not", "available"] or behind == ["no"]


def _phrases(words: Sequence[str]) -> Iterator[_Phrase]:
    """Every phrase in the words, the longest first."""
    position = 0
    while position < len(words):
        for end in range(min(position + _LONGEST, len(words)), position, -1):
            if kind := _words().phrases.get(" ".join(words[position:end])):
                yield _Phrase(kind, position, end)
                position = end
                break
        else:
            position += 1


def _words_of(field: str) -> list[str]:
    return _WORD.findall(_CAMEL.sub(" ", field[:200]).lower().replace("_", " "))


@cache
def _words() -> _Words:
    read = tomllib.loads((Path(__file__).parent / "employment.toml").read_text("utf-8"))
    return _Words(
        {phrase: kind for kind in _ORDER for phrase in read[kind]}, frozenset(read["aside"]), frozenset(read["speech"])
    )
