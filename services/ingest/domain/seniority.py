"""Seniority: what a source's field says, or a title and a text, enters; one of `schemas.posting.Seniority` leaves, or nothing.

The title decides. A head of something is a director, who leads a team without managing it is staff, and a vice president an
executive, but not beside an occupation ("Software Engineer, VP" is a bank's grade). "Engineer I" is entry, "II" is mid; "III"
and above are left alone, for they are senior in one house and mid in the next. A title with two ranks, or with a second job of
none ("Senior Engineer, Data Scientist", "Designer, QA Lead"), says nothing, nor do "Mid-Senior level" and "Senior Associate".
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from schemas.posting import Seniority
from services.ingest.domain.derived import Derived
from services.ingest.domain.employment import interns_are_others, internship_in
from services.ingest.domain.ranks import RANKS, expressions, of_fields
from services.ingest.domain.vicinity import look_for, lowered, matches_near

_LONGEST: Final = 300
"""Characters of a title that are read."""
_SENTENCE_LONG: Final = 150
"""Characters of a title without bars; what is longer is none."""
_LINE: Final = 90
"""Characters between two bars; what is longer is a sentence, not a job."""
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD: Final = re.compile(r"[^\W_]+")
_PHRASE: Final = 4
"""Words of a phrase at most."""
_DENIED: Final = frozenset(("no", "non", "not", "without"))
_ADDRESS: Final = re.compile(r"(?:https?:|www\.)\S*")
_OF_OTHERS: Final = re.compile(
    r"\b(?:recruit(?:er|ing|ment)|sourcer|talent|advisor|mentor|coordinator|relations|matter expert)\b"
)
"""Who deals with interns and graduates is none."""
_UNDER: Final = re.compile(r"\b(?:assistant to|report(?:s|ing)? to|office of|support(?:ing)? the|working with)\b")
"""Whoever is named behind these is somebody else."""
_MORE: Final = re.compile(
    r"\b(?:(?:multiple|all|any|various|several|different|many|other|more) (?:[\w-]+ )?(?:levels?|positions?|roles?|jobs?)"
    r"|(?:and|&) more|etc|to (?:director|senior|lead|principal))\b|[+&,] ?(?:and )?others?\W*\Z"
)
_NOT_INTERNS_ALONE: Final = re.compile(r"\b(?:full(?:[\s-]?time)?|f/t|ft|part|contract(?:ors?)?|perm(?:anent)?|no|not|sorry)\b")
_CHOICE: Final = re.compile(r"\((?:senior|sr\.?|lead|staff|principal|junior|jr\.?)\)\s\w")
"""The same job with the rank or without: "(Senior) Engineer"."""
_SEPARATOR: Final = re.compile(r"[|/,;+&()•]| - | [–—] |\b(?:and|or)\b")
_JOINT: Final = re.compile(r"/|\b(?:and|or)\b")
_COMMA: Final = re.compile(",")
_NOTE: Final = re.compile(r"\([^()]*\)")
_JOBS: Final = re.compile(r"[/,+&]|\b(?:and|or)\b")
"""Between two jobs of a title; behind a comma stands a team, mostly, which is no job."""
_RANKED: Final = (
    r"(?:entry|junior|mid|senior)[ -]level|junior|intermediate|senior|lead|staff|principal|early[ -]career|entry[ -]level"
)
_NOVICE: Final = r"entry[ -]level|early[ -](?:in[ -])?career|(?:recent|new)(?: college| university)? grad(?:uate)?|junior"
_JOB: Final = r"(?:role|position|job|opportunity)"
_SPOKEN: Final = look_for(
    "seniority", "experience level:", "career level:", "job level:", "employee type:", "entry-level", "entry level",
    "early-career", "early career", "early in career", "recent graduate", "recent college grad", "new grad", "new college grad",
    "this is a junior", "this is a senior", "this is a mid", "this is a lead ", "this is a staff ", "this is a principal",
    "looking for a junior", "level role", "level position", "as a senior ", "engineer ii",
)  # fmt: skip
_SENTENCE: Final = re.compile(
    rf"(?:seniority(?: level)?|(?:experience|career|job) level|employee type)\s?:\s?(?P<label>[^\n.;|:]{{2,40}})"
    rf"|\bthis is an? (?:full[- ]time,? )?(?P<is>{_RANKED}) {_JOB}\b"
    rf"|\bth(?:is|e) {_JOB} is (?:an? )?(?P<role>(?:entry|junior|mid|senior)[ -]level)\b(?! (?:and|or|to)\b|[,/])"
    rf"|\b(?:seeking|looking for|looking to hire|searching for|hiring) an? (?:[\w-]+,? ){{0,3}}?(?P<sought>{_NOVICE})\b"
    rf"(?! (?:and|or|through|student|to (?:mid|senior|lead|expert))\b|[,/s])"
    rf"|\b(?:ideal|designed|intended|perfect) for (?:an? )?(?P<ideal>{_NOVICE})s?\b"
    r"|\bas a (?P<as>senior) (?:[\w-]+ ){0,3}?(?:engineer|developer|scientist|analyst|designer)\b[^.\n]{0,40}? you(?:['’]ll)?\b"
    r"|\bas an? (?:[\w-]+ ){1,3}?engineer (?P<second>ii)\b"
)


class _Said(NamedTuple):
    rank: Seniority | None
    start: int
    end: int


def seniority_of(words: str) -> Seniority | None:
    """What a field says: "ENTRY_LEVEL", "Associate", "Internship"; nothing where it names two ranks, as "Mid-Senior level"."""
    said = _WORD.findall(_CAMEL.sub(" ", words[:200]).lower().replace("_", " "))
    ranks = set(_ranks(said))
    return ranks.pop() if len(ranks) == 1 and _DENIED.isdisjoint(said) else None


def _ranks(words: Sequence[str]) -> Iterator[Seniority | None]:
    position = 0
    while position < len(words):
        for length in range(_PHRASE, 0, -1):
            phrase = " ".join(words[position : position + length])
            if phrase in of_fields():
                yield of_fields()[phrase]
                break
        position += length


def seniority_in(title: str, text: str) -> Derived[Seniority] | None:
    """The text is asked only where the title names no rank at all, and believed where it speaks of this very job."""
    line = _readable(title)
    said = [one for start, end in _segments(line) for one in _said(line, title, start, end)]
    return _settled(line, said) if said else _in_sentences(text)


def _readable(title: str) -> str:
    """In lower case, without addresses and other people; empty where it says no rank, or is a sentence."""
    line = lowered(title[:_LONGEST])
    if expressions().triggers.isdisjoint(_WORD.findall(line)) or ("|" not in line and len(line) > _SENTENCE_LONG):
        return ""
    line = _ADDRESS.sub(lambda found: " " * len(found[0]), line)
    under = _UNDER.search(line)
    return line[: under.start()] if under else line


def _settled(line: str, said: Sequence[_Said]) -> Derived[Seniority] | None:
    ranks = {one.rank for one in said}
    if "intern" in ranks and "|" not in line and not _JOINT.search(line):  # "Junior Developer, Co-op"
        said = [one for one in said if one.rank == "intern"]
        ranks = {"intern"}
    if len(ranks) != 1 or not (rank := ranks.pop()) or _has_another(line, rank, said):
        return None
    return Derived(rank, said[0].start, said[0].end, "title")


def _segments(line: str) -> Iterator[tuple[int, int]]:
    """What stands between bars, as long as a job's name may be; all of a title without bars."""
    if "|" not in line:
        yield 0, len(line)
        return
    start = 0
    for part in line.split("|"):
        if len(part) <= _LINE:
            yield start, start + len(part)
        start += len(part) + 1


