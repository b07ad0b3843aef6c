"""Filters that can hardly be meant: those that never match, contradict themselves, or take nearly everything; with the clause
to blame, and advice where another clause says it better. A filter with a warning is still a filter: it is saved and evaluated.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Final

from schemas.filter.tree import Filter, Keywords, PlaceWanted, Skills, Titles
from schemas.filter.warning.breadth import takes_everything, too_broad
from schemas.filter.warning.contradiction import contradiction
from schemas.filter.warning.doubt import doubts
from schemas.filter.warning.hint import hints
from schemas.filter.warning.literal import folded, formula
from schemas.filter.warning.literal import titles as in_title
from schemas.filter.warning.place import place_doubts
from schemas.filter.warning.warned import Warned
from schemas.posting import Workplace
from schemas.words.company import company_key

__all__ = ["NEVER", "Warned", "takes_everything", "warnings"]

NEVER: Final = "never matches"
"""How a warning begins that says so."""


def warnings(filter: Filter, *, is_narrow: bool = False) -> list[Warned]:
    """All there is to say: what can never match first, then what is doubtful, then advice, then that too much is taken.

    `is_narrow`: it was counted that it takes few, so that it is not guessed to take nearly all.
    """
    found = [*_never(filter), *place_doubts(filter.places), *doubts(filter)]
    found.sort(key=lambda warned: not warned.problem.startswith(NEVER))
    return [*found, *hints(filter), *too_broad(filter, is_narrow=is_narrow)]


def _never(filter: Filter) -> Iterator[Warned]:
    for clause, problem in _impossible(filter):
        yield Warned(clause=clause, problem=f"{NEVER}: {problem}")


def _impossible(filter: Filter) -> Iterator[tuple[str, str]]:
    yield from _words(filter.keywords or Keywords(), filter.titles or Titles())
    if filter.companies and filter.companies.include:
        exclude = set(map(company_key, filter.companies.exclude))
        if set(map(company_key, filter.companies.include)) <= exclude:
            yield "companies", "all that is in `include` is in `exclude` too"
    if (term := _unsayable(filter.skills or Skills())) is not None:
        yield "skills", f'"{term}" has no letter and no digit that could be found'
    accepted = filter.accepted_verdicts
    if filter.visa_types and accepted is not None and not {"offered", "conditional"} & set(accepted):
        yield "accepted_verdicts", "visa_types asks for postings that sponsor, and accepted_verdicts leaves those out"
    if filter.workplaces and filter.places and all(_is_elsewhere(place, set(filter.workplaces)) for place in filter.places):
        yield "places", "no place takes any of the workplaces that `workplaces` asks for"


def _words(keywords: Keywords, titles: Titles) -> Iterator[tuple[str, str]]:
    """Each clause by itself, or else both together."""
    asked, of_title = formula(keywords), in_title(titles)
    alone = (("keywords", contradiction(asked)), ("titles", contradiction(of_title)))
    found = [(clause, problem) for clause, problem in alone if problem is not None]
    if not found and any(titles.include + titles.exclude) and (problem := contradiction(of_title, asked)) is not None:
        found = [("titles", f"with keywords, {problem}")]
    yield from found


def _unsayable(skills: Skills) -> str | None:
    wordless = [term for term in skills.any if not folded(term).strip()]
    needed = [term for term in skills.all if not folded(term).strip()]
    return next(iter(needed or (wordless if len(wordless) == len(skills.any) else ())), None)


def _is_elsewhere(place: PlaceWanted, workplaces: AbstractSet[Workplace]) -> bool:
    return bool(place.workplaces) and not workplaces & set(place.workplaces)
