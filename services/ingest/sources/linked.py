"""JSON-LD (https://www.w3.org/TR/json-ld11): the values of a page's scripts enter, its postings leave, wherever they stand in
them, with what they only refer to by its `@id` in its place.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

_HELD_IN: Final = ("@graph", "itemListElement", "item", "mainEntity", "mainEntityOfPage")
_REFERENCES: Final = ("hiringOrganization", "jobLocation")
"""What may stand elsewhere on the page."""
_DEEPEST: Final = 10


def things(values: Sequence[object], kind: str) -> list[object]:
    """Those of a type of schema.org, in the order of the page."""
    found = [one for value in values for one in _of_kind(value, kind, 0)]
    if not any(reference(part) for one in found for name in _REFERENCES for part in _parts(one.get(name))):
        return list(found)
    known: dict[str, object] = {}
    for value in values:
        _name(value, known, 0)
    return [one | {name: _resolved(one[name], known) for name in _REFERENCES if name in one} for one in found]


def _name(value: object, known: dict[str, object], depth: int) -> None:
    """By their `@id`, those that say more than that; of one that is said twice the first."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict) and isinstance(name := value.get("@id"), str) and not reference(value):
        known.setdefault(name, value)
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _name(part, known, depth + 1)


def _resolved(value: object, known: Mapping[str, object]) -> object:
    """One step: what is found may refer to others, and stays as it is."""
    if isinstance(value, list):
        return [known.get(reference(part), part) for part in value]
    return known.get(reference(value), value)


def reference(value: object) -> str:
    """The `@id` of an object that has nothing else."""
    name = value.get("@id") if isinstance(value, dict) and value.keys() <= {"@id", "@type"} else None
    return name if isinstance(name, str) else ""


def _parts(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _of_kind(value: object, kind: str, depth: int) -> Iterator[dict[str, object]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for part in value:
            yield from _of_kind(part, kind, depth + 1)
    elif isinstance(value, dict):
        kinds = value.get("@type")
        if any(isinstance(one, str) and one.rpartition("/")[2] == kind for one in _parts(kinds)):
            yield value
        else:
            for name in _HELD_IN:
                yield from _of_kind(value.get(name), kind, depth + 1)
