"""The cities of the table by each of their names; a line becomes a city when somebody asks for its name."""

from collections.abc import Collection

from schemas.places.files import CITIES, read_rows, split_names
from schemas.places.folding import fold_name
from schemas.places.shapes import City


class Towns:
    """Names in it are folded."""

    def __init__(self) -> None:
        self._rows = read_rows(CITIES)
        self._numbers: dict[str, list[int]] = {}
        self._keys: dict[str, str] = {}
        for number, row in enumerate(self._rows):
            self._enter(number, row)
        self._made: dict[str, tuple[City, ...]] = {}

    def _enter(self, number: int, row: str) -> None:
        name, others, _ = row.split("\t", 2)
        key = fold_name(name)
        self._numbers.setdefault(key, []).append(number)
        for other in split_names(others):
            self._numbers.setdefault(other, []).append(number)
            self._keys[other] = key

    def __contains__(self, name: str) -> bool:
        return name in self._numbers

    def names(self) -> Collection[str]:
        """All of them."""
        return self._numbers

    def key(self, name: str) -> str:
        """The city's own name where this is another; a name that none has is its own."""
        return self._keys.get(name, name)

    def named(self, name: str) -> tuple[City, ...]:
        """Its bearers, the largest first."""
        if name not in self._made and name in self._numbers:
            found = (self._city(self._rows[number]) for number in self._numbers[name])
            self._made[name] = tuple(sorted(found, key=lambda city: -city.population))
        return self._made.get(name, ())

    def _city(self, row: str) -> City:
        name, _, state, country, latitude, longitude, population = row.split("\t")
        return City(name, self.key(fold_name(name)), state, country, float(latitude), float(longitude), int(population))
