"""Compares two JSON Schemas of one contract, the released one and the one in the code, and says what would break whom.

Services are deployed one after another, so a new reader meets old records and an old reader meets new ones. That leaves one
free change: a new field with a default. All else is a new major version.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

_ANNOTATIONS: Final = {"title", "description", "examples", "deprecated", "$defs", "discriminator"}
_WALKED: Final = {"$ref", "properties", "required", "items", "prefixItems", "anyOf", "oneOf", "allOf", "enum", "default"}


class Comparison:
    """One contract, as released (`old`) and as it is in the code (`new`)."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old = old
        self._new = new
        self._seen: set[tuple[str, str]] = set()

    def breaks(self) -> list[str]:
        """One sentence for each change that breaks an old reader or an old record; empty where both stay whole."""
        return list(self._compare(self._old, self._new, ""))

    def _compare(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        pair = (old.get("$ref", ""), new.get("$ref", ""))
        if all(pair) and pair in self._seen:
            return  # a tree that contains itself
        self._seen.add(pair)
        here, old_default, new_default = at or "the record", old.get("default"), new.get("default")
        if "default" in old and "default" in new and old_default != new_default:
            yield f"{here}: default {old_default!r} became {new_default!r}: records without it would change their meaning"
        old, new = _resolved(old, self._old), _resolved(new, self._new)
        yield from _keywords(old, new, here)
        yield from _values(old, new, here)
        yield from self._fields(old, new, at)
        yield from self._parts(old, new, at)

    def _fields(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        had, has = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(before.keys() - after.keys()):
            yield f"{_join(at, name)}: removed: old readers still look for it, and what old records say in it is lost"
        for name in sorted((after.keys() - before.keys()) & has):
            yield f"{_join(at, name)}: new and required: old records do not have it; give it a default"
        for name in sorted(before.keys() & after.keys()):
            if name in has - had:
                yield f"{_join(at, name)}: became required: old records may lack it"
            if name in had - has:
                yield f"{_join(at, name)}: became optional: old readers refuse a record without it"
            yield from self._compare(before[name], after[name], _join(at, name))

    def _parts(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        """Items of a list, alternatives of a union."""
        if isinstance(old.get("items"), Mapping) and isinstance(new.get("items"), Mapping):
            yield from self._compare(old["items"], new["items"], f"{at}[]")
        elif old.get("items") != new.get("items"):
            yield f"{at or 'the record'}: what the list holds changed"
        for kind in ("anyOf", "oneOf", "allOf", "prefixItems"):
            before, after = old.get(kind, []), new.get(kind, [])
            if len(before) != len(after):
                yield f"{at or 'the record'}: had {len(before)} alternative types, has {len(after)}"
            else:
                for one, other in zip(before, after, strict=True):
                    yield from self._compare(one, other, at)


def _keywords(old: Schema, new: Schema, here: str) -> Iterator[str]:
    """Types, bounds, patterns. Tighter refuses old records, wider makes old readers refuse new ones."""
    for keyword in sorted((old.keys() | new.keys()) - _ANNOTATIONS - _WALKED):
        if old.get(keyword) != new.get(keyword):
            yield f"{here}: {keyword} {_said(old, keyword)} became {_said(new, keyword)}"


def _values(old: Schema, new: Schema, here: str) -> Iterator[str]:
    before, after = old.get("enum"), new.get("enum")
    if before is None or after is None:
        if before != after:
            yield f"{here}: values {before} became {after}"
        return
    for value in sorted(set(before) - set(after), key=repr):
        yield f"{here}: value {value!r} removed: old records that have it would be refused"
    for value in sorted(set(after) - set(before), key=repr):
        yield f"{here}: value {value!r} added: old readers refuse it"


def _resolved(schema: Schema, root: Schema) -> Schema:
    """Follow a reference into the root's definitions; what stands beside it stays."""
    if (reference := schema.get("$ref")) is None:
        return schema
    target: Schema = root["$defs"][reference.removeprefix("#/$defs/")]
    return {**target, **{keyword: value for keyword, value in schema.items() if keyword != "$ref"}}


def _said(schema: Schema, keyword: str) -> str:
    return repr(schema[keyword]) if keyword in schema else "(unset)"


def _join(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name
