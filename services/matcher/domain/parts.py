"""Clauses in numbers: what is wanted enters, a part of a program leaves, in which all of it must hold."""

from array import array
from collections.abc import Iterable, Iterator
from struct import pack
from typing import Final

from schemas.filter import codes
from schemas.places.shapes import Area
from services.matcher.domain import profile
from services.matcher.domain.codes_held import BITS, asked_for
from services.matcher.domain.formula import All, Any, Formula, Not, Part
from services.matcher.domain.group import Entry, Group, Needle, Where
from services.matcher.domain.kernels.bits import KEEPS
from services.matcher.domain.kernels.terms import ANY, COMPANY, LOCATION, SAID, SKILL, TITLE
from services.matcher.domain.vocabulary import Vocabulary
from services.matcher.domain.wanted import Alternative, Wanted

NO_PAY: Final = array("i")
_FIELDS: Final = {None: ANY, "title": TITLE, "company": COMPANY, "skill": SKILL, "location": LOCATION}


def part(asked: Wanted, words: Vocabulary) -> Part:
    """Predicates that are new get their numbers."""
    pay = NO_PAY
    if asked.pay:
        pay = array("i", pack("=di", asked.pay.amount, words.compares(asked.pay.currency, asked.pay_in)))
    found = Part(profile.mask(asked) | (KEEPS if pay and asked.pay_unstated_keeps else 0), asked_for(asked), pay)
    for formula in _formulas(asked, words):
        found.take(formula)
    return found


def part_of_keywords(asked: Group, words: Vocabulary) -> Part:
    """Of keywords alone."""
    found = Part(mask=0, clauses=BITS[codes.KEYWORDS] if asked else 0, pay=NO_PAY)
    if asked:
        found.take(_group(asked, words))
    return found


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
