"""Seniority: what a source's field says, or a title and a text, enters; one of `schemas.posting.Seniority` leaves, or nothing.

The title decides. A head of something is a director, who leads a team without managing it is staff, and a vice president an
executive, but not beside an occupation ("Software Engineer, VP" is a bank's grade). "Engineer I" is entry, "II" is mid; "III"
and above are left alone, for they are senior in one house and mid in the next. A title with two ranks, or with a second job of
none ("Senior Engineer, Data Scientist"), says nothing, nor do "Mid-Senior level" and "Senior Associate".
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args

from schemas.posting import Seniority
from services.ingest.domain.derived import Derived
from services.ingest.domain.employment import internship_in
from services.ingest.domain.vicinity import lowered, matches_near

_RANKS: Final[tuple[Seniority, ...]] = get_args(Seniority)
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
_OF_OTHERS: Final = re.compile(r"\b(?:recruit(?:er|ing|ment)|sourcer|talent|advisor|mentor|coordinator|relations)\b")
"""Who deals with interns and graduates is none."""
_UNDER: Final = re.compile(r"\b(?:assistant to|report(?:s|ing)? to|office of|support(?:ing)? the|working with)\b")
"""Whoever is named behind these is somebody else."""
_MORE: Final = re.compile(
    r"\b(?:(?:multiple|all|any|various|several|different|many|other|more) (?:[\w-]+ )?(?:levels?|positions?|roles?|jobs?)"
    r"|(?:and|&) more|etc|to (?:director|senior|lead|principal))\b"
)
_NOT_INTERNS_ALONE: Final = re.compile(r"\b(?:full|f/t|ft|part|contract(?:ors?)?|perm(?:anent)?|no|not|sorry)\b")
_CHOICE: Final = re.compile(r"\((?:senior|sr\.?|lead|staff|principal|junior|jr\.?)\)\s\w")
"""The same job with the rank or without: "(Senior) Engineer"."""
_SEPARATOR: Final = re.compile(r"[|/,;+&()•]| - | [–—] |\b(?:and|or)\b")
_JOINT: Final = re.compile(r"/|\b(?:and|or)\b")
"""What joins two jobs in a title that is no list; behind a comma stands a team."""
_S: Final = r"[\s-]{1,3}"
_FEW: Final = r"\s(?:[\w/&.+#'’-]+\s){0,4}?"
"""The words between a rank and its job."""
_BEGINS: Final = r"(?:\A|(?<=[|,(–—/-]\s)|(?<=[|,(/]))"
_AFTER: Final = r"(?:(?<=[,(–—-]\s)|(?<=[,(]))"
_ENDS: Final = r"\s?(?:[|,;:()/+&]|-\s|[–—]|\Z)|\s(?:and|or)\b"
_COUNTED: Final = r"(?:years?|yrs?|months?|weeks?|days?|hours?|positions?|openings?|roles?)\b"
_EXECUTIVE: Final = (
    r"chief(?:[\s-][\w&]+){1,4}?\sofficer|c[efimopt]o(?!\soffice)|cro|ciso|chro"
    r"|(?:(?:senior|executive|sr\.?|group)[\s-])?vice[\s-]president|[es]?vp|president|managing\sdirector"
)
_GRADUATE: Final = r"grad(?:uate)?s?"
_ENTRY: Final = (
    rf"junior|jr\b\.?|entry[\s-]level|ncg|(?:new|recent|fresh|university|college)(?:[\s-](?:college|university))?[\s-]{_GRADUATE}\b"
    r"|early[\s-](?:in[\s-])?careers?\b|trainee\b|apprentice(?:ship)?\b|graduate[\s-](?:scheme|trainee|programme?)\b"
)
_RANKED: Final = (
    r"(?:entry|junior|mid|senior)[ -]level|junior|intermediate|senior|lead|staff|principal|early[ -]career|entry[ -]level"
)
_NOVICE: Final = r"entry[ -]level|early[ -](?:in[ -])?career|(?:recent|new)(?: college| university)? grad(?:uate)?|junior"
_JOB: Final = r"(?:role|position|job|opportunity)"
_SPOKEN: Final = (
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
    rf"(?! (?:and|or|to|through|student)\b|[,/s])"
    rf"|\b(?:ideal|designed|intended|perfect) for (?:an? )?(?P<ideal>{_NOVICE})s?\b"
    r"|\bas a (?P<as>senior) (?:[\w-]+ ){0,3}?(?:engineer|developer|scientist|analyst|designer)\b[^.\n]{0,40}? you(?:['’]ll)?\b"
    r"|\bas an? (?:[\w-]+ ){1,3}?engineer (?P<second>ii)\b"
)


class _Expressions(NamedTuple):
    title: re.Pattern[str]
    """Its groups are ranks, `aside`, and `first`, `second` and `above` of a ladder."""
    job: re.Pattern[str]
    last_job: re.Pattern[str]
    """At the end of a piece."""
    ladder: re.Pattern[str]
    """A job that bears no people."""
    triggers: frozenset[str]
    """One of these stands in every title that says a rank."""


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
            if phrase in _of_fields():
                yield _of_fields()[phrase]
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
    if _expressions().triggers.isdisjoint(_WORD.findall(line)) or ("|" not in line and len(line) > _SENTENCE_LONG):
        return ""
    line = _ADDRESS.sub(lambda found: " " * len(found[0]), line)
    under = _UNDER.search(line)
    return line[: under.start()] if under else line


def _settled(line: str, said: Sequence[_Said]) -> Derived[Seniority] | None:
    ranks = {one.rank for one in said}
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
    for found in _expressions().title.finditer(line, start, end):
        kind = found.lastgroup
        if kind in _RANKS and not (kind == "entry" and is_of_others):
            in_words = True
            yield _Said(kind, *found.span())
        elif kind in {"first", "second", "above"}:
            numbers.append(_Said({"first": "entry", "second": "mid", "above": None}[kind], *found.span(kind)))
    if not in_words:
        yield from numbers


def _has_another(line: str, rank: Seniority, said: Sequence[_Said]) -> bool:
    """Whether it names a job beside the one whose rank it says, or a rank that a bank gives to its engineers."""
    is_list, is_shared = "|" in line, False
    if _MORE.search(line) or _CHOICE.search(line):
        return True
    if rank in {"director", "executive"} and _expressions().ladder.search(line):
        return True
    if rank == "intern" and is_list and _NOT_INTERNS_ALONE.search(line):
        return True
    for start, end in _pieces(line, _SEPARATOR if is_list else _JOINT):
        has_rank = any(start <= one.start < end for one in said)
        has_job = (_expressions().job if is_list else _expressions().last_job).search(line, start, end)
        if has_job and not has_rank and not is_shared:
            return True
        is_shared = (has_rank or is_shared) and not has_job  # "Senior iOS / Android Engineer"
    return False


def _pieces(line: str, separator: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    start = 0
    for found in separator.finditer(line):
        yield start, found.start()
        start = found.end()
    yield start, len(line)


def _in_sentences(text: str) -> Derived[Seniority] | None:
    said = list[tuple[Seniority, tuple[int, int]]]()
    for found in matches_near(_SENTENCE, lowered(text), _SPOKEN, before=90, after=70):
        if rank := seniority_of(found["label"]) if found["label"] else _of_fields().get(_in_words(found)):
            said.append((rank, found.span()))
    if len({rank for rank, _ in said}) != 1:
        return None
    rank, (start, end) = said[0]
    return Derived(rank, start, end)


def _in_words(found: re.Match[str]) -> str:
    if found["second"]:
        return "mid"
    words = next(value for name, value in found.groupdict().items() if value and name != "label")
    return words.replace("-", " ")


@cache
def _of_fields() -> Mapping[str, Seniority | None]:
    read: dict[str, list[str]] = _read()["field"]
    return {phrase: rank if rank in _RANKS else None for rank, some in read.items() for phrase in some}


@cache
def _expressions() -> _Expressions:
    read = _read()
    job, ladder = rf"(?:{_any(read['jobs'])})s?\b", rf"\b(?:{_any(read['of_ladders'])})s?\b"
    words = {name: rf"{_FEW}(?:{_any(read[name])})s?\b" for name in ("jobs", "of_staff", "of_associates")}
    managers = rf"(?:{_any(read['of_managers'])})"
    aside = _any([*read["aside"], *(f"{one} director" for one in read["not_directors"])])
    title = (
        rf"\b(?:(?P<aside>{aside})\b"
        rf"|(?P<executive>{_EXECUTIVE})\b"
        rf"|(?P<director>(?:(?:senior|sr\.?|executive|associate|deputy){_S})?directors?\b|head of\b"
        rf"|dir\b(?=\.?\s*(?:[,)|]|-\s|\Z)))"
        rf"|(?P<manager>(?:(?:senior|sr\.?){_S})?(?:{managers}{_S}managers?\b|{_BEGINS}managers?\b(?={_ENDS}|\s+of\b|\s+i+\b)))"
        rf"|(?P<staff>(?:(?:senior|sr\.?){_S})?(?:staff(?={words['of_staff']})|(?:principal|lead|distinguished)(?={words['jobs']})"
        rf"|(?:principal|lead|staff)(?=\s?[/&]\s?(?:senior|sr|principal|staff|lead)\b)"
        rf"|(?!to\b|we\b|will\b)[\w#+.]+{_S}leads?\b(?={_ENDS})|{_BEGINS}(?:staff|lead)\b(?={_ENDS})|{_AFTER}principal\b(?={_ENDS})))"
        rf"|(?P<senior>senior|snr\b\.?|sr\b\.?)\b"
        rf"|(?P<mid>mid(?:dle)?{_S}?level|intermediate|medior|mid(?=[\s/,.&+-]{{1,3}}(?:(?:to|or)[\s-])?(?:sr|senior|jr|junior)\b)"
        rf"|mid(?:dle)?(?={words['jobs']}))\b"
        rf"|(?P<entry>{_ENTRY}|associate(?={words['of_associates']})|graduate(?={words['jobs']})|{_BEGINS}associate\b(?={_ENDS}))"
        rf"|(?:{_any(read['of_ladders'])})s?,?{_S}(?:level{_S})?(?:(?P<above>(?:i|ii|1|2)\s?(?:[/,&–-]|or|to)\s?(?:ii|iii|iv|[234])"
        rf"|iii|iv|vi?|[3-9])|(?P<second>ii|2)|(?P<first>i|1))\b(?!\s*(?:[+x%]|[-–]?\s?\d|{_COUNTED})|\.\d))"
    )
    return _Expressions(
        title=re.compile(title), job=re.compile(rf"\b{job}"), last_job=re.compile(rf"\b{job}\W*\Z|{ladder}\W*\Z"),
        ladder=re.compile(ladder), triggers=frozenset(read["triggers"]),
    )  # fmt: skip


def _any(phrases: Sequence[str]) -> str:
    return "|".join(phrases).replace(" ", _S)


@cache
def _read() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "seniority.toml").read_text("utf-8"))
