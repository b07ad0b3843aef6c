"""Keywords as a formula of and, or and not: a tree goes in, or what a text says, and the tree comes out in its normal form.

Two trees that mean the same by these rules alone have one normal form: a group within a group of its kind is dissolved, so is
one with a single entry, a denial of a denial, of alternatives (it denies each) and of nothing but denials; an entry stands once
in a list.
"""

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from schemas.filter.spelling import tidy
from schemas.filter.tree import MAXIMUM_DEPTH, MAXIMUM_KEYWORDS, MAXIMUM_TERMS, Entries, Keywords, Scope, ScopedTerm


class Leaf(NamedTuple):
    """A word, a phrase or the beginning of one; in one field, or in any where `scope` is None."""

    term: str
    scope: Scope | None = None
    prefix: bool = False


class Both(NamedTuple):
    """All of them; true where there is none. The kind keeps it apart from `Either`: named tuples are equal by their values."""

    of: "tuple[Formula, ...]"
    kind: Literal["both"] = "both"


class Either(NamedTuple):
    """One of them; false where there is none."""

    of: "tuple[Formula, ...]"
    kind: Literal["either"] = "either"


class Denied(NamedTuple):
    """Not this leaf, or not all of these."""

    of: "Formula"
    kind: Literal["denied"] = "denied"


Formula = Leaf | Both | Either | Denied
ALWAYS: Final = Both(())
NEVER: Final = Either(())


def both(parts: Iterable[Formula]) -> Formula:
    flat = tuple(dict.fromkeys(one for part in parts for one in (part.of if isinstance(part, Both) else (part,))))
    if NEVER in flat:
        return NEVER
    return flat[0] if len(flat) == 1 else Both(_in_order(flat))


def _in_order(parts: tuple[Formula, ...]) -> tuple[Formula, ...]:
    """As the lists of a tree have them, so that two that make the same tree are the same: `-a b` and `b -a`."""
    groups = sum(isinstance(part, Either) for part in parts)
    return tuple(sorted(parts, key=lambda part: 2 if isinstance(part, Denied) else isinstance(part, Either) and groups == 1))


def either(parts: Iterable[Formula]) -> Formula:
    flat = tuple(dict.fromkeys(one for part in parts for one in (part.of if isinstance(part, Either) else (part,))))
    if ALWAYS in flat:
        return ALWAYS
    return flat[0] if len(flat) == 1 else Either(flat)


def denied(part: Formula) -> Formula:
    if isinstance(part, Denied):
        return part.of
    if isinstance(part, Either):
        return both(map(denied, part.of))
    if isinstance(part, Both) and all(isinstance(one, Denied) for one in part.of):
        return either(map(denied, part.of))
    return Denied(part)


def scoped(part: Formula, scope: Scope) -> Formula:
    """In this field, but for what names one itself: `title:(senior or company:acme)`."""
    match part:
        case Leaf():
            return part if part.scope else part._replace(scope=scope)
        case Both():
            return both(scoped(one, scope) for one in part.of)
        case Either():
            return either(scoped(one, scope) for one in part.of)
        case Denied():
            return denied(scoped(part.of, scope))


def normal(keywords: Keywords) -> Keywords:
    """The same meaning in the one form that `parse` gives.

    A group that is always true or never goes; what is never true as a whole is "without anything" (`none` with an empty group).
    A tree that keeps the limits only because it is cut into groups stays as it is, but for the spelling of its terms.
    """
    tree = to_tree(_formula(keywords))
    return _tidied(keywords) if excess(tree) else tree


def excess(keywords: Keywords) -> str:
    """Which limit it goes beyond, in words."""
    if (depth := keywords.depth()) > MAXIMUM_DEPTH:
        return f"groups stand in groups {depth} deep, at most {MAXIMUM_DEPTH} are taken"
    if (size := keywords.size()) > MAXIMUM_KEYWORDS:
        return f"there are {size} words and phrases, at most {MAXIMUM_KEYWORDS} are taken"
    if (width := _width(keywords)) > MAXIMUM_TERMS:
        return f"{width} words and phrases stand in one list, at most {MAXIMUM_TERMS} are taken"
    return ""


def to_tree(formula: Formula) -> Keywords:
    """Alternatives go into `any`; where there are several groups of them, each is an entry of `all`. Limits are not checked."""
    if formula == NEVER:
        return Keywords(none=(Keywords(),))
    parts = formula.of if isinstance(formula, Both) else (formula,)
    groups = [part for part in parts if isinstance(part, Either)]
    alternatives = groups[0] if len(groups) == 1 else None
    return _keywords(
        all=tuple(_entry(part) for part in parts if not isinstance(part, Denied) and part is not alternatives),
        any=tuple(map(_entry, alternatives.of)) if alternatives else (),
        none=tuple(_entry(part.of) for part in parts if isinstance(part, Denied)),
    )


def _keywords(*, all: Entries, any: Entries, none: Entries) -> Keywords:
    """Unchecked: it may be beyond the limits, which are told in other words here than where a tree is read."""
    given = {name for name, entries in (("all", all), ("any", any), ("none", none)) if entries}
    return Keywords.model_construct(given, all=all, any=any, none=none)


def _entry(part: Formula) -> str | ScopedTerm | Keywords:
    if not isinstance(part, Leaf):
        return to_tree(part)
    if not part.scope and not part.prefix:
        return part.term
    return ScopedTerm.model_construct(term=part.term, scope=part.scope, prefix=part.prefix)


def _formula(entry: str | ScopedTerm | Keywords) -> Formula:
    if isinstance(entry, str):
        return Leaf(tidy(entry))
    if isinstance(entry, ScopedTerm):
        return Leaf(tidy(entry.term, prefix=entry.prefix), entry.scope, entry.prefix)
    alternatives = [either(map(_formula, entry.any))] if entry.any else []
    return both([*map(_formula, entry.all), *alternatives, *(denied(_formula(one)) for one in entry.none)])


def _tidied(keywords: Keywords) -> Keywords:
    tidied = {name: tuple(map(_tidied_entry, entries)) for name, entries in keywords}
    return _keywords(**tidied)


def _tidied_entry(entry: str | ScopedTerm | Keywords) -> str | ScopedTerm | Keywords:
    return _tidied(entry) if isinstance(entry, Keywords) else _entry(_formula(entry))


def _width(keywords: Keywords) -> int:
    inner = (_width(entry) for entry in keywords.entries() if isinstance(entry, Keywords))
    return max(len(keywords.all), len(keywords.any), len(keywords.none), *inner)
