"""The first line of a "Who is hiring" comment: a text enters, what its fields say leaves.

The fields stand between "|" in any order, the company mostly first. One may say several things: "Full-time, on-site in Oslo".
What is a place the gazetteer says; a field that nobody understands is passed over.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from schemas.places import gazetteer

_ROLE: Final = (
    r"engineers?|developers?|devs?|designers?|scientists?|managers?|analysts?|architects?|programmers?|administrators?|researchers?|"
    r"consultants?|directors?|evangelists?|specialists?|technicians?|recruiters?|writers?|executives?|coordinators?|assistants?"
)
_A_ROLE: Final = re.compile(rf"(?i)\b(?:{_ROLE})\b")
_TITLE: Final = re.compile(
    rf"(?i)\b(?:{_ROLE}|engineering|development|leads?|head of|hackers?|devops|sre|vp|c[tpe]o|positions|roles|openings|"
    r"product (?:owner|marketing)|full[- ]?stack|front[- ]?end|back[- ]?end|ios|android|qa|ux|ops)\b"
)
_URL: Final = re.compile(r"(?i)https?://\S+|www\.\S+")
_LINK: Final = re.compile(
    rf"{_URL.pattern}|(?<![\w@.])[\w-]+(?:\.[\w-]+)*\.(?:com|io|co|ai|org|net|dev|app|tech|jobs)(?:/\S*)?(?!\w)"
)
_PAY: Final = re.compile(r"(?i)[$€£¥]\s?\d++(?:[.,]\d++)*+(?!\s?(?:m|mm|b|bn|million|billion)\b)|\d\s?k\b|\b\d{2,3},\d{3}\b")
_WORKPLACE: Final = re.compile(
    r"(?i)\b(?:(?:fully |100% |partial(?:ly)? )?remote(?:[- ](?:ok|okay|friendly|only|possible|first|optional))?|"
    r"on[- ]?site(?:[- ]only)?|hybrid)\b"
)
_EMPLOYMENT: Final = re.compile(
    r"(?i)\b(?:full[- ]?time|part[- ]?time|contract(?:ors?|s|ing)?|intern(?:s|ships?)?|freelance(?:rs?)?|"
    r"perm(?:anent)?|temporary)\b"
)
_ANYWHERE: Final = re.compile(r"(?i)(?:anywhere|worldwide|world[- ]wide|global(?:ly)?|earth)(?: in the world)?")
_NO_PLACE: Final = re.compile(r"(?i)\b(?:h-?1-?b|visas?|relocation|sponsor\w*|equity|based|only|possible|preferred)\b")
_NAME: Final = re.compile(r"(?:[^\W\d_]|[ ,'’-]|\.(?!\w\w))+")
"""Of a place: "Washington, D.C.", "Saint-Étienne"; no part of an address."""
_NOTE: Final = re.compile(r"\(([^()]*)\)")
_BETWEEN: Final = re.compile(r"[/;+&]|\s[-–—]\s|\b(?:or|and)\b")
_DASH: Final = re.compile(r"\s[-–—]\s")
_EDGES: Final = " ,:;/+&-–—.*!"
_SEPARATORS: Final = " ,:;/-–—*"
"""What may be left at the ends of a name or title: "C++" and "Acme Inc." keep theirs."""
_AROUND: Final = re.compile(r"(?i)\A(?:in|at|from|within|the)\s+|[\s-]+(?:only|hq|office|headquarters)\Z")
_LONGEST: Final = 200
"""Characters of a field: in what is longer the text has begun."""
_PAIRS: Final = 4
"""Parts between commas from which on it is a list: a place has a city, a state and a country at most."""


@dataclass(slots=True)
class Headline:
    """What it says, as it is written; empty where it does not."""

    company: str = ""
    titles: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    workplaces: list[str] = field(default_factory=list)
    remote_from: list[str] = field(default_factory=list)
    employment: list[str] = field(default_factory=list)
    pay: list[str] = field(default_factory=list)


def headline(line: str) -> Headline | None:
    """None where the line has no two fields, or says nothing of a posting but a name. Some write " - " for "|"."""
    pieces = [piece for part in line.split("|") if (piece := part.strip(" *"))]
    dashed = "|" not in line
    if dashed:
        pieces = [piece for part in _DASH.split(line) if (piece := part.strip())]
    if len(pieces) < (3 if dashed else 2):
        return None
    found = Headline()
    name, fields = _named(pieces)
    company, *rest = _DASH.split(name, maxsplit=1)
    if rest and (places := list(_places(rest[0]))):
        found.places += places
    elif rest:
        company = name
    found.company = company.strip(_SEPARATORS)
    for piece in fields:
        if len(piece) <= _LONGEST:
            _add(found, piece)
    said = found.places or found.workplaces or found.employment or (found.titles and not dashed)
    return found if said else None


def _named(pieces: list[str]) -> tuple[str, list[str]]:
    """The company and the other fields: the second where the first is a role or a place, and the second says nothing else."""
    first, second, *rest = pieces
    place = "," in first and not _DASH.search(first) and _is_place(first)
    if place or _A_ROLE.search(first):
        if name := "" if _says(second) or _TITLE.search(second) or list(_places(second)) else _name(second):
            return name, [first, *rest]
        if place:
            return "", pieces
    return ("", pieces) if _says(first) or not _name(first) else (_name(first), [second, *rest])


def _says(text: str) -> bool:
    return bool(_WORKPLACE.search(text) or _EMPLOYMENT.search(text) or _PAY.search(text))


def _name(text: str) -> str:
    """Without addresses and what stands in brackets; "Example.com" may be a name."""
    return " ".join(_URL.sub(" ", _NOTE.sub(" ", text)).split())


def _add(found: Headline, piece: str) -> None:
    """One field's say."""
    text = _LINK.sub(" ", piece).strip(_SEPARATORS)
    workplaces = [match[0] for match in _WORKPLACE.finditer(text)]
    remote = "remote" in " ".join(workplaces).lower()
    found.workplaces += workplaces
    rest = _WORKPLACE.sub(",", text) if workplaces else text
    if remote:
        found.remote_from += [
            note.strip() for note in _NOTE.findall(piece) if _is_land(note) or _ANYWHERE.fullmatch(note.strip())
        ]
    if not _PAY.search(text) and _TITLE.search(rest):
        found.titles.append(rest.strip(_SEPARATORS))
        return
    found.employment += [match[0] for match in _EMPLOYMENT.finditer(rest)]
    if _PAY.search(text):
        found.pay.append(text)
        return
    rest = _NOTE.sub(" ", _EMPLOYMENT.sub(",", rest)).strip(_EDGES)
    lands = remote or rest.lower().endswith("only")
    for place in _places(rest):
        (found.remote_from if lands and _is_land(place) else found.places).append(place)
    if _ANYWHERE.fullmatch(rest):
        found.remote_from.append(rest)


