"""A filter as people and partners send it: text or tree enters, a `Filter` of the newest language leaves, or what is wrong."""

from collections.abc import Iterator
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, TypeAdapter, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from schemas.filter.syntax import Misspelt, parse
from schemas.filter.tree import MAXIMUM_DEPTH, VERSION, Filter
from schemas.places import gazetteer

_DEEPEST: Final = 3 * MAXIMUM_DEPTH
"""Levels of JSON that no filter within its limits has: an object and a list a group, and a little around."""

_SOME_PLACE: Final = {"country": "US"}

Path = tuple[str | int, ...]


def _read(sent: Any) -> Any:
    """What `Filter` validates: texts parsed, the version stamped. Raises `ValidationError` with the field, as Pydantic does."""
    if isinstance(sent, str):
        sent = {"keywords": sent}
    if not isinstance(sent, dict):
        return sent
    tree = {"version": VERSION, **sent}
    if faults := list(_faults(tree)):
        raise ValidationError.from_exception_data("Filter", [*faults, *_others(tree, faults)])
    return tree


def _others(tree: dict[str, Any], faults: list[InitErrorDetails]) -> Iterator[InitErrorDetails]:
    """What else is wrong: a sender wants to hear of everything at once."""
    wrong = [fault["loc"] for fault in faults if "loc" in fault]
    rest = {name: value for name, value in tree.items() if (name,) not in wrong}
    if isinstance(rest.get("places"), list | tuple):
        rest["places"] = [
            _SOME_PLACE if ("places", number, "metro") in wrong else place for number, place in enumerate(rest["places"])
        ]
    try:
        Filter.model_validate(rest)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            yield InitErrorDetails(type=fault["type"], loc=fault["loc"], input=None, ctx=fault.get("ctx", {}))


def _faults(tree: dict[str, Any]) -> Iterator[InitErrorDetails]:
    if isinstance(version := tree["version"], int) and version > VERSION:
        yield _fault(("version",), f"is newer than this service knows: the newest is {VERSION}")
    if isinstance(keywords := tree.get("keywords"), str):
        try:
            tree["keywords"] = parse(keywords).model_dump()
        except Misspelt as error:
            yield _fault(("keywords",), str(error), position=error.position, hint=error.hint)
    elif _is_deep(keywords):
        yield _fault(("keywords",), f"has groups in groups deeper than the {MAXIMUM_DEPTH} that are taken")
    places = tree.get("places")
    for number, place in enumerate(places if isinstance(places, list | tuple) else ()):
        metro = place.get("metro") if isinstance(place, dict) else None
        if isinstance(metro, str) and metro.strip() and gazetteer().metro(metro) is None:
            yield _fault(
                ("places", number, "metro"), f"is not known; there are {', '.join(one.name for one in gazetteer().metros())}"
            )


def _fault(path: Path, problem: str, **more: object) -> InitErrorDetails:
    error = PydanticCustomError("filter", "{problem}", {"problem": problem, **more})
    return InitErrorDetails(type=error, loc=path, input=None)


def _is_deep(value: object) -> bool:
    """Looked at level by level: the nesting is the sender's choice, and recursion has an end."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            below
            for one in level
            for below in (one.values() if isinstance(one, dict) else one if isinstance(one, list) else ())
        ]
        if not level:
            return False
    return True


AskedFilter = Annotated[Filter, BeforeValidator(_read, json_schema_input_type=Filter | str)]
"""A tree, in which `keywords` may be text, or just that text."""
asked_filter: Final[TypeAdapter[Filter]] = TypeAdapter(AskedFilter)
