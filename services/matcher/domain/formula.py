"""What a filter asks for as a formula over predicates, and sorted by its kind: what a posting has to have, what it must not,
of what it needs one, and what only a formula says.
"""

from array import array
from dataclasses import dataclass, field


@dataclass(slots=True)
class Not:
    formula: "Formula"


@dataclass(slots=True)
class All:
    formulas: "list[Formula]"


@dataclass(slots=True)
class Any:
    formulas: "list[Formula]"


Formula = int | Not | All | Any
"""Over predicates. An `All` of none holds, an `Any` of none does not."""


@dataclass(slots=True)
class Part:
    """What has to hold for some clauses of a filter, by its kind, in numbers of one vocabulary."""

    mask: int
    clauses: int
    """As `codes_held` has them."""
    pay: "array[int]"
    """Three words; none where no pay is asked for."""
    required: list[int] = field(default_factory=list)
    denied: list[int] = field(default_factory=list)
    lists: list[list[int]] = field(default_factory=list)
    others: list[Formula] = field(default_factory=list)

    def take(self, formula: Formula) -> None:
        """Put it where it belongs."""
        if isinstance(formula, int):
            self.required.append(formula)
        elif isinstance(formula, All):
            for one in formula.formulas:
                self.take(one)
        elif isinstance(formula, Any):
            self._take_any(formula)
        else:
            self._deny(formula.formula)

    def _take_any(self, formula: Any) -> None:
        found = [one for one in formula.formulas if isinstance(one, int)]
        if len(formula.formulas) == 1:
            self.take(formula.formulas[0])
        elif len(found) == len(formula.formulas):
            self.lists.append(found)
        else:
            self.others.append(formula)
            if some := needed(formula):
                self.lists.append(some)

    def _deny(self, formula: Formula) -> None:
        if isinstance(formula, int):
            self.denied.append(formula)
        elif isinstance(formula, Any):
            for one in formula.formulas:
                self._deny(one)
        elif isinstance(formula, All):
            self.take(Any([Not(one) for one in formula.formulas]))
        else:
            self.take(formula.formula)


def needed(formula: Formula) -> list[int]:
    """Predicates of which one has to hold for it to hold; none where it may without. The last number is mostly the rarest."""
    if isinstance(formula, int):
        return [formula]
    if isinstance(formula, Any):
        each = [needed(one) for one in formula.formulas]
        return [one for some in each for one in some] if all(each) else []
    if isinstance(formula, All):
        return min(filter(None, map(needed, formula.formulas)), key=lambda some: (len(some), -max(some)), default=[])
    return []
