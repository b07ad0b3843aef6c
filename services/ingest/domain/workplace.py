"""Where the work is done, at a desk of the employer's or not: what a field, a place, a title or a text says of it.

A choice ("onsite or remote", "remote possible") is none of the three, and absent. "Remote sensing", "remote teams" and
"hybrid cloud" say nothing of the job.
"""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from schemas.posting import Workplace
from services.ingest.domain.derived import Derived
from services.ingest.domain.employment import employment_of
from services.ingest.domain.header import Piece, header, pieces
from services.ingest.domain.places import place_of
from services.ingest.domain.remote_from import remote_from
from services.ingest.domain.stated import StatedPlace
from services.ingest.domain.vicinity import look_for, lowered, matches_near

_WORDS: Final = re.compile(
    r"(?i)(?P<hybrid>hybrid(?:[\s-]+remote)?|partial(?:ly)?[\s-]remote|flex(?:ible)?[\s-]hybrid)"
    r"|(?P<remote>remote(?:ly)?|tele[\s-]?comm?ut(?:e|ing)|tele[\s-]?work(?:ing)?|home[\s-]?office|home[\s-]based|virtual"
    r"|work(?:ing)? from (?:home|anywhere))"
    r"|(?P<on_site>on[\s_-]?sites?|in[\s-]?office|in[\s-]person|office[\s-]based|vor ort)"
)
_CHOICE: Final = re.compile(
    r"(?i)\b(?:no|not|non|never|or|ok|okay|possible|possibly|optional|option|options|friendly|considered|consider"
    r"|allowed|negotiable|preferred|available|welcome|eligible|partial(?!ly[\s-]remote)|partly|days?|sometimes|occasional(?:ly)?"
    r"|temporar(?:y|ily)|covid|may|can|could|if|also|potentially|either|until|first)\b|\?|%(?<!100%)"
)
_MEANT: Final[dict[str, Workplace]] = {"hybrid": "hybrid", "remote": "remote", "on_site": "on_site"}
_JOINED_TO: Final = re.compile(r"(?i)(?:\b(?:or|and)|[/+&])\s*\Z")
_JOINED_BY: Final = re.compile(r"(?i)\s*\(?\s*(?:(?:or|and)\b|[/+&])")
_NOTE: Final = re.compile(r"\([^()]*\)")
_COMMA: Final = re.compile(r"[,;]")
_JOB: Final = r"(?:position|role|job|opportunity|internship)"
_KIND: Final = r"(?:remote|hybrid|on-?site|in-office|in-person)"
_SPOKEN: Final = look_for(
    "remote", "hybrid", "onsite", "on-site", "in-office", "in-person", "telecommuting permitted", "telework permitted"
)
_ALONE: Final = r"(?!\s?(?:or\b|and\b|[/&]|,\s?(?:remote|hybrid|on-?site|in-)))"
_SENTENCE: Final = re.compile(
    rf"#li-(?P<tag>remote|hybrid|onsite)\b"
    rf"|\bthis is an? (?:[\w%-]+,? ){{0,3}}?(?P<is>{_KIND})(?:,? [\w-]+){{0,2}}? {_JOB}\b"
    rf"|\bth(?:is|e) {_JOB} (?:is|will be) (?:an? )?(?:(?:fully|100%|completely|entirely|based|located|full-time) ){{0,2}}"
    rf"(?P<role>{_KIND})\b"
    rf"(?![- ](?:first|friendly|possible|eligible|optional|or|and)| (?:until|during|initially|for (?:the|now|a))\b"
    rf"|, (?:but|hybrid|remote|or))"
    rf"|\bthis (?P<this>{_KIND}) {_JOB}\b"
    rf"|\b(?P<wanted>on-?site) (?:work )?is required (?:5|five) days\b"
    rf"|\b(?P<some>(?:partial )?telecommuting permitted (?:up to \d|from (?:within )?a commutable)"
    rf"|[1-9]\d% tele(?:commuting|work) permitted)"
    rf"|\b(?:workplace|work(?:ing)? model|work arrangement|work location|remote status|location type|arrangement"
    rf"|tele(?:commuting|work)(?: options?)?)(?: type)?\s?:\s{{0,3}}(?P<label>{_KIND})\b{_ALONE}"
    rf"|\b(?:job )?location\s?:\s?(?:fully |100% )?(?P<place>remote)\b(?=\s?(?:\n|\Z|\.\s|[a-z]+(?: [a-z]+)?\s?:)){_ALONE}"
    rf"|\b(?:job )?location\s?:\s?(?![^(\n]{{0,64}}\b(?:or|and)\b)[\w .'’-]{{2,30}}(?:, ?[\w .'’-]{{2,30}})?"
    rf"\((?P<behind>{_KIND})\)(?!\s?[,;/|&]|\s(?:or|and)\b)"
    rf"|\b(?:designed|designated|classified|posted|listed) as (?:an? )?['‘’\"“](?P<quoted>{_KIND})['’\"”](?!,? (?:or|and)\b)"
)
_POLICIES: Final = look_for("hybrid policy", "hybrid work policy", "hybrid working policy")
_POLICY: Final = re.compile(
    r"\bhybrid (?:work(?:ing)? )?policy\b(?:\s?:\s?|[^.:\n]{1,30}\b)(?:currently, )?we (?:\w+ ){0,2}(?:expect|ask|require) "
    r"[^.\n]{0,40}\b(?:to be|to work) (?:in|from|at) [^.\n]{0,30}\boffices?,? (?:for )?(?:at least |about |a minimum of )?"
    r"(?:[1-9]\d%|(?:[1-4]|one|two|three|four) days)"
)
"""So much of the time in an office: "Hybrid policy: we expect all staff to be in an office at least 25% of the time"."""

