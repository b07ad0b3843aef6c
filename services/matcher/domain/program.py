"""A filter as a program: `Wanted` enters, a row of 32-bit words leaves that the kernels run (its layout: `kernels/bits.py`).

What it asks for is a formula over predicates: a number, or what is not to hold, or several of which all or any must. Clauses
may be made ready apart, as parts that are joined: all of them must hold.
"""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from struct import pack
from typing import Final, NamedTuple

from schemas.filter import codes
from schemas.places.shapes import Area
from services.matcher.domain import profile
from services.matcher.domain.codes_held import BITS, asked_for
from services.matcher.domain.group import Entry, Group, Needle, Where
from services.matcher.domain.kernels.bits import COUNT_BITS, HAS_FORMULA, HAS_PAY, KEEPS, MOST, NEVER
from services.matcher.domain.kernels.program import NO, YES
from services.matcher.domain.kernels.terms import ANY, COMPANY, LOCATION, SAID, SKILL, TITLE
from services.matcher.domain.vocabulary import Vocabulary
from services.matcher.domain.wanted import Alternative, Wanted

_NO_PAY: Final = array("i")
_FIELDS: Final = {None: ANY, "title": TITLE, "company": COMPANY, "skill": SKILL, "location": LOCATION}


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
            if needed := _needed(formula):
                self.lists.append(needed)

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


class Compiled(NamedTuple):
    """A whole filter as it is filed, in numbers of one vocabulary."""

    program: "array[int]"
    clauses: int
    """Those it has, as `codes_held` has them."""


def part(asked: Wanted, words: Vocabulary) -> Part:
    """Predicates that are new get their numbers."""
    pay = _NO_PAY
    if asked.pay:
        pay = _words(pack("=di", asked.pay.amount, words.compares(asked.pay.currency, asked.pay_in)))
    found = Part(profile.mask(asked) | (KEEPS if pay and asked.pay_unstated_keeps else 0), asked_for(asked), pay)
    for formula in _formulas(asked, words):
        found.take(formula)
    return found


def part_of_keywords(asked: Group, words: Vocabulary) -> Part:
    """Of keywords alone."""
    found = Part(mask=0, clauses=BITS[codes.KEYWORDS] if asked else 0, pay=_NO_PAY)
    if asked:
        found.take(_group(asked, words))
    return found


def joined(parts: Iterable[Part]) -> Compiled:
    """All the parts of one filter."""
    mask, clauses, pay = 0, 0, _NO_PAY
    required: list[int] = []
    denied: list[int] = []
    lists: list[list[int]] = []
    others: list[Formula] = []
    for one in parts:
        mask, clauses, pay = mask | one.mask, clauses | one.clauses, one.pay or pay
        required += one.required
        denied += one.denied
        lists += one.lists
        others += one.others
    if max(len(required), len(denied), len(lists)) > MOST:
        others += _spilt(required, denied, lists)
    steps = _steps(All(others)) if others else ()
    counts = len(required) | len(denied) << COUNT_BITS | len(lists) << 2 * COUNT_BITS
    counts |= (HAS_PAY if pay else 0) | (HAS_FORMULA if steps else 0)
    head = _words(pack("=qI", profile.whole(mask) | (0 if pay else KEEPS), counts))
    program = array("i", (0, *head, *pay, *required, *denied))
    for some in lists:
        program.append(len(some))
        program.extend(some)
    program.extend(steps)
    program[0] = len(program)
    return Compiled(program, clauses)


def _spilt(required: list[int], denied: list[int], lists: list[list[int]]) -> list[Formula]:
    """What is more than can be counted is taken from where it stands: the formula is to say it."""
    spilt: list[Formula] = [*required[MOST:], *map(Not, denied[MOST:])]
    spilt += [Any(list(some)) for some in lists[MOST:]]
    del required[MOST:], denied[MOST:], lists[MOST:]
    return spilt


def _words(packed: bytes) -> "array[int]":
    return array("i", packed)


