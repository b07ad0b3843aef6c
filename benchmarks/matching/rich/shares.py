"""Filters enter, the share of them that has each feature of the language leaves, by the feature's name."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from schemas.filter.tree import Filter, Keywords, PlaceWanted, ScopedTerm


def shares(filters: Iterable[Filter]) -> Mapping[str, float]:
    """Between 0 and 1, the most frequent first."""
    found, count = Counter[str](), 0
    for one in filters:
        found.update(set(features(one)))
        count += 1
    return {name: times / count for name, times in found.most_common()}


def features(one: Filter) -> Iterator[str]:
    """The clauses it has, by their names in the tree, and what is special in its keywords and places."""
    yield from (name for name in one.model_fields_set - {"version"} if getattr(one, name))
    if one.keywords:
        yield from _of_keywords(one.keywords)
        if one.keywords.depth() > 1:
            yield "groups in groups"
    yield from _of_places(one.places)


def _of_keywords(group: Keywords) -> Iterator[str]:
    if group.any:
        yield "OR groups"
    if group.none:
        yield "exclusions"
    for entry in group.entries():
        if isinstance(entry, Keywords):
            yield from _of_keywords(entry)
        elif isinstance(entry, ScopedTerm):
            if entry.prefix:
                yield "prefixes"
            if entry.scope:
                yield "title scope" if entry.scope == "title" else "other scopes"
        elif " " in entry:
            yield "phrases"


def _of_places(places: tuple[PlaceWanted, ...]) -> Iterator[str]:
    if len(places) > 1:
        yield "several places"
    for place in places:
        if place.within:
            yield "radius"
        if place.workplaces:
            yield "places with a way to work"
