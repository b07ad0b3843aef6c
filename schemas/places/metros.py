"""Metropolitan areas by their names; a folded name enters, the metro or the likeliest ones leave."""

from difflib import get_close_matches
from typing import Final

from schemas.places.files import read_metros
from schemas.places.folding import fold_name
from schemas.places.lands import Land
from schemas.places.shapes import Metro
from schemas.places.towns import Towns

ALIKE: Final = 0.75
"""Least likeness of a name that may have been meant (difflib's ratio). Most have "area" in common."""
MOST: Final = 3


class Metros:
    """All of `metros.toml`. Nothing changes after it was made."""

    def __init__(self, towns: Towns) -> None:
        self.all = read_metros()
        self._names = {fold_name(name): metro for metro in self.all for name in (metro.name, *metro.names)}
        self._cities = {towns.key(fold_name(name)): metro for metro in self.all for name in metro.cities}

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def named(self, name: str, land: Land) -> Metro | None:
        """By its name or a usual one, if it reaches into the state and country."""
        metro = self._names.get(name)
        return metro if metro and _is_in(metro, land) else None

    def around(self, name: str, land: Land) -> Metro | None:
        """By the key of the city that it is named for."""
        metro = self._cities.get(name)
        return metro if metro and _is_in(metro, land) else None

    def near(self, name: str) -> tuple[str, ...]:
        """Names of a few, the most alike first."""
        known = self._names | self._cities
        alike = get_close_matches(name, known, n=len(self.all), cutoff=ALIKE)
        return tuple(dict.fromkeys(known[one].name for one in alike))[:MOST]


def _is_in(metro: Metro, land: Land) -> bool:
    return (not land.state or not metro.states or land.state in metro.states) and land.country in ("", metro.country)