_MOST: Final = 10
"""Fields of a header that are looked at."""
_BEHIND: Final = 12
"""Characters of a thing behind the word that may say where one works."""


class _Words(NamedTuple):
    stems: frozenset[str]
    aside: frozenset[str]
    things: frozenset[str]


def workplace_of(words: str) -> Workplace | None:
    """What a field says: "on-site", "OnSite", "Fully remote", "TELECOMMUTE", "Remote - US". None of a choice, or of both."""
    words = _of_things().sub(" ", words[:200])
    said = {str(found.lastgroup) for found in _WORDS.finditer(words)}
    return _MEANT[said.pop()] if len(said) == 1 and not _CHOICE.search(words) else None


def workplace_at(places: Iterable[str]) -> Workplace | None:
    """What all places of a posting say, as the source writes them: "Remote, US", "Austin, TX (Hybrid)"."""
    said = {workplace_of(place) for place in places}
    return said.pop() if len(said) == 1 else None


def workplace_in(title: str, text: str) -> Derived[Workplace] | None:
    """The title is asked first, then the list that a comment begins with, then sentences about this very job."""
    if "|" not in title and (found := _in_pieces(pieces(title), title)):
        return found._replace(where="title")
    line = header(text)
    return _in_pieces(pieces(line), line) or _in_sentences(text)


def _in_pieces(of_line: Iterable[Piece], line: str) -> Derived[Workplace] | None:
    said = [one for one in of_line if not _words().stems.isdisjoint(one.words) and _WORDS.search(line, one.start, one.end)]
    meant = {_whole(line[one.start : one.end]) for one in said}
    if len(meant) != 1 or not (only := meant.pop()):
        return None
    if only == "remote" and any(_is_a_choice(line, one) for one in said):
        return None
    return Derived(only, said[0].start, said[-1].end)


def _is_a_choice(line: str, remote: Piece) -> bool:
    """One of several places, of which the others may be offices: "Edinburgh and remote", "| Seattle, Austin, Remote |"."""
    if _JOINED_TO.search(line, max(0, remote.start - 8), remote.start) or _JOINED_BY.match(line, remote.end):
        return True
    if "|" not in line:
        return False
    fields = [field.strip().lower() for field in line.split("|")]
    if len(set(fields)) < len(fields):  # several jobs in a line, each with its company
        return True
    begin, end = line.rfind("|", 0, remote.start), line.find("|", remote.end)
    segment = _NOTE.sub(" ", line[begin + 1 : end if end >= 0 else len(line)])
    return any(not _whole(one) and _names_a_place(one) for one in _COMMA.split(segment)) or _has_several_cities(line)


def _has_several_cities(line: str) -> bool:
    """In fields of their own: "| Oslo | Berlin | Remote |". The first is the company's."""
    places = {place_of(StatedPlace(text=field)) for field in line.split("|")[1:_MOST]}
    return sum(bool(place and place.city) for place in places) > 1


def _names_a_place(piece: str) -> bool:
    """What is neither a workplace, a country, nor a word that says how one works. It need not be one."""
    words = re.findall(r"\w+", piece.lower())
    return not _words().aside.issuperset(words) and not remote_from((piece,)) and not employment_of((piece,))


def _whole(piece: str) -> Workplace | None:
    """A piece that says where, and nothing else."""
    rest = re.findall(r"\w+", _WORDS.sub(" ", piece).lower())
    return workplace_of(piece) if _words().aside.issuperset(rest) else None


def _in_sentences(text: str) -> Derived[Workplace] | None:
    lower, said = lowered(text), list[tuple[Workplace, tuple[int, int]]]()
    for found in matches_near(_SENTENCE, lower, _SPOKEN, before=90, after=60):
        words = found[0] if found["is"] else next(value for value in found.groupdict().values() if value)
        if _of_things().search(lower, found.start(), found.end() + _BEHIND):
            continue
        if meant := "hybrid" if found["some"] else workplace_of(words):
            said.append((meant, found.span()))
    said += [("hybrid", found.span()) for found in matches_near(_POLICY, lower, _POLICIES, before=0, after=200)]
    if len({meant for meant, _ in said}) != 1:
        return None
    meant, (start, end) = said[0]
    return Derived(meant, start, end)


@cache
def _words() -> _Words:
    read = tomllib.loads((Path(__file__).parent / "workplace.toml").read_text("utf-8"))
    return _Words(frozenset(read["stems"]), frozenset(read["aside"]), frozenset(read["things"]))


@cache
def _of_things() -> re.Pattern[str]:
    """ "Remote sensing", "hybrid cloud": of what one works on, not of where."""
    return re.compile(rf"(?i)\b{_KIND}[\s-](?:{'|'.join(sorted(_words().things))})\b")
