"""Words for which there is a better clause, and trees in which a text was meant: advice for who reads it, nothing wrong."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Final

from schemas.filter.tree import Filter, Keywords, ScopedTerm
from schemas.filter.warning.literal import folded
from schemas.filter.warning.warned import Warned

_WORKPLACES: Final = """
    remote, remotely, fully remote, remote work, remote job, work remotely, work from home, hybrid, on-site, in-office
"""
_VISAS: Final = """
    visa, h1b, h-1b1, o-1, e-3, tn visa, opt, stem opt, cpt, green card, sponsor, sponsorship, visa sponsor, visa sponsorship,
    visa support, sponsor visa, h1b visa, h1b sponsor, h1b sponsorship, o-1 visa
"""
_EMPLOYMENT: Final = "full-time, part-time, contract"
_IDLE: Final = """
    i, a, an, the, and, or, in, on, at, for, to, of, with, am, is, me, my, that, want, need, look, looking, find, finding,
    please, job, jobs, position, work
"""
_AMOUNT: Final = re.compile(r"\$\d{2,3}k|\$?\d{2,3},\d{3}|\$\d{5,6}|(?!40[13])\d{3}k|[3-9]\dk", re.IGNORECASE)
""" "150k", "$150,000"; 401k is a plan, and a 10-K is a form."""
_OPERATORS: Final = (" or ", " Or ", " OR ", " AND ", " NOT ", '"')
"""Not " and ", which many a phrase has that is meant so: "research and development"."""
_BEGINS_AS_TEXT: Final = re.compile(r"(?i:titles?|company|companies|skills?|locations?):\S|-[^\W\d]|NOT ")
_STARRED: Final = re.compile(r"[^\W_]{3}\*")


def hints(filter: Filter) -> Iterator[Warned]:
    """Each advice once at most."""
    keywords = filter.keywords or Keywords()
    needed = list(_needed(keywords))
    for is_better_said, advice in _ADVICE:
        if (term := next((term for term in needed if is_better_said(term)), None)) is not None:
            yield Warned(clause="keywords", problem=f'"{term}": {advice}')
    idle = {folded(term): term for term in _needed(keywords, alternatives=False) if folded(term) in _IDLE_WORDS}
    if len(idle) > 1:
        said = " and ".join(f'"{term}"' for term in list(idle.values())[:2])
        yield Warned(clause="keywords", problem=f"every word must occur, {said} too: write only what matters")
    if (term := next((term for term in _plain(keywords) if _is_meant_as_text(term)), None)) is not None:
        text = json.dumps({"keywords": term}, ensure_ascii=False)
        yield Warned(clause="keywords", problem=f"{term} is looked for as these very words; as text it would be parsed: {text}")


def _needed(keywords: Keywords, *, alternatives: bool = True) -> Iterator[str]:
    """Plain terms in no field."""
    for entry in (*keywords.all, *keywords.any) if alternatives else keywords.all:
        if isinstance(entry, Keywords):
            yield from _needed(entry, alternatives=alternatives)
        elif isinstance(entry, str):
            yield entry
        elif not entry.scope and not entry.prefix:
            yield entry.term


def _plain(keywords: Keywords) -> Iterator[str]:
    """Every term, of what it does not say that it is a beginning or stands in a field."""
    for entry in keywords.entries():
        if isinstance(entry, Keywords):
            yield from _plain(entry)
        elif not isinstance(entry, ScopedTerm):
            yield entry


def _is_meant_as_text(term: str) -> bool:
    """Somebody who types would get something else."""
    has_operator = any(operator in term for operator in _OPERATORS)
    return has_operator or bool(_BEGINS_AS_TEXT.match(term) or _STARRED.fullmatch(term[-4:]))


def _one_of(terms: str) -> frozenset[str]:
    return frozenset(folded(term) for term in terms.split(","))


def _is_one_of(terms: str) -> Callable[[str], object]:
    known = _one_of(terms)
    return lambda term: folded(term) in known


_IDLE_WORDS: Final = _one_of(_IDLE)
_ADVICE: Final[tuple[tuple[Callable[[str], object], str], ...]] = (
    (_is_one_of(_WORKPLACES), '`workplaces` asks the posting itself; as a word it also finds "not remote"'),
    (_is_one_of(_VISAS), '`visa_types` asks what the posting sponsors; as a word it also finds "no sponsorship"'),
    (lambda term: _AMOUNT.fullmatch(term.strip()), "`minimum_pay` compares amounts; as a word only this very one is found"),
    (_is_one_of(_EMPLOYMENT), "`employment_types` asks the posting itself; as a word it is found wherever it is mentioned"),
)