def _said(line: str, title: str, start: int, end: int) -> Iterator[_Said]:
    """Ranks in words; where there are none, the one of a number."""
    numbers, is_of_others = list[_Said](), _OF_OTHERS.search(line, start, end)
    in_words = False
    if internship := internship_in(title[start:end]):
        in_words = True
        yield _Said("intern", start + internship.start(), start + internship.end())
    for found in expressions().title.finditer(line, start, end):
        kind = found.lastgroup
        if kind in RANKS and not (kind == "entry" and is_of_others):
            in_words = True
            yield _Said(kind, *found.span())
        elif kind in {"first", "second", "above"}:
            numbers.append(_Said({"first": "entry", "second": "mid", "above": None}[kind], *found.span(kind)))
    if not in_words:
        yield from numbers


def _has_another(line: str, rank: Seniority, said: Sequence[_Said]) -> bool:
    """Whether it names a job beside the one whose rank it says, or a rank that a bank gives to its engineers."""
    is_list = "|" in line
    if _MORE.search(line) or _CHOICE.search(line):
        return True
    if rank in {"director", "executive"} and expressions().ladder.search(line):
        return True
    if rank == "intern" and not is_list:
        return interns_are_others(line)
    if rank == "intern" and _NOT_INTERNS_ALONE.search(line):
        return True
    return _has_job_without(line, said, is_list=True) if is_list else _is_one_of_several(line, said)


