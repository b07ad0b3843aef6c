"""Keywords and titles as a formula in which nothing but single terms is denied, each folded as the matcher folds it: a tree
enters, and what must hold leaves.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from schemas.filter.tree import Keywords, Scope, ScopedTerm, Titles
from schemas.words import asked, asked_prefix
from schemas.words.company import company_key
from schemas.words.word import JOINS

_NAMED_OTHERWISE: Final = ("skill", "location")
"""Fields in which the matcher looks for other names, too: "k8s" is Kubernetes."""


class Term(NamedTuple):
    """What must stand in a field's folded text or, where `refused`, must not."""

    form: str
    scope: Scope | None
    shown: str
    refused: bool

    def is_wordless(self) -> bool:
        """No text has it."""
        return not self.form.strip()


class Every(NamedTuple):
    """All of them; the kind keeps it apart from `Some`."""

    of: "tuple[Formula, ...]"
    kind: Literal["every"] = "every"


class Some(NamedTuple):
    """One of them; never where there is none."""

    of: "tuple[Formula, ...]"
    kind: Literal["some"] = "some"


Formula = Term | Every | Some
Entry = str | ScopedTerm | Keywords

folded: Final = lru_cache(maxsize=4_096)(asked)
"""Each term is looked at for several reasons, and a warning asked for again with every change to a filter."""


def formula(keywords: Keywords, *, refused: bool = False) -> Formula:
    """The same as the matcher's reading of a group, or its denial."""
    parts = _listed(keywords.all, refused=refused)
    if keywords.any:
        alternatives = tuple(_entry(entry, refused=refused) for entry in keywords.any)
        parts.append(Every(alternatives) if refused else Some(alternatives))
    parts += [_entry(entry, refused=not refused) for entry in keywords.none]
    return Some(tuple(parts)) if refused else Every(tuple(parts))


def titles(wanted: Titles) -> Formula:
    """As terms in the title."""
    included = Some(tuple(_term(term, "title", refused=False) for term in wanted.include))
    excluded = [_term(term, "title", refused=True) for term in wanted.exclude]
    return Every((included, *excluded) if wanted.include else tuple(excluded))


def company(name: str) -> Formula:
    """As words in the company's name, without what may be left out of it."""
    return _term(company_key(name), "company", refused=False)


def narrows(part: Formula) -> bool:
    """Whether it needs a term: what only leaves some out leaves most in."""
    if isinstance(part, Term):
        return not part.refused
    return any(map(narrows, part.of)) if isinstance(part, Every) else all(map(narrows, part.of))


def _listed(entries: Sequence[Entry], *, refused: bool) -> list[Formula]:
    """Two words in a row that are also written as one may be found as that one."""
    parts = [_entry(entry, refused=refused) for entry in entries]
    for number, (first, second) in enumerate(pairwise(entries)):
        if (one := _compound(first, second, refused=refused)) is not None:
            parts[number] = _with(parts[number], one)
            parts[number + 1] = _with(parts[number + 1], one)
    return parts


def _compound(first: Entry, second: Entry, *, refused: bool) -> Term | None:
    if isinstance(first, Keywords) or isinstance(second, Keywords):
        return None
    (one, scope, begins), (other, other_scope, other_begins) = _parts(first), _parts(second)
    if begins or other_begins or scope != other_scope or (refused and scope in _NAMED_OTHERWISE):
        return None
    found = JOINS.get(folded(other).strip(), {}).get(folded(one).strip())
    return None if found is None else Term(f" {found} ", scope, f'"{found}"', refused)


def _with(part: Formula, compound: Term) -> Formula:
    return Every((part, compound)) if compound.refused else Some((part, compound))


def _entry(entry: Entry, *, refused: bool) -> Formula:
    if isinstance(entry, Keywords):
        return formula(entry, refused=refused)
    term, scope, begins = _parts(entry)
    word = _term(term, scope, refused=refused)
    terms = [word]
    if begins:
        shown = word.shown.replace(f'"{term}"', f'"{term}*"')
        terms = [word._replace(form=asked_prefix(term), shown=shown)]
        if not word.form.startswith(terms[0].form):
            terms.append(word._replace(shown=shown))  # "apis*" begins no word of a text: they stand in the singular there
    elif scope in _NAMED_OTHERWISE and not word.is_wordless():
        # Its other names, which are the matcher's: not known here, and equal to themselves only.
        terms.append(word._replace(form=f"<{'-'.join(word.form.split())}>"))
    if len(terms) == 1:
        return terms[0]
    return Every(tuple(terms)) if refused else Some(tuple(terms))


def _term(term: str, scope: Scope | None, *, refused: bool) -> Term:
    return Term(folded(term), scope, f'"{term}"' + (f" in {scope}" if scope else ""), refused)


def _parts(entry: str | ScopedTerm) -> tuple[str, Scope | None, bool]:
    return (entry, None, False) if isinstance(entry, str) else (entry.term, entry.scope, entry.prefix)
