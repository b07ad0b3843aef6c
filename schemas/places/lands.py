"""States and countries by their codes and by the names that people write; a text enters, what it means leaves.

States are known of the US and Canada, and the four nations of the United Kingdom count as its states. The first meaning of
a word that has two is the state: "Georgia" and "CA" stand on boards of the US.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from schemas.places.files import COUNTRIES, STATES, read_rows, split_names
from schemas.places.folding import fold_name

AMERICAN: Final[frozenset[str]] = frozenset({"US", "PR", "GU", "VI", "MP"})
"""Countries (alpha-2) that immigration law calls the United States: INA 101(a)(38), 8 U.S.C. 1101(a)(38) names Puerto Rico,
Guam, the Virgin Islands and the Northern Mariana Islands. American Samoa (AS) is not among them: it has a law of its own."""
_NATIONS: Final = frozenset({"england", "scotland", "wales", "northern ireland"})


@dataclass(frozen=True, slots=True)
class Land:
    """A state, a country, or both; what is not known is empty."""

    state: str
    """The code where it is known, else the folded name."""
    country: str
    sure: bool = True
    """Whether the country was named: WA may be Australia's, whatever its code is here."""


class Lands:
    """The tables of states and countries. Nothing changes after it was made."""

    def __init__(self) -> None:
        self._countries: dict[str, str] = {}
        self._codes: dict[str, str] = {}
        for code, name, others in (row.split("\t") for row in read_rows(COUNTRIES)):
            self._countries[code] = name
            self._codes |= dict.fromkeys((fold_name(code), fold_name(name), *split_names(others)), code)
        self._state_names: dict[tuple[str, str], str] = {}
        self._states: dict[str, tuple[str, str]] = {}
        for code, name, country, others in (row.split("\t") for row in read_rows(STATES)):
            self._state_names[code, country] = name
            self._states |= dict.fromkeys((fold_name(code), fold_name(name), *split_names(others)), (code, country))
        self._ends = {name.rsplit(" ", 1)[-1] for name in (*self._codes, *self._states)}

    def country_name(self, code: str) -> str:
        return self._countries.get(code, code)

    def is_country(self, code: str) -> bool:
        return code in self._countries

    def country_code(self, text: str) -> str | None:
        name = fold_name(text)
        return self._codes.get(name) or self._codes.get(name.removeprefix("the "))

    def state_name(self, code: str, country: str) -> str:
        return self._state_names.get((code, country), code)

    def state_code(self, name: str, country: str | None) -> tuple[str, str] | None:
        found = self._states.get(fold_name(name))
        return found if found and (not country or self.country_code(country) == found[1]) else None

    def stated(self, state: str | None, country: str | None) -> Land:
        """What two fields say. An unknown country keeps its name, which no place has."""
        code = (self.country_code(country) or fold_name(country).upper()) if country else ""
        if code == "PR":
            return Land("PR", "US")
        if not state:
            return Land("", code, bool(code))
        ours = self.state_code(state, code)
        name = ours[0] if ours else fold_name(state)
        if not code and name in _NATIONS:
            return Land(name, "GB")
        return Land(name, code, bool(code))

    def meanings(self, name: str) -> tuple[Land, ...]:
        """Of a folded name; none where it is neither a state's nor a country's."""
        found: list[Land] = []
        if state := self._states.get(name):
            found.append(Land(*state, sure=state[0] == "PR"))
        if (code := self._codes.get(name) or self._codes.get(name.removeprefix("the "))) and code != "PR":
            found.append(Land(name if name in _NATIONS else "", code))
        return tuple(found)

    def meant(self, name: str, stated: Land) -> Land | None:
        """The first meaning of a folded name that agrees with what is stated, both together."""
        return next((both for one in self.meanings(name) if (both := _together(stated, one))), None)

    def chains(self, words: Sequence[str], stated: Land) -> Iterator[Land]:
        """What words that are states and countries and nothing else mean, where they agree: "WA USA", "ON Canada"."""
        if not words:
            yield stated
        elif fold_name(words[-1]).rsplit(" ", 1)[-1] in self._ends:
            for end in range(len(words), 0, -1):
                for one in self.meanings(fold_name(" ".join(words[:end]))):
                    if both := _together(stated, one):
                        yield from self.chains(words[end:], both)


def _together(one: Land, other: Land) -> Land | None:
    """None where they contradict each other."""
    if (one.state and other.state and one.state != other.state) or (
        one.country and other.country and one.country != other.country
    ):
        return None
    return Land(one.state or other.state, one.country or other.country, one.sure or other.sure)