def _places(text: str) -> Iterator[str]:
    """Those that the gazetteer knows: "NYC / Austin, TX", "Toronto, Ottawa". "Python / Haskell" is none: one is a town."""
    parts = [part for piece in _BETWEEN.split(text) if (part := piece.strip(_EDGES))]
    known = [_known(_AROUND.sub("", " ".join(part.replace(" ,", ",").split()))) for part in parts]
    if 2 * sum(map(bool, known)) > len(parts) or any("," in place for places in known for place in places):
        yield from (place for places in known for place in places)


def _known(text: str) -> Sequence[str]:
    """The text if it is a place, else the places that it lists. "Houston, TX, Oslo, Norway" is two."""
    if not text or _NO_PLACE.search(text):
        return ()
    parts = [part for piece in text.split(",") if (part := piece.strip(_EDGES))]
    pairs = [", ".join(pair) for pair in zip(parts[::2], parts[1::2], strict=False)]
    if len(parts) >= _PAIRS and len(parts) % 2 == 0 and all(map(_is_place, pairs)):
        return pairs
    if len(parts) < _PAIRS and _is_place(text):
        return (text,)
    joined = _joined(parts)
    return joined if len(joined) > 1 and all(map(_is_place, joined)) else ()


def _joined(parts: Iterable[str]) -> list[str]:
    """Cities, each with the code of a state behind it where one follows."""
    joined: list[str] = []
    for part in parts:
        if joined and re.fullmatch("[A-Z]{2}", part):
            joined[-1] += f", {part}"
        else:
            joined.append(part)
    return joined


def _is_place(text: str) -> bool:
    return bool(_NAME.fullmatch(text)) and bool(gazetteer().locate(text, None, None).country)


def _is_land(text: str) -> bool:
    """A country, or a state: from where one may work, rather than where."""
    spot = gazetteer().locate(_AROUND.sub("", text.strip(_EDGES)), None, None)
    return bool(spot.country) and not spot.city
