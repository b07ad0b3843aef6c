"""A filter as people and partners send it: text or tree enters, a `Filter` of the newest language leaves, or what is wrong.

Codes are taken as people spell them ("H1B", "full-time", "UK"); a name that is none of a clause is told with the one it may be.
"""

import difflib
from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any, Final, get_args

from pydantic import BeforeValidator, TypeAdapter, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from schemas.filter.syntax import Misspelt, parse
from schemas.filter.tree import MAXIMUM_DEPTH, MAXIMUM_TERMS, VERSION, Filter
from schemas.places import gazetteer
from schemas.posting import Degree, EmploymentType, Seniority, SponsorshipValue, VisaType, Workplace

_DEEPEST: Final = 3 * MAXIMUM_DEPTH
"""Levels of JSON that no filter within its limits has: an object and a list a group, and a little around."""
_TOLD: Final = 5
"""Of what is wrong in one way so many are looked at closely: a sender may be wrong ten thousand times."""
_LONGEST: Final = 100
"""Characters of a name."""
_SOME_PLACE: Final = {"country": "US"}
_VALUES: Final = {
    "workplaces": get_args(Workplace),
    "visa_types": get_args(VisaType),
    "accepted_verdicts": get_args(SponsorshipValue),
    "employment_types": get_args(EmploymentType),
    "seniorities": get_args(Seniority),
    "maximum_degree": get_args(Degree),
}
_ALSO: Final = {"phd": "doctorate", "bachelors": "bachelor", "masters": "master", "internship": "intern"}

Path = tuple[str | int, ...]


def _read(sent: Any) -> Any:
    """What `Filter` validates: texts parsed, codes spelt, the version stamped. Raises `ValidationError` with the field."""
    if isinstance(sent, str):
        sent = {"keywords": sent}
    if not isinstance(sent, dict):
        return sent
    tree = _spelt({"version": VERSION, **sent})
    if faults := list(_faults(tree)):
        raise ValidationError.from_exception_data("Filter", [*faults, *_others(tree, faults)])
    return tree


def _spelt(tree: dict[str, Any]) -> dict[str, Any]:
    """Codes as the tree has them; whatever is not recognised stays, to be refused by its own name."""
    for clause, values in _VALUES.items():
        if clause in tree:
            known = {_plain(value): value for value in values} | _ALSO
            tree[clause] = _each(tree[clause], lambda value, known=known: known.get(_plain(value), value))
    if "languages" in tree:
        tree["languages"] = _each(tree["languages"], lambda code: code.strip().lower())
    if isinstance(places := tree.get("places"), list | tuple):
        tree["places"] = [_place(place) for place in places[: MAXIMUM_TERMS + 1]]  # one more is refused by its number
    if isinstance(pay := tree.get("minimum_pay"), dict) and isinstance(pay.get("currency"), str):
        tree["minimum_pay"] = pay | {"currency": pay["currency"].strip().upper()}
    return tree


def _place(sent: Any) -> Any:
    if not isinstance(sent, dict):
        return sent
    place = dict(sent)
    if isinstance(country := place.get("country"), str) and len(country) <= _LONGEST:
        place["country"] = gazetteer().country_code(country) or country
    if "workplaces" in place:
        place = _spelt_workplaces(place)
    return place


def _spelt_workplaces(place: dict[str, Any]) -> dict[str, Any]:
    return place | {"workplaces": _spelt({"workplaces": place["workplaces"]})["workplaces"]}


def _each(value: Any, spell: Any) -> Any:
    """Of a list every text, or of a text itself."""
    if isinstance(value, list | tuple):
        return [spell(one) if isinstance(one, str) else one for one in value]
    return spell(value) if isinstance(value, str) else value


def _plain(value: str) -> str:
    return "".join(filter(str.isalnum, value)).casefold()


def _faults(tree: dict[str, Any]) -> Iterator[InitErrorDetails]:
    for name in islice((str(name)[:_LONGEST] for name in tree if name not in Filter.model_fields), _TOLD):
        near = difflib.get_close_matches(name, Filter.model_fields, n=1)
        yield _fault((name,), "is no clause of a filter" + (f"; did you mean {near[0]}?" if near else ""))
    if isinstance(keywords := tree.get("keywords"), str):
        try:
            tree["keywords"] = parse(keywords).model_dump()
        except Misspelt as error:
            yield _fault(("keywords",), str(error), position=error.position, hint=error.hint)
    elif _is_deep(keywords):
        yield _fault(("keywords",), f"has groups in groups deeper than the {MAXIMUM_DEPTH} that are taken")
    places = tree.get("places")
    for number, place in enumerate(places[:MAXIMUM_TERMS] if isinstance(places, list) else ()):
        metro = place.get("metro") if isinstance(place, dict) else None
        if isinstance(metro, str) and metro.strip() and len(metro) <= _LONGEST and gazetteer().metro(metro) is None:
            hint = f"; {_metros_like(metro)}" if number < _TOLD else ""
            yield _fault(("places", number, "metro"), f"is no metropolitan area that is known here{hint}")


def _metros_like(name: str) -> str:
    meant, known = gazetteer().similar_metros(name), [one.name for one in gazetteer().metros()]
    return f"did you mean {' or '.join(meant)}?" if meant else f"there are {', '.join(known[:3])} and {len(known) - 3} more"


def _others(tree: dict[str, Any], faults: list[InitErrorDetails]) -> Iterator[InitErrorDetails]:
    """What else is wrong: a sender wants to hear of everything at once."""
    wrong = {fault["loc"] for fault in faults if "loc" in fault}
    rest = {name: value for name, value in tree.items() if name in Filter.model_fields and (name,) not in wrong}
    if isinstance(rest.get("places"), list):
        rest["places"] = [
            _SOME_PLACE if ("places", number, "metro") in wrong else place for number, place in enumerate(rest["places"])
        ]
    try:
        Filter.model_validate(rest)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            yield InitErrorDetails(type=fault["type"], loc=fault["loc"], input=None, ctx=fault.get("ctx", {}))


def _fault(path: Path, problem: str, **more: object) -> InitErrorDetails:
    error = PydanticCustomError("filter", "{problem}", {"problem": problem, **more})
    return InitErrorDetails(type=error, loc=path, input=None)


def _is_deep(value: object) -> bool:
    """Looked at level by level: the nesting is the sender's choice, and recursion has an end."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [below for one in level for below in _below(one)]
        if not level:
            return False
    return True


def _below(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list | tuple):
        yield from value


AskedFilter = Annotated[Filter, BeforeValidator(_read, json_schema_input_type=Filter | str)]
"""A tree, in which `keywords` may be text, or just that text."""
asked_filter: Final[TypeAdapter[Filter]] = TypeAdapter(AskedFilter)
