"""Filters that cannot be meant: those that take everything and those that never match, with the clause to blame."""

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from schemas.filter.tree import Companies, Filter, Keywords


class Warned(BaseModel):
    """Something about a filter that its owner should know."""

    model_config = ConfigDict(frozen=True)

    clause: str
    problem: str


def warnings(filter: Filter) -> list[Warned]:
    """All there is to say. A filter with a warning is still a filter: it is saved and evaluated."""
    found = [*_keywords(filter.keywords or Keywords()), *_companies(filter.companies or Companies())]
    if takes_everything(filter):
        found.append(Warned(clause="filter", problem="takes every posting, since no clause asks for anything"))
    return found


def takes_everything(filter: Filter) -> bool:
    """No clause is given, or only empty ones."""
    given = filter.model_dump(exclude_defaults=True)
    return not any(any(clause.values()) if isinstance(clause, dict) else clause for clause in given.values())


def _keywords(keywords: Keywords) -> Iterator[Warned]:
    none = {term.casefold() for term in keywords.none}
    for term in keywords.all:
        if term.casefold() in none:
            yield Warned(clause="keywords", problem=f'never matches: "{term}" must occur and must not occur')
    if keywords.any and all(term.casefold() in none for term in keywords.any):
        yield Warned(clause="keywords", problem="never matches: every word of `any` is also in `none`")


def _companies(companies: Companies) -> Iterator[Warned]:
    exclude = {name.casefold() for name in companies.exclude}
    if companies.include and all(name.casefold() in exclude for name in companies.include):
        yield Warned(clause="companies", problem="never matches: every company asked for is also excluded")