def _is_one_of_several(line: str, said: Sequence[_Said]) -> bool:
    """Of a title without bars."""
    line = _without_notes(line, said)
    parts = list(_pieces(line, _COMMA))
    if any(_is_of_all(line, *part, said) for part in parts):
        return False
    return _leads_something_else(line, parts, said) or _has_job_without(line, said, is_list=False)


def _without_notes(line: str, said: Sequence[_Said]) -> str:
    """With blanks for what stands in brackets and is no rank: "Engineer (Search), Lead" is an engineer."""
    return _NOTE.sub(lambda note: note[0] if any(map(_within(*note.span()), said)) else " " * len(note[0]), line)


def _within(start: int, end: int) -> Callable[[_Said], bool]:
    return lambda one: start <= one.start < end


def _has_job_without(line: str, said: Sequence[_Said], *, is_list: bool) -> bool:
    """Whether a piece names a job to which no rank belongs. Where several say theirs, none has another's."""
    is_shared = False
    for start, end in _pieces(line, _SEPARATOR if is_list else _JOBS):
        ranks = list(filter(_within(start, end), said))
        is_shared = is_shared or ((is_list or len(said) == 1) and any(_is_adjective(one, line) for one in ranks))
        has_job = (expressions().job if is_list else expressions().last_job).search(line, start, end)
        if has_job and not ranks and not is_shared:
            return True
        is_shared = is_shared and not has_job
    return False


def _is_of_all(line: str, start: int, end: int, said: Sequence[_Said]) -> bool:
    """A rank without a job, before or behind a comma: "Software Engineer, Staff (Search)", "Associate, Software Engineer".

    "Software Engineer, QA Lead" is two jobs, and "Senior Frontend, Senior Backend, Graphics Engineer" three.
    """
    if not (ranks := list(filter(_within(start, end), said))) or expressions().job.search(line, start, end):
        return False
    rank = ranks[0]
    is_alone = line[start:end].strip(" .") == line[rank.start : rank.end].strip(" .") and not _is_of_a_team(rank, line)
    return is_alone or (len(said) == 1 and _is_adjective(rank, line))


def _is_of_a_team(one: _Said, line: str) -> bool:
    """ "QA Lead", not "Lead"."""
    return line[one.start : one.end].rstrip("s").endswith((" lead", "-lead"))


def _leads_something_else(line: str, parts: Sequence[tuple[int, int]], said: Sequence[_Said]) -> bool:
    """Whether it names the lead of one team behind another, or behind a job: "DevOps, QA Lead"."""
    is_first = any(map(_within(*parts[0]), said))
    return not is_first and any(_is_of_a_team(one, line) for one in said)


def _is_adjective(one: _Said, line: str) -> bool:
    """Of a job that may come later: "Senior iOS / Android Engineer", not "Tech Lead / Android Engineer"."""
    return one.rank in {"entry", "mid", "senior", "staff"} and not line[one.start : one.end].rstrip("s").endswith("lead")


def _pieces(line: str, separator: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    start = 0
    for found in separator.finditer(line):
        yield start, found.start()
        start = found.end()
    yield start, len(line)


def _in_sentences(text: str) -> Derived[Seniority] | None:
    said = list[tuple[Seniority, tuple[int, int]]]()
    for found in matches_near(_SENTENCE, lowered(text), _SPOKEN, before=90, after=70):
        if rank := seniority_of(found["label"]) if found["label"] else of_fields().get(_in_words(found)):
            said.append((rank, found.span()))
    if len({rank for rank, _ in said}) != 1:
        return None
    rank, (start, end) = said[0]
    return Derived(rank, start, end)


def _in_words(found: re.Match[str]) -> str:
    if found["second"]:
        return "mid"
    said = found["is"] or found["role"] or found["as"]
    return said.replace("-", " ") if said else "entry"
