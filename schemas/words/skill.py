"""The name of a skill enters, and every way to say it leaves, as terms that are looked for in a text. The names are data:
`skills.toml` beside this module.
"""

import tomllib
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from schemas.words import asked

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
