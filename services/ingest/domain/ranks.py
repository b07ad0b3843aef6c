"""The words of ranks, as titles and fields write them: they are data, `seniority.toml`, and become expressions here."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args

from schemas.posting import Seniority

RANKS: Final[tuple[Seniority, ...]] = get_args(Seniority)
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


class Expressions(NamedTuple):
    title: re.Pattern[str]
    """Its groups are ranks, `aside`, and `first`, `second` and `above` of a ladder."""
    job: re.Pattern[str]
    last_job: re.Pattern[str]
    """At the end of a piece, or before its dash."""
    ladder: re.Pattern[str]
    """A job that bears no people."""
    triggers: frozenset[str]
    """One of these stands in every title that says a rank."""


@cache
def of_fields() -> Mapping[str, Seniority | None]:
    """What fields say, in small letters, to the rank; None for what is two of them, or none."""
    read: dict[str, list[str]] = _read()["field"]
    return {phrase: rank if rank in RANKS else None for rank, some in read.items() for phrase in some}


@cache
def expressions() -> Expressions:
    """All of them look at a line in small letters."""
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
        rf"|(?P<mid>mid(?:dle)?{_S}?level|mid{_S}?weight|intermediate|medior|mid(?=[\s/,.&+-]{{1,3}}(?:(?:to|or)[\s-])?(?:sr|senior|jr|junior)\b)"
        rf"|mid(?:dle)?(?={words['jobs']}))\b"
        rf"|(?P<entry>{_ENTRY}|associate(?={words['of_associates']})|graduate(?={words['jobs']})|{_BEGINS}associate\b(?={_ENDS}))"
        rf"|(?:{_any(read['of_ladders'])})s?,?{_S}(?:level{_S})?(?:(?P<above>(?:i|ii|1|2)\s?(?:[/,&–-]|or|to)\s?(?:ii|iii|iv|[234])"
        rf"|iii|iv|vi?|[3-9])|(?P<second>ii|2)|(?P<first>i|1))\b(?!\s*(?:[+x%]|[-–]?\s?\d|{_COUNTED})|\.\d))"
    )
    return Expressions(
        title=re.compile(title), job=re.compile(rf"\b{job}"), last_job=re.compile(rf"(?:\b{job}|{ladder})(?:\W*\Z|\s[-–—]\s)"),
        ladder=re.compile(ladder), triggers=frozenset(read["triggers"]),
    )  # fmt: skip


def _any(phrases: Sequence[str]) -> str:
    return "|".join(phrases).replace(" ", _S)


@cache
def _read() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "seniority.toml").read_text("utf-8"))
