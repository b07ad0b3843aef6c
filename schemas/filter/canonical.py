"""Keywords as text, in the one way they are written here: what `parse` reads back as the same tree.

A few trees have no such text: those with a word of punctuation alone, with an empty group, or beyond the limits of a text.
"""

import re
from collections.abc import Sequence

from schemas.filter.formula import normal
from schemas.filter.spelling import alternatives
from schemas.filter.tree import Keywords, ScopedTerm

Entry = str | ScopedTerm | Keywords

_BARE = re.compile(r"(?!(?:and|or|not)$)\.?[^\W_](?:[\w.+#'@%/-]|&(?!&))*", re.IGNORECASE)
"""What needs no quotation marks; more could do without, but nobody has to know which."""


def written(keywords: Keywords) -> str:
    """In its normal form: `a b` rather than `a and b`, `-a` rather than `not a`, `title:(a or b)`."""
    return _group(normal(keywords))


def _group(keywords: Keywords) -> str:
    alternatives = [_alternatives(keywords.any, alone=not (keywords.all or keywords.none))] if keywords.any else []
    return " ".join([*map(_entry, keywords.all), *alternatives, *("-" + _entry(entry) for entry in keywords.none)])


def _alternatives(entries: Sequence[Entry], *, alone: bool) -> str:
    """One of them. `and` binds closer, so that groups of it need no parentheses here, but for those with a denial: at the end
    of all it would hold for each of them.
    """
    scope = _scope(entries)
    if scope:
        return f"{scope}:({' or '.join(_term(entry) for entry in entries)})"
    text = " or ".join(_alternative(entry) for entry in entries)
    return text if alone else f"({text})"


def _alternative(entry: Entry) -> str:
    """Without parentheses where it is a list of what must occur, or of what must not."""
    if isinstance(entry, Keywords) and (entry.all or entry.none) and not (entry.none and (entry.all or entry.any)):
        return _group(entry)
    return _entry(entry)


def _scope(entries: Sequence[Entry]) -> str | None:
    """That of all of them, if they have one in common and are several."""
    scopes = {entry.scope if isinstance(entry, ScopedTerm) else None for entry in entries}
    return scopes.pop() if len(scopes) == 1 and len(entries) > 1 else None


def _entry(entry: Entry) -> str:
    if isinstance(entry, Keywords):
        in_parentheses = not entry.all and not entry.none and _scope(entry.any)
        return _group(entry) if in_parentheses else f"({_group(entry)})"
    return f"{entry.scope}:{_term(entry)}" if isinstance(entry, ScopedTerm) and entry.scope else _term(entry)


def _term(entry: Entry) -> str:
    """Without its field."""
    assert not isinstance(entry, Keywords)
    term, prefix = (entry, False) if isinstance(entry, str) else (entry.term, entry.prefix)
    bare = _BARE.fullmatch(term) and len(alternatives(term)) == 1
    return (term if bare else f'"{term}"') + "*" * prefix
