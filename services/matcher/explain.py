"""Why a posting matches a filter, or why not: both enter, each clause's verdict leaves in a code and in words."""

from collections.abc import Iterator
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from schemas.filter import codes, description, reasons
from schemas.filter.tree import Filter, Keywords, Skills
from schemas.posting import Posting
from schemas.words.skill import forms
from services.matcher.domain import group
from services.matcher.domain.facts import Facts, facts
from services.matcher.domain.oracle import judge
from services.matcher.domain.wanted import wanted


class Explained(BaseModel):
    """One clause of the filter."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    code: str
    """Of `schemas.filter.codes`; `.unstated` at its end says that the posting is silent."""
    held: bool
    words: str


class Explanation(BaseModel):
    """All clauses: those that failed first, and of the others those last on which the posting is silent."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    matches: bool
    clauses: tuple[Explained, ...]


def explain(filter: Filter, posting: Posting, *, now: datetime) -> Explanation:
    """Judge and tell. `now` is what the posting's age is counted to; the matcher takes the moment it was published."""
    seen = facts(posting, now)
    told = tuple(_told(filter, posting, seen))
    matches = all(one.held for one in told)
    if not told:
        [words] = reasons.words([codes.EVERYTHING], filter, posting.summary())
        told = (Explained(code=codes.EVERYTHING, held=True, words=words),)
    return Explanation(
        matches=matches, clauses=tuple(sorted(told, key=lambda one: (one.held, one.code.endswith(codes.UNSTATED))))
    )


def _told(filter: Filter, posting: Posting, seen: Facts) -> Iterator[Explained]:
    summary = posting.summary()
    for verdict in judge(wanted(filter), seen):
        [words] = reasons.words([verdict.code], filter, summary, held=verdict.held)
        if verdict.code == codes.KEYWORDS and not verdict.held:
            words = "; ".join(unmet(filter.keywords or Keywords(), seen))
        if verdict.code == codes.SKILLS and not verdict.held:
            words = "; ".join(_not_mentioned(filter.skills or Skills(), seen))
        yield Explained(code=verdict.code, held=verdict.held, words=words)


def _not_mentioned(skills: Skills, posting: Facts) -> Iterator[str]:
    yield from (f"does not mention {skill}" for skill in skills.all if not _mentions(skill, posting))
    if skills.any and not any(_mentions(skill, posting) for skill in skills.any):
        yield f"mentions none of {', '.join(skills.any)}" if len(skills.any) > 1 else f"does not mention {skills.any[0]}"


def _mentions(skill: str, posting: Facts) -> bool:
    return any(map(posting.says, forms(skill)))


def unmet(keywords: Keywords, posting: Facts) -> Iterator[str]:
    """What of the words is not as asked: the text is at hand here, where an alert has only the summary."""
    folded = group.group(keywords)
    for entry, ready in zip(keywords.all, folded.all, strict=True):
        if not group.occurs(ready, posting):
            yield from unmet(entry, posting) if isinstance(entry, Keywords) else [f"does not have {description.entry(entry)}"]
    if keywords.any and not any(group.occurs(ready, posting) for ready in folded.any):
        yield f"has none of {', '.join(map(description.entry, keywords.any))}"
    for entry, ready in zip(keywords.none, folded.none, strict=True):
        if group.occurs(ready, posting):
            yield f"has {description.entry(entry)}, which you left out"
