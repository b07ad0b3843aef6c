"""What a written place says: three fields enter, their names as the gazetteer has them and the cities that may be meant leave.

Postings and filters are read alike, so that the same words always fit each other.
"""

from dataclasses import dataclass
from typing import Final

from schemas.places.cutting import Cut, cuts, spellings
from schemas.places.folding import fold_name
from schemas.places.lands import Land, Lands
from schemas.places.metros import Metros
from schemas.places.shapes import City
from schemas.places.towns import Towns

LARGE: Final = 100_000
"""Least people of a city that is meant by a name which is also a state's or a country's."""
HOME: Final = ("US", "CA")
"""Where the states are: a town abroad is no match for one of them, be it as large as Virginia in South Africa."""
THEIRS: Final = {"WA": "AU"}
"""Codes of our states that are those of another country's, too."""
LONGEST_CODE: Final = 3
"""Of a country. Towns come before codes: Bo, Bra."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was stated, in the gazetteer's names, and the cities that may be meant, the largest first."""

    city: str
    state: str
    country: str
    cities: tuple[City, ...]

    def land(self) -> Land:
        return Land(self.state, self.country)


@dataclass(frozen=True, slots=True)
class Reader:
    """Of the three tables."""

    towns: Towns
    lands: Lands
    metros: Metros

    def read(self, city: str | None, state: str | None, country: str | None) -> Reading:
        """A state or country in the city's field is taken out of it, where it agrees with what the others say."""
        stated = self.lands.stated(state, country)
        found = (self._named(text, stated) or self._cut(text, stated) for text in spellings(city or ""))
        name, land = next(filter(None, found), (fold_name(city or ""), stated))
        if meant := self.lands.meant(name, land):
            there = self.there(name, land)
            if not _is_town(name, meant, there):
                name, land = "", meant
            elif any(_is_capital(one, meant) for one in there):
                land = meant
        return self._reading(name, land.state, land.country if land.sure else "")

    def _named(self, text: str, stated: Land) -> tuple[str, Land] | None:
        name = fold_name(text)
        known = not name or name in self.towns or name in self.metros or self.lands.meanings(name)
        return (name, stated) if known else None

    def there(self, name: str, land: Land) -> tuple[City, ...]:
        """The name's bearers in the state, where that is known, and the country."""
        ours = self.lands.state_code(land.state, land.country) if land.state else None
        return tuple(one for one in self.towns.named(name) if _fits(one, ours, land.country))

    def _reading(self, name: str, state: str, country: str) -> Reading:
        key, fitting = self.towns.key(name), self.there(name, Land(state, country))
        if not (ours := self.lands.state_code(state, country)):
            return Reading(key, fold_name(state), country, fitting)
        code, its_country = ours
        if not country and self._is_abroad(name, code, fitting):
            return Reading(key, fold_name(state), "", ())
        return Reading(key, code, country or its_country, fitting)

    def _cut(self, written: str, stated: Land) -> tuple[str, Land] | None:
        """A city and what stands behind it, which agrees with what is stated. A space cuts only where the city is there."""
        unknown: tuple[str, Land] | None = None
        for cut in cuts(written):
            for land in self.lands.chains(cut.rest, stated):
                if self._is_there(cut.first, land):
                    return cut.first, land
                if cut.marked and not unknown and self._may_be_there(cut, land):
                    unknown = cut.first, land
        return unknown

    def _may_be_there(self, cut: Cut, land: Land) -> bool:
        """A town that is in no table: but "Mumbai, MH" is not in the Marshall Islands, nor "Chicago, New York" in a state."""
        behind = fold_name(" ".join(cut.rest))
        if cut.first not in self.towns:
            return not self.lands.meanings(cut.first)
        if land.country not in HOME and len(behind) < LONGEST_CODE:
            return False
        return not any(one.population >= LARGE for one in self.towns.named(behind))

    def _is_there(self, name: str, land: Land) -> bool:
        known = self.metros.named(name, land) or self.there(name, land) or self.lands.meant(name, land)
        return bool(known)

    def _is_abroad(self, name: str, code: str, fitting: tuple[City, ...]) -> bool:
        """Whether a state is not ours: no Perth is in Washington, and the largest is in Australia, whose WA it is."""
        return code in THEIRS and not fitting and any(one.country == THEIRS[code] for one in self.towns.named(name)[:1])


def _fits(city: City, state: tuple[str, str] | None, country: str) -> bool:
    return (not state or (city.state, city.country) == state) and country in ("", city.country)


def _is_town(name: str, meant: Land, there: tuple[City, ...]) -> bool:
    """Whether a name that is also a state's or a country's is that of a city: New York, Singapore, not California, MD."""
    if meant.state:
        return any(one.population >= LARGE and one.country in HOME for one in there)
    if len(name) <= LONGEST_CODE:
        return bool(there)
    return any(one.population >= LARGE or _is_capital(one, meant) for one in there)


def _is_capital(city: City, country: Land) -> bool:
    """Whether it lies in the country that has its name, as large as Singapore or as small as Monaco."""
    return not country.state and city.country == country.country