def _formulas(asked: Wanted, words: Vocabulary) -> Iterator[Formula]:
    if asked.keywords:
        yield _group(asked.keywords, words)
    if asked.titles:
        yield _group(asked.titles, words)
    if asked.places:
        yield Any([_place(one, words) for one in asked.places])
    if asked.companies:
        yield Any([words.company(key) for key in sorted(asked.companies)])
    if asked.companies_excluded:
        yield Not(Any([words.company(key) for key in sorted(asked.companies_excluded)]))
    for names in asked.skills_all:
        yield Any(_skill(names, words))
    if asked.skills_any:
        yield Any([one for names in asked.skills_any for one in _skill(names, words)])
    yield from _rarely(asked, words)


def _rarely(asked: Wanted, words: Vocabulary) -> Iterator[Formula]:
    if asked.occupations:
        yield Any([words.occupation(code) for code in asked.occupations])
    if asked.experience is not None:
        yield words.experience(asked.experience)
    if asked.approvals is not None:
        yield words.approvals(asked.approvals.at_least, asked.approvals.years)
    if asked.sources:
        yield Any([words.source(name) for name in sorted(asked.sources)])
    if asked.languages:
        yield Any([words.language(code) for code in (*sorted(asked.languages), "")])
    if asked.posted_within is not None:
        yield words.posted(asked.posted_within)


def _skill(names: Iterable[str], words: Vocabulary) -> list[Formula]:
    return [words.term(SAID, name) for name in names]


def _group(group: Group, words: Vocabulary) -> Formula:
    formulas: list[Formula] = [_entry(entry, words) for entry in group.all]
    if group.any:
        formulas.append(Any([_entry(entry, words) for entry in group.any]))
    formulas += [Not(_entry(entry, words)) for entry in group.none]
    return formulas[0] if len(formulas) == 1 else All(formulas)


def _entry(entry: Entry, words: Vocabulary) -> Formula:
    if isinstance(entry, str):
        return words.term(ANY, entry)
    if isinstance(entry, Needle):
        return words.term(_FIELDS[entry.scope], entry.text, entry.prefix)
    return _area(entry.area, words) if isinstance(entry, Where) else _group(entry, words)


def _place(one: Alternative, words: Vocabulary) -> Formula:
    area = _area(one.area, words)
    if not one.workplaces:
        return area
    return All([area, Any([profile.predicate(codes.WORKPLACE, value) for value in sorted(profile.workplaces(one.workplaces))])])


def _area(area: Area, words: Vocabulary) -> Formula:
    """As `Area.holds` has it."""
    found: list[Formula] = [words.circle(circle.latitude, circle.longitude, circle.km) for circle in area.circles]
    if area.city or area.state or area.country or not area.circles:
        found.append(words.named(area.city, area.state, area.country))
    return found[0] if len(found) == 1 else Any(found)


def _needed(formula: Formula) -> list[int]:
    """Predicates of which one has to hold for it to hold; none where it may without. The last number is mostly the rarest."""
    if isinstance(formula, int):
        return [formula]
    if isinstance(formula, Any):
        each = [_needed(one) for one in formula.formulas]
        return [one for some in each for one in some] if all(each) else []
    if isinstance(formula, All):
        return min(filter(None, map(_needed, formula.formulas)), key=lambda some: (len(some), -max(some)), default=[])
    return []


def _steps(formula: Formula) -> list[int]:
    """The formula as tests, three words each; the first is where it begins."""
    tests: list[tuple[int, int, int]] = []  # from the last on: each needs to know where it goes on

    def test(one: Formula, yes: int, no: int) -> int:
        if isinstance(one, int):
            tests.append((one, yes, no))
            return len(tests) - 1
        if isinstance(one, Not):
            return test(one.formula, no, yes)
        entry = yes if isinstance(one, All) else no
        for part in reversed(one.formulas):
            entry = test(part, entry, no) if isinstance(one, All) else test(part, yes, entry)
        return entry

    entry = test(formula, YES, NO)
    if entry < 0:  # it holds, or not, whatever the posting is
        tests.append((NEVER, entry, entry))
    last = len(tests) - 1
    return [word for at, yes, no in reversed(tests) for word in (at, _from_last(yes, last), _from_last(no, last))]


def _from_last(step: int, last: int) -> int:
    return step if step < 0 else last - step
