"""Filters that take everything, or nearly: which clauses narrow, and the words for those that do not."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, get_args

from schemas.filter.tree import ACCEPTED, Companies, Filter, Keywords, Skills, Titles
from schemas.filter.warning.extent import country_of, is_whole, reach
from schemas.filter.warning.literal import formula, narrows
from schemas.filter.warning.warned import Warned
from schemas.posting import Workplace

_MANY_YEARS: Final = 15
"""Of experience: hardly a posting asks for more."""


def takes_everything(filter: Filter) -> bool:
    """No clause is given, or only empty ones. That all but refusals are accepted is no clause: it is so by default."""
    return not any(_given(filter))


def too_broad(filter: Filter, *, is_narrow: bool = False) -> Iterator[Warned]:
    """At most one warning. `is_narrow`: it is known to take few of the postings there are."""
    what = " that does not refuse to sponsor" if _leaves_refusals_out(filter) else ""
    if takes_everything(filter):
        yield Warned(clause="filter", problem=f"takes every posting{what}, since no clause asks for anything")
    elif not is_narrow and (blamed := _takes_nearly_everything(filter)):
        yield Warned(clause="filter", problem=f"takes nearly every posting{what}: {blamed}")


def _leaves_refusals_out(filter: Filter) -> bool:
    accepted = filter.verdicts_accepted()
    return bool(accepted) and "not_offered" not in accepted


def _given(filter: Filter) -> Iterator[str]:
    for clause, value in filter:
        if clause != "version" and value is not None and value != () and not _is_empty(value):
            if clause == "accepted_verdicts" and set(ACCEPTED) <= set(value):
                continue
            yield clause


def _is_empty(clause: object) -> bool:
    """Of those that are lists in an object."""
    return isinstance(clause, Keywords | Titles | Companies | Skills) and not any(entries for _, entries in clause)


def _takes_nearly_everything(filter: Filter) -> str:
    """Why, where all clauses together leave out next to nothing; empty where one of them narrows."""
    found = [_LEAVES_OUT_LITTLE[clause](filter) if clause in _LEAVES_OUT_LITTLE else "" for clause in _given(filter)]
    return "; ".join(found) if all(found) else ""


def _only_leaves_out(clause: str, included: object) -> str:
    return "" if included else f"{clause} only leave some out"


def _keywords(filter: Filter) -> str:
    keywords = filter.keywords or Keywords()
    if narrows(formula(keywords)):
        return ""
    if keywords.all or keywords.any:
        return "one alternative of keywords only leaves some out"
    return "keywords only leave some out"


def _verdicts(filter: Filter) -> str:
    accepted = set(filter.accepted_verdicts or ())
    return "accepted_verdicts only leaves some out" if {"offered", "conditional", "unstated"} <= accepted else ""


def _pay(filter: Filter) -> str:
    keeps = filter.minimum_pay is not None and filter.minimum_pay.unstated == "keep"
    return "minimum_pay keeps postings that do not say what they pay, and those are most" if keeps else ""


def _places(filter: Filter) -> str:
    if any(is_whole(place) and country_of(place) == "US" for place in filter.places):
        return "places takes the whole United States"
    far = max(map(reach, filter.places), default=0)
    return f"places takes all within {far:,.0f} km" if far else ""


def _workplaces(filter: Filter) -> str:
    return "workplaces names all there are" if set(filter.workplaces) == set(get_args(Workplace)) else ""


def _experience(filter: Filter) -> str:
    years = filter.maximum_experience or 0
    return "maximum_experience is more than postings ask for" if years >= _MANY_YEARS else ""


_LEAVES_OUT_LITTLE: Final[Mapping[str, Callable[[Filter], str]]] = {
    "keywords": _keywords,
    "titles": lambda filter: _only_leaves_out("titles", filter.titles and filter.titles.include),
    "places": _places,
    "workplaces": _workplaces,
    "accepted_verdicts": _verdicts,
    "hide": lambda _: "hide only leaves some out",
    "minimum_pay": _pay,
    "companies": lambda filter: _only_leaves_out("companies", filter.companies and filter.companies.include),
    "maximum_degree": lambda filter: "maximum_degree is the highest there is" if filter.maximum_degree == "doctorate" else "",
    "maximum_experience": _experience,
    "languages": lambda _: "languages keeps postings that do not say",
    "posted_within": lambda _: "posted_within leaves out only what was old when it came in",
}
"""Clauses that may take nearly all, with the words for it; empty words where they do not. Any other clause narrows."""
