"""The name of a skill enters, and every way to say it leaves, as terms that are looked for in a text. The names are data:
`skills.toml` beside this module.
"""

import tomllib
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import product
from pathlib import Path
from typing import Final

from schemas.words import asked
from schemas.words.language import ALONE
from schemas.words.word import JOINS

_NAMES: Final = Path(__file__).with_name("skills.toml")


@lru_cache(maxsize=65_536)
def forms(name: str) -> tuple[str, ...]:
    """What is said for this skill, as `asked` terms, the name itself first; a skill that is not known has only that."""
    term = asked(name)
    return tuple(dict.fromkeys((term, *_known().get(term, ()))))


def skills() -> Iterator[tuple[str, ...]]:
    """Every skill that is known: its name and its other names, as people write them."""
    for group in tomllib.loads(_NAMES.read_text("utf-8")).values():
        yield from ((name, *others) for name, others in group.items())


@cache
def sequences() -> dict[tuple[str, ...], str]:
    """Every row of words (`placed`, neither marked nor joined) that says a skill, to its name. Compounds that are none though a
    skill is a part of them have no name: "Git Hub".
    """
    said = {row: names[0] for names in skills() for term in names for row in _rows(asked(term).split())}
    alone = {row[0] for row in said if len(row) == 1}
    compounds = [(first, second) for second, firsts in JOINS.items() for first in firsts]
    return dict.fromkeys((row for row in compounds if not alone.isdisjoint(row)), "") | said


def _rows(term: list[str]) -> Iterator[tuple[str, ...]]:
    """The words of a term with its compounds taken apart, or not, and C, R and Go at its beginning marked, or not."""
    for parts in product(*map(_parts, term)):
        row = tuple(word for part in parts for word in part)
        yield row
        yield from ((short, *row[1:]) for short, language in ALONE.items() if language == row[0])


def _parts(word: str) -> list[tuple[str, ...]]:
    return [(word,), *((first, second) for second, firsts in JOINS.items() for first, whole in firsts.items() if whole == word)]


@cache
def _known() -> dict[str, tuple[str, ...]]:
    """Each name's term to the terms of its skill."""
    known: dict[str, tuple[str, ...]] = {}
    for names in skills():
        terms = list(map(asked, names))
        known.update(dict.fromkeys(terms, _enough(terms)))
    return known


def _enough(terms: list[str]) -> tuple[str, ...]:
    """Without those that another finds, too: "apache kafka" where "kafka" is looked for."""
    return tuple(term for term in terms if not any(other in term for other in terms if other != term))
