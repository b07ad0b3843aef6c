"""Formulas that no posting can satisfy: terms that must occur and must not, and words without a letter.

What is told to be impossible is. Not all that is impossible is told: alternatives are only followed while one of them is left,
or finding out could take for ever.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from schemas.filter.warning.literal import Every, Formula, Some, Term

_ROUNDS: Final = 4
"""So often an alternative that is the last of its group is taken for granted, and what follows is looked at again."""
_SHOWN: Final = 3
"""Reasons that are told, where each alternative has its own."""


def contradiction(*parts: Formula) -> str | None:
    """Why they can't all hold, in words; None where nothing is seen against it."""
    return _clash(parts, _Known())


class _Known:
    """Terms that are known to be needed or refused, here and in the groups around."""

    def __init__(self, around: "_Known | None" = None) -> None:
        self._around = around
        self._needed: list[Term] = []
        self._refused: list[Term] = []

    def add(self, term: Term) -> None:
        (self._refused if term.refused else self._needed).append(term)

    def clash(self, term: Term) -> str | None:
        """Why the term can't hold with these."""
        if term.is_wordless():
            return None if term.refused else f"{term.shown} has no letter and no digit that could be found"
        known: _Known | None = self
        while known is not None:
            if (other := known._other(term)) is not None:  # noqa: SLF001 -- its own kind
                return _told(other, term) if term.refused else _told(term, other)
            known = known._around  # noqa: SLF001
        return None

    def _other(self, term: Term) -> Term | None:
        form = term.form
        if term.refused:
            return next((one for one in self._needed if form in one.form and _stands_in(term, one)), None)
        return next((one for one in self._refused if one.form in form and _stands_in(one, term)), None)


def _stands_in(refused: Term, needed: Term) -> bool:
    """Whether the one is looked for where the other is: anywhere is title, company, skills and text, and not the places."""
    return refused.scope == needed.scope or (refused.scope is None and needed.scope != "location")


def _told(needed: Term, refused: Term) -> str:
    if needed.shown.casefold() == refused.shown.casefold():
        return f"{needed.shown} must occur and must not occur"
    return f"{needed.shown} must occur, and {refused.shown} must not"


def _clash(parts: Iterable[Formula], known: _Known) -> str | None:
    """Fills `known` with what must hold."""
    waiting = list(parts)
    for _ in range(_ROUNDS):
        choices: list[Some] = []
        for part in _flat(waiting):
            if isinstance(part, Some):
                choices.append(part)
            elif (problem := known.clash(part)) is not None:
                return problem
            else:
                known.add(part)
        waiting = []
        for choice in choices:
            left, problems = _left(choice, known)
            if not left:
                return _or_else(problems)
            waiting.append(left[0] if len(left) == 1 else choice)
        if waiting == choices:
            return None
    return None


def _flat(parts: Iterable[Formula]) -> Iterator[Term | Some]:
    for part in parts:
        if isinstance(part, Every):
            yield from _flat(part.of)
        else:
            yield part


def _left(choice: Some, known: _Known) -> tuple[list[Formula], list[str]]:
    """Alternatives that may hold, two at most, for more are no news; and what is against the others."""
    left: list[Formula] = []
    problems: list[str] = []
    for one in choice.of:
        problem = known.clash(one) if isinstance(one, Term) else _clash((one,), _Known(known))
        if problem is None:
            left.append(one)
            if len(left) > 1:
                break
        else:
            problems.append(problem)
    return left, problems


def _or_else(problems: list[str]) -> str:
    different = list(dict.fromkeys(problems)) or ["an empty group has nothing that could be found"]
    return "; or else ".join(different[:_SHOWN]) + ("; and so on" if len(different) > _SHOWN else "")
